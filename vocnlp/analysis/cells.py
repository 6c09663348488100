"""Answers collapsed into cells of equal tags, controls and answer, which hundreds of fits can afford."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from vocnlp.analysis.logit import Patterns
from vocnlp.analysis.shapley import Split
from vocnlp.scores.scale import Metric

__all__ = ["Cells", "Side", "collapse", "dummies"]

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
Codes = NDArray[np.intp]

LEAST_LEVEL = 20  # answers; rarer values of a control are pooled
MOST_LEVELS = 40
WEEKS_BELOW = pd.Timedelta(days=92)  # of time; a longer one is held equal by months
BINS = 5  # of a numeric control with many values


@dataclass(frozen=True, slots=True)
class Side:
    """One side of the story: K columns of complaints and the unhappy answers, or praise and the happy ones.

    columns: [K] columns of the pattern matrix.   outcome: the modelled share that is split over them.
    pattern, cause: [T] the pairs of patterns and the causes they mention.
    """

    columns: Codes
    outcome: int
    pattern: Codes
    cause: Codes
    split: Split

    def __len__(self) -> int:
        return len(self.columns)


@dataclass(frozen=True)
class Cells:
    """C cells over G patterns of p columns, for J modelled outcomes in [0, 1].

    patterns:  the distinct rows of the model's columns.
    pattern:   [C] the pattern of each cell; -1 for answers that enter the score but not the model.
    outcomes:  [C, J].   points: [C] what an answer of the cell adds to the score.
    scale:     [J] points of the score for each unit of an outcome.
    counts:    [C] answers.   cell: [n] the cell of each answer, -1 for answers without score.
    sides:     complaints, then praise.
    """

    patterns: Patterns
    pattern: Codes
    outcomes: Floats
    points: Floats
    scale: Floats
    counts: Floats
    cell: Codes
    sides: tuple[Side, Side]

    @cached_property
    def modelled(self) -> Mask:
        """[C] the cell has a pattern."""
        return self.pattern >= 0

    @cached_property
    def effective(self) -> Floats:
        """[C] the part of the points that the outcomes model, up to a constant."""
        return np.asarray(self.outcomes @ self.scale)

    def points_sums(self, weights: Floats) -> Floats:
        """[G] sum of the modelled part of the points."""
        return self._sum(weights * self.effective)

    def totals(self, weights: Floats) -> Floats:
        """[G] answers of each pattern, for weights [C]."""
        return self._sum(weights)

    def successes(self, weights: Floats, outcome: int) -> Floats:
        """[G] sum of an outcome over the answers of each pattern."""
        return self._sum(weights * self.outcomes[:, outcome])

    def _sum(self, values: Floats) -> Floats:
        size = self.patterns.matrix.shape[0]
        sums = np.bincount(self.pattern[self.modelled], values[self.modelled], minlength=size)
        return np.asarray(sums, dtype=np.float64)


def collapse(
    answers: Floats, metric: Metric, *, used: Mask, negative: Mask, positive: Mask, controls: Mask
) -> Cells:
    """Cells of n answers (NaN where not given).

    used: [n] the answer enters the model.   negative: [n, K], positive: [n, L], controls: [n, M].
    """
    columns = np.concatenate([np.ones((len(answers), 1), dtype=bool), negative, positive, controls], axis=1)
    scored = np.flatnonzero(~np.isnan(answers))
    distinct, level = np.unique(answers[scored], return_inverse=True)
    rows, pattern = _distinct_rows(columns[used & ~np.isnan(answers)])
    code = np.full(len(scored), -1, dtype=np.int64)
    code[used[scored]] = pattern
    keys, cell, counts = np.unique(code * len(distinct) + level, return_inverse=True, return_counts=True)
    answer = distinct[keys % len(distinct)]
    outcomes, scale = _outcomes(answer, metric)
    cell_of = np.full(len(answers), -1, dtype=np.intp)
    cell_of[scored] = cell
    k, m = negative.shape[1], positive.shape[1]
    worst, best = outcomes.shape[1] - 2, outcomes.shape[1] - 1
    return Cells(
        patterns=Patterns.of(rows),
        pattern=(keys // len(distinct)).astype(np.intp),
        outcomes=outcomes,
        points=metric.points(answer),
        scale=scale,
        counts=counts.astype(np.float64),
        cell=cell_of,
        sides=(_side(rows, np.arange(1, 1 + k), worst), _side(rows, np.arange(1 + k, 1 + k + m), best)),
    )


def _side(rows: Mask, columns: Codes, outcome: int) -> Side:
    mentions = rows[:, columns]
    pattern, cause = np.nonzero(mentions)
    return Side(columns, outcome, pattern, cause, Split.of(mentions))


def _outcomes(answers: Floats, metric: Metric) -> tuple[Floats, Floats]:
    """[C, J] outcomes whose last two are the worst and the best band, and [J] what they add to the score."""
    bands = np.stack([metric.detractor(answers), metric.promoter(answers)], axis=1).astype(np.float64)
    if metric.score_as == "net":
        return bands, np.array([-100.0, 100.0])
    if metric.score_as == "top_box":
        return np.column_stack([answers == metric.high, bands]), np.array([100.0, 0.0, 0.0])
    width = metric.high - metric.low
    mean = (answers - metric.low) / width
    points = width * (100.0 if metric.score_as == "percent" else 1.0)
    return np.column_stack([mean, bands]), np.array([points, 0.0, 0.0])


def _distinct_rows(rows: Mask) -> tuple[Mask, NDArray[np.int64]]:
    """The distinct rows in an order of their own, and which of them each row is."""
    packed = np.packbits(rows, axis=1)
    as_bytes = np.ascontiguousarray(packed).view(np.dtype((np.void, packed.shape[1]))).ravel()
    _, first, code = np.unique(as_bytes, return_index=True, return_inverse=True)
    return rows[first], code


def dummies(values: pd.Series, *, among: Mask) -> tuple[Mask, list[str]]:
    """[n, M] 0/1 columns of a control but for its most frequent value, and the values' names.

    Numbers of many values are cut into fifths, times into weeks or months, rare values are pooled, a missing
    value is a value.
    among: [n] the answers that are modelled.
    """
    if pd.api.types.is_datetime64_any_dtype(values):
        short = values.max() - values.min() < WEEKS_BELOW
        values = values.dt.strftime("%G-W%V" if short else "%Y-%m")
    elif pd.api.types.is_numeric_dtype(values) and values[among].nunique() > 2 * BINS:
        values = pd.qcut(values, BINS, duplicates="drop")
    text = values.astype("string").fillna("(missing)")
    frequent = text[among].value_counts()
    kept = frequent.index[frequent >= LEAST_LEVEL][:MOST_LEVELS]
    text = text.where(text.isin(kept), "(other)")
    order = sorted(text[among].unique(), key=lambda level: (-int((text[among] == level).sum()), level))
    names = [str(level) for level in order[1:]]
    columns = [np.asarray(text == level, dtype=bool) for level in names]
    return np.stack(columns, axis=1) if columns else np.zeros((len(text), 0), dtype=bool), names
