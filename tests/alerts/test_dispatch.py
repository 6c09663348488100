"""Delivery: signed, repeated with growing pauses, given up in the end, logged."""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from standardwebhooks import Webhook as Verifier

from vocnlp.alerts.dispatch import LONGEST_PAUSE, Dispatcher, pause
from vocnlp.alerts.rules import Webhook
from vocnlp.alerts.targets import networks
from vocnlp.schema import Alert, Attempt

SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()


def alert(**options: Any) -> Alert:
    fields = {"webhook": "ops", "body": '{"say":"慢"}', "created_at": datetime.now(UTC), "attempts": 1}
    return Alert(**({"id": "msg_1", "rule": "r", "severity": "high"} | fields | options))


class FakeQueue:
    """A queue in memory."""

    def __init__(self, *alerts: Alert) -> None:
        self.waiting = list(alerts)
        self.settled: list[tuple[str, Attempt, str, datetime | None]] = []
        self.done = threading.Condition()

    def claim(self, limit: int) -> list[Alert]:
        taken, self.waiting = self.waiting[:limit], self.waiting[limit:]
        return taken

    def settle(self, alert: Alert, attempt: Attempt, *, status: str, due_at: datetime | None = None) -> None:
        with self.done:
            self.settled.append((alert.id, attempt, status, due_at))
            self.done.notify_all()


@pytest.fixture
def dispatcher(receiver: Any) -> Callable[[FakeQueue], Dispatcher]:
    def make(queue: FakeQueue) -> Dispatcher:
        webhooks = {
            "ops": Webhook(url=receiver.url, secret=SECRET),
            "closed": Webhook(url="http://127.0.0.1:1/", secret=SECRET),
            "private": Webhook(url="https://10.0.0.1/", secret=SECRET),
        }
        return Dispatcher(queue, webhooks, allowed=networks("127.0.0.1"), seconds=2, hours=24)

    return make


def deliver(make: Callable[[FakeQueue], Dispatcher], what: Alert) -> tuple[Attempt, str, datetime | None]:
    queue = FakeQueue()
    make(queue).deliver(what)
    ((_, attempt, status, due_at),) = queue.settled
    return attempt, status, due_at


def test_a_delivery_is_signed_and_logged(dispatcher: Any, receiver: Any) -> None:
    attempt, status, _ = deliver(dispatcher, alert())
    assert (attempt.status_code, attempt.error, status) == (204, None, "delivered")
    headers, body = receiver.got[0]
    assert headers["webhook-id"] == "msg_1"
    assert headers["content-type"] == "application/json"
    assert Verifier(SECRET).verify(body, headers) == {"say": "慢"}


@pytest.mark.parametrize("answer", [500, 429, 404, 302])
def test_any_other_answer_is_a_failure_and_repeated(dispatcher: Any, receiver: Any, answer: int) -> None:
    receiver.answers = [answer]
    before = datetime.now(UTC)
    attempt, status, due_at = deliver(dispatcher, alert(attempts=3))
    assert (attempt.status_code, status) == (answer, "pending")
    assert due_at is not None
    assert timedelta(seconds=4) <= due_at - before <= timedelta(seconds=20)


def test_a_target_that_is_gone_for_good_is_told_nothing_more(dispatcher: Any, receiver: Any) -> None:
    receiver.answers = [410]
    assert deliver(dispatcher, alert())[1] == "dead"


def test_a_target_that_does_not_answer_is_tried_again(dispatcher: Any) -> None:
    attempt, status, _ = deliver(dispatcher, alert(webhook="closed"))
    assert status == "pending"
    assert attempt.status_code is None
    assert "refused" in str(attempt.error).lower()


@pytest.mark.parametrize("webhook", ["private", "unknown"])
def test_what_can_never_succeed_is_dead_at_once(dispatcher: Any, receiver: Any, webhook: str) -> None:
    attempt, status, _ = deliver(dispatcher, alert(webhook=webhook))
    assert status == "dead"
    assert webhook == "private" or "unknown" in str(attempt.error)
    assert receiver.got == []


def test_an_alert_is_given_up_after_its_hours(dispatcher: Any, receiver: Any) -> None:
    receiver.answers = [500, 500]
    old = datetime.now(UTC) - timedelta(hours=25)
    assert deliver(dispatcher, alert(created_at=old))[1] == "dead"
    young = datetime.now(UTC) - timedelta(hours=23)
    assert deliver(dispatcher, alert(created_at=young))[1] == "pending"


def test_pauses_grow_with_jitter_up_to_an_hour() -> None:
    def middle(low: float, high: float) -> float:
        return (low + high) / 2

    assert [pause(attempts, middle) for attempts in (1, 2, 3, 4)] == [2, 4, 8, 16]
    assert pause(1000, middle) == LONGEST_PAUSE
    drawn = {pause(3) for _ in range(50)}
    assert len(drawn) > 40
    assert all(4 <= seconds <= 12 for seconds in drawn)


def test_it_runs_by_itself_and_one_failure_stops_nothing(dispatcher: Any, receiver: Any) -> None:
    queue = FakeQueue(alert(id="a"), alert(id="b", webhook="closed"), alert(id="c"))
    running = dispatcher(queue)
    running.start()
    receiver.wait(2)
    queue.waiting.append(alert(id="d"))
    running.wake()
    with queue.done:
        assert queue.done.wait_for(lambda: len(queue.settled) == 4, 10)
    running.stop()
    assert {id: status for id, _, status, _ in queue.settled} == {
        "a": "delivered",
        "b": "pending",
        "c": "delivered",
        "d": "delivered",
    }


def test_a_queue_that_fails_is_asked_again(dispatcher: Any, receiver: Any) -> None:
    class Failing(FakeQueue):
        failures = 2

        def claim(self, limit: int) -> list[Alert]:
            if self.failures:
                self.failures -= 1
                raise RuntimeError("the database is away")
            return super().claim(limit)

    running = dispatcher(Failing(alert()))
    running.start()
    receiver.wait(1)
    running.stop()
