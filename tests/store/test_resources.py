"""Versions of taxonomies and rules: numbered, activated, taken back, each tenant's own."""

from __future__ import annotations

import pytest

from vocnlp.errors import WrongStateError
from vocnlp.store.database import Database
from vocnlp.store.resources import Resources


@pytest.fixture
def resources(database: Database, tenant: str) -> Resources:
    """With two drafts of a taxonomy."""
    made = Resources(database)
    assert [made.add(tenant, "taxonomy", "{}", f"mine@{n}", note=None, key="k") for n in (1, 2)] == [1, 2]
    return made


def states(resources: Resources, tenant: str) -> list[tuple[int, str]]:
    return [(version.number, version.status) for version in resources.all(tenant, "taxonomy")]


def test_a_version_is_active_until_the_next_and_again_after_a_roll_back(
    resources: Resources, tenant: str
) -> None:
    assert (resources.active(tenant), states(resources, tenant)) == ({}, [(2, "draft"), (1, "draft")])
    resources.activate(tenant, "taxonomy", 1, key="k")
    assert states(resources, tenant) == [(2, "draft"), (1, "active")]
    resources.activate(tenant, "taxonomy", 2, key="k")
    assert resources.active(tenant) == {"taxonomy": 2}
    assert states(resources, tenant) == [(2, "active"), (1, "retired")]
    assert resources.roll_back(tenant, "taxonomy", key="k") == 1
    assert states(resources, tenant) == [(2, "retired"), (1, "active")]
    assert resources.roll_back(tenant, "taxonomy", key="k") == 0
    assert resources.active(tenant) == {}
    with pytest.raises(WrongStateError, match="nothing to roll back"):
        resources.roll_back(tenant, "taxonomy", key="k")


def test_the_shipped_one_can_be_made_active_again(resources: Resources, tenant: str) -> None:
    with pytest.raises(WrongStateError, match="number 0 is active"):
        resources.activate(tenant, "taxonomy", 0, key="k")
    resources.activate(tenant, "taxonomy", 2, key="k")
    resources.activate(tenant, "taxonomy", 0, key="k")
    assert resources.active(tenant) == {}
    assert resources.roll_back(tenant, "taxonomy", key="k") == 2


def test_a_name_is_used_once_and_by_its_tenant_alone(resources: Resources, tenant: str) -> None:
    with pytest.raises(WrongStateError, match="number 1 is 'mine@1'"):
        resources.add(tenant, "taxonomy", "{}", "mine@1", note=None, key="k")
    assert resources.add(f"{tenant} 2", "taxonomy", "{}", "mine@1", note=None, key="k") == 1
    assert resources.add(tenant, "risks", "[]", "mine@1", note="first", key="k") == 1
    assert resources.content(tenant, "risks", 1) == "[]"
    assert resources.content("somebody else", "risks", 1) is None
    assert resources.all("somebody else", "risks") == []
    assert resources.all(tenant, "risks")[0].note == "first"
