"""Alerts that wait for their webhook, and the log of every try to deliver them.

A claimed alert is out of sight for the time of a lease; if whoever claimed it dies, it comes back by itself.
That is delivery at least once, for any number of processes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Select, func, insert, select, update

from vocnlp.schema import Alert, Attempt
from vocnlp.store.database import Database
from vocnlp.store.dialects import insert_new, lock_tenant
from vocnlp.store.floods import gather, placed
from vocnlp.store.tables import alerts, cases, comments, deliveries

__all__ = ["Outbox", "State", "Status", "Wanted", "enqueue"]

Status = Literal["pending", "held", "digested", "repeated", "delivered", "dead"]
State = Literal["open", "acknowledged", "resolved"]

_ALERT = (
    alerts.c.id,
    alerts.c.rule,
    alerts.c.severity,
    alerts.c.webhook,
    alerts.c.body,
    alerts.c.created_at,
    alerts.c.attempts,
)
_SHOWN: dict[str, ColumnElement[Any]] = {
    **{
        name: alerts.c[name]
        for name in ("id", "event", "subject", "rule", "severity", "webhook", "owner", "status", "part_of")
    },
    "comment": comments.c.id,
    "attempts": alerts.c.attempts,
    "created_at": alerts.c.created_at,
    "state": func.coalesce(cases.c.state, "open"),
    "assignee": cases.c.assignee,
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which alerts; a field that is None lets all through. They are named as in `Outbox.page`."""

    status: Status | None = None
    state: State | None = None
    owner: str | None = None
    assignee: str | None = None
    rule: str | None = None
    event: str | None = None
    part_of: str | None = None


def enqueue(
    connection: Connection, tenant: str, comment: int, fired: Iterable[Alert], *, customer: str | None = None
) -> None:
    """Put alerts on a comment into the outbox, in the transaction of the comment.

    A rule fires once a comment and webhook, however often the comment is judged.
    """
    for alert in fired:
        row = _row(tenant, alert) | {"comment": comment, "customer_id": customer}
        connection.execute(insert_new(connection, alerts).values(placed(connection, row, alert)))


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
        "event": alert.event or alert.id,
        "owner": alert.owner,
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
        about = {"subject": subject, "customer_id": customer}
        told = select(alerts.c.rule, alerts.c.webhook).where(
            alerts.c.tenant == tenant,
            alerts.c.subject == subject,
            alerts.c.created_at > datetime.now(UTC) - again,
        )
        with self._database.writing() as connection:
            lock_tenant(connection, tenant, shared=False)
            before = {(row.rule, row.webhook) for row in connection.execute(told)}
            new = [alert for alert in fired if (alert.rule, alert.webhook) not in before]
            for alert in new:
                row = placed(connection, _row(tenant, alert) | about, alert)
                connection.execute(insert(alerts), [row])
        return len(new)

    def claim(self, limit: int) -> list[Alert]:
        """Take up to `limit` alerts that are due, the longest waiting first; digests too."""
        now = datetime.now(UTC)
        due = select(alerts.c.id).where(alerts.c.status == "pending", alerts.c.due_at <= now).limit(limit)
        held = select(alerts.c.id).where(alerts.c.status == "held", alerts.c.due_at <= now).limit(1)
        with self._database.reading() as connection:  # most of the time nothing is due
            ended = connection.execute(held).first() is not None
            if not ended and connection.execute(due.limit(1)).first() is None:
                return []
        if ended:
            with self._database.writing() as connection:
                gather(connection, now)
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
        self, tenant: str, only: Wanted | None = None, *, before: str | None = None, limit: int = 100
    ) -> list[dict[str, Any]]:
        """A tenant's alerts, newest first, as plain values; `before`: only those older than this one."""
        query = self._described(tenant)
        for name, value in asdict(only or Wanted()).items():
            if value is not None:
                query = query.where(_SHOWN[name] == value)
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
        return (
            select(*(column.label(name) for name, column in _SHOWN.items()))
            .select_from(alerts)
            .outerjoin(comments, comments.c.pk == alerts.c.comment)
            .outerjoin(cases, cases.c.event == alerts.c.event)
            .where(alerts.c.tenant == tenant)
        )
