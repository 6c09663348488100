"""Whether a customer was happier after a case was resolved: the next score beside the one before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NamedTuple

import orjson
from sqlalchemy import Connection, select

from vocnlp.scores.metrics import METRICS
from vocnlp.store.tables import alerts, comments, scores

__all__ = ["Outcome", "outcome"]

Verdict = Literal["better", "same", "worse"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The last score before the alert, and the first of the same name after the case was resolved."""

    score: str
    before: float
    after: float
    at: datetime
    verdict: Verdict


class _Answer(NamedTuple):
    time: datetime
    response: str
    name: str
    value: float


def outcome(connection: Connection, tenant: str, event: str, resolved_at: datetime) -> Outcome | None:
    """How an event came out; None as long as nobody can know.

    Compared are scores of the customer whom the event is about. An answer to the survey that the event is
    about says nothing of what was done later, however late it came.
    """
    about = _about(connection, tenant, event)
    if about is None or about.customer is None:
        return None
    answers = _answers(connection, tenant, about.customer)
    later = [a for a in answers if a.time > resolved_at and a.response != about.response]
    for answer in later:
        before = [
            a.value
            for a in answers
            if a.name == answer.name and (a.time <= about.at or a.response == about.response)
        ]
        if before:
            return _compared(answer, before[-1])
    return None


def _compared(answer: _Answer, before: float) -> Outcome:
    metric = METRICS.get(answer.name)
    change = answer.value - before
    if metric and not metric.higher_is_better:
        change = -change
    verdict: Verdict = "better" if change > 0 else "worse" if change < 0 else "same"
    return Outcome(answer.name, before, answer.value, answer.time, verdict)


def _about(connection: Connection, tenant: str, event: str) -> Any:
    """Customer, response and time of what an event is about."""
    query = (
        select(
            alerts.c.customer_id.label("customer"),
            comments.c.response_id.label("response"),
            alerts.c.created_at.label("at"),
        )
        .outerjoin(comments, comments.c.pk == alerts.c.comment)
        .where(alerts.c.tenant == tenant, alerts.c.event == event)
    )
    return connection.execute(query.limit(1)).one_or_none()


def _answers(connection: Connection, tenant: str, customer: str) -> list[_Answer]:
    """All scores of a customer, with a comment or without, the oldest first."""
    said = select(comments.c.time, comments.c.response_id, comments.c.record).where(
        comments.c.tenant == tenant, comments.c.customer_id == customer
    )
    alone = select(scores.c.time, scores.c.response_id, scores.c.name, scores.c.value).where(
        scores.c.tenant == tenant, scores.c.customer_id == customer
    )
    found = [_Answer(*row) for row in connection.execute(alone)]
    for row in connection.execute(said):
        record: dict[str, Any] = orjson.loads(row.record)
        found += [_Answer(row.time, row.response_id, *score) for score in record["scores"].items()]
    return sorted(found)
