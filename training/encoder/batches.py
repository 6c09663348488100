"""Batches: rows drawn from each group by its share, like lengths together."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from models.encoder import PAD
from training.encoder.recipe import GROUPS, Stage
from training.encoder.rows import Rows
from training.encoder.soft import Soft

__all__ = ["batches", "groups", "padded"]

Places = NDArray[np.int64]

_POOL = 6_000
_MOST_TEXTS = 384


def groups(rows: Rows, soft: Soft | None = None) -> list[Places]:
    """Rows of each of `recipe.GROUPS`; `soft` is what the teacher said."""
    taught = np.zeros(0, np.int64) if soft is None else soft.places[~rows.own[soft.places]]
    elsewhere = rows.labelled_elsewhere
    rest = ~rows.own & ~elsewhere
    masks = (rows.own & ~rows.translated & ~rows.held, rows.own & rows.translated, elsewhere, rest)
    return [*map(np.flatnonzero, masks), taught]


def batches(rows: Rows, members: list[Places], stage: Stage, seed: int) -> Iterator[Places]:
    """Endless; own rows come in epochs, rows of other corpora by the square root of their corpus' size."""
    random = np.random.default_rng(seed)
    mix = np.array(stage.mix) * [len(places) > 0 for places in members]
    draws = [
        _evenly(rows, places, random)
        if GROUPS[number] in ("aspects", "sentiment")
        else _in_epochs(places, random)
        for number, places in enumerate(members)
    ]
    lengths = rows.lengths
    while True:
        wanted = (_POOL * mix / mix.sum()).astype(int)
        pool = np.concatenate([_take(draw, count) for draw, count in zip(draws, wanted, strict=True)])
        pool = pool[np.argsort(lengths[pool] + 3 * random.random(len(pool)))]
        cut = list(_cut(pool, lengths, stage.tokens))
        for place in random.permutation(len(cut)).tolist():
            yield cut[place]


def padded(rows: Rows, places: Places) -> Tensor:
    """[B, T] ids of some rows."""
    lengths = rows.lengths[places]
    ids = np.full((len(places), lengths.max()), PAD, np.int64)
    for line, (place, length) in enumerate(zip(places, lengths, strict=True)):
        ids[line, :length] = rows.tokens[rows.offsets[place] : rows.offsets[place] + length]
    return torch.from_numpy(ids)


def _take(draw: Iterator[int], count: int) -> Places:
    return np.fromiter((next(draw) for _ in range(count)), np.int64, count)


def _in_epochs(places: Places, random: np.random.Generator) -> Iterator[int]:
    while len(places):
        yield from random.permutation(places).tolist()


def _evenly(rows: Rows, places: Places, random: np.random.Generator) -> Iterator[int]:
    while len(places):
        corpus = np.stack([rows.source[places], rows.language[places]])
        _, inverse, counts = np.unique(corpus, axis=1, return_inverse=True, return_counts=True)
        weights = counts[inverse.ravel()] ** -0.5
        yield from random.choice(places, size=len(places), p=weights / weights.sum()).tolist()


def _cut(pool: Places, lengths: NDArray[np.int64], tokens: int) -> Iterator[Places]:
    begin = 0
    while begin < len(pool):
        end = begin + 1
        while (
            end < len(pool) and (end - begin + 1) * lengths[pool[end]] <= tokens and end - begin < _MOST_TEXTS
        ):
            end += 1
        yield pool[begin:end]
        begin = end
