import numpy as np
import pandas as pd
import pytest

from vocnlp.errors import InputError
from vocnlp.report.periods import last_two, two_values


def days(first: str, last: str, each: int = 1, zone: str | None = None) -> pd.Series:
    return pd.Series(np.repeat(pd.date_range(first, last, tz=zone), each))


@pytest.mark.parametrize(
    ("times", "labels"),
    [
        (days("2026-01-01", "2026-06-30"), ("2026Q1", "2026Q2")),
        (days("2026-01-01", "2026-03-31", 2), ("2026-02", "2026-03")),
        (days("2026-05-04", "2026-05-24", 9), ("2026-05-11/2026-05-17", "2026-05-18/2026-05-24")),
        (days("2026-05-06", "2026-05-07", 40), ("2026-05-06", "2026-05-07")),
        # the third quarter has only begun
        (days("2026-01-01", "2026-07-05"), ("2026Q1", "2026Q2")),
    ],
)
def test_the_longest_unit_with_two_full_periods_is_compared(
    times: pd.Series, labels: tuple[str, str]
) -> None:
    pair = last_two(times, np.ones(len(times), dtype=bool))
    assert pair is not None
    assert pair.labels == labels
    assert not (pair.before & pair.after).any()
    assert times[pair.before].max() < times[pair.after].min()


def test_a_zone_keeps_its_own_clock() -> None:
    pair = last_two(days("2026-01-01", "2026-06-30", zone="Asia/Shanghai"), np.ones(181, dtype=bool))
    assert pair is not None
    assert (pair.before.sum(), pair.after.sum()) == (90, 91)


def test_too_few_answers_or_no_times_give_no_comparison() -> None:
    times = days("2026-01-01", "2026-06-30")
    assert last_two(times, np.arange(181) < 20) is None
    assert last_two(pd.Series([pd.NaT] * 99, dtype="datetime64[ns]"), np.ones(99, dtype=bool)) is None


def test_two_values_are_found_in_whatever_case_and_width() -> None:
    values = pd.Series([" North", "south", None, "South ", "ＮＯＲＴＨ", "east"], name="region")
    pair = two_values(values.str.strip().replace("ＮＯＲＴＨ", "North"), "north", "ｓｏｕｔｈ")
    assert pair.before.tolist() == [True, False, False, False, True, False]
    assert (pair.before & pair.after).sum() == 0


@pytest.mark.parametrize(
    ("first", "second", "says"),
    [("North", "West", "no value 'West'.*North, South"), ("North", "north", "with itself")],
)
def test_values_that_cannot_be_compared_are_named(first: str, second: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        two_values(pd.Series(["North", "South"], name="region"), first, second)
