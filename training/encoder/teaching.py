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
from training.encoder.recipe import SoftLabels
from training.encoder.rows import Row, Rows
from training.encoder.soft import Soft
from vocnlp.pipeline import load_model
from vocnlp.text.prepare import prepare

__all__ = ["labelled_by"]

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
        soft = answers(
            deepcopy(teacher).bfloat16().eval(), rows, _to_label(rows, wanted.count, seed, own=own)
        )
        if wanted.second:
            _average(soft, rows, found, load_model(wanted.second), wanted.share)
        work.mkdir(parents=True, exist_ok=True)
        np.savez(path.with_suffix(".part.npz"), **{name: getattr(soft, name) for name in Soft.__slots__})
        path.with_suffix(".part.npz").replace(path)
    return Soft(**np.load(path))


def _average(soft: Soft, rows: Rows, found: Sequence[Row], second: Model, share: float) -> None:
    others = np.flatnonzero(~rows.own[soft.places])
    for part in np.array_split(others, max(len(others) // _BATCH, 1)):
        prepared = [prepare(found[place].text) for place in soft.places[part]]
        said = second.predict([p.text for p in prepared], [p.clauses for p in prepared])
        for name in ("sentiment", "aspects", "polarity"):
            mine = getattr(soft, name)
            mine[part] = (1 - share) * mine[part] + share * getattr(said, name)


def _to_label(rows: Rows, count: int, seed: int, *, own: bool) -> NDArray[np.int64]:
    """`count` rows of other corpora, drawn evenly over them, and if wanted the own originals not held."""
    random = np.random.default_rng(seed)
    mine = np.flatnonzero(rows.own & ~rows.translated & ~rows.held) if own else np.zeros(0, np.int64)
    rest = np.flatnonzero(~rows.own)
    if not len(rest):
        return mine
    counts = np.bincount(rows.source, minlength=len(rows.sources))
    weights = counts[rows.source[rest]] ** -0.5
    drawn = random.choice(rest, size=min(count, len(rest)), replace=False, p=weights / weights.sum())
    return np.concatenate([mine, drawn])
