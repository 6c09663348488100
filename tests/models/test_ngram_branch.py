"""N-grams of a user's comments move the probabilities of the encoder, and nothing else does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from safetensors.numpy import save_file
from scipy.special import expit, logit

from models.interface import POLARITIES
from models.manifest import ModelFileError
from models.ngram_branch import NGRAMS, NgramBranch, load_branch
from models.ngrams import NgramHasher

SETTINGS: dict[str, Any] = {"bits": 12, "characters": [3, 5], "words": 0, "weight": 2.0, "temperature": 1.0}
NONE = np.zeros((1, 0), np.float32)
SHARES = st.lists(st.floats(0.01, 1), min_size=4, max_size=4)


def tensors(word: str = "bad", label: str = "neg", strength: int = 0) -> dict[str, NDArray[Any]]:
    """Classifiers for which the n-grams of a word speak for a label."""
    hasher = NgramHasher(bits=12, characters=(3, 5), words=0)
    features = np.unique(hasher([word]).buckets)
    weights = np.zeros((len(features), len(POLARITIES)), np.int8)
    weights[:, POLARITIES.index(label)] = strength
    return {
        "features": features.astype(np.int32),
        "idf": np.ones(len(features), np.float16),
        "weights": weights,
        "scale": np.ones(len(POLARITIES), np.float32),
        "bias": np.full(len(POLARITIES), -1, np.float32),
    }


def normed(shares: list[float]) -> NDArray[np.float32]:
    return (np.array([shares]) / sum(shares)).astype(np.float32)


@given(SHARES, st.text(max_size=20))
def test_where_all_labels_score_alike_the_encoder_decides(shares: list[float], text: str) -> None:
    found, _ = NgramBranch(SETTINGS, tensors()).joined(normed(shares), NONE, [text])
    np.testing.assert_allclose(found, normed(shares), rtol=1e-4)


@given(SHARES, st.integers(1, 20))
def test_a_word_speaks_for_its_label_as_much_as_its_score(shares: list[float], strength: int) -> None:
    before = normed(shares)
    found, _ = NgramBranch(SETTINGS, tensors(strength=strength)).joined(before, NONE, ["bad"])
    score = strength * SETTINGS["weight"]
    odds = before[0] * np.exp(score * (np.array(POLARITIES) == "neg"))
    np.testing.assert_allclose(found[0], odds / odds.sum(), rtol=1e-3)


def test_a_temperature_evens_out() -> None:
    sure = np.array([[0.97, 0.01, 0.01, 0.01]], np.float32)
    cold, warm = (
        NgramBranch({**SETTINGS, "temperature": value}, tensors(strength=1)).joined(sure, NONE, ["bad"])[0]
        for value in (1.0, 3.0)
    )
    assert cold[0, 0] > warm[0, 0] > 0.25


@given(st.floats(0.01, 0.99), st.floats(0.01, 0.99), st.integers(1, 20), st.floats(0.2, 2), st.floats(-2, 2))
def test_only_the_aspects_it_knows_move(
    known: float, other: float, strength: int, scale: float, shift: float
) -> None:
    own = tensors(strength=strength)
    own["weights"] = own["weights"][:, [0, 0, 0, 0, 0]]
    own["scale"], own["bias"] = np.ones(5, np.float32), np.full(5, -1, np.float32)
    hasher = {name: SETTINGS[name] for name in ("bits", "characters", "words", "weight")}
    branch = NgramBranch({**hasher, "aspects": [1], "scale": scale, "shift": shift}, own)
    sentiment = np.full((2, 4), 0.25, np.float32)
    aspects = np.array([[other, known]] * 2, np.float32)
    felt, judged = branch.joined(sentiment, aspects, ["bad", "fine"])
    np.testing.assert_array_equal(felt, sentiment)
    np.testing.assert_array_equal(judged[:, 0], aspects[:, 0])
    scores = np.array([strength - 1, -1]) * SETTINGS["weight"]
    np.testing.assert_allclose(judged[:, 1], expit(scale * (logit(known) + scores) + shift), rtol=1e-3)


def test_a_file_that_is_none_or_lacks_a_tensor_is_refused(tmp_path: Path) -> None:
    path = tmp_path / NGRAMS
    path.write_bytes(b"{}")
    with pytest.raises(ModelFileError, match="no safetensors file"):
        load_branch(tmp_path, SETTINGS)
    some = tensors()
    del some["idf"]
    save_file(some, path)
    with pytest.raises(ModelFileError, match="lacks the tensors idf"):
        load_branch(tmp_path, SETTINGS)
