"""What teachers say of many comments, kept so that they are asked once."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.network import Network
from training.encoder.answers import answers
from training.encoder.fit import fastest
from training.encoder.informed import inform
from training.encoder.recipe import SoftLabels
from training.encoder.rows import Row, Rows
from training.encoder.soft import Soft

__all__ = ["agree", "labelled_by"]


def labelled_by(
    teachers: Sequence[Network],
    rows: Rows,
    found: Sequence[Row],
    wanted: SoftLabels,
    *,
    path: Path,
    seed: int,
) -> Soft:
    """The mean of what some teachers say of comments of other corpora; `path` keeps it."""
    if not path.is_file():
        soft = _mean_answers(teachers, rows, _to_label(rows, wanted, seed))
        if wanted.informed and rows.held.any():
            inform(soft, _mean_answers(teachers, rows, np.flatnonzero(rows.held)), rows, found)
        if wanted.translations:
            agree(soft, rows.group[soft.places])
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez(path.with_suffix(".part.npz"), **{name: getattr(soft, name) for name in Soft.__slots__})
        path.with_suffix(".part.npz").replace(path)
    return Soft(**np.load(path))


def _mean_answers(teachers: Sequence[Network], rows: Rows, places: NDArray[np.int64]) -> Soft:
    said = [answers(deepcopy(teacher).to(*fastest()).eval(), rows, places) for teacher in teachers]
    names = Soft.__slots__[1:]
    return Soft(said[0].places, *(np.mean([getattr(each, name) for each in said], axis=0) for name in names))


def agree(soft: Soft, group: NDArray[np.int64]) -> None:
    """Give each row of a group the mean over the group; `group` is [P], -1 for rows of none."""
    some = np.flatnonzero(group >= 0)
    _, place, count = np.unique(group[some], return_inverse=True, return_counts=True)
    for name in Soft.__slots__[1:]:
        said = getattr(soft, name)
        sums = np.zeros((len(count), *said.shape[1:]))
        np.add.at(sums, place, said[some])
        said[some] = (sums / count.reshape(-1, *[1] * (said.ndim - 1)))[place]


def _to_label(rows: Rows, wanted: SoftLabels, seed: int) -> NDArray[np.int64]:
    """Rows of other corpora drawn evenly over them, if wanted with all that have translations."""
    random = np.random.default_rng(seed)
    translated = ~rows.own & rows.translated & wanted.translations
    rest = np.flatnonzero(~rows.own & ~translated)
    groups = np.unique(rows.group[translated])
    translated &= np.isin(rows.group, random.permutation(groups)[: wanted.groups])
    counts = np.bincount(rows.source, minlength=len(rows.sources))
    weights = counts[rows.source[rest]] ** -0.5
    size = min(wanted.count, len(rest))
    drawn = random.choice(rest, size=size, replace=False, p=weights / weights.sum()) if size else rest[:0]
    return np.concatenate([np.flatnonzero(translated), drawn])
