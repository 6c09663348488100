from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from vocnlp.analysis.response import _welch

ANSWERS = st.lists(st.sampled_from([-100.0, 0.0, 100.0]), min_size=2, max_size=30).filter(
    lambda v: len(set(v)) > 1
)


@given(ANSWERS, ANSWERS)
def test_the_interval_is_that_of_scipy(first: list[float], second: list[float]) -> None:
    expected = stats.ttest_ind(first, second, equal_var=False).confidence_interval()
    assert _welch(np.array(first), np.array(second)) == pytest.approx((expected.low, expected.high))


def test_two_groups_that_answer_all_alike_have_no_spread() -> None:
    assert _welch(np.full(50, 100.0), np.full(3, 0.0)) == (100, 100)
    low, high = _welch(np.full(50, 100.0), np.array([0.0, 100.0, 0.0]))
    assert low < 200 / 3 < high
