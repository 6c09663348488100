"""The closed loop: what people did about an event, and whether its customer was happier afterwards.

An event is a rule that fired on a comment or subject; its alerts, one a webhook, share one case.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import Connection, delete, exists, func, insert, select, update

from vocnlp.errors import InputError, WrongStateError
from vocnlp.store.database import Database
from vocnlp.store.dialects import insert_new, lock_tenant
from vocnlp.store.outbox import State
from vocnlp.store.outcomes import Outcome, outcome
from vocnlp.store.tables import alerts, case_actions, cases

__all__ = ["Act", "Action", "Case", "Cases", "Entry", "drop_orphans"]

Action = Literal["acknowledge", "assign", "resolve", "reopen"]
ALLOWED: dict[Action, tuple[State, ...]] = {
    "acknowledge": ("open",),
    "assign": ("open", "acknowledged"),
    "resolve": ("open", "acknowledged"),
    "reopen": ("resolved",),
}
BECOMES: dict[Action, State] = {
    "acknowledge": "acknowledged",
    "assign": "acknowledged",
    "resolve": "resolved",
    "reopen": "open",
}


@dataclass(frozen=True, slots=True)
class Act:
    """What somebody does. assignee: of `assign`; note: what was done, for `resolve`; by: a person's name."""

    action: Action
    assignee: str | None = None
    note: str | None = None
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the log of a case: when, with which key, by whom, what."""

    at: datetime
    key: str
    by: str | None
    action: Action
    assignee: str | None
    note: str | None


@dataclass(frozen=True, slots=True)
class Case:
    """Where an event stands; outcome: once it is resolved and the customer has given a score again."""

    event: str
    state: State
    assignee: str | None
    resolved_at: datetime | None
    history: list[Entry]
    outcome: Outcome | None


class Cases:
    """The cases of a database. Every method sees one tenant's only."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def act(self, tenant: str, alert: str, act: Act, *, key: str) -> Case | None:
        """Do something about the event of an alert; None if the tenant has no such alert.

        key: the name of the caller's key, for the log.   Raises WrongStateError.
        """
        now = datetime.now(UTC)
        with self._database.writing() as connection:
            lock_tenant(connection, tenant, shared=False)
            event = _event(connection, tenant, alert)
            if event is None:
                return None
            fresh = {"event": event, "tenant": tenant, "state": "open"}
            connection.execute(insert_new(connection, cases).values(fresh))
            case = connection.execute(select(cases).where(cases.c.event == event)).one()
            if case.state not in ALLOWED[act.action]:
                there = " or ".join(ALLOWED[act.action])
                raise WrongStateError(f"the case is {case.state}; {act.action} needs one that is {there}")
            values: dict[str, Any] = {"state": BECOMES[act.action]}
            if act.action == "assign":
                values["assignee"] = act.assignee
            if act.action in ("resolve", "reopen"):
                values["resolved_at"] = now if act.action == "resolve" else None
            connection.execute(update(cases).where(cases.c.event == event).values(values))
            entry = {"event": event, "at": now, "key": key, "by": act.by, "action": act.action}
            row = entry | {"assignee": act.assignee, "note": act.note}
            connection.execute(insert(case_actions), [row])
            return _case(connection, tenant, event)

    def get(self, tenant: str, alert: str) -> Case | None:
        """The case of an alert's event; None if the tenant has no such alert."""
        with self._database.reading() as connection:
            event = _event(connection, tenant, alert)
            return _case(connection, tenant, event) if event else None

    def tally(self, tenant: str, *, since: datetime, until: datetime, most: int) -> dict[str, int]:
        """How many events of a time are in which state, and how those that are resolved came out.

        Raises InputError for more than `most` resolved ones.
        """
        state = func.coalesce(cases.c.state, "open")
        joined = alerts.outerjoin(cases, cases.c.event == alerts.c.event)
        where = (alerts.c.tenant == tenant, alerts.c.created_at >= since, alerts.c.created_at < until)
        query = select(alerts.c.event, state.label("state"), cases.c.resolved_at)
        counts: Counter[str] = Counter()
        with self._database.reading() as connection:
            found = connection.execute(query.select_from(joined).where(*where).distinct()).all()
            resolved = [row for row in found if row.state == "resolved"]
            if len(resolved) > most:
                raise InputError(f"{len(resolved):,} events are resolved, at most {most:,} can be looked at")
            counts.update(row.state for row in found)
            for row in resolved:
                verified = outcome(connection, tenant, row.event, row.resolved_at)
                counts[verified.verdict if verified else "unverified"] += 1
        return counts


def drop_orphans(connection: Connection, tenant: str | None = None) -> None:
    """Forget the cases, with all notes, of events whose alerts are gone."""
    orphaned = delete(cases).where(~exists().where(alerts.c.event == cases.c.event))
    connection.execute(orphaned.where(cases.c.tenant == tenant) if tenant is not None else orphaned)


def _event(connection: Connection, tenant: str, alert: str) -> str | None:
    query = select(alerts.c.event).where(alerts.c.tenant == tenant, alerts.c.id == alert)
    event: str | None = connection.execute(query).scalar()
    return event


def _case(connection: Connection, tenant: str, event: str) -> Case:
    found = connection.execute(select(cases).where(cases.c.event == event)).one_or_none()
    if found is None:
        return Case(event, "open", None, None, [], None)
    names = [field.name for field in fields(Entry)]
    log = select(*(case_actions.c[name] for name in names)).where(case_actions.c.event == event)
    history = [Entry(*row) for row in connection.execute(log.order_by(case_actions.c.pk))]
    verified = outcome(connection, tenant, event, found.resolved_at) if found.resolved_at else None
    return Case(event, found.state, found.assignee, found.resolved_at, history, verified)
