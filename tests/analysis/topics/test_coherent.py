"""Keywords that go together are chosen before those that are only telling."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import sparse

from vocnlp.analysis.topics.coherent import coherent, npmi


def holders(rows: list[list[int]]) -> sparse.csr_array:
    return sparse.csr_array(np.array(rows, float))


def test_npmi_of_terms_always_never_and_by_chance_together() -> None:
    found = npmi(holders([[1, 1, 0, 1], [1, 1, 0, 0], [0, 0, 1, 1], [0, 0, 1, 0]]))
    assert found[0, 1] == pytest.approx(1)
    assert found[0, 2] == -1
    assert found[0, 3] == pytest.approx(0)
    assert npmi(holders([[1, 1], [1, 1]]))[0, 1] == 1


@given(arrays(np.float64, (12, 5), elements=st.sampled_from([0.0, 1.0])))
def test_npmi_is_symmetric_and_within_its_bounds(table: np.ndarray) -> None:
    table[0] = 1  # every term occurs
    found = npmi(sparse.csr_array(table))
    np.testing.assert_allclose(found, found.T, atol=1e-12)
    assert (found >= -1 - 1e-9).all()
    assert (found <= 1 + 1e-9).all()


def test_of_equally_telling_terms_those_that_go_together_are_chosen() -> None:
    terms = [("late",), ("rude",), ("parcel",)]
    fit = np.array([[1, -1, 0.8], [-1, 1, -1], [0.8, -1, 1]])
    telling = np.array([1.0, 0.9, 0.8])
    assert coherent(terms, telling, fit, most=2, weight=1) == [0, 2]
    assert coherent(terms, telling, fit, most=2, weight=0) == [0, 1]


def test_no_chosen_term_holds_another() -> None:
    terms = [("battery", "life"), ("battery",), ("battery", "life", "short"), ("charger",)]
    assert coherent(terms, np.array([4.0, 3, 2, 1]), np.zeros((4, 4)), most=8, weight=1) == [0, 3]


def test_without_terms_nothing_is_chosen() -> None:
    assert coherent([], np.zeros(0), np.zeros((0, 0)), most=8, weight=1) == []
