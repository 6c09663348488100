"""Alerts wait until delivered, are handed out once at a time, and come back when their taker dies."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete

from vocnlp.schema import Alert, Attempt, TaggedComment
from vocnlp.store.database import Database
from vocnlp.store.outbox import Outbox, Wanted
from vocnlp.store.repository import Answer, Repository, Submission
from vocnlp.store.tables import alerts

NOW = datetime(2026, 5, 1, tzinfo=UTC)
TRY = Attempt(NOW, 0.1, 500, "the webhook answered 500")


def fire(record: TaggedComment) -> list[Alert]:
    return [Alert(uuid.uuid4().hex, "late", "high", "ops", f"about {record.id}", datetime.now(UTC))]


@pytest.fixture
def outbox(database: Database) -> Outbox:
    with database.writing() as connection:
        connection.execute(delete(alerts))  # of other tests on the same server
    return Outbox(database)


def drain(outbox: Outbox) -> list[Alert]:
    found = []
    while claimed := outbox.claim(10):
        found += claimed
    return found


def test_an_alert_is_claimed_once_and_settled(
    outbox: Outbox, repository: Repository, tenant: str, submission: Callable[..., Submission]
) -> None:
    repository.add(tenant, [submission("a")], fire=fire)
    (alert,) = drain(outbox)
    assert (alert.body, alert.attempts) == ("about a", 1)
    assert outbox.waiting()[0] == 1
    outbox.settle(alert, Attempt(NOW, 0.2, 200), status="delivered")
    assert outbox.waiting() == (0, 0.0)
    (shown,) = outbox.page(tenant)
    assert (shown["comment"], shown["status"], shown["attempts"]) == ("a", "delivered", 1)
    logged = outbox.get(tenant, alert.id)
    assert logged is not None
    assert logged["deliveries"] == [{"at": NOW, "seconds": 0.2, "status_code": 200, "error": None}]


def test_a_claim_comes_back_when_its_taker_dies(
    database: Database,
    outbox: Outbox,
    repository: Repository,
    tenant: str,
    submission: Callable[..., Submission],
) -> None:
    repository.add(tenant, [submission("a")], fire=fire)
    dying = Outbox(database, lease=timedelta(0))
    assert len(dying.claim(10)) == 1
    (alert,) = outbox.claim(10)
    assert alert.attempts == 2
    assert outbox.claim(10) == []


def test_a_failed_try_waits_for_its_time(
    outbox: Outbox, repository: Repository, tenant: str, submission: Callable[..., Submission]
) -> None:
    repository.add(tenant, [submission("a")], fire=fire)
    (alert,) = drain(outbox)
    outbox.settle(alert, TRY, status="pending", due_at=datetime.now(UTC) + timedelta(hours=1))
    assert outbox.claim(10) == []
    outbox.settle(alert, TRY, status="pending", due_at=NOW)
    assert [again.id for again in outbox.claim(10)] == [alert.id]


def test_a_dead_alert_can_be_sent_again_by_its_tenant_only(
    outbox: Outbox, repository: Repository, tenant: str, submission: Callable[..., Submission]
) -> None:
    repository.add(tenant, [submission("a")], fire=fire)
    (alert,) = drain(outbox)
    assert not outbox.replay(tenant, alert.id)  # it is not dead
    outbox.settle(alert, TRY, status="dead")
    assert outbox.claim(10) == []
    assert not outbox.replay("somebody else", alert.id)
    assert outbox.get("somebody else", alert.id) is None
    assert outbox.page("somebody else") == []
    assert outbox.replay(tenant, alert.id)
    assert [again.id for again in outbox.claim(10)] == [alert.id]


def test_a_rule_fires_once_a_comment_however_often_it_is_judged(
    outbox: Outbox, repository: Repository, tenant: str, submission: Callable[..., Submission]
) -> None:
    repository.add(tenant, [submission("a")], fire=fire)
    repository.add(tenant, [submission("a")], fire=fire)
    repository.add_scores(tenant, [Answer("a", {"nps": 0.0}, NOW)], fire=fire)
    assert len(drain(outbox)) == 1


def test_an_alert_erased_under_way_is_forgotten(
    outbox: Outbox, repository: Repository, tenant: str, submission: Callable[..., Submission]
) -> None:
    repository.add(tenant, [submission("a", customer_id="c")], fire=fire)
    (alert,) = drain(outbox)
    repository.erase(tenant, "c")
    outbox.settle(alert, TRY, status="pending", due_at=NOW)
    assert outbox.waiting()[0] == 0
    assert outbox.get(tenant, alert.id) is None


def test_pages_of_alerts(
    outbox: Outbox, repository: Repository, tenant: str, submission: Callable[..., Submission]
) -> None:
    repository.add(tenant, [submission(f"c{i}") for i in range(5)], fire=fire)
    first = outbox.page(tenant, limit=3)
    rest = outbox.page(tenant, limit=3, before=first[-1]["id"])
    assert sorted(alert["comment"] for alert in first + rest) == [f"c{i}" for i in range(5)]
    assert outbox.page(tenant, Wanted(status="dead")) == []


def test_many_takers_share_the_alerts(
    database: Database,
    outbox: Outbox,
    repository: Repository,
    tenant: str,
    submission: Callable[..., Submission],
) -> None:
    repository.add(tenant, [submission(f"c{i}") for i in range(40)], fire=fire)
    taken: list[str] = []

    def take() -> None:
        mine = Outbox(database)
        while claimed := mine.claim(1):
            taken.extend(alert.id for alert in claimed)

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == len(set(taken)) == 40
