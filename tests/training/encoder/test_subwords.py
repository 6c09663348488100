"""Sub-words learn what other sources say of sentiment, and stay where they help."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

import torch

from models.interface import POLARITIES
from models.manifest import Manifest, write_manifest
from models.network import Network, Shape
from models.subword_branch import SUBWORDS, SubwordBranch
from models.tensors import write_tensors
from training.encoder.recipe import SubwordRecipe
from training.encoder.rows import OWN, Rows
from training.encoder.subwords import Subwords, _row_weights, beside, kept_subwords, learned_subwords
from vocnlp.errors import InputError

SHAPE = Shape(words=40, layers=1, width=16, heads=2, inner=16, positions=16, aspects=2, risks=1)
SETTINGS = SubwordRecipe(minimum_texts=2, threads=1)
WORDS = {"neg": 11, "neu": 12, "pos": 13, "mix": 14}
BEGIN, END, OTHER = 0, 2, 20


def network() -> Network:
    """An encoder that knows nothing."""
    made = Network(SHAPE).eval()
    torch.nn.init.zeros_(made.sentiment.bias)
    return made


def rows_with(rows_of: Callable[..., Rows], labels: list[str], own: int, held: int = 0) -> Rows:
    """Comments with the word of their label, of the taxonomy at first and of another source then."""
    count = len(labels)
    tokens = [[BEGIN, OTHER, WORDS[label], END] for label in labels]
    return rows_of(
        [4] * count,
        tokens=np.array(tokens, np.int32).reshape(-1),
        source=(np.arange(count) >= own).astype(np.int64),
        own=np.arange(count) < own,
        held=np.arange(count) < held,
        sentiment=np.array([POLARITIES.index(label) for label in labels]),
        sources=[OWN, "other"],
    )


def told(subwords: Subwords, word: int) -> str:
    """The likeliest label of a comment with a word, where the encoder has no opinion."""
    branch = SubwordBranch(subwords.settings, subwords.tensors)
    found = branch.joined(np.full((1, 4), 0.25, np.float32), np.array([OTHER, word]), np.array([0, 2]))
    return POLARITIES[found[0].argmax()]


def test_they_tell_what_other_sources_say(rows_of: Callable[..., Rows]) -> None:
    labels = ["neg", "pos"] * 10 + ["neg", "neu", "pos"] * 20
    found = learned_subwords(network(), rows_with(rows_of, labels, own=20, held=10), SETTINGS)
    assert found
    assert [told(found, WORDS[label]) for label in ("neg", "neu", "pos")] == ["neg", "neu", "pos"]


def test_what_is_mixed_is_left_to_the_encoder(rows_of: Callable[..., Rows]) -> None:
    labels = ["neg", "pos", "mix"] * 10 + ["neg", "neu", "pos"] * 20
    found = learned_subwords(network(), rows_with(rows_of, labels, own=30, held=9), SETTINGS)
    assert found
    mixed = POLARITIES.index("mix")
    assert not found.tensors["weights"][:, mixed].any()
    assert found.tensors["bias"][mixed] == 0


def test_what_is_held_teaches_nothing(rows_of: Callable[..., Rows]) -> None:
    labels = ["neu"] * 10 + ["neg", "pos"] * 30
    found = learned_subwords(network(), rows_with(rows_of, labels, own=10, held=10), SETTINGS)
    assert found
    assert told(found, WORDS["neu"]) != "neu"


def test_there_are_none_without_other_sources(rows_of: Callable[..., Rows]) -> None:
    assert learned_subwords(network(), rows_with(rows_of, ["neg", "pos"] * 20, own=40), SETTINGS) is None


def test_there_are_none_where_no_sub_word_is_frequent_enough(rows_of: Callable[..., Rows]) -> None:
    rows = rows_with(rows_of, ["neg", "pos"] * 2, own=2)
    assert learned_subwords(network(), rows, SubwordRecipe(minimum_texts=5)) is None


def test_where_nothing_is_held_the_sum_stays_as_it_is(rows_of: Callable[..., Rows]) -> None:
    found = learned_subwords(network(), rows_with(rows_of, ["neg", "pos"] * 20, own=10), SETTINGS)
    assert found
    assert found.settings["temperature"] == 1.0


def test_a_model_with_n_grams_of_a_user_is_refused(tmp_path: Path) -> None:
    write_manifest(tmp_path, Manifest("mine", "1", "encoder", "", (), (), {}, settings={"ngrams": {}}))
    with pytest.raises(InputError, match="give the model it went on from"):
        beside(
            [],
            start=tmp_path,
            recipe=SETTINGS,
            corpora=tmp_path,
            sources=[],
            without=frozenset(),
            report=lambda _: None,
        )


def test_only_the_features_that_move_most_are_kept(rows_of: Callable[..., Rows]) -> None:
    labels = ["neg", "pos"] * 10 + ["neg", "neu", "pos"] * 20
    few = SubwordRecipe(features=6, minimum_texts=2, threads=1)
    found = learned_subwords(network(), rows_with(rows_of, labels, own=20, held=10), few)
    assert found
    assert len(found.tensors["features"]) == 6
    assert (np.diff(found.tensors["features"].astype(np.int64)) > 0).all()
    assert [told(found, WORDS[label]) for label in ("neg", "pos")] == ["neg", "pos"]


def test_labels_of_a_source_weigh_equally_and_a_row_weighs_one_on_average() -> None:
    source = np.array([0] * 6 + [1] * 4)
    sentiment = np.array([0, 0, 0, 0, 0, 2, 0, 1, 1, 2])
    found = _row_weights(source, sentiment)
    for one in (0, 1):
        inside = source == one
        sums = [found[inside & (sentiment == label)].sum() for label in np.unique(sentiment[inside])]
        np.testing.assert_allclose(sums, inside.sum() / len(sums))


@pytest.mark.parametrize(
    ("right", "least", "kept"), [(True, 20, True), (False, 20, False), (False, 21, True)]
)
def test_they_stay_beside_a_model_taken_further_where_they_help_or_nobody_can_tell(
    rows_of: Callable[..., Rows], tmp_path: Path, right: bool, least: int, kept: bool
) -> None:
    labels = ["neg", "pos"] * 10 + ["neg", "neu", "pos"] * 20
    found = learned_subwords(network(), rows_with(rows_of, labels, own=20, held=10), SETTINGS)
    assert found
    write_tensors(tmp_path / SUBWORDS, found.tensors)
    manifest = Manifest("first", "1", "encoder", "", (), (), {}, settings={"subwords": found.settings})
    said: list[str] = []
    rows = rows_with(rows_of, ["neg", "pos"] * 10, own=20, held=20)
    if not right:
        rows.sentiment = rows.sentiment[::-1].copy()
    stayed = kept_subwords(tmp_path, manifest, network(), rows, least=least, report=said.append)
    assert (stayed is not None) == kept
    assert bool(said) != kept
