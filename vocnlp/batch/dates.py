"""Whether a value is a date, in the shapes that exports hold."""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache
from typing import Any

__all__ = ["is_date"]

_YEAR, _MONTH, _DAY = r"(?P<y>\d{4})", r"(?P<m>\d{1,2})", r"(?P<d>\d{1,2})"
_WORD = r"(?P<w>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_TIME = r"(?:[T,\s]*\d{1,2}[:.时時]\s?\d{1,2}.{0,24})?"
_SHAPES = tuple(
    re.compile(shape + _TIME, re.IGNORECASE)
    for shape in (
        rf"{_YEAR}\s?[-/.年]\s?{_MONTH}(?:\s?[-/.月]\s?{_DAY}\s?日?|月)?",
        rf"{_DAY}[-/.\s]\s?{_MONTH}[-/.\s]\s?(?P<y>\d{{4}}|\d\d)",
        rf"(?:[a-z]+,?\s)?{_DAY}(?:st|nd|rd|th)?[-/.\s]*{_WORD}[-/.,\s]*(?P<y>\d{{4}}|\d\d)",
        rf"(?:[a-z]+,?\s)?{_WORD}\s?{_DAY}(?:st|nd|rd|th)?,?\s{_YEAR}",
        rf"{_YEAR}[-\s]?Q[1-4]",
    )
)
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]


@lru_cache(maxsize=8192)
def is_date(value: Any) -> bool:
    """True for ISO 8601, dates with the year first or last or the month in English, and quarters.

    Unix times are none: nothing tells them from other numbers, and the analyses do not read them.
    """
    text = str(value).strip()
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return any(_exists(match) for shape in _SHAPES if (match := shape.fullmatch(text)))
    return True


def _exists(match: re.Match[str]) -> bool:
    """Whether the calendar has the day, with day and month in either order where the year comes last."""
    parts = match.groupdict()
    year, day = int(parts["y"]), int(parts.get("d") or 1)
    word = parts.get("w")
    month = _MONTHS.index(word.casefold()) + 1 if word else int(parts.get("m") or 1)
    swapped = [] if word or match.start("y") == 0 else [(day, month)]
    return any(_in_calendar(year, *order) for order in [(month, day), *swapped])


def _in_calendar(year: int, month: int, day: int) -> bool:
    try:
        datetime(year if year > 99 else 2000 + year, month, day)
    except ValueError:
        return False
    return True
