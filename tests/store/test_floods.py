"""Alerts that are not sent by themselves: none is lost, and none is told too often."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from sqlalchemy import delete, update

from vocnlp.alerts.rules import Rule
from vocnlp.alerts.told import Flood
from vocnlp.schema import Alert, Attempt, TaggedComment
from vocnlp.store.database import Database
from vocnlp.store.outbox import Outbox, Wanted
from vocnlp.store.repository import Repository, Submission
from vocnlp.store.tables import alerts

MOST = 3
Fire = Callable[[TaggedComment], Iterator[Alert]]


@pytest.fixture
def outbox(database: Database) -> Outbox:
    with database.writing() as connection:
        connection.execute(delete(alerts))  # of other tests on the same server
    return Outbox(database)


def firing(**options: Any) -> Fire:
    """A rule on everything; its alerts have the options of `Told.alerts`."""
    rule = Rule(name="all", when="True", webhooks=["ops"])
    return lambda record: rule.alerts({"comment": record}, **options)


def sent(outbox: Outbox) -> list[Alert]:
    """What goes out now."""
    found = []
    while claimed := outbox.claim(10):
        for alert in claimed:
            outbox.settle(alert, Attempt(alert.created_at, 0.1, 204), status="delivered")
        found += claimed
    return found


def pass_time(database: Database, by: timedelta) -> None:
    """Make all alerts older."""
    with database.writing() as connection:
        for row in connection.execute(alerts.select()).all():
            older = {"created_at": row.created_at - by, "due_at": row.due_at - by}
            connection.execute(update(alerts).where(alerts.c.id == row.id).values(older))


class TestFlood:
    @pytest.fixture
    def fire(self) -> Fire:
        return firing(flood=Flood(most=MOST, minutes=10))

    def test_what_exceeds_the_limit_becomes_one_digest(
        self,
        *,
        database: Database,
        outbox: Outbox,
        repository: Repository,
        tenant: str,
        submission: Callable[..., Submission],
        fire: Fire,
    ) -> None:
        repository.add(tenant, [submission(f"c{i}", risks=["fraud"]) for i in range(10)], fire=fire)
        assert len(sent(outbox)) == MOST
        assert len(outbox.page(tenant, Wanted(status="held"))) == 7
        pass_time(database, timedelta(minutes=11))
        (digest,) = sent(outbox)
        body = orjson.loads(digest.body)
        assert (body["type"], body["data"]["kind"]) == ("alert.digest", "digest")
        assert body["data"]["count"] == 7
        assert body["data"]["complaints"] == {"logistics": 7}
        assert body["data"]["risks"] == {"fraud": 7}
        assert "late again" not in digest.body
        inside = outbox.page(tenant, Wanted(part_of=digest.id))
        told = outbox.page(tenant, Wanted(status="delivered"))
        assert {alert["status"] for alert in inside} == {"digested"}
        comments = {alert["comment"] for alert in inside + told} - {None}
        assert comments == {f"c{i}" for i in range(10)}
        assert sent(outbox) == []

    def test_after_the_flood_alerts_leave_by_themselves_again(
        self,
        *,
        database: Database,
        outbox: Outbox,
        repository: Repository,
        tenant: str,
        submission: Callable[..., Submission],
        fire: Fire,
    ) -> None:
        repository.add(tenant, [submission(f"c{i}") for i in range(5)], fire=fire)
        pass_time(database, timedelta(minutes=11))
        assert len(sent(outbox)) == MOST + 1
        pass_time(database, timedelta(minutes=11))
        repository.add(tenant, [submission("later")], fire=fire)
        assert [orjson.loads(alert.body)["data"]["comment"]["id"] for alert in sent(outbox)] == ["later"]

    def test_rules_webhooks_and_tenants_are_counted_apart(
        self,
        outbox: Outbox,
        repository: Repository,
        tenant: str,
        submission: Callable[..., Submission],
        fire: Fire,
    ) -> None:
        repository.add(tenant, [submission(f"c{i}") for i in range(MOST)], fire=fire)
        repository.add(f"{tenant} 2", [submission(f"c{i}") for i in range(MOST)], fire=fire)
        assert len(sent(outbox)) == 2 * MOST

    def test_who_is_erased_is_in_no_digest(
        self,
        *,
        database: Database,
        outbox: Outbox,
        repository: Repository,
        tenant: str,
        submission: Callable[..., Submission],
        fire: Fire,
    ) -> None:
        written = [submission(f"c{i}", customer_id=f"p{i}") for i in range(6)]
        repository.add(tenant, written, fire=fire)
        held = outbox.page(tenant, Wanted(status="held"))
        gone = held[0]["comment"].replace("c", "p")
        assert repository.erase(tenant, gone).alerts == 1
        pass_time(database, timedelta(minutes=11))
        bodies = [orjson.loads(alert.body) for alert in sent(outbox)]
        (digest,) = [body["data"] for body in bodies if body["type"] == "alert.digest"]
        assert digest["count"] == len(held) - 1


def test_a_customer_is_told_of_once_in_a_while(
    database: Database,
    outbox: Outbox,
    repository: Repository,
    tenant: str,
    submission: Callable[..., Submission],
) -> None:
    fire = firing(again=timedelta(hours=24))
    repository.add(tenant, [submission(f"c{i}", customer_id="p") for i in range(3)], fire=fire)
    repository.add(tenant, [submission("other", customer_id="q"), submission("nobody")], fire=fire)
    repository.add(tenant, [submission("nobody too")], fire=fire)
    told = {orjson.loads(alert.body)["data"]["comment"]["id"]: alert.id for alert in sent(outbox)}
    assert told.keys() == {"c0", "other", "nobody", "nobody too"}
    repeated = outbox.page(tenant, Wanted(status="repeated"))
    assert {(alert["comment"], alert["part_of"]) for alert in repeated} == {
        ("c1", told["c0"]),
        ("c2", told["c0"]),
    }
    pass_time(database, timedelta(hours=25))
    repository.add(tenant, [submission("again", customer_id="p")], fire=fire)
    assert len(sent(outbox)) == 1


def test_a_digest_waits_for_the_end_of_quiet_hours() -> None:
    now = datetime.now(UTC)
    quiet = {"from": f"{now + timedelta(minutes=5):%H:%M}", "to": f"{now + timedelta(minutes=65):%H:%M}"}
    rule = Rule.model_validate(
        {"name": "r", "when": "True", "webhooks": ["w"], "quiet": quiet, "flood": {"most": 1, "minutes": 10}}
    )
    (alert,) = rule.alerts({})
    assert alert.limit is not None
    assert alert.limit.release - now > timedelta(minutes=60)
