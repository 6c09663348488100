"""API keys: made once, kept only as a hash."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, get_args

from sqlalchemy import Row, func, insert, select, update

from vocnlp.errors import InputError
from vocnlp.store.database import Database
from vocnlp.store.tables import NAME, keys

__all__ = ["SCOPES", "Key", "Keys", "Scope"]

Scope = Literal["read", "write", "admin"]
SCOPES: tuple[Scope, ...] = get_args(Scope)
PREFIX = "voc_"


@dataclass(frozen=True, slots=True)
class Key:
    """What is known of a key; the key itself is known to its owner alone."""

    id: str
    tenant: str
    name: str
    scopes: frozenset[str]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None

    @property
    def is_valid(self) -> bool:
        """Neither revoked nor expired."""
        expired = self.expires_at is not None and self.expires_at <= datetime.now(UTC)
        return self.revoked_at is None and not expired


class Keys:
    """The keys of a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(
        self,
        name: str,
        *,
        tenant: str = "default",
        scopes: Sequence[str] = ("read", "write"),
        expires_at: datetime | None = None,
    ) -> str:
        """Make a key and return it: 256 random bits, so that a plain SHA-256 hides it well enough.

        Raises InputError for a scope that does not exist, or a name or tenant that is empty or too long.
        """
        if not scopes or not set(scopes) <= set(SCOPES):
            raise InputError(f"scopes are {','.join(scopes)!r}; use one or more of: {', '.join(SCOPES)}")
        for what, value in (("name", name), ("tenant", tenant)):
            if not value.isprintable() or not 0 < len(value.strip()) <= NAME:
                raise InputError(f"the {what} is {value!r}; use 1 to {NAME} printable characters")
        key = PREFIX + secrets.token_urlsafe(32)
        row = {
            "id": secrets.token_hex(4),
            "tenant": tenant,
            "name": name,
            "digest": _digest(key),
            "scopes": ",".join(scope for scope in SCOPES if scope in scopes),
            "created_at": datetime.now(UTC),
            "expires_at": expires_at,
        }
        with self._database.writing() as connection:
            connection.execute(insert(keys).values(row))
        return key

    def find(self, key: str) -> Key | None:
        """The key, if it is known, not revoked and not expired."""
        query = select(keys).where(keys.c.digest == _digest(key))
        with self._database.reading() as connection:
            row = connection.execute(query).one_or_none()
        found = _read(row) if row else None
        return found if found and found.is_valid else None

    def any_valid(self) -> bool:
        """Whether somebody could use the service."""
        return any(key.is_valid for key in self.all())

    def all(self) -> list[Key]:
        """Every key ever made, oldest first."""
        with self._database.reading() as connection:
            return [_read(row) for row in connection.execute(select(keys).order_by(keys.c.created_at))]

    def revoke(self, id: str) -> None:
        """End a key at once; raises InputError if there is none of this id."""
        now = func.coalesce(keys.c.revoked_at, datetime.now(UTC))
        with self._database.writing() as connection:
            found = connection.execute(update(keys).where(keys.c.id == id).values(revoked_at=now)).rowcount
        if not found:
            raise InputError(f"there is no key {id!r}; see: vocnlp keys list")

    def rotate(self, id: str, *, until: datetime) -> str:
        """A new key in place of an old one, which ends at `until`; raises InputError if that is not valid."""
        with self._database.reading() as connection:
            row = connection.execute(select(keys).where(keys.c.id == id)).one_or_none()
        old = _read(row) if row else None
        if old is None or not old.is_valid:
            raise InputError(f"there is no valid key {id!r}; see: vocnlp keys list")
        new = self.create(
            old.name, tenant=old.tenant, scopes=sorted(old.scopes), expires_at=self._renewed(old)
        )
        ends = min(until, old.expires_at) if old.expires_at else until
        with self._database.writing() as connection:
            connection.execute(update(keys).where(keys.c.id == id).values(expires_at=ends))
        return new

    @staticmethod
    def _renewed(old: Key) -> datetime | None:
        """When the new key ends: it lives as long as the old one was made to live."""
        return datetime.now(UTC) + (old.expires_at - old.created_at) if old.expires_at else None


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def _read(row: Row[tuple[object, ...]]) -> Key:
    return Key(
        row.id,
        row.tenant,
        row.name,
        frozenset(row.scopes.split(",")),
        row.created_at,
        row.expires_at,
        row.revoked_at,
    )
