"""The threshold of calibrated probabilities is half of the highest F1."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("torch")

import torch

from models.network import Network, Shape
from training.encoder.calibrate import calibrate, highest_f1, temperature
from training.encoder.rows import Rows

PAIRS = st.tuples(st.floats(0, 1, width=32), st.booleans())


@given(st.lists(PAIRS, min_size=1, max_size=40, unique_by=lambda pair: pair[0]))
def test_no_threshold_has_a_higher_f1(pairs: list[tuple[float, bool]]) -> None:
    p, truth = np.array([p for p, _ in pairs], np.float32), np.array([t for _, t in pairs])
    each = [2 * (truth & (p >= cut)).sum() / ((p >= cut).sum() + truth.sum()) for cut in p]
    assert highest_f1(p, truth) == pytest.approx(max(each))


@given(
    st.lists(st.tuples(st.integers(-40, 40), st.booleans()), min_size=1, unique_by=lambda pair: pair[0]),
    st.integers(1, 20),
    st.integers(-20, 20),
)
def test_scaling_and_shifting_log_odds_leaves_thehighest_f1(
    pairs: list[tuple[int, bool]], scale: int, shift: int
) -> None:
    logits, truth = np.array([x for x, _ in pairs], np.float32) / 8, np.array([t for _, t in pairs])
    scaled = logits * np.float32(scale / 10) + np.float32(shift / 10)
    assert highest_f1(scaled, truth) == highest_f1(logits, truth)


def test_of_calibrated_probabilities_half_of_it_is_the_best_threshold() -> None:
    random = np.random.default_rng(0)
    p = random.beta(0.3, 1.2, 400_000).astype(np.float32)
    truth = random.random(len(p)) < p
    cuts = np.arange(0.1, 0.9, 0.01)
    f1 = [2 * (truth & (p >= cut)).sum() / ((p >= cut).sum() + truth.sum()) for cut in cuts]
    assert cuts[int(np.argmax(f1))] == pytest.approx(highest_f1(p, truth) / 2, abs=0.02)


def test_a_temperature_is_found_from_known_classes_alone() -> None:
    random = np.random.default_rng(0)
    logits = random.normal(0, 2, (20_000, 4)).astype(np.float32)
    truth = (logits + random.gumbel(size=logits.shape)).argmax(axis=1)
    truth[::3] = -1
    assert temperature(3 * logits, truth) == pytest.approx(3, rel=0.05)
    assert temperature(logits[:0], truth[:0]) == 1
    assert temperature(logits, np.full(len(truth), -1)) == 1


def test_what_nobody_was_asked_about_is_not_scaled(rows_of: Callable[..., Rows]) -> None:
    torch.manual_seed(0)
    network = Network(
        Shape(words=60, layers=1, width=16, heads=2, inner=16, positions=16, aspects=2, risks=1)
    )
    judged = np.arange(40) % 2
    rows = rows_of([1] * 40, polarity=np.column_stack([judged - 1, np.full(40, -1)]), held=np.ones(40, bool))
    before = network.judged_bias.detach().clone()
    calibrate(network.eval(), rows, asked=np.array([True, False, False]))
    assert (network.judged_bias != before).tolist() == [True, False, False]
