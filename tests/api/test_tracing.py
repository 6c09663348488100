"""A request is a span that names nobody; without an endpoint there are none."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from api import tracing
from api.app import create_app
from vocnlp.errors import MissingExtraError
from vocnlp.settings import Settings

sdk = pytest.importorskip("opentelemetry.exporter.otlp.proto.http.trace_exporter")


@pytest.fixture
def collected(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[bytes]]:
    """Bodies that a collector of spans gets."""
    bodies: list[bytes] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            bodies.append(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *arguments: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Collector)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    address = f"http://127.0.0.1:{server.server_address[1]}"
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", address)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "none")
    yield bodies
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def app(collected: list[bytes], tagger: Any, settings: Settings) -> FastAPI:
    return create_app(tagger, settings)


def test_spans_name_routes_and_nobody(app: FastAPI, collected: list[bytes]) -> None:
    key = app.state.service.keys.create("test", scopes=["read"])
    trace = "0af7651916cd43dd8448eb211c80319c"
    headers = {"authorization": f"Bearer {key}", "traceparent": f"00-{trace}-b7ad6b7169203331-01"}
    with TestClient(app, headers=headers) as client:
        client.get("/v1/comments/anna-42", params={"x": "secret-words"})
        client.get("/healthz")
    sent = b"".join(collected)
    assert b"GET /v1/comments/{id:path}" in sent
    assert bytes.fromhex(trace) in sent
    assert b"vocnlp" in sent
    for hidden in (b"anna-42", b"secret-words", key.encode(), b"healthz"):
        assert hidden not in sent


def test_without_an_endpoint_nothing_is_traced(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in tracing.ENDPOINTS:
        monkeypatch.delenv(name, raising=False)
    assert tracing.from_environment() is None


def test_a_missing_extra_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
    monkeypatch.setitem(__import__("sys").modules, "opentelemetry.sdk.trace", None)
    with pytest.raises(MissingExtraError, match=r"vocnlp\[otel\]"):
        tracing.from_environment()
