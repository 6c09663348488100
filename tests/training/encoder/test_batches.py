"""Batches hold the sub-words of their rows, within their size, drawn from each kind by its share."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("torch")

from models.encoder import PAD
from training.encoder.batches import batches, groups, items, padded
from training.encoder.recipe import Stage
from training.encoder.rows import OWN, Rows

LENGTHS = st.lists(st.integers(2, 40), min_size=1, max_size=30)


def rows_of(lengths: list[int], *, own: bool = True) -> Rows:
    """Rows of such lengths, half of them of the taxonomy if `own`; sub-words count up from 10."""
    count = len(lengths)
    mine = np.arange(count) % 2 == 0 if own else np.zeros(count, bool)
    return Rows(
        tokens=np.arange(10, 10 + sum(lengths), dtype=np.int32),
        offsets=np.cumsum([0, *lengths]),
        source=np.where(mine, 0, 1),
        language=np.zeros(count, np.int64),
        own=mine,
        held=np.zeros(count, bool),
        group=np.full(count, -1),
        sentiment=np.zeros(count, np.int64),
        polarity=np.full((count, 2), -1),
        risks=np.zeros((count, 1), np.float32),
        rating=np.full(count, -1, np.float32),
        label_offsets=np.zeros(count + 1, np.int64),
        labels=np.zeros(0, np.int64),
        label_source=np.zeros(1, np.int64),
        sources=[OWN, "shop"],
    )


@given(LENGTHS, st.data())
def test_items_are_those_of_the_rows_in_their_order(lengths: list[int], data: st.DataObject) -> None:
    offsets = np.cumsum([0, *lengths])
    chosen = data.draw(st.lists(st.integers(0, len(lengths) - 1), min_size=1))
    line, where = items(offsets, np.array(chosen))
    wanted = [(n, at) for n, row in enumerate(chosen) for at in range(offsets[row], offsets[row + 1])]
    assert list(zip(line.tolist(), where.tolist(), strict=True)) == wanted


@given(LENGTHS)
def test_padding_follows_the_sub_words(lengths: list[int]) -> None:
    rows = rows_of(lengths)
    ids = padded(rows, np.arange(len(lengths))).tolist()
    assert [[i for i in line if i != PAD] for line in ids] == [
        rows.tokens[a:b].tolist() for a, b in zip(rows.offsets[:-1], rows.offsets[1:], strict=True)
    ]
    assert {len(line) for line in ids} == {max(lengths)}


@given(LENGTHS, st.integers(64, 300))
def test_a_batch_has_no_more_sub_words_than_asked(lengths: list[int], tokens: int) -> None:
    rows = rows_of(lengths)
    stage = Stage((), 1, (0.5, 0, 0, 0.5, 0), tokens=tokens)
    for places in islice(batches(rows, groups(rows), stage, seed=0), 20):
        assert padded(rows, places).numel() <= tokens
        assert len(places) <= tokens / 16


def test_kinds_of_rows_are_drawn_by_their_shares() -> None:
    rows = rows_of([5] * 400)
    stage = Stage((), 1, (0.25, 0, 0, 0.75, 0), tokens=400)
    drawn = np.concatenate(list(islice(batches(rows, groups(rows), stage, seed=0), 400)))
    assert rows.own[drawn].mean() == pytest.approx(0.25, abs=0.03)


def test_a_kind_without_rows_gives_its_share_to_the_others() -> None:
    rows = rows_of([5] * 40, own=False)
    stage = Stage((), 1, (0.9, 0, 0, 0.1, 0), tokens=200)
    assert len(next(batches(rows, groups(rows), stage, seed=0)))
