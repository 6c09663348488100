"""The fast split is Shapley's."""

from itertools import permutations
from math import factorial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vocnlp.analysis import shapley
from vocnlp.analysis.shapley import Split


def chance(eta):
    return 1 / (1 + np.exp(-eta))


def attribute(mentions, eta, weights, effects):
    return Split.of(mentions).attribute(np.exp(-eta), weights, effects)


def by_all_orders(mentions, eta, weights, effects):
    """The definition: the mean over orders of what each cause's removal adds."""
    k = len(effects)
    base = eta - mentions @ effects
    total = np.zeros(k)
    for order in permutations(range(k)):
        present = np.zeros(k, dtype=bool)
        before = weights @ chance(base)
        for cause in order:
            present[cause] = True
            after = weights @ chance(base + (mentions & present) @ effects)
            total[cause] += after - before
            before = after
    return total / factorial(k)


def game(seed, n=30, k=5):
    rng = np.random.default_rng(seed)
    mentions, effects = rng.random((n, k)) < 0.5, rng.normal(size=k)
    return mentions, rng.normal(size=n) + mentions @ effects, rng.integers(1, 5, n).astype(float), effects


@given(st.integers(0, 10_000), st.integers(1, 5))
@settings(max_examples=25, deadline=None)
def test_it_is_the_mean_over_all_orders(seed, k) -> None:
    values = game(seed, k=k)
    np.testing.assert_allclose(attribute(*values), by_all_orders(*values), atol=1e-10)


@given(st.integers(0, 10_000), st.integers(1, 12))
@settings(max_examples=25, deadline=None)
def test_the_shares_sum_to_what_all_causes_do(seed, k) -> None:
    mentions, eta, weights, effects = game(seed, k=k)
    removed = weights @ (chance(eta) - chance(eta - mentions @ effects))
    assert attribute(mentions, eta, weights, effects).sum() == pytest.approx(removed, abs=1e-9)


def test_a_cause_without_effect_gets_nothing_and_equals_get_the_same() -> None:
    mentions = np.ones((1, 3), dtype=bool)
    shares = attribute(mentions, np.array([1.0]), np.ones(1), np.array([0.7, 0.0, 0.7]))
    assert shares[1] == 0
    assert shares[0] == pytest.approx(shares[2])


def test_more_causes_in_one_answer_than_can_be_enumerated_are_sampled() -> None:
    rng = np.random.default_rng(1)
    k = shapley.EXACT + 3
    mentions, effects = np.ones((1, k), dtype=bool), rng.normal(size=k) / 3
    eta, weights = np.array([0.4]), np.array([100.0])
    shares = attribute(mentions, eta, weights, effects)
    removed = 100 * (chance(0.4) - chance(0.4 - effects.sum()))
    assert shares.sum() == pytest.approx(removed)
    # a large random sample of orders is the truth within its error
    truth = np.zeros(k)
    for _ in range(4000):
        level, before = 0.4 - effects.sum(), chance(0.4 - effects.sum())
        for cause in rng.permutation(k):
            level += effects[cause]
            truth[cause] += 100 * (chance(level) - before) / 4000
            before = chance(level)
    assert np.abs(shares - truth).max() < 0.3
    np.testing.assert_array_equal(shares, attribute(mentions, eta, weights, effects))


def test_sampled_orders_agree_with_all_sets() -> None:
    sets, signed = shapley._sampled_orders(4, 0)
    exact_sets, exact = shapley._all_sets(4)
    effects = np.array([0.5, -1.0, 1.5, 0.2])
    np.testing.assert_allclose(
        chance(0.3 + sets @ effects) @ signed, chance(0.3 + exact_sets @ effects) @ exact, atol=0.02
    )


def test_extreme_odds_do_not_overflow() -> None:
    shares = attribute(np.ones((1, 2), dtype=bool), np.array([300.0]), np.ones(1), np.array([200.0, 200.0]))
    assert np.isfinite(shares).all()
