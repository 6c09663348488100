"""Times become the clock on the customer's wall, and what is assumed is said."""

import pandas as pd
import pytest

from vocnlp.analysis.times import local_clock, periods
from vocnlp.errors import InputError

LATE = ["2026-03-01T23:30:00+08:00", "2026-03-01T23:30:00Z", "2026-03-01 23:30", "2026-03-01T23:30:00.5-0500"]


def shown(values, timezone=None):
    clock = local_clock(pd.Series(values, name="created_at"), timezone)
    return [None if pd.isna(t) else t.strftime("%m-%d %H:%M") for t in clock.times], clock


def test_times_stay_as_written_without_a_zone() -> None:
    times, clock = shown(LATE)
    assert times == ["03-01 23:30"] * 4
    assert clock.zones.tolist() == ["UTC+08:00", "UTC", "UTC", "UTC-05:00"]
    assert clock.notes == ("1 times in 'created_at' have no offset and are taken as UTC",)


def test_times_are_converted_and_naive_ones_taken_as_utc() -> None:
    times, clock = shown(LATE, "Asia/Shanghai")
    assert times == ["03-01 23:30", "03-02 07:30", "03-02 07:30", "03-02 12:30"]
    assert set(clock.zones) == {"Asia/Shanghai"}


def test_summer_time_is_followed() -> None:
    times, _ = shown(["2026-03-29T00:30:00Z", "2026-03-29T01:30:00Z"], "Europe/Berlin")
    assert times == ["03-29 01:30", "03-29 03:30"]


@pytest.mark.parametrize(
    "values", [["2026-03-01", "2026-03-02"], pd.to_datetime(["2026-03-01", "2026-03-02"])]
)
def test_dates_stay_dates_in_every_zone(values) -> None:
    times, clock = shown(values, "America/New_York")
    assert times == ["03-01 00:00", "03-02 00:00"]
    assert "local dates" in clock.notes[0]


def test_midnight_is_a_time_where_other_rows_have_hours() -> None:
    times, _ = shown(["2026-03-01 00:00", "2026-03-01 12:00"], "America/New_York")
    assert times == ["02-28 19:00", "03-01 07:00"]


def test_columns_of_datetimes() -> None:
    aware = pd.Series(pd.to_datetime(["2026-03-01T23:30:00Z"]), name="t")
    assert local_clock(aware, "Asia/Tokyo").times[0] == pd.Timestamp("2026-03-02 08:30")
    berlin = aware.dt.tz_convert("Europe/Berlin")
    assert local_clock(berlin).times[0] == pd.Timestamp("2026-03-02 00:30")
    assert local_clock(berlin).zones[0] == "UTC+01:00"


def test_unreadable_times_are_counted_and_bad_columns_refused() -> None:
    times, clock = shown(["2026-03-01T10:00Z", "soon", "", None])
    assert times == ["03-01 10:00", None, None, None]
    assert clock.notes == ("1 values in 'created_at' are no dates and are left out",)
    with pytest.raises(InputError, match="'soon' is no date"):
        shown(["soon", "later"])
    with pytest.raises(InputError, match="Asia/Shanghai"):
        shown(["2026-03-01"], "Mars/Base")


def test_periods_are_local_and_without_gaps() -> None:
    times = pd.Series(pd.to_datetime(["2026-03-01", "2026-03-02", None, "2026-03-15"]))
    code, index = periods(times, "week")
    assert code.tolist() == [0, 1, -1, 2]
    assert [str(day.date()) for day in index.start_time] == ["2026-02-23", "2026-03-02", "2026-03-09"]
    assert periods(times, "month")[0].tolist() == [0, 0, -1, 0]
    with pytest.raises(InputError, match="day, week, month"):
        periods(times, "year")


def test_one_mistyped_year_does_not_make_a_million_periods() -> None:
    times = pd.Series(pd.to_datetime(["1970-01-01", "2026-03-01", "2026-03-02"]))
    code, index = periods(times, "day")
    assert len(index) == 3000
    assert code.tolist() == [-1, 2998, 2999]
