"""Batches hold the sub-words of their rows, within their size, drawn from each kind by its share."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("torch")

import torch

from models.pieces import PAD
from training.encoder.batches import batches, drawn_rows, groups, in_turn, items, padded
from training.encoder.recipe import Stage
from training.encoder.rows import OWN, Rows

LENGTHS = st.lists(st.integers(2, 40), min_size=1, max_size=30)


@pytest.fixture(scope="module")
def mixed(rows_of: Callable[..., Rows]) -> Callable[..., Rows]:
    """Makes rows with a sentiment, half of them of the taxonomy if `own`, the others of a shop."""

    def made(lengths: list[int], *, own: bool = True) -> Rows:
        mine = np.arange(len(lengths)) % 2 == 0 if own else np.zeros(len(lengths), bool)
        feeling = np.zeros(len(lengths), np.int64)
        return rows_of(
            lengths, source=np.where(mine, 0, 1), own=mine, sentiment=feeling, sources=[OWN, "shop"]
        )

    return made


@given(LENGTHS, st.data())
def test_items_are_those_of_the_rows_in_their_order(lengths: list[int], data: st.DataObject) -> None:
    offsets = np.cumsum([0, *lengths])
    chosen = data.draw(st.lists(st.integers(0, len(lengths) - 1), min_size=1))
    line, where = items(offsets, np.array(chosen))
    wanted = [(n, at) for n, row in enumerate(chosen) for at in range(offsets[row], offsets[row + 1])]
    assert list(zip(line.tolist(), where.tolist(), strict=True)) == wanted


@given(LENGTHS)
def test_padding_follows_the_sub_words(mixed: Callable[..., Rows], lengths: list[int]) -> None:
    rows = mixed(lengths)
    ids = padded(rows, np.arange(len(lengths))).tolist()
    assert [[i for i in line if i != PAD] for line in ids] == [
        rows.tokens[a:b].tolist() for a, b in zip(rows.offsets[:-1], rows.offsets[1:], strict=True)
    ]
    assert {len(line) for line in ids} == {max(lengths)}


@given(LENGTHS, st.integers(64, 300))
def test_a_batch_has_no_more_sub_words_than_asked(
    mixed: Callable[..., Rows], lengths: list[int], tokens: int
) -> None:
    rows = mixed(lengths)
    stage = Stage((), 1, (0.5, 0, 0, 0.5, 0), tokens=tokens)
    for places in islice(batches(rows, groups(rows), stage, seed=0), 20):
        assert padded(rows, places).numel() <= tokens
        assert len(places) <= tokens / 16


def test_kinds_of_rows_are_drawn_by_their_shares(mixed: Callable[..., Rows]) -> None:
    rows = mixed([5] * 400)
    stage = Stage((), 1, (0.25, 0, 0, 0.75, 0), tokens=400)
    drawn = np.concatenate(list(islice(batches(rows, groups(rows), stage, seed=0), 400)))
    assert rows.own[drawn].mean() == pytest.approx(0.25, abs=0.03)


def test_a_kind_without_rows_gives_its_share_to_the_others(mixed: Callable[..., Rows]) -> None:
    rows = mixed([5] * 40, own=False)
    stage = Stage((), 1, (0.9, 0, 0, 0.1, 0), tokens=200)
    assert len(next(batches(rows, groups(rows), stage, seed=0)))


@given(lengths=LENGTHS, data=st.data())
def test_in_turn_each_row_comes_once_with_its_sub_words(
    lengths: list[int], data: st.DataObject, rows_of: Callable[..., Rows]
) -> None:
    rows = rows_of(lengths)
    chosen = data.draw(st.lists(st.integers(0, len(lengths) - 1), unique=True))
    found = [
        (place, ids[ids != PAD].tolist())
        for some, batch in in_turn(rows, np.array(chosen, np.int64), torch.device("cpu"))
        for place, ids in zip(some.tolist(), batch, strict=True)
    ]
    expected = [
        (place, rows.tokens[rows.offsets[place] : rows.offsets[place + 1]].tolist()) for place in chosen
    ]
    assert sorted(found) == sorted(expected)


def test_drawn_rows_are_those_of_the_batches_that_a_training_of_so_many_texts_takes() -> None:
    drawn = iter([np.array([3, 1]), np.array([5, 1]), np.array([2])])
    assert drawn_rows(drawn, 3).tolist() == [1, 3, 5]
    assert next(drawn).tolist() == [2]
