"""Segments and languages a reader of the report can choose, and the counts the page shows for each choice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from vocnlp.analysis.multiplicity import benjamini_hochberg
from vocnlp.analysis.survey import Survey
from vocnlp.scores.scale import Metric

__all__ = ["Choice", "Filters"]

VALUES = 15  # of a column; the rest stay reachable through "all"
LANGUAGES = 30
Codes = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Choice:
    """A value of a column that can be chosen; `id` names it inside the page."""

    id: str
    column: str
    value: str


class Filters:
    """Choices of a survey; rows are matched by code, so that any text may be a column's name or value."""

    def __init__(self, survey: Survey, columns: Sequence[str]) -> None:
        self._survey = survey
        self.columns: dict[str, list[Choice]] = {}
        self._codes: dict[str, Codes] = {}
        for number, column in enumerate(columns):
            codes, values = _largest(survey.frame[column], VALUES)
            self._codes[column] = codes
            self.columns[column] = [Choice(f"{number}.{i}", column, v) for i, v in enumerate(values)]
        self._language, self.languages = _largest(survey.frame["language"], LANGUAGES)

    def choice(self, column: str, value: str) -> Choice | None:
        """The choice of a value, if the column is offered and the value is among its largest."""
        return next((c for c in self.columns.get(column, ()) if c.value == value), None)

    def mask(self, choice: Choice) -> NDArray[np.bool_]:
        """[n] the rows of a choice."""
        return np.asarray(self._codes[choice.column] == self.columns[choice.column].index(choice))

    def over_represented(
        self, rows: NDArray[np.bool_], *, among: NDArray[np.bool_], level: float
    ) -> Choice | None:
        """The choice with most of the [n] rows in excess of its share of all, if any is sure.

        One-sided Fisher tests among the [n] rows of `among`, after Benjamini & Hochberg over all choices.
        """
        choices = [choice for column in self.columns.values() for choice in column]
        hits, total = int((rows & among).sum()), int(among.sum())
        sizes = np.array([int((self.mask(choice) & among).sum()) for choice in choices], dtype=np.int64)
        inside = np.array([int((self.mask(choice) & rows & among).sum()) for choice in choices])
        q_values = benjamini_hochberg(stats.hypergeom.sf(inside - 1, total, hits, sizes))
        excess = np.where(q_values <= level, inside - sizes * (hits / max(total, 1)), 0.0)
        best = int(excess.argmax()) if choices else 0
        return choices[best] if choices and excess[best] > 0 else None

    def ids(self, row: int) -> str:
        """The choices a row belongs to, space-separated."""
        found = ((choices, self._codes[column][row]) for column, choices in self.columns.items())
        return " ".join(choices[code].id for choices, code in found if code >= 0)

    def cells(self, metric: Metric, score: str) -> dict[str, dict[str, Any]]:
        """`segment id or *|language or *` -> the counts of that selection, empty ones left out.

        c: comments. y: [answers, sum and sum of squares of their points]. a: [A][negative, neutral, positive]
        comments; one that both praises and blames an aspect counts as negative here.
        """
        survey = self._survey
        points = metric.points(survey.frame[score])
        known = ~np.isnan(points)
        filled = np.where(known, points, 0.0)
        negative = survey.negative
        positive = survey.positive & ~negative
        neutral = survey.mentioned & ~negative & ~positive
        kinds = np.stack([negative, neutral, positive], axis=2)
        cells: dict[str, dict[str, Any]] = {}
        for prefixes, codes in self._splits():
            count = int(codes.max(initial=-1)) + 1
            inside = codes >= 0
            code = codes[inside]
            total = _sums(code, np.column_stack([survey.commented, known, filled, filled**2])[inside], count)
            aspects = _sums(code, kinds[inside].reshape(len(code), -1), count).astype(int)
            for i in np.flatnonzero(total[:, :2].any(axis=1)):
                cells[prefixes[i]] = {
                    "c": int(total[i, 0]),
                    "y": [int(total[i, 1]), *(round(float(v), 3) for v in total[i, 2:])],
                    "a": aspects[i].reshape(-1, 3).tolist(),
                }
        return cells

    def _splits(self) -> Iterator[tuple[list[str], Codes]]:
        """Names and codes of each cut of the rows: all, by language, by segment, by both."""
        everyone = (["*"], np.zeros(len(self._survey), dtype=np.int64))
        segments = [
            ([c.id for c in choices], self._codes[column]) for column, choices in self.columns.items()
        ]
        for names, codes in (everyone, *segments):
            for tongues, language in (everyone, (self.languages, self._language)):
                width = len(tongues)
                joined = np.where((codes >= 0) & (language >= 0), codes * width + language, -1)
                yield [f"{n}|{tongue}" for n in names for tongue in tongues], joined


def _largest(values: pd.Series, most: int) -> tuple[Codes, list[str]]:
    """[n] code of each value among the `most` frequent (-1 otherwise or missing), and these values."""
    texts = values.astype("string").where(lambda text: text != "")
    names = [str(v) for v in texts.value_counts().index[:most]]
    codes = texts.map({name: code for code, name in enumerate(names)})
    return np.asarray(codes.fillna(-1), dtype=np.int64), names


def _sums(codes: Codes, table: NDArray[Any], count: int) -> NDArray[np.float64]:
    """[count, k] sum of the rows of each code; table: [n, k]."""
    sums = np.zeros((count, table.shape[1]))
    for column, values in enumerate(table.T.astype(np.float64)):
        sums[:, column] = np.bincount(codes, values, minlength=count)
    return sums
