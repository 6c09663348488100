"""An alert outlives the process that accepted its comment."""

from __future__ import annotations

import base64
import signal
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from standardwebhooks import Webhook

SECRET = "whsec_" + base64.b64encode(bytes(range(24))).decode()


class Receiver(ThreadingHTTPServer):
    """Takes webhooks; answers only while `answering` is set."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answering = threading.Event()
        self.changed = threading.Condition()
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.answered: list[str] = []

    def wait(self, holds: Callable[[], bool]) -> None:
        with self.changed:
            assert self.changed.wait_for(holds, 30), f"{len(self.got)} arrived, {len(self.answered)} answered"


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        length = int(self.headers["content-length"])
        body = self.rfile.read(length)
        if len(body) < length:  # the sender was killed in the middle
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        with self.server.changed:
            self.server.got.append((headers, body))
            self.server.changed.notify_all()
        if not self.server.answering.is_set():
            self.server.answering.wait(20)
            return
        self.send_response(204)
        self.end_headers()
        with self.server.changed:
            self.server.answered.append(headers["webhook-id"])
            self.server.changed.notify_all()

    def log_message(self, *arguments: Any) -> None:
        pass


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    server = Receiver()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield server
    server.answering.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["after the commit", "while the webhook is called"])
def test_an_alert_survives_a_kill(
    serve: Callable[..., Any], receiver: Receiver, tmp_path: Path, moment: str
) -> None:
    rules = tmp_path / "alerts.yaml"
    rules.write_text(
        f"webhooks: {{ops: {{url: 'http://127.0.0.1:{receiver.server_address[1]}', secret: '{SECRET}'}}}}\n"
        "rules: [{name: every, when: 'text != None', webhooks: [ops]}]\n"
    )
    environment = {
        "VOCNLP_ALERTS": str(rules),
        "VOCNLP_WEBHOOK_ALLOW": "127.0.0.0/8",
        "VOCNLP_WEBHOOK_SECONDS": "1",
    }
    served = serve(**environment)
    headers = {"Authorization": f"Bearer {served.lines[0].split()[-1]}"}
    items = [{"id": f"c{i}", "text": "late"} for i in range(5)]
    with httpx.Client(base_url=served.address, headers=headers, timeout=20) as client:
        assert client.post("/v1/comments", json={"items": items}).status_code == 200
    if moment == "while the webhook is called":
        receiver.wait(lambda: len(receiver.got) > 0)
    served.end(signal.SIGKILL)
    assert receiver.answered == []
    receiver.answering.set()

    again = serve(**environment)
    receiver.wait(lambda: len(set(receiver.answered)) == 5)
    for sent, body in receiver.got:
        assert Webhook(SECRET).verify(body, sent)["data"]["id"] == sent["webhook-id"]
    with httpx.Client(base_url=again.address, headers=headers, timeout=20) as client:

        def statuses() -> set[str]:
            return {alert["status"] for alert in client.get("/v1/alerts").json()["items"]}

        receiver.wait(lambda: statuses() == {"delivered"} or None)
    again.end(signal.SIGTERM)
