"""A webhook that has moods: good, down, slow, or lying about what it took."""

from __future__ import annotations

import json
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal, get_args

__all__ = ["MOODS", "Mood", "Receiver"]

Mood = Literal["good", "down", "slow", "error", "broken", "moved", "babble"]
# error: takes the event and answers 500; broken: takes it and hangs up; moved: a redirect; babble: no HTTP
MOODS: tuple[Mood, ...] = get_args(Mood)
SLOW_SECONDS = 4.0  # longer than the service waits


class Receiver(ThreadingHTTPServer):
    """Counts the comments that it has heard of and acknowledged; `mood` may change at any time."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.mood: Mood = "good"
        self.lock = threading.Lock()
        self.acknowledged: Counter[str] = Counter()
        self.requests: Counter[str] = Counter()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Senders are killed in the middle: nothing to be told."""


class _Handler(BaseHTTPRequestHandler):
    server: Receiver
    timeout = 10

    def do_POST(self) -> None:
        mood = self.server.mood
        with self.server.lock:
            self.server.requests[mood] += 1
        if mood == "down":
            self.connection.close()
            return
        length = int(self.headers["content-length"])
        body = self.rfile.read(length)
        if len(body) < length or mood == "broken":
            self.connection.close()
        elif mood == "slow":
            threading.Event().wait(SLOW_SECONDS)
        elif mood == "babble":
            self.wfile.write(b"thank you\r\n\r\n")
        elif mood == "good":
            self._answer(204)
            with self.server.lock:
                self.server.acknowledged[json.loads(body)["data"]["comment"]["id"]] += 1
        else:
            self._answer(500 if mood == "error" else 302)

    def _answer(self, status: int) -> None:
        self.send_response(status)
        if status == 302:
            self.send_header("location", "http://127.0.0.1:1/")
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *arguments: Any) -> None:
        """Nothing."""
