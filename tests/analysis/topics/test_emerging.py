"""Which topics emerge: few false alarms whatever the counts, and the true ones among many."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vocnlp.analysis.topics.emerging import emerging, timeline
from vocnlp.errors import InputError


def drawn(rates: np.ndarray, totals: np.ndarray, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).binomial(totals[None, :], rates[:, None])


@pytest.mark.parametrize("rate", [0.002, 0.02, 0.2])
def test_where_nothing_emerges_hardly_ever_does_anything(rate: float) -> None:
    totals = np.array([300, 250, 400, 350, 120])
    rates = np.full(50, rate)
    alarms = sum(
        any(found is not None for found in emerging(drawn(rates, totals, seed), totals))
        for seed in range(200)
    )
    assert alarms <= 200 * 0.05 + 3 * (200 * 0.05 * 0.95) ** 0.5


def test_true_ones_are_found_among_many_and_false_ones_are_few() -> None:
    totals = np.array([400, 400, 400, 400])
    false = true = 0
    for seed in range(40):
        counts = drawn(np.full(60, 0.01), totals, seed)
        counts[:5, -1] = np.random.default_rng(seed).binomial(400, 0.06, 5)
        found = [k for k, rise in enumerate(emerging(counts, totals)) if rise]
        true += sum(k < 5 for k in found)
        false += sum(k >= 5 for k in found)
    assert true >= 0.9 * 40 * 5
    assert false / (false + true) <= 0.05


def test_the_shares_and_the_test_are_exact() -> None:
    (found,) = emerging(np.array([[0, 4]]), np.array([96, 4]))
    assert found is not None
    assert (found.share_before, found.share_now) == (0, 1)
    assert found.q_value == pytest.approx(1 / 3921225)  # of all ways to choose 4 of 100
    assert emerging(np.array([[3, 0]]), np.array([50, 50])) == [None]
    assert emerging(np.array([[9]]), np.array([9])) == [None]
    assert emerging(np.array([[9, 0]]), np.array([9, 0])) == [None]
    assert emerging(np.zeros((0, 3), np.int64), np.array([1, 2, 3])) == []


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), min_size=1, max_size=8))
def test_a_topic_that_did_not_rise_never_emerges(pairs: list[tuple[int, int]]) -> None:
    counts = np.array(pairs)
    for (before, now), found in zip(pairs, emerging(counts, np.array([40, 40])), strict=True):
        assert found is None or now > before


def test_periods_are_as_long_as_the_times_ask_for() -> None:
    for days, every, count in ((10, "day", 11), (100, "week", 15), (800, "month", 27)):
        times = pd.Series([f"2026-01-{1:02}", str(pd.Timestamp("2026-01-01") + pd.Timedelta(days=days))[:10]])
        made = timeline(times, np.array([True, True]))
        assert made.every == every
        assert len(made.names) == pytest.approx(count, abs=1)
        assert made.totals.sum() == 2
        assert made.counts(np.array([0])).tolist() == [1] + [0] * (len(made.names) - 1)
    made = timeline(pd.Series(["2026-01-01", "", "2026-01-03"]), np.array([True, True, False]))
    assert made.totals.tolist() == [1, 0, 0]
    with pytest.raises(InputError, match="no date"):
        timeline(pd.Series(["never"]), np.array([True]))
