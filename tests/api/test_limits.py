"""Limits of size, time and load; headers; what callers from a browser get: nothing."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text
from starlette.testclient import TestClient

from vocnlp.settings import Settings

HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"max_body_bytes": 10_000, "queue_seconds": 0.01})


@pytest.mark.parametrize("path", ["/healthz", "/v1/comments", "/nowhere", "/v1/openapi.json"])
def test_every_answer_has_the_security_headers(client: TestClient, path: str) -> None:
    response = client.get(path)
    assert HEADERS.items() <= dict(response.headers).items()
    assert len(response.headers["x-request-id"]) == 32


def test_other_origins_are_told_nothing(call: TestClient) -> None:
    origin = {"Origin": "https://elsewhere.example"}
    response = call.get("/v1/comments", headers=origin)
    assert not any(name.startswith("access-control") for name in response.headers)
    preflight = call.options("/v1/comments", headers={**origin, "Access-Control-Request-Method": "GET"})
    assert preflight.status_code == 405


@pytest.mark.parametrize("declared", [True, False])
def test_a_large_body_is_refused(call: TestClient, declared: bool) -> None:
    body = b'{"items": [{"text": "' + b"x" * 20_000 + b'"}]}'
    headers = {"content-type": "application/json"}
    content = body if declared else iter([body[:5000], body[5000:]])
    response = call.post("/v1/tag", content=content, headers=headers)
    assert (response.status_code, response.json()["code"]) == (413, "body_too_large")


class TestTime:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return settings.model_copy(update={"request_seconds": 0.5})

    def test_what_takes_too_long_is_ended_and_dropped(self, call: TestClient, tagger: Any) -> None:
        tagger.gate.clear()
        response = call.post("/v1/tag", json={"items": [{"text": "late"}]})
        assert (response.status_code, response.json()["code"]) == (504, "timeout")
        tagger.gate.set()
        assert call.post("/v1/tag", json={"items": [{"text": "late"}]}).status_code == 200

    def test_a_body_that_never_ends_is_cut_off(self, server: str, key: str) -> None:
        address = urlsplit(server)
        for path in ("/v1/tag", "/v1/tag/stream"):
            with socket.create_connection((address.hostname, address.port), timeout=10) as connection:
                head = f"POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\n"
                connection.sendall(
                    f"{head}Content-Type: application/json\r\nContent-Length: 9\r\n\r\n".encode()
                )
                received = b""
                while part := connection.recv(65536):  # until the service closes
                    received += part
                    if b'"timeout"' in received:
                        break
                assert b"HTTP/1.1 504" in received or path == "/v1/tag/stream"
                assert not received.endswith(b"0\r\n\r\n")  # a cut stream does not look finished


def test_overload_is_refused_at_once_and_passes(
    server: str, key: str, tagger: Any, app: FastAPI, wait_for: Callable[[Callable[[], bool]], None]
) -> None:
    headers = {"Authorization": f"Bearer {key}"}
    body = {"items": [{"text": "x" * 1000}]}
    batcher = app.state.service.batcher
    with httpx.Client(base_url=server, headers=headers, timeout=10) as client:
        tagger.gate.clear()
        threads = [
            threading.Thread(target=client.post, args=("/v1/tag",), kwargs={"json": body}) for _ in "ab"
        ]
        threads[0].start()
        wait_for(tagger.entered.is_set)
        threads[1].start()
        wait_for(lambda: batcher.waiting > 0)
        refused = client.post("/v1/tag", json=body)
        assert (refused.status_code, refused.json()["code"]) == (503, "overloaded")
        assert int(refused.headers["retry-after"]) >= 1
        assert refused.elapsed.total_seconds() < 5
        tagger.gate.set()
        for thread in threads:
            thread.join()
        assert client.post("/v1/tag", json=body).status_code == 200


def test_who_hangs_up_is_not_tagged(
    server: str, key: str, tagger: Any, app: FastAPI, wait_for: Callable[[Callable[[], bool]], None]
) -> None:
    address = urlsplit(server)
    body = b'{"items": [{"text": "gone"}]}'
    head = f"POST /v1/tag HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\n"
    kind = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    request = f"{head}{kind}".encode() + body
    tagger.gate.clear()
    first = socket.create_connection((address.hostname, address.port))
    first.sendall(request.replace(b"gone", b"here"))
    wait_for(tagger.entered.is_set)
    second = socket.create_connection((address.hostname, address.port))
    second.sendall(request)
    wait_for(lambda: app.state.service.batcher.waiting > 0)
    second.close()
    departed = 'vocnlp_requests_total{method="POST",route="/v1/tag",status="499"} 1.0'
    wait_for(lambda: departed in httpx.get(f"{server}/metrics").text)
    tagger.gate.set()
    assert b"200 OK" in first.recv(65536)
    first.close()
    assert not any("gone" in batch for batch in tagger.batches)


def test_a_fault_of_the_service_shows_nothing_of_itself(
    call: TestClient, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: Any, **options: Any) -> Any:
        raise RuntimeError("secret words")

    monkeypatch.setattr(app.state.service.repository, "get", fail, raising=False)
    response = call.get("/v1/comments/a")
    assert (response.status_code, response.json()["code"]) == (500, "internal")
    assert "secret" not in response.text
    assert HEADERS.items() <= dict(response.headers).items()


def test_a_database_that_is_away_is_told_as_such(call: TestClient, app: FastAPI) -> None:
    with app.state.service.database.writing() as connection:
        connection.execute(text("ALTER TABLE comments RENAME TO elsewhere"))
    response = call.get("/v1/comments")
    assert (response.status_code, response.json()["code"]) == (503, "database_away")
    assert response.headers["retry-after"] == "5"


def test_wrong_methods_and_paths(call: TestClient) -> None:
    assert call.put("/v1/tag").json()["code"] == "method_not_allowed"
    assert call.get("/v2/tag").json()["code"] == "not_found"
    assert call.get("/docs").status_code == 404
