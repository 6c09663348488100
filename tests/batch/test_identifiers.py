"""The compact memory of ids behaves as a set."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from vocnlp.batch.identifiers import SeenIds


@given(st.lists(st.text(max_size=3)))
def test_it_is_a_set(ids: list[str]) -> None:
    seen, known = SeenIds(), set()
    for identifier in ids:
        assert seen.add(identifier) == (identifier not in known)
        known.add(identifier)
    assert len(seen) == len(known)


def test_it_grows() -> None:
    seen = SeenIds()
    assert all(seen.add(str(i)) for i in range(5000))
    assert not any(seen.add(str(i)) for i in range(5000))
    assert len(seen) == 5000
