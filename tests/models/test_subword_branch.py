"""Sub-words and pairs of them move the probabilities of sentiment, whatever company a text is in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from safetensors.numpy import save_file

from models.interface import POLARITIES
from models.manifest import ModelFileError
from models.subword_branch import SUBWORDS, SubwordBranch, keys, load_subwords

SETTINGS: dict[str, Any] = {"weight": 2.0, "temperature": 1.0}
TEXT = st.lists(st.integers(3, 40_000), max_size=12)


def joined_up(texts: list[list[int]]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    ids = np.array([piece for text in texts for piece in text], np.int64)
    return ids, np.cumsum([0, *map(len, texts)])


def tensors(known: list[int], label: str, strength: int) -> dict[str, NDArray[Any]]:
    """Classifiers for which the features of a text speak for a label."""
    features = np.unique(keys(*joined_up([known]))[1])
    weights = np.zeros((len(features), len(POLARITIES)), np.int8)
    weights[:, POLARITIES.index(label)] = strength
    return {
        "features": features,
        "idf": np.ones(len(features), np.float16),
        "weights": weights,
        "scale": np.ones(len(POLARITIES), np.float32),
        "bias": np.full(len(POLARITIES), -1, np.float32),
    }


@given(st.lists(TEXT, min_size=1, max_size=4))
def test_a_text_has_its_sub_words_and_the_pairs_around_them_whatever_is_beside_it(
    texts: list[list[int]],
) -> None:
    owner, found = keys(*joined_up(texts))
    for place, text in enumerate(texts):
        own = np.sort(found[owner == place])
        assert len(own) == 2 * len(text) + 1
        np.testing.assert_array_equal(own, np.sort(keys(*joined_up([text]))[1]))


@given(st.sets(st.integers(3, 40_000), min_size=2, max_size=60))
def test_different_features_have_different_keys(pieces: set[int]) -> None:
    _, found = keys(*joined_up([[left, right] for left in pieces for right in pieces]))
    assert len(np.unique(found)) == len(pieces) ** 2 + 3 * len(pieces)


@given(TEXT, st.lists(st.floats(0.01, 1), min_size=4, max_size=4))
def test_where_no_label_scores_higher_the_encoder_decides(text: list[int], shares: list[float]) -> None:
    before = (np.array([shares]) / sum(shares)).astype(np.float32)
    found = SubwordBranch(SETTINGS, tensors([5, 6], "neg", 0)).joined(before, *joined_up([text]))
    np.testing.assert_allclose(found, before, rtol=1e-4)


@given(st.integers(1, 20))
def test_a_text_that_is_known_speaks_for_its_label_as_much_as_its_score(strength: int) -> None:
    even = np.full((2, 4), 0.25, np.float32)
    branch = SubwordBranch(SETTINGS, tensors([5, 6], "neg", strength))
    found = branch.joined(even, *joined_up([[5, 6], [7]]))
    score = strength * np.sqrt(5)  # five features of like weight, over the length of their vector
    odds = np.exp(SETTINGS["weight"] * score * (np.array(POLARITIES) == "neg"))
    np.testing.assert_allclose(found[0], odds / odds.sum(), rtol=1e-3)
    np.testing.assert_allclose(found[1], even[1], rtol=1e-4)


def test_the_order_of_sub_words_counts() -> None:
    branch = SubwordBranch(SETTINGS, tensors([5, 6, 7], "neg", 1))
    straight, turned = branch.scores(*joined_up([[5, 6, 7], [7, 6, 5]]))[:, POLARITIES.index("neg")]
    assert straight > turned > -1


def test_a_temperature_evens_out() -> None:
    sure = np.array([[0.97, 0.01, 0.01, 0.01]], np.float32)
    cold, warm = (
        SubwordBranch({**SETTINGS, "temperature": value}, tensors([5], "neg", 1)).joined(
            sure, *joined_up([[5]])
        )
        for value in (1.0, 3.0)
    )
    assert cold[0, 0] > warm[0, 0] > 0.25


def test_a_file_that_is_none_or_lacks_a_tensor_is_refused(tmp_path: Path) -> None:
    path = tmp_path / SUBWORDS
    path.write_bytes(b"{}")
    with pytest.raises(ModelFileError, match="no safetensors file"):
        load_subwords(tmp_path, SETTINGS)
    some = tensors([5], "neg", 1)
    del some["bias"]
    save_file(some, path)
    with pytest.raises(ModelFileError, match="lacks the tensors bias"):
        load_subwords(tmp_path, SETTINGS)
