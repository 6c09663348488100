"""Who answered, and who wrote: repeats, missing parts, and how those who wrote differ from the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from vocnlp.analysis.survey import Survey

__all__ = ["Group", "Response", "duplicates", "response"]

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Group:
    """Answers, their score and its 95 % interval (None without answers)."""

    n: int
    score: float | None
    interval: tuple[float, float] | None

    def to_dict(self) -> dict[str, Any]:
        return {"n": self.n, "score": self.score, "interval": self.interval and list(self.interval)}


@dataclass(frozen=True, slots=True)
class Response:
    """How the rows of a survey enter the analysis.

    rows: all.   unscored: comments without score.   duplicated: repeats, which enter the score but not the
    causes.
    wrote, silent: scored answers with and without comment; `difference` is wrote minus silent.
    """

    rows: int
    unscored: int
    duplicated: int
    failed: int
    wrote: Group
    silent: Group
    difference: float | None
    difference_interval: tuple[float, float] | None

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return {
            "rows": self.rows,
            "unscored": self.unscored,
            "duplicated": self.duplicated,
            "failed": self.failed,
            "wrote": self.wrote.to_dict(),
            "silent": self.silent.to_dict(),
            "difference": self.difference,
            "difference_interval": self.difference_interval and list(self.difference_interval),
        }

    def warnings(self) -> list[str]:
        """Sentences about what limits the conclusions."""
        found = []
        if self.duplicated:
            found.append(
                f"{self.duplicated} answers repeat another; they count in the score, not in the causes"
            )
        if self.difference is not None and self.difference_interval is not None:
            low, high = self.difference_interval
            if low > 0 or high < 0:
                found.append(
                    f"those who wrote scored {self.difference:+.1f} against those who did not "
                    f"(95 % interval {low:+.1f} to {high:+.1f}): causes are known only for those who wrote"
                )
        return found


def _welch(first: Floats, second: Floats) -> tuple[float, float]:
    """95 % interval of the difference of two means with variances of their own (Welch 1947)."""
    parts = np.array([first.var(ddof=1) / len(first), second.var(ddof=1) / len(second)])
    middle, error = float(first.mean() - second.mean()), float(np.sqrt(parts.sum()))
    if error == 0:
        return middle, middle
    freedom = parts.sum() ** 2 / (parts**2 / [len(first) - 1, len(second) - 1]).sum()
    half = float(stats.t.ppf(0.975, freedom)) * error
    return middle - half, middle + half


def response(survey: Survey, points: Floats, duplicated: Mask) -> Response:
    """Count and compare; points: [n] what each answer adds to the score, NaN without score."""
    scored, wrote = ~np.isnan(points), survey.commented
    first, second = points[scored & wrote], points[scored & ~wrote]
    difference, limits = None, None
    if len(first) and len(second):
        difference = float(first.mean() - second.mean())
    if min(len(first), len(second)) > 1:
        limits = _welch(first, second)
    return Response(
        rows=len(survey),
        unscored=int((~scored).sum()),
        duplicated=int((duplicated & scored).sum()),
        failed=survey.failed,
        wrote=_group(first),
        silent=_group(second),
        difference=difference,
        difference_interval=limits,
    )


def _group(points: Floats) -> Group:
    if not len(points):
        return Group(0, None, None)
    mean = float(points.mean())
    half = float(stats.t.isf(0.025, len(points) - 1) * stats.sem(points)) if len(points) > 1 else np.inf
    return Group(len(points), mean, (mean - half, mean + half) if np.isfinite(half) else None)


def duplicates(survey: Survey, points: Floats, customer: NDArray[np.intp] | None) -> Mask:
    """[n] the row repeats an earlier one: the same id, or the same customer, comment and points.

    Without customers, equal comments are no sign of a repeat: many people write "ok".
    """
    repeated = survey.frame["id"].duplicated().to_numpy(dtype=bool) & survey.frame["id"].notna().to_numpy()
    if customer is None:
        return np.asarray(repeated)
    keys = pd.DataFrame({"customer": customer, "text": survey.frame["text"], "points": points})
    return np.asarray(repeated | (keys.duplicated().to_numpy() & survey.commented))
