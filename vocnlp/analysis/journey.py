"""The customer's journey: its stages in order, the score and the complaints of each, and the valley."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml
from numpy.typing import NDArray
from scipy import stats

from vocnlp.analysis.intervals import Interval, cell_means, customers, score_points
from vocnlp.analysis.shrinkage import moderate
from vocnlp.analysis.survey import Survey
from vocnlp.errors import InputError
from vocnlp.scores.scale import Metric, fold

__all__ = ["Journey", "Stage", "journey", "order_stages"]

Floats = NDArray[np.float64]
DRAWS = 20_000
TOP = 3


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage: its score, the step from the stage before (None for the first), and what is complained of.

    p_value: of the step. complaints: the aspects most often negative, with their share of the stage's
    comments. valley: the probability that no other stage of enough answers has a worse score.
    """

    name: str
    n: int
    score: float
    interval: Interval
    step: float | None
    step_interval: Interval | None
    p_value: float | None
    complaints: tuple[tuple[str, float], ...]
    valley: float


@dataclass(frozen=True, slots=True)
class Journey:
    """Stages in order; valley: the stage that is most probably the worst, None if none has enough answers."""

    metric: str
    column: str
    stages: tuple[Stage, ...]
    valley: str | None
    warnings: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain dictionaries, tuples and numbers, for JSON."""
        return asdict(self)

    def to_frame(self) -> pd.DataFrame:
        """One row a stage: name, n, score, low, high, step, step_low, step_high, p_value, valley."""
        rows = []
        for stage in self.stages:
            low, high = stage.step_interval or (np.nan, np.nan)
            rows.append(
                {
                    "name": stage.name,
                    "n": stage.n,
                    "score": stage.score,
                    "low": stage.interval[0],
                    "high": stage.interval[1],
                    "step": np.nan if stage.step is None else stage.step,
                    "step_low": low,
                    "step_high": high,
                    "p_value": np.nan if stage.p_value is None else stage.p_value,
                    "valley": stage.valley,
                }
            )
        return pd.DataFrame(rows)


def journey(
    survey: Survey,
    metric: Metric,
    stage: str,
    *,
    order: Sequence[str] | None = None,
    least: int = 10,
    score: str | None = None,
    customer: str | None = None,
) -> Journey:
    """Describe the values of the column `stage` as stages of a journey.

    order: the stages from first to last; by default `order_stages`. least: answers a stage needs to be the
    valley. score: the column of the metric if it has another name. customer: whose answers belong together.
    The valley is the stage with the greatest probability of the worst score, from normal draws around the
    scores with moderated errors; for a metric where low is good the worst score is the highest. Raises
    InputError when a column is missing, `order` names an unknown stage or leaves one out.
    """
    points = score_points(survey, metric, score)
    texts = survey.column(stage).astype("string").str.strip()
    present = [str(value) for value in texts.dropna().unique() if value]
    names, warnings = order_stages(present) if order is None else (_check(present, order, stage), ())
    number = texts.map({name: k for k, name in enumerate(names)}).fillna(-1)
    code = np.asarray(number, dtype=np.intp)
    whose = customers(survey, customer)
    cells = cell_means(points, code, whose, len(names))
    overall = cell_means(points, np.zeros(len(code), dtype=np.intp), whose, 1)
    error, freedom = moderate(cells, overall)
    worst = _probability_of_worst(
        cells.mean if metric.higher_is_better else -cells.mean, error, cells.n >= least
    )
    stages = tuple(
        Stage(
            name,
            int(cells.n[k]),
            float(cells.mean[k]),
            _interval(cells.mean[k], error[k], freedom[k]),
            *_step(cells.mean[k - 1 : k + 1], error[k - 1 : k + 1], freedom[k - 1 : k + 1]),
            _complaints(survey, code == k),
            float(worst[k]),
        )
        for k, name in enumerate(names)
    )
    valley = names[int(worst.argmax())] if len(names) and worst.max() > 0 else None
    return Journey(metric.name, stage, stages, valley, warnings)


def order_stages(names: Sequence[str]) -> tuple[list[str], tuple[str, ...]]:
    """Names of stages in the order of a customer's journey, and a warning if that had to be guessed.

    A leading number decides ("1 order", "2. delivery"); else the words of `stages.yaml`, in several
    languages; a stage that neither places stays after the one it is given after.
    """
    numbers = [int(found[1]) for found in (re.match(r"\D{0,2}(\d+)", name) for name in names) if found]
    if len(numbers) == len(names):
        return [names[k] for k in np.argsort(numbers, kind="stable")], ()
    places: list[float] = []
    for name in names:
        folded = " " + re.sub(r"[\W_]+", " ", fold(name))
        place = next((k for k, words in enumerate(_words()) if any(w in folded for w in words)), None)
        places.append(float(place) if place is not None else (places[-1] if places else -1.0) + 0.5)
    ordered = [names[k] for k in np.argsort(places, kind="stable")]
    return ordered, (f"the order of the stages is a guess: {', '.join(ordered)}",)


@cache
def _words() -> list[list[str]]:
    words: list[list[str]] = yaml.safe_load(
        Path(__file__).with_name("stages.yaml").read_text(encoding="utf-8")
    )
    return words


def _check(present: Sequence[str], order: Sequence[str], column: str) -> list[str]:
    unknown, missing = [s for s in order if s not in present], [s for s in present if s not in order]
    if unknown or missing:
        raise InputError(
            f"the order of stages must name each value of {column!r} once; "
            f"unknown: {', '.join(unknown) or 'none'}; left out: {', '.join(missing) or 'none'}"
        )
    return list(order)


def _interval(mean: float, error: float, freedom: float) -> Interval:
    half = float(stats.t.isf(0.025, freedom) * error)
    return float(mean) - half, float(mean) + half


def _step(mean: Floats, error: Floats, freedom: Floats) -> tuple[float | None, Interval | None, float | None]:
    """From one stage to the next, by Welch's t; nothing for the first stage, no test without any spread."""
    if len(mean) < 2:
        return None, None, None
    step, spread = float(mean[1] - mean[0]), float(np.hypot(*error))
    if not spread > 0:
        return step, None, None
    joint = spread**4 / float((error**4 / freedom).sum())
    return step, _interval(step, spread, joint), float(2 * stats.t.sf(abs(step) / spread, joint))


def _complaints(survey: Survey, rows: NDArray[np.bool_]) -> tuple[tuple[str, float], ...]:
    wrote = rows & survey.commented
    if not wrote.any() or not survey.aspects:
        return ()
    share = survey.negative[wrote].mean(axis=0)
    most = np.argsort(-share, kind="stable")[:TOP]
    return tuple((survey.aspects[k], float(share[k])) for k in most if share[k] > 0)


def _probability_of_worst(mean: Floats, error: Floats, eligible: NDArray[np.bool_]) -> Floats:
    """[c] how often each eligible mean is the lowest in normal draws; zeros if none is eligible."""
    lowest = np.zeros(len(mean))
    if eligible.any():
        drawn = np.random.default_rng(0).normal(mean[eligible], error[eligible], size=(DRAWS, eligible.sum()))
        lowest[eligible] = np.bincount(drawn.argmin(axis=1), minlength=eligible.sum()) / DRAWS
    return lowest
