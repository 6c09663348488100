"""JSON Lines in and out over a real socket."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import orjson
import pytest
from starlette.testclient import TestClient


def stream(call: TestClient, body: bytes) -> list[Any]:
    response = call.post("/v1/tag/stream", content=body)
    assert response.status_code == 200
    return [orjson.loads(line) for line in response.text.splitlines()]


def test_a_line_for_every_line(call: TestClient) -> None:
    body = b'{"id":"a","text":"late"}\r\n\n{"text":"nice"}\nno json\n[]\n'
    body += b'{"text":"boom"}\n\xff\n{"id":"z","text":"nice"}'
    records = stream(call, body)
    assert [record["id"] for record in records] == ["a", "2", None, None, "5", None, "z"]
    codes = [record.get("error", {}).get("code") for record in records]
    assert codes == [None, None, "bad_json", "bad_row", "internal", "bad_json", None]
    assert records[2]["error"]["message"].startswith("line 3")


@pytest.mark.parametrize("body", [b"", b"\n", b"\n \n"])
def test_nothing_gives_nothing(call: TestClient, body: bytes) -> None:
    assert stream(call, body) == []


def test_a_line_without_end_is_cut_and_the_rest_goes_on(call: TestClient) -> None:
    long = b'{"text":"' + b"x" * (9 * 2**20) + b'"}'
    records = stream(call, b'{"text":"late"}\n' + long + b'\n{"text":"nice"}\n')
    assert [record.get("error", {}).get("code") for record in records] == [None, "line_too_long", None]


def test_more_than_a_request_may_hold(call: TestClient) -> None:
    lines = b'{"text":"late"}\n' * 3000
    records = stream(call, lines)
    assert len(records) == 3000
    assert records[-1]["id"] == "3000"


def test_answers_come_while_the_request_is_still_being_sent(server: str, key: str) -> None:
    address = urlsplit(server)
    with socket.create_connection((address.hostname, address.port), timeout=10) as connection:
        head = f"POST /v1/tag/stream HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\n"
        connection.sendall(f"{head}Transfer-Encoding: chunked\r\n\r\n".encode())
        received = b""
        for word in ("late", "nice"):
            line = orjson.dumps({"id": word, "text": word}) + b"\n"
            connection.sendall(b"%x\r\n%s\r\n" % (len(line), line))
            while f'"id":"{word}"'.encode() not in received:
                part = connection.recv(65536)
                assert part
                received += part
        connection.sendall(b"0\r\n\r\n")
        while not received.endswith(b"0\r\n\r\n"):
            received += connection.recv(65536)


def test_a_stream_goes_both_ways_at_any_size(server: str, key: str) -> None:
    def lines() -> Iterator[bytes]:
        for number in range(2000):
            yield orjson.dumps({"id": str(number), "text": "late " + "x" * 100}) + b"\n"

    headers = {"Authorization": f"Bearer {key}"}
    with (
        httpx.Client(timeout=30) as client,
        client.stream("POST", f"{server}/v1/tag/stream", content=lines(), headers=headers) as response,
    ):
        ids = [orjson.loads(line)["id"] for line in response.iter_lines()]
    assert ids == [str(number) for number in range(2000)]


def test_the_key_is_asked_for_before_anything_is_read(client: TestClient) -> None:
    assert client.post("/v1/tag/stream", content=b"x").status_code == 401
