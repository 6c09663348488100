"""The fast logistic regression agrees with known ones."""

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from vocnlp.analysis.logit import Patterns, fit, information


def data(seed, n=400, p=5):
    rng = np.random.default_rng(seed)
    rows = rng.random((n, p)) < 0.3
    rows[:, 0] = True
    chance = 1 / (1 + np.exp(-(rows @ np.array([0.3, -1, 0.5, 0, 1.5])[:p])))
    return rows, (rng.random(n) < chance).astype(float)


def test_without_penalty_it_is_the_maximum_likelihood_fit() -> None:
    rows, y = data(0)
    ours = fit(Patterns.of(rows), np.ones(len(y)), y, penalty=np.zeros(5))
    theirs = sm.GLM(y, rows.astype(float), family=sm.families.Binomial()).fit(tol=1e-12)
    np.testing.assert_allclose(ours, theirs.params, atol=1e-8)
    covariance = np.linalg.inv(
        information(Patterns.of(rows), np.ones(len(y)), 1 / (1 + np.exp(-(rows @ ours))), np.zeros(5))
    )
    np.testing.assert_allclose(covariance, theirs.cov_params(), rtol=1e-6)


def test_fractions_are_outcomes_too() -> None:
    rows, y = data(1)
    y = (y + np.random.default_rng(2).random(len(y))) / 2
    ours = fit(Patterns.of(rows), np.ones(len(y)), y, penalty=np.zeros(5))
    theirs = sm.GLM(y, rows.astype(float), family=sm.families.Binomial()).fit(tol=1e-12)
    np.testing.assert_allclose(ours, theirs.params, atol=1e-8)


def test_the_penalised_fit_maximises_the_penalised_likelihood() -> None:
    rows, y = data(3, n=60)
    penalty = np.array([0, 2.0, 2.0, 2.0, 2.0])

    def loss(beta):
        eta = rows @ beta
        return np.logaddexp(0, eta).sum() - y @ eta + penalty @ beta**2 / 2

    ours = fit(Patterns.of(rows), np.ones(len(y)), y, penalty=penalty)
    best = minimize(loss, np.zeros(5), method="BFGS", options={"gtol": 1e-9})
    np.testing.assert_allclose(ours, best.x, atol=1e-5)


def test_the_intercept_is_free_so_the_mean_is_met() -> None:
    rows, y = data(4)
    beta = fit(Patterns.of(rows), np.ones(len(y)), y, penalty=np.array([0, 1.0, 1, 1, 1]))
    assert (1 / (1 + np.exp(-(rows @ beta)))).mean() == pytest.approx(y.mean(), abs=1e-10)


def test_separated_data_and_absent_columns_stay_finite() -> None:
    rows = np.array([[1, 1, 0], [1, 0, 0]], dtype=bool)
    penalty = np.array([0, 0.2, 0.2])
    beta = fit(Patterns.of(rows), np.array([20.0, 20.0]), np.array([20.0, 0.0]), penalty=penalty)
    assert np.isfinite(beta).all()
    assert beta[1] > 3
    assert beta[2] == 0


@given(st.integers(0, 10_000), st.lists(st.integers(1, 4), min_size=50, max_size=50))
@settings(max_examples=20, deadline=None)
def test_weights_are_repeated_rows(seed, counts) -> None:
    rows, y = data(seed, n=50)
    weights = np.array(counts, dtype=float)
    penalty = np.array([0, 0.5, 0.5, 0.5, 0.5])
    weighted = fit(Patterns.of(rows), weights, weights * y, penalty=penalty)
    repeated = np.repeat(np.arange(50), counts)
    plain = fit(Patterns.of(rows[repeated]), np.ones(len(repeated)), y[repeated], penalty=penalty)
    np.testing.assert_allclose(weighted, plain, atol=1e-7)


def test_a_warm_start_changes_nothing() -> None:
    rows, y = data(5)
    patterns, ones = Patterns.of(rows), np.ones(len(y))
    cold = fit(patterns, ones, y, penalty=np.ones(5))
    warm = fit(patterns, ones, y, penalty=np.ones(5), start=np.array([3.0, -3, 3, -3, 3]))
    np.testing.assert_allclose(cold, warm, atol=1e-8)
