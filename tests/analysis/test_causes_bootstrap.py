"""Resamples keep strata, draw customers whole, and do not depend on the order of rows."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from vocnlp.analysis.bootstrap import Resampler


def test_every_stratum_keeps_its_size() -> None:
    rng = np.random.default_rng(0)
    stratum = np.repeat([0, 1, 2], [50, 30, 20])
    cell = stratum * 4 + rng.integers(4, size=100)  # no cell spans strata
    sampler = Resampler.of(cell, customer=np.arange(100), stratum=stratum, cells=12)
    for weights in sampler.draws(20, seed=1):
        assert weights.reshape(3, 4).sum(axis=1).tolist() == [50, 30, 20]


def test_a_customer_is_drawn_whole() -> None:
    cell = np.arange(20)  # each answer its own cell
    customer = np.repeat(np.arange(5), 4)
    sampler = Resampler.of(cell, customer=customer, stratum=np.zeros(20, dtype=int), cells=20)
    for weights in sampler.draws(10, seed=0):
        assert (weights.reshape(5, 4) == weights.reshape(5, 4)[:, :1]).all()
    sums = sampler.unit_sums(np.arange(20.0)[:, None])
    assert sorted(sums[:, 0]) == [6, 22, 38, 54, 70]


def test_answers_without_score_are_no_part_of_it() -> None:
    sampler = Resampler.of(
        np.array([0, -1, 1]), customer=np.arange(3), stratum=np.zeros(3, dtype=int), cells=2
    )
    assert sampler.units == 2
    assert all(weights.sum() == 2 for weights in sampler.draws(5, seed=0))


@given(st.integers(0, 1000), st.integers(1, 60))
@settings(max_examples=25, deadline=None)
def test_the_order_of_rows_does_not_matter(seed, n) -> None:
    rng = np.random.default_rng(seed)
    cell, stratum = rng.integers(-1, 5, n), rng.integers(0, 3, n)
    order = rng.permutation(n)
    drawn = [
        list(Resampler.of(c, customer=np.arange(n), stratum=s, cells=5).draws(3, seed=7))
        for c, s in ((cell, stratum), (cell[order], stratum[order]))
        if (c >= 0).any()
    ]
    if drawn:
        np.testing.assert_array_equal(drawn[0], drawn[1])


def test_weights_are_those_of_a_bootstrap() -> None:
    cell = np.repeat([0, 1], [30, 70])
    sampler = Resampler.of(cell, customer=np.arange(100), stratum=np.zeros(100, dtype=int), cells=2)
    drawn = np.array([weights[0] for weights in sampler.draws(4000, seed=3)])
    assert abs(drawn.mean() - 30) < 0.3
    assert abs(drawn.var() - 100 * 0.3 * 0.7) < 1.5
