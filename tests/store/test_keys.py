"""Keys open the service for their time and can be ended; what is stored does not open it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from vocnlp.errors import InputError
from vocnlp.store.database import Database
from vocnlp.store.keys import Keys
from vocnlp.store.tables import keys as table


def test_a_key_is_found_with_what_it_may(database: Database, tenant: str) -> None:
    keys = Keys(database)
    key = keys.create("crm", tenant=tenant, scopes=["write", "read"])
    found = keys.find(key)
    assert found is not None
    assert (found.name, found.tenant, found.scopes) == ("crm", tenant, {"read", "write"})
    assert keys.find(key[:-1]) is None
    assert keys.find("") is None
    assert keys.find("\ud800") is None


def test_the_key_itself_is_not_stored(database: Database, tenant: str) -> None:
    key = Keys(database).create("crm", tenant=tenant)
    with database.reading() as connection:
        rows = connection.execute(select(table).where(table.c.tenant == tenant)).all()
    assert len(rows) == 1
    assert key not in repr(rows)
    assert len(key) >= 43  # 256 bits in base64


def test_expired_and_revoked_keys_open_nothing(database: Database, tenant: str) -> None:
    keys = Keys(database)
    expired = keys.create("old", tenant=tenant, expires_at=datetime.now(UTC) - timedelta(seconds=1))
    assert keys.find(expired) is None
    key = keys.create("young", tenant=tenant, expires_at=datetime.now(UTC) + timedelta(days=1))
    found = keys.find(key)
    assert found is not None
    keys.revoke(found.id)
    assert keys.find(key) is None
    with pytest.raises(InputError, match="no key 'zz'"):
        keys.revoke("zz")


@pytest.mark.parametrize("scopes", [[], ["read", "root"], [""]])
def test_unknown_scopes_are_refused(database: Database, scopes: list[str]) -> None:
    with pytest.raises(InputError, match="read, write, admin"):
        Keys(database).create("x", scopes=scopes)


@pytest.mark.parametrize("name", ["", " ", "a\nb", "x" * 201])
def test_bad_names_are_refused(database: Database, name: str) -> None:
    with pytest.raises(InputError, match="name"):
        Keys(database).create(name)
    with pytest.raises(InputError, match="tenant"):
        Keys(database).create("x", tenant=name)


def test_a_key_is_rotated_without_a_gap(database: Database, tenant: str) -> None:
    keys = Keys(database)
    old = keys.create(
        "crm", tenant=tenant, scopes=["read"], expires_at=datetime.now(UTC) + timedelta(days=30)
    )
    before = keys.find(old)
    assert before is not None
    new = keys.rotate(before.id, until=datetime.now(UTC) + timedelta(hours=1))
    after = keys.find(new)
    assert after is not None
    assert (after.name, after.tenant, after.scopes) == ("crm", tenant, {"read"})
    assert after.expires_at is not None
    assert abs(after.expires_at - datetime.now(UTC) - timedelta(days=30)) < timedelta(minutes=1)
    fading = keys.find(old)
    assert fading is not None
    assert fading.expires_at is not None
    assert fading.expires_at < datetime.now(UTC) + timedelta(hours=2)
    keys.rotate(after.id, until=datetime.now(UTC))
    assert keys.find(new) is None
    with pytest.raises(InputError, match="no valid key"):
        keys.rotate(after.id, until=datetime.now(UTC))
