"""A teacher's labels for many comments, kept so that they are made once."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.interface import Model
from models.network import Network
from training.encoder.answers import answers
from training.encoder.fit import fastest_type
from training.encoder.informed import inform
from training.encoder.recipe import SoftLabels
from training.encoder.rows import Row, Rows
from training.encoder.soft import Soft
from vocnlp.pipeline import load_model
from vocnlp.text.prepare import prepare

__all__ = ["agree", "labelled_by"]

_BATCH = 500


def labelled_by(
    teacher: Network,
    rows: Rows,
    found: Sequence[Row],
    wanted: SoftLabels,
    *,
    work: Path,
    seed: int,
    own: bool,
) -> Soft:
    """What the teacher says, averaged with the second model for comments that it did not learn from.

    own: whether it labels the taxonomy's own originals too.   work: directory that keeps the labels.
    """
    path = work / "soft.npz"
    if not path.is_file():
        network = deepcopy(teacher).to(fastest_type()).eval()
        soft = answers(network, rows, _to_label(rows, wanted, seed, own=own))
        corrects = wanted.informed and bool(rows.held.any())
        held = answers(network, rows, np.flatnonzero(rows.held)) if corrects else None
        if wanted.second:
            second = load_model(wanted.second)
            _average(soft, rows, found, second, wanted.share)
            if held is not None:
                _average(held, rows, found, second, wanted.share)
        if held is not None:
            inform(soft, held, rows, found)
        if wanted.translations:
            agree(soft, rows.group[soft.places])
        work.mkdir(parents=True, exist_ok=True)
        np.savez(path.with_suffix(".part.npz"), **{name: getattr(soft, name) for name in Soft.__slots__})
        path.with_suffix(".part.npz").replace(path)
    return Soft(**np.load(path))


def _average(soft: Soft, rows: Rows, found: Sequence[Row], second: Model, share: float) -> None:
    others = np.flatnonzero(~rows.own[soft.places] | rows.held[soft.places])
    for part in np.array_split(others, max(len(others) // _BATCH, 1)):
        prepared = [prepare(found[place].text) for place in soft.places[part]]
        said = second.predict([p.text for p in prepared], [p.clauses for p in prepared])
        for name in ("sentiment", "aspects", "polarity"):
            mine = getattr(soft, name)
            mine[part] = (1 - share) * mine[part] + share * getattr(said, name)


def agree(soft: Soft, group: NDArray[np.int64]) -> None:
    """Give each row of a group the mean over the group; `group` is [P], -1 for rows of none."""
    some = np.flatnonzero(group >= 0)
    _, place, count = np.unique(group[some], return_inverse=True, return_counts=True)
    for name in ("sentiment", "aspects", "polarity", "risks"):
        said = getattr(soft, name)
        sums = np.zeros((len(count), *said.shape[1:]))
        np.add.at(sums, place, said[some])
        said[some] = (sums / count.reshape(-1, *[1] * (said.ndim - 1)))[place]


def _to_label(rows: Rows, wanted: SoftLabels, seed: int, *, own: bool) -> NDArray[np.int64]:
    """Rows of other corpora drawn evenly over them, if wanted with all that have translations, and the own
    originals not held."""
    random = np.random.default_rng(seed)
    mine = rows.own & ~rows.translated & ~rows.held & own
    translated = ~rows.own & rows.translated & wanted.translations
    rest = np.flatnonzero(~rows.own & ~translated)
    groups = np.unique(rows.group[translated])
    translated &= np.isin(rows.group, random.permutation(groups)[: wanted.groups])
    counts = np.bincount(rows.source, minlength=len(rows.sources))
    weights = counts[rows.source[rest]] ** -0.5
    size = min(wanted.count, len(rest))
    drawn = random.choice(rest, size=size, replace=False, p=weights / weights.sum()) if size else rest[:0]
    return np.concatenate([np.flatnonzero(mine | translated), drawn])
