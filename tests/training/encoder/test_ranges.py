"""Channels that reach farther than all others are shrunk, and no others."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

pytest.importorskip("torch")

from training.encoder.ranges import shrinking

REACHES = arrays(np.float32, 12, elements=st.floats(0, 1e6, width=32))


@given(REACHES, REACHES)
def test_what_is_left_reaches_as_far_as_the_rest(low: np.ndarray, high: np.ndarray) -> None:
    reach = np.maximum(low, high)
    factors = shrinking({"layers.0.rise": (-low, high)}).get("layers.0.rise", np.ones(12, np.float32))
    assert ((factors > 0) & (factors <= 1)).all()
    assert (factors < 1).sum() <= 3
    rest = np.sort(reach)[-4]
    if (factors < 1).any():
        assert reach.max() > 2 * rest
        np.testing.assert_allclose((reach * factors).max(), max(rest, reach.max() / 64), rtol=1e-3)
    else:
        assert reach.max() <= 2 * rest or rest == 0


def test_a_matrix_of_like_channels_is_left_out() -> None:
    like = np.linspace(1, 1.5, 12, dtype=np.float32)
    assert shrinking({"layers.0.qkv": (-like, like)}) == {}
