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
from training.encoder.branch import Branch, learned_branch
from training.encoder.rows import OWN, Row, Rows

SHAPE = Shape(words=40, layers=1, width=16, heads=2, inner=16, positions=16, aspects=2, risks=1)
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
    return learned_branch(network, rows, found, least=least)


@pytest.mark.parametrize("known", [["neg", "pos"], ["neg", "neu", "pos"]])
def test_it_tells_what_an_encoder_that_knows_nothing_does_not(
    known: list[str], rows_of: Callable[..., Rows]
) -> None:
    branch = learned(rows_of, known * 40, held=30, least=20)
    assert branch
    even = np.full((len(WORDS), 4), 0.25, np.float32)
    texts = [f"{word} it was" for word in WORDS.values()]
    found = NgramBranch(branch.settings, branch.tensors).joined(even, texts)
    for label, row in zip(WORDS, found, strict=True):
        if label in known:
            assert POLARITIES[row.argmax()] == label
        assert row[POLARITIES.index("mix")] <= row.min() + 1e-6


def test_there_is_none_where_too_few_are_held_or_all_are_of_one_kind(rows_of: Callable[..., Rows]) -> None:
    assert learned(rows_of, ["neg", "pos"] * 40, held=19, least=20) is None
    assert learned(rows_of, ["neg"] * 80, held=30, least=20) is None


def test_what_is_held_teaches_nothing(rows_of: Callable[..., Rows]) -> None:
    branch = learned(rows_of, ["neu"] * 30 + ["neg", "pos"] * 40, held=30, least=20)
    assert branch
    even = np.full((1, 4), 0.25, np.float32)
    found = NgramBranch(branch.settings, branch.tensors).joined(even, ["ordinary it was"])
    assert POLARITIES[found[0].argmax()] != "neu"
