"""Around every request: its id, its limits, security headers, metrics, and one line in the log."""

from __future__ import annotations

import asyncio
import logging
import re
import time
import uuid

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import ApiError, Code, problem
from api.metrics import Metrics
from api.tracing import Tracing

__all__ = ["Guard"]

# bodies without an end, or large ones, are limited by the route itself
STREAMS = re.compile(r"POST /v1/tag/stream|POST /v1/jobs|GET /v1/jobs/[^/]+/result")
HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
)

log = logging.getLogger(__name__)


class Guard:
    """ASGI middleware. body: bytes that a request may have; seconds: that it may take."""

    def __init__(
        self, app: ASGIApp, *, body: int, seconds: float, metrics: Metrics, tracing: Tracing | None = None
    ) -> None:
        self.app = app
        self.body = body
        self.seconds = seconds
        self.metrics = metrics
        self.tracing = tracing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = _Request(scope, receive, send)
        begun = time.perf_counter()
        try:
            await self._answer(request)
        finally:
            self._note(request, time.perf_counter() - begun)

    async def _answer(self, request: _Request) -> None:
        limited = not STREAMS.fullmatch(f"{request.scope['method']} {request.scope['path']}")
        if limited:
            request.left = self.body
        try:
            async with asyncio.timeout(self.seconds if limited else None):
                await self.app(request.scope, request.receive, request.send)
        except TimeoutError:
            await request.fail(504, Code.TIMEOUT, f"it took longer than {self.seconds:g} s")
        except Exception:
            log.exception("a request failed", extra={"request_id": request.id})
            await request.fail(500, Code.INTERNAL, "the service made a mistake; its log tells more")

    def _note(self, request: _Request, seconds: float) -> None:
        route = request.scope.get("route")
        path = getattr(route, "path", "unknown")
        method = request.scope["method"] if route else "unknown"
        self.metrics.requests.labels(method, path, str(request.status)).inc()
        self.metrics.latency.labels(path).observe(seconds)
        extra = {
            "request_id": request.id,
            "method": method,
            "route": path,
            "status": request.status,
            "milliseconds": round(1000 * seconds, 1),
        }
        log.info("request", extra=extra)
        if self.tracing:
            now = time.time_ns()
            times = {"begun": now - int(seconds * 1e9), "ended": now}
            self.tracing.note(
                request.scope["headers"], method=method, route=path, status=request.status, **times
            )


class _Request:
    """One request on its way: counts what comes in, and adds headers to what goes out."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scope = scope
        self.id = uuid.uuid4().hex
        scope.setdefault("state", {})["request_id"] = self.id
        self.left: int | None = None
        self.status = 0
        self._receive = receive
        self._send = send

    async def receive(self) -> Message:
        message = await self._receive()
        if self.left is not None and message["type"] == "http.request":
            self.left -= len(message.get("body", b""))
            if self.left < 0:
                raise ApiError(413, Code.BODY_TOO_LARGE, "the body is too large; send fewer items at a time")
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            own = ((b"x-request-id", self.id.encode()), *HEADERS)
            message["headers"] = [*message.get("headers", ()), *own]
        await self._send(message)

    async def fail(self, status: int, code: Code, detail: str) -> None:
        """Answer with a problem, or, where the answer has begun already, break it off."""
        if self.status:
            raise ConnectionAbortedError(detail)
        await problem(self.id, status, code, detail)(self.scope, self.receive, self.send)
