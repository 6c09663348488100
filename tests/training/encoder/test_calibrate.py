"""The threshold of calibrated probabilities is half of the highest F1."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("torch")

from training.encoder.calibrate import _highest_f1

PAIRS = st.tuples(st.floats(0, 1, width=32), st.booleans())


@given(st.lists(PAIRS, min_size=1, max_size=40, unique_by=lambda pair: pair[0]))
def test_no_threshold_has_a_higher_f1(pairs: list[tuple[float, bool]]) -> None:
    p, truth = np.array([p for p, _ in pairs], np.float32), np.array([t for _, t in pairs])
    each = [2 * (truth & (p >= cut)).sum() / ((p >= cut).sum() + truth.sum()) for cut in p]
    assert _highest_f1(p, truth) == pytest.approx(max(each))


def test_of_calibrated_probabilities_half_of_it_is_the_best_threshold() -> None:
    random = np.random.default_rng(0)
    p = random.beta(0.3, 1.2, 400_000).astype(np.float32)
    truth = random.random(len(p)) < p
    cuts = np.arange(0.1, 0.9, 0.01)
    f1 = [2 * (truth & (p >= cut)).sum() / ((p >= cut).sum() + truth.sum()) for cut in cuts]
    assert cuts[int(np.argmax(f1))] == pytest.approx(_highest_f1(p, truth) / 2, abs=0.02)
