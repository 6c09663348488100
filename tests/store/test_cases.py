"""The closed loop: what was done is logged, and the customer's next score tells whether it helped."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from vocnlp.errors import InputError, WrongStateError
from vocnlp.schema import Alert, TaggedComment
from vocnlp.store.cases import Act, Cases
from vocnlp.store.database import Database
from vocnlp.store.outbox import Outbox, Wanted
from vocnlp.store.repository import Answer, Repository, Submission, forget_old
from vocnlp.store.tables import case_actions

BEFORE, SOON = datetime.now(UTC) - timedelta(days=30), datetime.now(UTC) + timedelta(hours=1)
LONG_AGO, LATER = BEFORE - timedelta(days=365), SOON + timedelta(days=365)


def fire(record: TaggedComment) -> list[Alert]:
    event = uuid.uuid4().hex
    return [
        Alert(uuid.uuid4().hex, "late", "high", webhook, "{}", datetime.now(UTC), event=event)
        for webhook in ("ops", "crm")
    ]


@pytest.fixture
def cases(database: Database) -> Cases:
    return Cases(database)


@pytest.fixture
def complaint(
    database: Database, repository: Repository, tenant: str, submission: Callable[..., Submission]
) -> str:
    """The id of an alert on a customer who gave two points out of ten."""
    said = submission("c", customer_id="p", scores={"nps": 2.0}, time=BEFORE)
    repository.add(tenant, [said], fire=fire)
    id: str = Outbox(database).page(tenant)[0]["id"]
    return id


def test_what_is_done_is_logged_for_all_webhooks(
    database: Database, cases: Cases, complaint: str, tenant: str
) -> None:
    for act in (
        Act("acknowledge", by="Ana"),
        Act("assign", assignee="Li", note="please call"),
        Act("resolve", note="refunded", by="Li"),
    ):
        case = cases.act(tenant, complaint, act, key="crm")
    assert case is not None
    assert (case.state, case.assignee, case.outcome) == ("resolved", "Li", None)
    assert [(entry.action, entry.by, entry.key, entry.note) for entry in case.history] == [
        ("acknowledge", "Ana", "crm", None),
        ("assign", None, "crm", "please call"),
        ("resolve", "Li", "crm", "refunded"),
    ]
    assert case.history[0].at <= case.history[2].at == case.resolved_at
    shown = Outbox(database).page(tenant, Wanted(state="resolved", assignee="Li"))
    assert {alert["webhook"] for alert in shown} == {"ops", "crm"}
    assert Outbox(database).page(tenant, Wanted(state="open")) == []
    reopened = cases.act(tenant, complaint, Act("reopen"), key="crm")
    assert reopened is not None
    assert (reopened.state, reopened.resolved_at) == ("open", None)


def test_what_does_not_fit_the_state_is_refused(cases: Cases, complaint: str, tenant: str) -> None:
    with pytest.raises(WrongStateError, match="is open; reopen needs one that is resolved"):
        cases.act(tenant, complaint, Act("reopen"), key="k")
    cases.act(tenant, complaint, Act("resolve", note="done"), key="k")
    for action in ("acknowledge", "assign", "resolve"):
        with pytest.raises(WrongStateError, match="is resolved"):
            cases.act(tenant, complaint, Act(action), key="k")


def test_a_case_is_its_tenants_alone(cases: Cases, complaint: str, tenant: str) -> None:
    assert cases.act("somebody else", complaint, Act("acknowledge"), key="k") is None
    assert cases.get("somebody else", complaint) is None
    case = cases.get(tenant, complaint)
    assert case is not None
    assert (case.state, case.history) == ("open", [])


@pytest.mark.parametrize(("after", "verdict"), [(9.0, "better"), (2.0, "same"), (0.0, "worse")])
def test_the_next_score_verifies(
    *, repository: Repository, cases: Cases, complaint: str, tenant: str, after: float, verdict: str
) -> None:
    cases.act(tenant, complaint, Act("resolve", note="called"), key="k")
    repository.add_scores(tenant, [Answer("r2", {"csat": 1.0}, SOON, "p")])  # nothing to compare with
    repository.add_scores(tenant, [Answer("r3", {"nps": after}, SOON, "p")])
    repository.add_scores(tenant, [Answer("r4", {"nps": 5.0}, LATER, "p")])  # not the next one
    repository.add_scores(tenant, [Answer("r5", {"nps": 10.0}, SOON, "q")])  # somebody else
    case = cases.get(tenant, complaint)
    assert case is not None
    assert case.outcome is not None
    assert (case.outcome.score, case.outcome.before, case.outcome.after) == ("nps", 2.0, after)
    assert (case.outcome.verdict, case.outcome.at) == (verdict, SOON)
    tally = cases.tally(tenant, since=LONG_AGO, until=LATER, most=10)
    assert tally == {"resolved": 1, verdict: 1}


def test_less_effort_is_better(
    repository: Repository,
    cases: Cases,
    database: Database,
    tenant: str,
    submission: Callable[..., Submission],
) -> None:
    said = submission("e", customer_id="p", scores={"effort": 5.0}, time=BEFORE)
    repository.add(tenant, [said], fire=fire)
    alert = Outbox(database).page(tenant)[0]["id"]
    cases.act(tenant, alert, Act("resolve", note="shorter form"), key="k")
    repository.add(tenant, [submission("n", customer_id="p", scores={"effort": 2.0}, time=SOON)])
    case = cases.get(tenant, alert)
    assert case is not None
    assert case.outcome is not None
    assert case.outcome.verdict == "better"


def test_a_late_answer_to_the_same_survey_proves_nothing(
    repository: Repository, cases: Cases, complaint: str, tenant: str
) -> None:
    cases.act(tenant, complaint, Act("resolve", note="called"), key="k")
    repository.add_scores(tenant, [Answer("c", {"nps": 9.0}, SOON, "p")])
    case = cases.get(tenant, complaint)
    assert case is not None
    assert case.outcome is None
    assert cases.tally(tenant, since=LONG_AGO, until=LATER, most=10) == {"resolved": 1, "unverified": 1}
    with pytest.raises(InputError, match="1 events are resolved, at most 0"):
        cases.tally(tenant, since=LONG_AGO, until=LATER, most=0)


@pytest.mark.parametrize("way", ["erased", "too old"])
def test_notes_go_with_the_comment(
    *, database: Database, repository: Repository, cases: Cases, complaint: str, tenant: str, way: str
) -> None:
    cases.act(tenant, complaint, Act("resolve", note="Mrs. P. was called"), key="k")
    event = Outbox(database).page(tenant)[0]["event"]
    if way == "erased":
        repository.erase(tenant, "p")
    else:
        forget_old(database, datetime.now(UTC) + timedelta(hours=2))
    with database.reading() as connection:
        left = select(func.count()).where(case_actions.c.event == event)
        assert connection.execute(left).scalar_one() == 0
    assert cases.get(tenant, complaint) is None
