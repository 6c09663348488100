"""Scores that name a customer and no response: they belong to the customer's comment nearest in time.

The comment must lie within a window. Until one has come, the scores wait under an id that no response has.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, exists, select, update

from vocnlp.store.tables import comments, scores

__all__ = ["WAITING", "nearest", "settle", "waiting_id"]

WAITING = "\x1f"  # a control character, which no id of a caller has


def waiting_id(customer: str, time: datetime) -> str:
    """The id under which scores of a customer wait."""
    return WAITING + hashlib.sha256(f"{customer}\n{time.isoformat()}".encode()).hexdigest()


def nearest(
    connection: Connection, tenant: str, customer: str, time: datetime, window: timedelta
) -> str | None:
    """The response of the customer's comment nearest in time, within the window."""
    query = select(comments.c.response_id, comments.c.time).where(
        comments.c.tenant == tenant,
        comments.c.customer_id == customer,
        comments.c.time.between(time - window, time + window),
    )
    found = connection.execute(query.order_by(comments.c.time.desc())).all()
    return min(found, key=lambda row: abs(row.time - time)).response_id if found else None


def settle(
    connection: Connection, tenant: str, said: Iterable[tuple[str, datetime, str]], window: timedelta
) -> None:
    """Give scores that wait to comments that come; `said`: customer, time and response of each.

    A score that the response has already under the same name stays, and the one that waited goes.
    """
    by_customer: dict[str, list[tuple[datetime, str]]] = {}
    for customer, time, response in said:
        by_customer.setdefault(customer, []).append((time, response))
    query = select(scores.c.response_id, scores.c.name, scores.c.customer_id, scores.c.time).where(
        scores.c.tenant == tenant,
        scores.c.customer_id.in_(by_customer),
        scores.c.response_id.startswith(WAITING),
    )
    for row in connection.execute(query).all():
        time, response = min(by_customer[row.customer_id], key=lambda one: abs(one[0] - row.time))
        if abs(time - row.time) > window:
            continue
        mine = (scores.c.tenant == tenant, scores.c.name == row.name)
        taken = exists(select(scores.c.name).where(*mine, scores.c.response_id == response))
        this = (*mine, scores.c.response_id == row.response_id)
        if connection.execute(select(taken)).scalar_one():
            connection.execute(delete(scores).where(*this))
        else:
            connection.execute(update(scores).where(*this).values(response_id=response))
