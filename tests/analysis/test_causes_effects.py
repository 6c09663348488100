"""Effects, their influence and their intervals, against what can be worked out in other ways."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from vocnlp.analysis.bootstrap import Resampler
from vocnlp.analysis.cells import collapse, dummies
from vocnlp.analysis.effects import estimate, fit_models, influence, interval
from vocnlp.analysis.uncertainty import quick, resample
from vocnlp.scores.metrics import CSAT, NPS, RECOMMEND


def survey(seed, n=600, k=3):
    rng = np.random.default_rng(seed)
    day = rng.normal(size=(n, 1))
    negative = 0.6 * day + rng.normal(size=(n, k)) > 1.3
    positive = (rng.random((n, k)) < 0.2) & ~negative
    controls = rng.random((n, 2)) < 0.4
    latent = 8.5 - negative @ np.array([3.0, 1.0, 0.0])[:k] + 0.5 * positive.sum(axis=1) - controls[:, 0]
    answers = np.clip(np.round(latent + rng.normal(0, 2, n)), 0, 10)
    return answers, negative, positive, controls


def cells_of(answers, negative, positive, controls, *, metric=NPS, used=None):
    used = np.ones(len(answers), dtype=bool) if used is None else used
    return collapse(answers, metric, used=used, negative=negative, positive=positive, controls=controls)


def effects(cells, weights=None):
    weights = cells.counts if weights is None else weights
    return estimate(cells, weights, fit_models(cells, weights)).sides[0].effects


def test_one_cause_alone_is_the_difference_of_means_times_its_rate() -> None:
    answers, negative, _, _ = survey(0)
    nothing = np.zeros((len(answers), 0), dtype=bool)
    found = effects(cells_of(answers, negative[:, :1], nothing, nothing))
    seen, points = negative[:, 0], NPS.points(answers)
    expected = seen.mean() * (points[seen].mean() - points[~seen].mean())
    assert found[0] == pytest.approx(expected, rel=2e-3)  # the ridge moves the others' mean a little


@pytest.mark.parametrize("metric", [NPS, CSAT.fit([1, 10]), RECOMMEND])
def test_the_score_is_the_metrics_own(metric) -> None:
    answers, *tags = survey(1)
    answers = np.clip(answers, metric.low, metric.high)
    cells = cells_of(answers, *tags, metric=metric)
    found = estimate(cells, cells.counts, fit_models(cells, cells.counts))
    assert found.score == pytest.approx(metric.score(answers))
    assert all(np.isfinite(side.effects).all() for side in found.sides)


def test_answers_without_comment_dilute_the_effect() -> None:
    answers, *tags = survey(2)
    whole = effects(cells_of(answers, *tags))
    silent = np.concatenate([answers, answers])
    more = [np.concatenate([tag, np.zeros_like(tag)]) for tag in tags]
    used = np.arange(len(silent)) < len(answers)
    np.testing.assert_allclose(effects(cells_of(silent, *more, used=used)), whole / 2, rtol=1e-9)


def test_what_is_mentioned_together_with_a_guilty_cause_is_not_blamed() -> None:
    answers, negative, positive, controls = survey(3, n=20_000)
    found = effects(cells_of(answers, negative, positive, controls))
    points = NPS.points(answers)
    blamed = points.mean() - points[~negative[:, 2]].mean()
    assert blamed < -1
    assert abs(found[2]) < 0.5
    assert found[0] < found[1] < found[2]


def test_the_influence_is_what_an_answer_more_or_less_does() -> None:
    cells = cells_of(*survey(4))
    moves = influence(cells, cells.counts, fit_models(cells, cells.counts), cells.sides[0])
    n = cells.counts.sum()
    for cell in range(0, len(cells.counts), 7):
        up, down = cells.counts.copy(), cells.counts.copy()
        up[cell] += 1e-3
        down[cell] -= 1e-3
        slope = (effects(cells, up) - effects(cells, down)) / 2e-3 * n
        # centring takes the little that the ridge adds to every answer's influence out
        np.testing.assert_allclose(slope, moves[cell], atol=0.05)


def test_influence_of_a_mean_metric() -> None:
    answers, *tags = survey(5)
    cells = cells_of(np.clip(answers, 1, 10), *tags, metric=CSAT.fit([10]))
    moves = influence(cells, cells.counts, fit_models(cells, cells.counts), cells.sides[0])
    up = cells.counts.copy()
    up[3] += 1e-3
    slope = (effects(cells, up) - effects(cells)) / 1e-3 * cells.counts.sum()
    np.testing.assert_allclose(slope, moves[3], atol=1e-2)


def test_resampled_and_sandwich_errors_agree() -> None:
    answers, *tags = survey(6, n=3000)
    cells = cells_of(answers, *tags)
    sampler = Resampler.of(
        cells.cell, customer=np.arange(3000), stratum=np.zeros(3000, dtype=int), cells=len(cells.counts)
    )
    resampled, fast = resample(cells, sampler, draws=400, seed=0).effects(0), quick(cells, sampler)
    np.testing.assert_allclose(resampled.estimate, fast.estimate)
    np.testing.assert_allclose(resampled.upper - resampled.lower, fast.upper - fast.lower, rtol=0.15)


def test_answers_copied_within_a_customer_add_no_certainty() -> None:
    answers, *tags = survey(7)
    n = len(answers)
    once, twice = cells_of(answers, *tags), cells_of(np.tile(answers, 2), *(np.tile(t, (2, 1)) for t in tags))

    def width(cells, customer):
        sampler = Resampler.of(
            cells.cell, customer=customer, stratum=np.zeros(len(customer), dtype=int), cells=len(cells.counts)
        )
        found = quick(cells, sampler)
        return found.upper - found.lower

    np.testing.assert_allclose(width(twice, np.tile(np.arange(n), 2)), width(once, np.arange(n)), rtol=0.02)
    assert (width(twice, np.arange(2 * n)) < 0.8 * width(once, np.arange(n))).all()


numbers = st.floats(-100, 100)


@given(numbers, st.floats(0.01, 50), st.floats(-1, 1), st.floats(2, 1000))
def test_the_p_value_agrees_with_the_interval(theta, error, skewness, freedom) -> None:
    low, high, p = interval(theta, error, skewness, freedom)
    assert low <= high
    if abs(p - 0.05) > 1e-6:
        assert (low <= 0 <= high) == (p > 0.05)


def test_without_skewness_it_is_students_interval() -> None:
    low, high, p = interval(3.0, 1.0, 0.0, 9.0)
    assert (low, high) == pytest.approx(stats.t.interval(0.95, 9, loc=3))
    assert p == pytest.approx(2 * stats.t.sf(3, 9))


def test_skewness_lengthens_the_side_where_the_tail_is() -> None:
    low, high, _ = interval(0.0, 1.0, 0.5, np.inf)
    assert high > -low


def test_the_interval_of_a_skewed_mean_covers_evenly() -> None:
    rng = np.random.default_rng(0)
    values = rng.exponential(size=(4000, 30))
    error = values.std(axis=1, ddof=1) / np.sqrt(30)
    third = ((values - values.mean(axis=1, keepdims=True)) ** 3).sum(axis=1)
    skewness = third / (((values - values.mean(axis=1, keepdims=True)) ** 2).sum(axis=1)) ** 1.5
    plain = interval(values.mean(axis=1), error, 0.0, 29)
    mended = interval(values.mean(axis=1), error, skewness, 29)
    assert (plain[1] < 1).mean() > 0.055  # too often below
    assert (mended[1] < 1).mean() < 0.045
    assert 0.93 < ((mended[0] <= 1) & (mended[1] >= 1)).mean() < 0.97


def test_controls_become_columns() -> None:
    import pandas as pd

    everyone = np.ones(200, dtype=bool)
    masks, names = dummies(pd.Series(["a"] * 120 + ["b"] * 60 + ["c"] * 19 + [None]), among=everyone)
    assert names == ["b", "(other)"]
    assert masks.sum(axis=0).tolist() == [60, 20]
    masks, names = dummies(pd.Series(np.arange(200.0)), among=everyone)
    assert masks.shape[1] == 4
    times = pd.Series(pd.date_range("2026-01-01", periods=200, freq="D"))
    assert len(dummies(times, among=everyone)[1]) == 6
    days = pd.Series(pd.date_range("2026-01-05", periods=200, freq="6h"))
    assert dummies(days, among=everyone)[1][0].startswith("2026-W")
    assert dummies(pd.Series(["a"] * 200), among=everyone)[0].shape == (200, 0)


@given(st.integers(0, 10_000))
@settings(max_examples=15, deadline=None)
def test_collapsing_loses_nothing(seed) -> None:
    answers, negative, positive, controls = survey(seed, n=80)
    answers[:7] = np.nan
    used = np.arange(80) % 5 > 0
    cells = cells_of(answers, negative, positive, controls, used=used)
    assert cells.counts.sum() == 73
    assert (cells.cell[:7] == -1).all()
    weights = cells.counts
    assert cells.totals(weights).sum() == (used & ~np.isnan(answers)).sum()
    mentions = cells.patterns.matrix[:, 1:4].T @ cells.totals(weights)
    np.testing.assert_allclose(mentions, negative[used & ~np.isnan(answers)].sum(axis=0))
    assert weights @ cells.points / 73 == pytest.approx(NPS.score(answers))
