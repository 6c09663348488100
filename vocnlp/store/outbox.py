"""Alerts that wait for their webhook, and the log of every try to deliver them.

A claimed alert is out of sight for the time of a lease; if whoever claimed it dies, it comes back by itself.
That is delivery at least once, for any number of processes.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Connection, Select, func, insert, select, update

from vocnlp.schema import Alert, Attempt
from vocnlp.store.database import Database
from vocnlp.store.dialects import insert_new, lock_tenant
from vocnlp.store.tables import alerts, deliveries

__all__ = ["Outbox", "Status", "enqueue"]

Status = Literal["pending", "delivered", "dead"]

_ALERT = (
    alerts.c.id,
    alerts.c.rule,
    alerts.c.severity,
    alerts.c.webhook,
    alerts.c.body,
    alerts.c.created_at,
    alerts.c.attempts,
)


def enqueue(connection: Connection, tenant: str, comment: int, fired: Iterable[Alert]) -> None:
    """Put alerts on a comment into the outbox, in the transaction of the comment.

    A rule fires once a comment and webhook, however often the comment is judged.
    """
    if rows := [_row(tenant, alert) | {"comment": comment} for alert in fired]:
        connection.execute(insert_new(connection, alerts).values(rows))


def _row(tenant: str, alert: Alert) -> dict[str, Any]:
    return {
        "id": alert.id,
        "tenant": tenant,
        "rule": alert.rule,
        "severity": alert.severity,
        "webhook": alert.webhook,
        "body": alert.body,
        "status": "pending",
        "created_at": alert.created_at,
        "due_at": alert.due_at or alert.created_at,
        "attempts": 0,
    }


class Outbox:
    """The alerts of a database.

    lease: how long a claimed alert stays out of sight; longer than any delivery takes.
    """

    def __init__(self, database: Database, *, lease: timedelta = timedelta(seconds=30)) -> None:
        self._database = database
        self._lease = lease

    def add(
        self,
        tenant: str,
        subject: str,
        fired: Iterable[Alert],
        *,
        again: timedelta,
        customer: str | None = None,
    ) -> int:
        """Put alerts on a subject into the outbox, but for those that a webhook was told since `again` ago.

        How many were put in, whatever other processes found at the same time.
        """
        rows = [_row(tenant, alert) | {"subject": subject, "customer_id": customer} for alert in fired]
        told = select(alerts.c.rule, alerts.c.webhook).where(
            alerts.c.tenant == tenant,
            alerts.c.subject == subject,
            alerts.c.created_at > datetime.now(UTC) - again,
        )
        with self._database.writing() as connection:
            lock_tenant(connection, tenant, shared=False)
            before = {(row.rule, row.webhook) for row in connection.execute(told)}
            new = [row for row in rows if (row["rule"], row["webhook"]) not in before]
            if new:
                connection.execute(insert(alerts), new)
        return len(new)

    def claim(self, limit: int) -> list[Alert]:
        """Take up to `limit` alerts that are due, the longest waiting first."""
        now = datetime.now(UTC)
        due = select(alerts.c.id).where(alerts.c.status == "pending", alerts.c.due_at <= now).limit(limit)
        with self._database.reading() as connection:  # most of the time nothing is due
            if connection.execute(due.limit(1)).first() is None:
                return []
        taken = due.order_by(alerts.c.due_at).with_for_update(skip_locked=True)
        change = (
            update(alerts)
            .where(alerts.c.id.in_(taken.scalar_subquery()))
            .values(due_at=now + self._lease, attempts=alerts.c.attempts + 1)
            .returning(*_ALERT)
        )
        with self._database.writing() as connection:
            return [Alert(*row) for row in connection.execute(change)]

    def settle(
        self, alert: Alert, attempt: Attempt, *, status: Status, due_at: datetime | None = None
    ) -> None:
        """Log a try and say what becomes of the alert; one that was erased meanwhile is forgotten.

        due_at: of the next try, if the status is still `pending`.
        """
        change = update(alerts).where(alerts.c.id == alert.id, alerts.c.status == "pending")
        with self._database.writing() as connection:
            values = {"status": status} | ({"due_at": due_at} if due_at else {})
            if connection.execute(change.values(values)).rowcount:
                row = {
                    "alert": alert.id,
                    "at": attempt.at,
                    "seconds": attempt.seconds,
                    "status_code": attempt.status_code,
                    "error": attempt.error,
                }
                connection.execute(insert(deliveries).values(row))

    def waiting(self) -> tuple[int, float]:
        """How many alerts wait, and for how many seconds the oldest has waited."""
        query = select(func.count(), func.min(alerts.c.created_at)).where(alerts.c.status == "pending")
        with self._database.reading() as connection:
            count, oldest = connection.execute(query).one()
        return count, (datetime.now(UTC) - oldest).total_seconds() if oldest else 0.0

    def page(
        self, tenant: str, *, status: Status | None = None, before: str | None = None, limit: int = 100
    ) -> list[dict[str, Any]]:
        """A tenant's alerts, newest first, as plain values; `before`: only those older than this one."""
        query = self._described(tenant)
        if status:
            query = query.where(alerts.c.status == status)
        if before:
            edge = select(alerts.c.created_at).where(alerts.c.tenant == tenant, alerts.c.id == before)
            created = edge.scalar_subquery()
            query = query.where(
                (alerts.c.created_at < created) | ((alerts.c.created_at == created) & (alerts.c.id < before))
            )
        query = query.order_by(alerts.c.created_at.desc(), alerts.c.id.desc()).limit(limit)
        with self._database.reading() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    def get(self, tenant: str, id: str) -> dict[str, Any] | None:
        """One alert with the log of its deliveries, oldest first."""
        query = self._described(tenant).where(alerts.c.id == id)
        log = select(deliveries).where(deliveries.c.alert == id).order_by(deliveries.c.pk)
        with self._database.reading() as connection:
            found = connection.execute(query).mappings().one_or_none()
            if found is None:
                return None
            tries = [
                {name: row[name] for name in ("at", "seconds", "status_code", "error")}
                for row in connection.execute(log).mappings()
            ]
        return {**found, "deliveries": tries}

    def replay(self, tenant: str, id: str) -> bool:
        """Send a dead alert again, as if it had fired now; False if the tenant has no such dead alert."""
        now = datetime.now(UTC)
        change = update(alerts).where(alerts.c.tenant == tenant, alerts.c.id == id, alerts.c.status == "dead")
        with self._database.writing() as connection:
            revived = change.values(status="pending", due_at=now, created_at=now, attempts=0)
            return bool(connection.execute(revived).rowcount)

    @staticmethod
    def _described(tenant: str) -> Select[Any]:
        from vocnlp.store.tables import comments

        return (
            select(
                alerts.c.id,
                comments.c.id.label("comment"),
                alerts.c.subject,
                alerts.c.rule,
                alerts.c.severity,
                alerts.c.webhook,
                alerts.c.status,
                alerts.c.attempts,
                alerts.c.created_at,
            )
            .outerjoin(comments, comments.c.pk == alerts.c.comment)
            .where(alerts.c.tenant == tenant)
        )
