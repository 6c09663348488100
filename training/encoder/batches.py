"""Batches: rows drawn from each group by its share, like lengths together."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from models.pieces import PAD
from training.encoder.recipe import GROUPS, Stage
from training.encoder.rows import Rows
from training.encoder.soft import Soft

__all__ = ["batches", "drawn_rows", "groups", "in_turn", "items", "padded"]

Places = NDArray[np.int64]

_LEAST_TOKENS = 16
"""Sub-words that a text counts for at least: a batch has no more texts than that allows."""
_TEXTS, _TEXTS_CUDA = 96, 1024


def groups(rows: Rows, soft: Soft | None = None) -> list[Places]:
    """Rows of each of `recipe.GROUPS`; `soft` is what the teacher said."""
    taught = np.zeros(0, np.int64) if soft is None else soft.places[~rows.own[soft.places]]
    elsewhere = rows.labelled_elsewhere
    rest = ~rows.own & ~elsewhere
    masks = (rows.own & ~rows.translated & ~rows.held, rows.own & rows.translated, elsewhere, rest)
    return [*map(np.flatnonzero, masks), taught]


def batches(rows: Rows, members: list[Places], stage: Stage, seed: int) -> Iterator[Places]:
    """Endless; own rows come in epochs, rows of other corpora by the square root of their corpus' size.

    Each time so many rows are drawn and sorted as a batch may have sub-words.
    """
    random = np.random.default_rng(seed)
    mix = np.array(stage.mix) * [len(places) > 0 for places in members]
    draws = [
        _evenly(rows, places, random)
        if GROUPS[number] in ("aspects", "sentiment", "soft")
        else _in_epochs(places, random)
        for number, places in enumerate(members)
    ]
    lengths = rows.lengths
    while True:
        wanted = (stage.tokens * mix / mix.sum()).astype(int)
        pool = np.concatenate([_take(draw, count) for draw, count in zip(draws, wanted, strict=True)])
        pool = pool[np.argsort(lengths[pool] + 3 * random.random(len(pool)))]
        cut = list(_cut(pool, lengths, stage.tokens))
        for place in random.permutation(len(cut)).tolist():
            yield cut[place]


def drawn_rows(drawn: Iterator[Places], texts: int) -> Places:
    """The rows in the first batches that have so many texts together, each once."""
    found, seen = [], 0
    while seen < texts:
        found.append(next(drawn))
        seen += len(found[-1])
    return np.unique(np.concatenate(found))


def in_turn(rows: Rows, places: Places, device: torch.device) -> Iterator[tuple[Places, Tensor]]:
    """Each of some rows once, in ascending length: places [B] and ids [B, T], some at a time."""
    places = places[np.argsort(rows.lengths[places], kind="stable")]
    together = _TEXTS_CUDA if device.type == "cuda" else _TEXTS
    for first in range(0, len(places), together):
        some = places[first : first + together]
        yield some, padded(rows, some).to(device)


def items(offsets: Places, places: Places) -> tuple[Places, Places]:
    """For the K items of some rows: which of these rows has each [K], and where it is [K]."""
    counts = offsets[places + 1] - offsets[places]
    line = np.repeat(np.arange(len(places)), counts)
    first = np.cumsum(counts) - counts
    return line, np.arange(len(line)) + (offsets[places] - first)[line]


def padded(rows: Rows, places: Places) -> Tensor:
    """[B, T] ids of some rows."""
    line, where = items(rows.offsets, places)
    column = where - rows.offsets[places][line]
    ids = np.full((len(places), column.max() + 1), PAD, np.int64)
    ids[line, column] = rows.tokens[where]
    return torch.from_numpy(ids)


def _take(draw: Iterator[int], count: int) -> Places:
    return np.fromiter((next(draw) for _ in range(count)), np.int64, count)


def _in_epochs(places: Places, random: np.random.Generator) -> Iterator[int]:
    while len(places):
        yield from random.permutation(places).tolist()


def _evenly(rows: Rows, places: Places, random: np.random.Generator) -> Iterator[int]:
    corpus = np.stack([rows.source[places], rows.language[places]])
    _, inverse, counts = np.unique(corpus, axis=1, return_inverse=True, return_counts=True)
    weights = counts[inverse.ravel()] ** -0.5
    while len(places):
        yield from random.choice(places, size=len(places), p=weights / weights.sum()).tolist()


def _cut(pool: Places, lengths: NDArray[np.int64], tokens: int) -> Iterator[Places]:
    begin, longest = 0, _LEAST_TOKENS
    for end, length in enumerate(lengths[pool].tolist()):
        longest = max(longest, length)
        if end > begin and (end - begin + 1) * longest > tokens:
            yield pool[begin:end]
            begin, longest = end, max(_LEAST_TOKENS, length)
    yield pool[begin:]
