"""Names by a model of one's own: a real command, and a real server on this machine."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest

from vocnlp.analysis.topics.namer import NamerError, find_namer, give_names
from vocnlp.analysis.topics.result import Quote, Topic
from vocnlp.errors import InputError


def topic(name: str = "own") -> Topic:
    quote = Quote("c1", 0, 4, "the parcel came late")
    return Topic(0, name, ["late parcel"], 3, 3, 0.1, {"neg": 3}, None, ["c1"], typical=[quote])


class Server(HTTPServer):
    """Answers every chat with `content`, or with `status`; keeps what it was asked."""

    content: Any = "Late parcels"
    status = 200

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[tuple[dict[str, str], dict[str, Any]]] = []


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append((dict(self.headers), body))
        answer = {"choices": [{"message": {"role": "assistant", "content": self.server.content}}]}
        self.send_response(self.server.status)
        self.end_headers()
        self.wfile.write(json.dumps(answer if self.server.content is not None else {}).encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as made:
        thread = Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield made
        made.shutdown()
        thread.join()


def url(server: Server) -> str:
    return f"http://127.0.0.1:{server.server_port}/v1/chat/completions"


def python(code: str) -> str:
    return shlex.join([sys.executable, "-c", code])


def test_an_endpoint_is_asked_as_chat_completions_are(server: Server) -> None:
    named = topic()
    assert give_names([named], find_namer(url(server), model="small", key="secret")) == []
    assert named.name == "Late parcels"
    headers, body = server.asked[0]
    assert headers["Authorization"] == "Bearer secret"
    assert body["model"] == "small"
    assert "late parcel" in body["messages"][0]["content"]
    assert "the parcel came late" in body["messages"][0]["content"]
    give_names([topic()], find_namer(url(server)))
    headers, body = server.asked[1]
    assert "Authorization" not in headers
    assert "model" not in body


@pytest.mark.parametrize(
    ("status", "content", "reason"),
    [
        (500, "x", "500"),
        (200, None, "no chat completion"),
        (200, " \n", "empty"),
        (200, "one\ntwo", "no name"),
        (200, "x" * 81, "no name"),
    ],
)
def test_a_bad_answer_leaves_the_name_and_is_told(
    server: Server, status: int, content: Any, reason: str
) -> None:
    server.status, server.content = status, content
    named = topic()
    (warning,) = give_names([named], find_namer(url(server)))
    assert named.name == "own"
    assert warning.startswith("1 of 1 topics were not named")
    assert reason in warning


def test_after_three_failures_nothing_more_is_asked(server: Server) -> None:
    server.status = 503
    (warning,) = give_names([topic() for _ in range(9)], find_namer(url(server)))
    assert len(server.asked) == 3
    assert warning.startswith("9 of 9")


def test_a_command_reads_the_prompt_and_prints_the_name() -> None:
    code = "import sys; print('“' + sys.stdin.read().split('Keywords: ')[1].split()[1] + '”')"
    named = topic()
    assert give_names([named], find_namer(python(code))) == []
    assert named.name == "parcel"


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (python("import sys; sys.exit('out of memory')"), "ended with 1: out of memory"),
        ("/no/such/program", "no/such"),
        (python("import time; time.sleep(9)"), "timed out"),
    ],
)
def test_a_command_that_fails_says_why(command: str, reason: str) -> None:
    with pytest.raises(NamerError, match=reason):
        find_namer(command, seconds=1)("prompt")
    with pytest.raises(InputError, match="--namer is empty"):
        find_namer(" ")
