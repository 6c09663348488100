"""Times as customers' clocks showed them, and the days, weeks and months they fall into."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from vocnlp.errors import InputError

__all__ = ["CLOCK_COLUMNS", "Clock", "Every", "clock_columns", "local_clock", "periods"]

Every = Literal["day", "week", "month"]
FREQUENCIES = {"day": "D", "week": "W-SUN", "month": "M"}  # a week runs from Monday to Sunday
OFFSET = r"(?i):\d\d(?:\.\d+)?\s*(z|utc|gmt|[+-]\d\d(?::?\d\d)?)$"  # no look-behind: Arrow's regex runs it
MOST_PERIODS = 3000
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
CLOCK_COLUMNS = ("time zone", "local weekday", "local hour")


@dataclass(frozen=True, slots=True)
class Clock:
    """[n] local times without a zone (NaT where unreadable), [n] names of zones, and what was assumed."""

    times: pd.Series[Any]
    zones: pd.Series[Any]
    notes: tuple[str, ...]


def local_clock(values: pd.Series[Any], timezone: str | None = None) -> Clock:
    """Read times and tell what the clock on the wall showed.

    timezone: an IANA name such as "Asia/Shanghai", into which all times are converted. Without it a time
    stays as it was written, which is the customer's own time where the system stored the offset. Times
    without an offset are assumed to be UTC; dates without a time stay the dates they are; `notes` say so.
    Raises InputError for an unknown time zone or when no value is a time.
    """
    zone = None if timezone is None else _zone(timezone)
    wall, offset = _read(values)
    given = values.notna() & (values.astype("string").str.strip() != "")
    unread = int((given & wall.isna()).sum())
    if given.any() and unread == int(given.sum()):
        first = values[given].iloc[0]
        raise InputError(
            f"column {values.name!r}: {first!r} is no date; use ISO 8601: 2026-05-31T14:00:00+02:00"
        )
    dates = wall.dt.normalize() == wall
    dates &= offset.isna() & bool(dates[wall.notna() & offset.isna()].all())
    naive = wall.notna() & offset.isna() & ~dates
    if zone is not None:
        instant = (wall - offset.fillna(pd.Timedelta(0))).dt.tz_localize("UTC")
        wall = wall.where(dates, instant.dt.tz_convert(zone).dt.tz_localize(None))
    names = {size: _name(size) for size in offset.dropna().unique()}
    written = offset.map(names).astype("object").fillna("UTC")
    zones = pd.Series(timezone, index=wall.index) if timezone else written
    notes = {
        f"{int(naive.sum())} times in {values.name!r} have no offset and are taken as UTC": naive.any(),
        f"{values.name!r} holds dates without a time; they are taken as local dates": dates.any(),
        f"{unread} values in {values.name!r} are no dates and are left out": unread > 0,
    }
    return Clock(wall, zones, tuple(note for note, holds in notes.items() if holds))


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InputError(
            f"unknown time zone {name!r}; use an IANA name such as Asia/Shanghai or UTC"
        ) from error


def _read(values: pd.Series[Any]) -> tuple[pd.Series[Any], pd.Series[Any]]:
    """[n] wall clock times and [n] offsets from UTC as they were written (NaT where none)."""
    if pd.api.types.is_datetime64_any_dtype(values):
        aware = isinstance(values.dtype, pd.DatetimeTZDtype)
        wall = values.dt.tz_localize(None) if aware else values
        return wall, (wall - (values.dt.tz_convert(None) if aware else pd.NaT))
    texts = values.astype("string").str.strip()
    instant = pd.to_datetime(texts, errors="coerce", format="ISO8601", utc=True)
    other = instant.isna() & texts.notna()
    if other.any():
        instant[other] = pd.to_datetime(texts[other], errors="coerce", format="mixed", utc=True)
    written = texts.str.extract(OFFSET, expand=False).str.lower()
    distinct = {text: _offset(text) for text in written.dropna().unique()}
    offset = pd.to_timedelta(written.map(distinct))
    return instant.dt.tz_localize(None) + offset.fillna(pd.Timedelta(0)), offset


def _offset(text: str) -> pd.Timedelta:
    if text in ("z", "utc", "gmt"):
        return pd.Timedelta(0)
    digits = text[1:].replace(":", "").ljust(4, "0")
    size = pd.Timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return size if text[0] == "+" else -size


def _name(offset: pd.Timedelta) -> str:
    minutes = int(offset.total_seconds() // 60)
    return (
        "UTC"
        if minutes == 0
        else f"UTC{'+' if minutes > 0 else '-'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
    )


def clock_columns(values: pd.Series[Any], timezone: str | None = None) -> dict[str, pd.Series[Any]]:
    """[n] columns to segment by, named as in `CLOCK_COLUMNS`, of the clock that `local_clock` reads.

    Weekdays are "1 Mon" to "7 Sun", hours are in blocks of three: "06-08".
    """
    clock = local_clock(values, timezone)
    block = clock.times.dt.hour // 3 * 3
    hour = block.map({h: f"{h:02.0f}-{h + 2:02.0f}" for h in range(0, 24, 3)})
    day = (clock.times.dt.day_of_week + 1).map({d + 1: f"{d + 1} {name}" for d, name in enumerate(WEEKDAYS)})
    return dict(zip(CLOCK_COLUMNS, (clock.zones.where(clock.times.notna()), day, hour), strict=True))


def periods(times: pd.Series[Any], every: Every) -> tuple[NDArray[np.intp], pd.PeriodIndex]:
    """[n] the number of each time's period (-1 without a time), and all periods from the first to the last.

    Of very long spans the last 3,000 periods are kept, so that one mistyped year does no harm.
    """
    if every not in FREQUENCIES:
        raise InputError(f"unknown period {every!r}; use one of: {', '.join(FREQUENCIES)}")
    each = times.dt.to_period(FREQUENCIES[every])
    if each.isna().all():
        return np.full(len(times), -1), pd.PeriodIndex([], freq=FREQUENCIES[every])
    index = pd.period_range(max(each.min(), each.max() - (MOST_PERIODS - 1)), each.max())
    return index.get_indexer(pd.PeriodIndex(each)), index
