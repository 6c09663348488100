"""Scores and comments of the same responses, brought together in whatever order they arrive."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection, exists, select, update

from vocnlp.schema import Alert, TaggedComment, from_dict, to_json
from vocnlp.store.outbox import enqueue
from vocnlp.store.tables import comments, scores
from vocnlp.store.waiting import WAITING

__all__ = ["Fire", "from_record", "join_scores", "load", "rescore", "without_comment"]

Fire = Callable[[TaggedComment], Iterable[Alert]]


def load(record: str) -> TaggedComment:
    """A stored record."""
    return from_record(orjson.loads(record))


def from_record(record: dict[str, Any]) -> TaggedComment:
    """A stored record in plain form."""
    loaded = from_dict(record)
    assert isinstance(loaded, TaggedComment)  # noqa: S101  nothing else is ever stored
    return loaded


def join_scores(connection: Connection, tenant: str, records: Iterable[tuple[str, TaggedComment]]) -> None:
    """Put scores that came before their comment into its record; `records`: response id and record."""
    pairs = list(records)
    known = _scores(connection, tenant, {response for response, _ in pairs})
    for response, record in pairs:
        record.scores |= known.get(response, {})


def _scores(connection: Connection, tenant: str, responses: set[str]) -> dict[str, dict[str, float]]:
    query = select(scores.c.response_id, scores.c.name, scores.c.value).where(
        scores.c.tenant == tenant, scores.c.response_id.in_(responses)
    )
    found: dict[str, dict[str, float]] = {}
    for response, name, value in connection.execute(query):
        found.setdefault(response, {})[name] = value
    return found


def rescore(connection: Connection, tenant: str, responses: set[str], fire: Fire) -> dict[str, int]:
    """Write the known scores into the records of these responses; how many comments each has."""
    known = _scores(connection, tenant, responses)
    query = select(comments.c.pk, comments.c.response_id, comments.c.customer_id, comments.c.record).where(
        comments.c.tenant == tenant, comments.c.response_id.in_(responses)
    )
    reached: dict[str, int] = {}
    for pk, response, customer, stored in connection.execute(query).all():
        record = load(stored)
        record.scores |= known.get(response, {})
        change = update(comments).where(comments.c.pk == pk).values(record=to_json(record).decode())
        connection.execute(change)
        enqueue(connection, tenant, pk, fire(record), customer=customer)
        reached[response] = reached.get(response, 0) + 1
    return reached


def without_comment(
    connection: Connection, tenant: str, *, since: datetime | None, until: datetime | None
) -> list[dict[str, Any]]:
    """Responses that have scores but no comment, as records without text."""
    commented = exists().where(
        comments.c.tenant == scores.c.tenant, comments.c.response_id == scores.c.response_id
    )
    query = select(scores).where(scores.c.tenant == tenant, ~commented)
    if since:
        query = query.where(scores.c.time >= since)
    if until:
        query = query.where(scores.c.time < until)
    found: dict[str, dict[str, Any]] = {}
    for row in connection.execute(query.order_by(scores.c.response_id)):
        answer = found.setdefault(
            row.response_id,
            {
                "id": row.response_id.removeprefix(WAITING),
                "text": "",
                "scores": {},
                "attributes": {"time": row.time.isoformat()},
            },
        )
        answer["scores"][row.name] = row.value
        if row.customer_id:
            answer["attributes"]["customer_id"] = row.customer_id
    return list(found.values())
