"""Alerts that are not sent by themselves: a customer told of already, and what exceeds the limit of a rule.

Both stay in the outbox as parts of the alert that is sent instead: the first one, or a digest.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Connection, Table, and_, func, insert, select, update

from vocnlp.schema import Alert, Limit
from vocnlp.store.tables import alerts, aspects, risks

__all__ = ["gather", "placed"]

DIGEST = "digest"
SENT = ("pending", "delivered", "dead")


def placed(connection: Connection, row: dict[str, Any], alert: Alert) -> dict[str, Any]:
    """The row of a new alert as it goes into the outbox: to be sent, repeated or held."""
    if first := _told_before(connection, row, alert):
        return row | {"status": "repeated", "part_of": first}
    if alert.limit and (release := _release(connection, row, alert.limit)):
        return row | {"status": "held", "due_at": release}
    return row


def _told_before(connection: Connection, row: dict[str, Any], alert: Alert) -> str | None:
    """The alert by which the webhook was told of the same customer since `alert.again` ago."""
    if alert.again is None or row.get("customer_id") is None:
        return None
    query = select(alerts.c.id).where(
        *_theirs(row),
        alerts.c.customer_id == row["customer_id"],
        alerts.c.created_at > alert.created_at - alert.again,
        alerts.c.status != "repeated",
    )
    return connection.execute(query.order_by(alerts.c.created_at).limit(1)).scalar()


def _release(connection: Connection, row: dict[str, Any], limit: Limit) -> datetime | None:
    """When the digest leaves that the alert becomes part of; None if it may be sent by itself."""
    held = select(func.min(alerts.c.due_at)).where(
        *_theirs(row), alerts.c.status == "held", alerts.c.due_at >= row["due_at"]
    )
    release: datetime | None = connection.execute(held).scalar()
    if release is not None:
        return release
    sent = select(alerts.c.id).where(
        *_theirs(row),
        alerts.c.status.in_(SENT),
        alerts.c.due_at > row["due_at"] - limit.window,
    )
    count = connection.execute(
        select(func.count()).select_from(sent.limit(limit.most).subquery())
    ).scalar_one()
    return limit.release if count >= limit.most else None


def gather(connection: Connection, now: datetime) -> None:
    """Make one digest of all alerts of a rule to a webhook whose holding has ended."""
    ended = and_(alerts.c.status == "held", alerts.c.due_at <= now)
    group = (alerts.c.tenant, alerts.c.rule, alerts.c.webhook, alerts.c.severity)
    for found in connection.execute(select(*group).where(ended).distinct().order_by(*group)).all():
        id = f"msg_{uuid.uuid4().hex}"
        members = and_(ended, *(column == found[place] for place, column in enumerate(group)))
        taken = connection.execute(update(alerts).where(members).values(status="digested", part_of=id))
        if taken.rowcount:  # else another process was faster
            connection.execute(insert(alerts), [_digest(connection, id, found, now)])


def _digest(connection: Connection, id: str, group: Any, now: datetime) -> dict[str, Any]:
    """The row of a digest. It names nobody and quotes nothing, so that whoever is erased is not in it."""
    parts = alerts.c.part_of == id
    query = select(func.count(), func.min(alerts.c.created_at), func.max(alerts.c.created_at)).where(parts)
    count, first, last = connection.execute(query).one()
    event = f"evt_{id.removeprefix('msg_')}"
    data = {
        "id": id,
        "event": event,
        "rule": group.rule,
        "severity": group.severity,
        "kind": DIGEST,
        "subject": DIGEST,
        "count": count,
        "from": first.isoformat(),
        "to": last.isoformat(),
        "complaints": _counts(connection, aspects, aspects.c.aspect, parts & (aspects.c.polarity == "neg")),
        "risks": _counts(connection, risks, risks.c.category, parts),
    }
    body = {"type": "alert.digest", "timestamp": now.isoformat(), "data": data}
    return {
        "id": id,
        "tenant": group.tenant,
        "rule": group.rule,
        "severity": group.severity,
        "webhook": group.webhook,
        "body": orjson.dumps(body).decode(),
        "status": "pending",
        "created_at": now,
        "due_at": now,
        "attempts": 0,
        "event": event,
        "subject": DIGEST,
    }


def _counts(
    connection: Connection, table: Table, name: ColumnElement[str], which: ColumnElement[bool]
) -> dict[str, int]:
    count = func.count(alerts.c.comment.distinct())
    joined = table.join(alerts, alerts.c.comment == table.c.comment)
    query = select(name, count).select_from(joined).where(which).group_by(name).order_by(count.desc(), name)
    return {row[0]: row[1] for row in connection.execute(query)}


def _theirs(row: dict[str, Any]) -> list[ColumnElement[bool]]:
    return [alerts.c[name] == row[name] for name in ("tenant", "rule", "webhook")]
