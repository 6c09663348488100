"""What causes are worth: points gained if one is halved, for what cost, and what the business sees of it.

Outcomes are columns such as repurchase, churn or complaints: does the score predict them (still), and which
complaints go with them, all else equal?
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats
from scipy.special import expit

from vocnlp.analysis.findings import Factor, limits, number
from vocnlp.analysis.inputs import NO, YES, Inputs
from vocnlp.analysis.intervals import wilson
from vocnlp.analysis.ranking import add_effects, described, ranked
from vocnlp.analysis.times import local_clock
from vocnlp.analysis.uncertainty import quick
from vocnlp.errors import InputError
from vocnlp.scores.scale import Metric, define, fold

__all__ = ["add_gains", "outcome", "read_costs"]

Floats = NDArray[np.float64]

LEAST_OUTCOMES = 50
SURE = 0.05


def read_costs(path: Path) -> dict[str, float]:
    """Aspect -> cost of halving its complaints, from a CSV with the columns aspect and cost.

    Raises InputError with the line whose cost is no positive number.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"cost file {path}: {error}") from error
    costs = {}
    for line, row in enumerate(rows, 2):
        try:
            name, cost = str(row["aspect"]).strip(), float(row["cost"])
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(
                f"cost file {path}, line {line}: columns aspect and cost are needed; {error}"
            ) from error
        if not 0 < cost < np.inf:
            raise InputError(f"cost file {path}, line {line}: cost {cost:g} must be more than 0")
        costs[name] = cost
    return costs


def add_gains(factors: Sequence[Factor], metric: Metric, costs: Mapping[str, float]) -> None:
    """Add `gain_if_halved`: points the score improves if every second mention had not been needed.

    Improvement is positive whatever the metric's direction. With a cost, also points for each unit of it.
    """
    sign = -0.5 if metric.higher_is_better else 0.5
    for factor in factors:
        if factor.effect is None or not factor.ranked:
            continue
        ends = sorted(sign * end for end in factor.effect.interval)
        gain: dict[str, Any] = {
            "estimate": number(sign * factor.effect.estimate),
            "interval": [number(end) for end in ends],
        }
        if cost := costs.get(factor.aspect):
            gain |= {"cost": cost, "points_per_cost": number(sign * factor.effect.estimate / cost)}
        factor.extra["gain_if_halved"] = gain


def outcome(data: Inputs, column: str, *, time: str | None, min_mentions: int) -> dict[str, Any]:
    """How an outcome goes with the score and with the causes.

    The slope is that of a logistic regression for each unit of the answer if the outcome is yes or no, else
    of a linear one, with cluster-robust intervals. With times, the later half must still show it. Raises
    InputError for a column without numbers or yes and no, or with too few.
    """
    values, binary = _values(data.survey.column(column))
    known = data.scored & ~np.isnan(values)
    if known.sum() < LEAST_OUTCOMES or len(np.unique(values[known])) < 2:
        raise InputError(
            f"outcome {column!r}: {int(known.sum())} answers have it and a score; "
            f"{LEAST_OUTCOMES} that are not all the same are needed"
        )
    relation = _slope(data, values, known, binary)
    found = {
        "column": column,
        "kind": "binary" if binary else "number",
        "n": int(known.sum()),
        "mean": number(float(values[known].mean())),
        "by_band": _by_band(data, values, known, binary),
        **relation,
        "predicted": relation["p_value"] is not None and relation["p_value"] <= SURE,
        "causes": _causes(data, column, values, binary, min_mentions),
    }
    if time is not None:
        found["halves"] = _halves(data, values, known, binary, data.survey.column(time))
    return found


def warning(found: Mapping[str, Any], metric: Metric) -> str | None:
    """A sentence if the score does not predict the outcome, or no longer does."""
    name, column = metric.name, found["column"]
    if not found["predicted"]:
        return f"{name} does not predict {column} (p = {found['p_value']:.2f}, n = {found['n']})"
    later = (found.get("halves") or {}).get("later")
    if later and (later["p_value"] is None or later["p_value"] > SURE):
        return f"{name} predicts {column} over all, but not in the later half of the time"
    return None


def _values(column: pd.Series[Any]) -> tuple[Floats, bool]:
    """[n] numbers, NaN where missing, and whether they are yes and no."""
    text = column.astype("string").map(fold, na_action="ignore")
    given = text[text.notna() & (text != "")]
    if set(given) <= YES | NO:
        values = np.where(text.isin(YES), 1.0, np.where(text.isin(NO - {""}), 0.0, np.nan))
        return values, True
    numbers = pd.to_numeric(column, errors="coerce")
    if numbers[given.index].isna().any():
        wrong = given[numbers[given.index].isna()].iloc[0]
        raise InputError(f"outcome {column.name!r}: {wrong!r} is neither a number nor yes or no")
    return numbers.to_numpy(dtype=np.float64, na_value=np.nan), False


def _slope(data: Inputs, values: Floats, known: NDArray[np.bool_], binary: bool) -> dict[str, Any]:
    x, y = data.answers[known], values[known]
    design = np.column_stack([np.ones(len(x)), x - x.mean()])
    beta = np.linalg.lstsq(design, y, rcond=None)[0]
    spread = np.ones(len(y))
    fitted = design @ beta
    if binary:
        beta = np.zeros(2)
        for _ in range(50):
            fitted = expit(design @ beta)
            spread = fitted * (1 - fitted)
            # the weak penalty keeps a perfectly separated outcome finite
            bread = design.T @ (design * spread[:, None]) + np.diag([1e-6, 1e-3])
            step = np.linalg.solve(bread, design.T @ (y - fitted) - np.array([1e-6, 1e-3]) * beta)
            beta = beta + np.clip(step, -2, 2)
            if np.abs(step).max() < 1e-9:
                break
    bread = np.linalg.pinv(design.T @ (design * spread[:, None]))
    moves = design @ bread[1] * (y - fitted)
    owners = np.unique(data.customer[known], return_inverse=True)[1]
    sums = np.bincount(owners, moves)
    error = float(np.sqrt(sums @ sums * len(sums) / max(len(sums) - 2, 1)))
    if error == 0:
        return {"slope": number(float(beta[1])), "interval": [None, None], "p_value": None}
    half = float(stats.t.isf(0.025, len(sums) - 1)) * error
    p = float(2 * stats.t.sf(abs(beta[1]) / error, len(sums) - 1))
    return {
        "slope": number(float(beta[1])),
        "interval": limits((beta[1] - half, beta[1] + half)),
        "p_value": p,
    }


def _by_band(data: Inputs, values: Floats, known: NDArray[np.bool_], binary: bool) -> list[dict[str, Any]]:
    lows = [band.low for band in data.metric.bands[1:]]
    band = np.digitize(data.answers, lows)
    rows = []
    for k, name in enumerate(b.name for b in data.metric.bands):
        inside = values[known & (band == k)]
        if not len(inside):
            continue
        mean = float(inside.mean())
        if binary:
            low, high = wilson(inside.sum(), len(inside))
        else:
            half = float(stats.sem(inside)) * 1.96 if len(inside) > 1 else np.nan
            low, high = np.asarray(mean - half), np.asarray(mean + half)
        rows.append(
            {"band": name, "n": len(inside), "mean": mean, "interval": limits((float(low), float(high)))}
        )
    return rows


def _causes(
    data: Inputs, column: str, values: Floats, binary: bool, min_mentions: int
) -> list[dict[str, Any]]:
    """Effects of the complaints on the outcome's mean (in percent if it is yes or no), largest first."""
    low, high = (0.0, 1.0) if binary else (float(np.nanmin(values)), float(np.nanmax(values)))
    scale = define(column, low=low, high=high, step=0, score_as="percent" if binary else "mean")
    other = replace(data, metric=scale, answers=values, points=scale.points(values))
    if not (other.wrote & other.scored).any():
        return []
    cells = other.cells()
    factors = described(other, other.causes, scale.detractor(values))
    add_effects(factors, quick(cells, other.resampler(cells)), min_mentions)
    tested = [factor for factor in ranked(factors, scale, best=True) if factor.effect]
    return [
        {"aspect": f.aspect, "negative": f.judged, "effect": f.effect and f.effect.to_dict()} for f in tested
    ]


def _halves(
    data: Inputs, values: Floats, known: NDArray[np.bool_], binary: bool, times: pd.Series[Any]
) -> dict[str, Any] | None:
    """The slope before and after the median time, and the p-value of their difference."""
    order = local_clock(times).times
    usable = known & order.notna().to_numpy()
    if usable.sum() < 2 * LEAST_OUTCOMES:
        return None
    late = (order > order[usable].median()).to_numpy()
    parts = [_slope(data, values, usable & side, binary) for side in (~late, late)]
    errors = [(p["interval"][1] - p["slope"]) / 1.96 if p["p_value"] is not None else np.nan for p in parts]
    z = (parts[1]["slope"] - parts[0]["slope"]) / float(np.hypot(errors[0], errors[1]))
    return {
        "earlier": parts[0],
        "later": parts[1],
        "p_value_of_change": number(float(2 * stats.norm.sf(abs(z)))),
    }
