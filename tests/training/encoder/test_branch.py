"""The branch learns from what the encoder does not know, on rows that are not held."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

pytest.importorskip("torch")

import torch

from models.interface import POLARITIES
from models.network import Network, Shape
from models.ngram_branch import NgramBranch
from training.encoder.branch import Branch, _heard_in_aspects, _heard_in_sentiment, learned_branch
from training.encoder.rows import OWN, Row, Rows

SHAPE = Shape(words=40, layers=1, width=16, heads=2, inner=16, positions=16, aspects=2, risks=1)
NONE = np.zeros((3, 2), np.float32)
WORDS = {"neg": "awful", "pos": "lovely", "neu": "ordinary"}


def learned(rows_of: Callable[..., Rows], labels: list[str], held: int, least: int) -> Branch | None:
    """A branch beside an encoder that knows nothing; every comment has the word of its label."""
    network = Network(SHAPE).eval()
    torch.nn.init.zeros_(network.sentiment.bias)
    count = len(labels)
    found = [Row(f"the shop is {WORDS[label]} here", "en", OWN, OWN, sentiment=label) for label in labels]
    rows = rows_of(
        [3] * count,
        tokens=np.full(3 * count, 5, np.int32),
        sentiment=np.array([POLARITIES.index(label) for label in labels]),
        held=np.arange(count) < held,
    )
    return learned_branch(network, rows, found, least=least, proven=True)


@pytest.mark.parametrize("known", [["neg", "pos"], ["neg", "neu", "pos"]])
def test_it_tells_what_an_encoder_that_knows_nothing_does_not(
    known: list[str], rows_of: Callable[..., Rows]
) -> None:
    branch = learned(rows_of, known * 40, held=30, least=20)
    assert branch
    even = np.full((len(WORDS), 4), 0.25, np.float32)
    texts = [f"{word} it was" for word in WORDS.values()]
    found, _ = NgramBranch(branch.settings, branch.tensors).joined(even, NONE, texts)
    for label, row in zip(WORDS, found, strict=True):
        if label in known:
            assert POLARITIES[row.argmax()] == label
        assert row[POLARITIES.index("mix")] <= row.min() + 1e-6


def test_there_is_none_where_too_few_are_held_or_all_are_of_one_kind(rows_of: Callable[..., Rows]) -> None:
    assert learned(rows_of, ["neg", "pos"] * 40, held=19, least=20) is None
    assert learned(rows_of, ["neg"] * 80, held=30, least=20) is None


def test_what_is_held_teaches_nothing(rows_of: Callable[..., Rows]) -> None:
    branch = learned(rows_of, ["neu"] * 6 + ["neg", "pos"] * 52, held=30, least=20)
    assert branch
    even = np.full((1, 4), 0.25, np.float32)
    found, _ = NgramBranch(branch.settings, branch.tensors).joined(even, NONE[:1], ["ordinary it was"])
    assert POLARITIES[found[0].argmax()] != "neu"


def aspects_of(rows_of: Callable[..., Rows], kinds: list[int], held: int) -> Branch | None:
    """As `learned`, of comments on a parcel (0), which is an aspect, a price (1) or a shop (-1)."""
    network = Network(SHAPE).eval()
    count = len(kinds)
    found = [Row(f"the {('parcel', 'price', 'shop')[kind]} is here", "en", OWN, OWN) for kind in kinds]
    polarity = np.where(np.array(kinds)[:, None] == [0, 9], POLARITIES.index("neg"), -1)
    rows = rows_of(
        [3] * count,
        tokens=np.full(3 * count, 5, np.int32),
        polarity=polarity,
        held=np.arange(count) < held,
    )
    return learned_branch(network, rows, found, least=60, proven=True)


def test_aspects_that_comments_have_are_told_too(rows_of: Callable[..., Rows]) -> None:
    branch = aspects_of(rows_of, [0, 1, -1] * 60, held=60)
    assert branch
    assert branch.settings["aspects"] == [0]
    assert "temperature" not in branch.settings
    before = np.full((2, 2), 0.3, np.float32)
    _, found = NgramBranch(branch.settings, branch.tensors).joined(
        np.full((2, 4), 0.25, np.float32), before, ["my parcel", "my shop"]
    )
    assert found[0, 0] >= branch.threshold > found[1, 0]
    assert (found[:, 1] == before[:, 1]).all()


def test_aspects_of_which_too_little_is_held_are_left_to_the_encoder(rows_of: Callable[..., Rows]) -> None:
    assert aspects_of(rows_of, [0, 1, -1] * 60, held=59) is None
    assert aspects_of(rows_of, [1] * 60 + [0, 1, -1] * 40, held=60) is None


def test_what_makes_the_labels_held_less_likely_is_not_heard() -> None:
    truth = np.arange(400) % 2
    right, wrong = (np.where(truth == label, 0.9, 0.1)[:, None].astype(np.float32) for label in (1, 0))
    even = np.full_like(right, 0.5)
    assert _heard_in_aspects(even, right, truth[:, None] > 0)["scale"] > 0
    assert not _heard_in_aspects(right, even, truth[:, None] > 0)
    assert not _heard_in_aspects(even, wrong, truth[:, None] > 0)
    even4, right4 = (np.hstack([1 - p, p, np.zeros((400, 2), np.float32)]) for p in (even, right))
    assert _heard_in_sentiment(even4, right4, truth, proven=True)["temperature"] > 0
    assert not _heard_in_sentiment(right4, even4, truth, proven=True)
    assert _heard_in_sentiment(right4, even4, truth, proven=False)["temperature"] > 0
