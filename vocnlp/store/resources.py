"""Taxonomies and risk rules of tenants: numbered versions that never change, of which one is active.

Number 0 is the project's own; it is active until another one is, and stored nowhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import Connection, func, insert, select, update

from vocnlp.errors import WrongStateError
from vocnlp.store.database import Database
from vocnlp.store.dialects import lock_tenant
from vocnlp.store.tables import activations, resources

__all__ = ["SHIPPED", "Kind", "Resources", "Version"]

Kind = Literal["taxonomy", "risks"]
SHIPPED = 0


@dataclass(frozen=True, slots=True)
class Version:
    """One version. status: `draft` was never active, `retired` was once; version: as the content names it."""

    number: int
    version: str
    status: Literal["draft", "active", "retired"]
    note: str | None
    created_at: datetime
    created_by: str
    activated_at: datetime | None


class Resources:
    """The versions of a database. Every method sees one tenant's only."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, tenant: str, kind: Kind, content: str, version: str, *, note: str | None, key: str) -> int:
        """Keep a draft; its number. Raises WrongStateError if the tenant has another of its name."""
        theirs = (resources.c.tenant == tenant, resources.c.kind == kind)
        with self._database.writing() as connection:
            lock_tenant(connection, tenant, shared=False)
            same = select(resources.c.number).where(*theirs, resources.c.version == version)
            if (taken := connection.execute(same).scalar()) is not None:
                raise WrongStateError(f"number {taken} is {version!r} already; raise the number behind the @")
            last = connection.execute(select(func.max(resources.c.number)).where(*theirs)).scalar()
            number: int = (last or SHIPPED) + 1
            row = {"tenant": tenant, "kind": kind, "number": number, "version": version, "content": content}
            made = {"note": note, "created_at": datetime.now(UTC), "created_by": key}
            connection.execute(insert(resources), [row | made])
        return number

    def all(self, tenant: str, kind: Kind) -> list[Version]:
        """The versions of a tenant, latest first."""
        log = (activations.c.tenant == tenant, activations.c.kind == kind)
        activated = select(activations.c.number, func.max(activations.c.at)).where(*log)
        query = select(resources).where(resources.c.tenant == tenant, resources.c.kind == kind)
        with self._database.reading() as connection:
            active = _active(connection, tenant).get(kind, SHIPPED)
            since: dict[int, datetime] = {
                row[0]: row[1] for row in connection.execute(activated.group_by(activations.c.number))
            }
            rows = connection.execute(query.order_by(resources.c.number.desc())).all()
        return [_version(row, active, since.get(row.number)) for row in rows]

    def content(self, tenant: str, kind: Kind, number: int) -> str | None:
        """What a version holds; None if the tenant has no such version."""
        query = select(resources.c.content).where(
            resources.c.tenant == tenant, resources.c.kind == kind, resources.c.number == number
        )
        with self._database.reading() as connection:
            found: str | None = connection.execute(query).scalar()
        return found

    def active(self, tenant: str) -> dict[Kind, int]:
        """The number of the active version of each kind that is not the project's own."""
        with self._database.reading() as connection:
            return _active(connection, tenant)

    def activate(self, tenant: str, kind: Kind, number: int, *, key: str) -> None:
        """Make a version that exists the active one, from now on; raises WrongStateError if it is."""
        with self._database.writing() as connection:
            lock_tenant(connection, tenant, shared=False)
            if _active(connection, tenant).get(kind, SHIPPED) == number:
                raise WrongStateError(f"number {number} is active already")
            row = {"tenant": tenant, "kind": kind, "number": number, "at": datetime.now(UTC), "key": key}
            connection.execute(insert(activations), [row])

    def roll_back(self, tenant: str, kind: Kind, *, key: str) -> int:
        """Take the last activation back; the number that is active then.

        Raises WrongStateError where nothing was activated.
        """
        log = (activations.c.tenant == tenant, activations.c.kind == kind, activations.c.ended_at.is_(None))
        with self._database.writing() as connection:
            lock_tenant(connection, tenant, shared=False)
            last = connection.execute(select(func.max(activations.c.pk)).where(*log)).scalar()
            if last is None:
                raise WrongStateError("nothing was activated, so there is nothing to roll back")
            ended = {"ended_at": datetime.now(UTC), "ended_by": key}
            connection.execute(update(activations).where(activations.c.pk == last).values(ended))
            return _active(connection, tenant).get(kind, SHIPPED)


def _active(connection: Connection, tenant: str) -> dict[Kind, int]:
    latest = (
        select(func.max(activations.c.pk))
        .where(activations.c.tenant == tenant, activations.c.ended_at.is_(None))
        .group_by(activations.c.kind)
    )
    query = select(activations.c.kind, activations.c.number).where(activations.c.pk.in_(latest))
    return {kind: number for kind, number in connection.execute(query) if number != SHIPPED}


def _version(row: Any, active: int, activated_at: datetime | None) -> Version:
    status: Literal["draft", "active", "retired"] = "retired" if activated_at else "draft"
    return Version(
        row.number,
        row.version,
        "active" if row.number == active else status,
        row.note,
        row.created_at,
        row.created_by,
        activated_at,
    )
