"""What a score is: its scale, its direction, its bands, and how answers become one number."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vocnlp.errors import InputError

__all__ = ["Band", "Metric", "Score", "bands", "define", "fold"]

Score = Literal["net", "mean", "percent", "top_box"]
SHARES = ("net", "top_box")  # scores of a share of happy answers, which are better high
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Band:
    """Answers from `low` up to the next band's `low`; the last band ends with the scale."""

    name: str
    low: float


@dataclass(frozen=True, slots=True)
class Metric:
    """A scale from `low` to `high` in steps of `step`, cut into `bands` in ascending order of the answer.

    score_as: "net" is the share of the best band minus the share of the worst, in points (-100 to 100);
    "mean" is the mean answer; "percent" is the mean on a 0 to 1 scale times 100; "top_box" is the share of
    the best answer of the scale in percent.
    wider: other scales under the same name, tried by `fit` when answers exceed this one.
    words: answers in words (folded by `fold`) and their values.
    """

    name: str
    low: float
    high: float
    bands: tuple[Band, ...]
    higher_is_better: bool = True
    score_as: Score = "mean"
    step: float = 1.0
    words: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    wider: tuple[Metric, ...] = ()

    def describe(self) -> str:
        """What an answer must be, for error messages."""
        if self.words:
            return f"{self.name} must be yes or no (or 1 or 0)"
        kind = (
            "a whole number"
            if self.step == 1
            else f"a multiple of {self.step:g}"
            if self.step
            else "a number"
        )
        low, high = self._extent()
        return f"{self.name} must be {kind} from {low:g} to {high:g}"

    def _extent(self) -> tuple[float, float]:
        scales = (self, *self.wider)
        return min(m.low for m in scales), max(m.high for m in scales)

    def check(self, value: object) -> float:
        """The answer as a number on the scale, or on one of the `wider` scales.

        Numbers and exact numerals pass (8, 8.0, "8", " 8.0 ", full-width digits); anything else, such as
        "8/10", "eight" or true on a numeric scale, raises ValueError saying what would be right.
        """
        number = self._number(value)
        if (
            number is None
            or not math.isfinite(number)
            or not any(m._holds(number) for m in (self, *self.wider))
        ):
            raise ValueError(f"{self.describe()}; got {value!r}")
        return number

    def _number(self, value: object) -> float | None:
        if isinstance(value, str):
            folded = fold(value)
            if folded in self.words:
                return self.words[folded]
            # float() also takes "1e1", "inf" and "1_0"; only plain decimal numerals are answers
            plain = folded.removeprefix("-").replace(".", "", 1)
            return float(folded) if plain.isascii() and plain.isdigit() else None
        if isinstance(value, bool | np.bool_):
            return float(value) if self.words else None
        if isinstance(value, int | float | np.integer | np.floating):
            return float(value)
        return None

    def _holds(self, number: float) -> bool:
        on_step = not self.step or float((number - self.low) / self.step).is_integer()
        return self.low <= number <= self.high and on_step

    def renamed(self, name: str) -> Metric:
        """This metric under another name."""
        return replace(self, name=name, wider=tuple(replace(metric, name=name) for metric in self.wider))

    def or_else(self, *wider: Metric) -> Metric:
        """This metric, with scales under the same name to try when answers exceed it."""
        return replace(self, wider=wider)

    def scored(self, score_as: Score) -> Metric:
        """This metric with another score. Raises InputError where a high score would be the worse one."""
        if score_as in SHARES and not self.higher_is_better:
            raise InputError(
                f"{self.name} is better low, but its {score_as} would be better high; "
                "use its mean, or reverse the scale"
            )
        wider = tuple(metric.scored(score_as) for metric in self.wider)
        return replace(self, score_as=score_as, wider=wider)

    def fit(self, values: ArrayLike) -> Metric:
        """The narrowest of this metric's scales that holds all answers (NaN is no answer).

        Raises InputError with the positions of the answers that no scale holds.
        """
        answers = np.asarray(values, dtype=np.float64)
        answers = answers[~np.isnan(answers)]
        for metric in (self, *self.wider):
            if np.all((answers >= metric.low) & (answers <= metric.high)):
                return replace(metric, wider=())
        low, high = self._extent()
        bad = np.flatnonzero((np.asarray(values) < low) | (np.asarray(values) > high))
        rows = ", ".join(str(i + 1) for i in bad[:10]) + ", ..." * (len(bad) > 10)
        raise InputError(
            f"{self.name}: {len(bad)} answers are outside {low:g} to {high:g} (rows {rows}). "
            "Two scales in one column cannot be averaged: split the column or convert one of them."
        )

    def worst(self) -> tuple[float, float]:
        """Half-open range [low, high) of the band of unhappy answers."""
        if self.higher_is_better:
            return -math.inf, self.bands[1].low
        return self.bands[-1].low, math.inf

    def best(self) -> tuple[float, float]:
        """Half-open range [low, high) of the band of happy answers."""
        if self.higher_is_better:
            return self.bands[-1].low, math.inf
        return -math.inf, self.bands[1].low

    def detractor(self, values: ArrayLike) -> Mask:
        """[n] the answer lies in the worst band; NaN does not."""
        answers = np.asarray(values, dtype=np.float64)
        low, high = self.worst()
        return np.asarray((answers >= low) & (answers < high))

    def promoter(self, values: ArrayLike) -> Mask:
        """[n] the answer lies in the best band; NaN does not."""
        answers = np.asarray(values, dtype=np.float64)
        low, high = self.best()
        return np.asarray((answers >= low) & (answers < high))

    def points(self, values: ArrayLike) -> Floats:
        """[n] what each answer contributes: the score is the mean of these. NaN stays NaN."""
        answers = np.asarray(values, dtype=np.float64)
        if self.score_as == "mean":
            return answers
        if self.score_as == "percent":
            return answers * 100.0
        if self.score_as == "top_box":
            return np.where(np.isnan(answers), np.nan, 100.0 * (answers == self.high))
        net = 100.0 * self.promoter(answers) - 100.0 * self.detractor(answers)
        return np.where(np.isnan(answers), np.nan, net)

    def score(self, values: ArrayLike) -> float:
        """The score of all answers that are not NaN; NaN if there are none."""
        points = self.points(values)
        points = points[~np.isnan(points)]
        return float(points.mean()) if len(points) else math.nan

    def band(self, value: float) -> str:
        """The name of the band that holds an answer or a mean of answers."""
        return next((b.name for b in reversed(self.bands) if value >= b.low), self.bands[0].name)

    def summary(self, values: ArrayLike) -> dict[str, Any]:
        """Count, score, mean, share of each band, and top-box share (the best answer of the scale)."""
        answers = np.asarray(values, dtype=np.float64)
        answers = answers[~np.isnan(answers)]
        if not len(answers):
            return {"n": 0, "score": None, "mean": None, "bands": {}, "top_box": None}
        edges = [b.low for b in self.bands[1:]]
        counts = np.bincount(np.digitize(answers, edges), minlength=len(self.bands))
        top = self.high if self.higher_is_better else self.low
        return {
            "n": len(answers),
            "score": self.score(answers),
            "mean": float(answers.mean()),
            "bands": {b.name: float(c / len(answers)) for b, c in zip(self.bands, counts, strict=True)},
            "top_box": float(np.mean(answers == top)),
        }


def fold(text: str) -> str:
    """One form for names and answers in words: NFKC, case folded, outer and doubled spaces gone."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def bands(lows: Mapping[str, float]) -> tuple[Band, ...]:
    """Bands from name -> lowest answer."""
    return tuple(Band(name, low) for name, low in lows.items())


def define(
    name: str,
    *,
    low: float,
    high: float,
    bands: Mapping[str, float] | None = None,
    higher_is_better: bool = True,
    score_as: Score = "mean",
    step: float = 1.0,
) -> Metric:
    """A metric of the user's own; raises InputError naming the first rule it breaks.

    bands: name -> lowest answer, ascending, the first at `low`; by default three equal parts.
    step: distance of neighbouring answers, 0 for a continuous scale.
    """
    if not high > low or step < 0:
        raise InputError(
            f"metric {name!r}: high ({high:g}) must exceed low ({low:g}) and step must not be negative"
        )
    if bands is None:
        third = (high - low) / 3
        bands = {"low": low, "middle": low + third, "high": high - third}
    lows = list(bands.values())
    if len(lows) < 2 or lows[0] != low or lows != sorted(set(lows)) or lows[-1] > high:
        raise InputError(
            f"metric {name!r}: bands {dict(bands)} must be two or more, ascending, "
            f"start at {low:g} and stay within {high:g}"
        )
    if score_as not in get_args(Score):
        raise InputError(f"metric {name!r}: score_as {score_as!r} must be net, mean, percent or top_box")
    named = tuple(Band(band, lowest) for band, lowest in bands.items())
    return Metric(name, low, high, named, higher_is_better, step=step).scored(score_as)
