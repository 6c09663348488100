"""What counts as a date."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vocnlp.batch.dates import is_date


@pytest.mark.parametrize(
    "value",
    [
        "2026-05-31", "2026-05-31T14:00:00+02:00", "2026-05-31 14:00:00.123Z", "20260531", "2026/5/3",
        "2026.5.3 9:30", "31.05.2026", "5/31/26 2:05 PM", "31/12/2026 23:59:59", "2026-05", "2026Q2",
        "2026年5月31日", "2026年5月31日 14时05分", "2026 年 5 月 31 日", "2026年5月",
        "3 Mar 2026", "03-MAR-26",
        "Mon, 3 March 2026 10:00:00 GMT", "March 3rd, 2026",
    ],
)  # fmt: skip
def test_dates(value: object) -> None:
    assert is_date(value)


@pytest.mark.parametrize(
    "value",
    [
        "soon",
        "2026-13-45",
        "31.31.2026",
        "2026-02-30",
        "30 Feb 2026",
        "3 days",
        "12",
        5,
        1780000000,
        "1780000000",
        20260531.5,
        "n/a",
        "2026-05-31x",
        "-",
        True,
    ],
)
def test_no_dates(value: object) -> None:
    assert not is_date(value)


@given(st.datetimes(timezones=st.just(UTC)))
def test_iso_8601_is_a_date(moment: datetime) -> None:
    assert is_date(moment.isoformat())


@given(st.text(max_size=30))
def test_any_text_is_judged(text: str) -> None:
    assert is_date(text) in (True, False)
