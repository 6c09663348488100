from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import f1_score, precision_score, recall_score

from evaluation.metrics import (
    Counts,
    accuracy,
    bootstrap,
    calibration_error,
    macro_f1,
    p_value,
    paired_differences,
)

LABELS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=60)


@given(LABELS)
def test_counts_agree_with_scikit_learn(pairs: list[tuple[int, int]]) -> None:
    found, truth = np.array(pairs).T
    counts = Counts.of(found == 1, truth == 1)
    assert counts.f1 == pytest.approx(f1_score(truth == 1, found == 1, zero_division=0))
    assert counts.precision == pytest.approx(precision_score(truth == 1, found == 1, zero_division=0))
    assert counts.recall == pytest.approx(recall_score(truth == 1, found == 1, zero_division=0))
    classes = np.unique(truth)
    assert macro_f1(found, truth) == pytest.approx(
        f1_score(truth, found, labels=classes, average="macro", zero_division=0)
    )


def test_without_rows_there_is_no_accuracy() -> None:
    empty = np.array([], np.int64)
    assert np.isnan(accuracy(empty, empty))
    assert np.isnan(macro_f1(empty, empty))


def test_calibration_error_of_honest_and_of_boastful_probabilities() -> None:
    random = np.random.default_rng(0)
    probability = random.uniform(size=100_000)
    honest = random.uniform(size=100_000) < probability
    assert calibration_error(probability, honest) < 0.01
    assert calibration_error(np.full(1000, 0.9), np.arange(1000) % 2 == 0) == pytest.approx(0.4)


def test_bootstrap_interval_holds_the_mean_about_as_often_as_it_says() -> None:
    random = np.random.default_rng(1)
    inside = 0
    for trial in range(200):
        values = random.normal(size=80)
        low, high = bootstrap(
            lambda rows, values=values: float(values[rows].mean()), 80, draws=200, seed=trial
        )
        inside += low <= 0 <= high
    assert 0.90 <= inside / 200 <= 0.99


def test_a_paired_bootstrap_tells_a_better_system_from_an_equal_one() -> None:
    random = np.random.default_rng(2)
    good, poor = random.uniform(size=400) < 0.9, random.uniform(size=400) < 0.7

    def share(right: np.ndarray):
        return lambda rows: float(right[rows].mean())

    assert p_value(paired_differences(share(poor), share(good), 400)) < 0.01
    assert p_value(paired_differences(share(good), share(good), 400)) == 1
