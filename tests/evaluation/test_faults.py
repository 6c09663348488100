"""The webhook acknowledges only in its good mood, and the table shows every run."""

from __future__ import annotations

import http.client
import json

import pytest

from evaluation import receiver
from evaluation.faults import table
from evaluation.receiver import MOODS, Mood, Receiver

BODY = json.dumps({"data": {"comment": {"id": "c1"}}})


@pytest.mark.parametrize("mood", MOODS)
def test_only_what_was_acknowledged_counts(mood: Mood, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receiver, "SLOW_SECONDS", 0.1)
    server = Receiver()
    server.mood = mood
    connection = http.client.HTTPConnection("127.0.0.1", server.server_address[1], timeout=5)
    try:
        connection.request("POST", "/", BODY)
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException):
        status = 0
    finally:
        connection.close()
        server.shutdown()
        server.server_close()
    assert status == {"good": 204, "error": 500, "moved": 302}.get(mood, 0)
    assert dict(server.acknowledged) == ({"c1": 1} if mood == "good" else {})
    assert server.requests[mood] == 1


def test_the_table_has_a_column_for_each_run() -> None:
    runs = {"one": {"kills": 3, "jobs": 1_000}, "two": {"jobs": 2, "webhook_requests": {"good": 5}}}
    lines = list(table(runs))
    assert lines[:4] == ["| | one | two |", "|---|---|---|", "| kills | 3 | - |", "| jobs | 1,000 | 2 |"]
    assert "'good': 5" in lines[4]
