"""Spans of OpenTelemetry, one a request, for those who set `OTEL_EXPORTER_OTLP_ENDPOINT`.

They hold method, route and status, and no address of a request: addresses name comments and customers.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from vocnlp.errors import MissingExtraError

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

__all__ = ["Tracing", "from_environment"]

ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
PROBES = frozenset({"/healthz", "/readyz", "/metrics"})


class Tracing:
    """Gives requests to a provider of spans."""

    def __init__(self, provider: TracerProvider) -> None:
        self._provider = provider
        self._tracer = provider.get_tracer("vocnlp")

    def note(
        self,
        headers: Iterable[tuple[bytes, bytes]],
        *,
        method: str,
        route: str,
        status: int,
        begun: int,
        ended: int,
    ) -> None:
        """One request that has ended, of the trace that its headers name; times: nanoseconds since 1970."""
        from opentelemetry.trace import SpanKind, Status, StatusCode
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        if route in PROBES:
            return
        carrier = {name.decode("latin-1"): value.decode("latin-1") for name, value in headers}
        span = self._tracer.start_span(
            f"{method} {route}",
            context=TraceContextTextMapPropagator().extract(carrier),
            kind=SpanKind.SERVER,
            start_time=begun,
            attributes={
                "http.request.method": method,
                "http.route": route,
                "http.response.status_code": status,
            },
        )
        if status >= 500:
            span.set_status(Status(StatusCode.ERROR))
        span.end(ended)

    def close(self) -> None:
        """Send what waits."""
        self._provider.shutdown()


def from_environment() -> Tracing | None:
    """Spans to the endpoint that is set, if any; raises MissingExtraError without the extra `otel`."""
    if not any(os.environ.get(name) for name in ENDPOINTS):
        return None
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        raise MissingExtraError("opentelemetry", "otel") from error
    named: dict[str, Any] = {} if os.environ.get("OTEL_SERVICE_NAME") else {"service.name": "vocnlp"}
    provider = TracerProvider(resource=Resource.create(named))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return Tracing(provider)
