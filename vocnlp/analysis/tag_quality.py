"""How far the known errors of a tagger may move an effect, where nobody checked rows of the survey itself."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from vocnlp.analysis.findings import Factor, number
from vocnlp.analysis.intervals import wilson

__all__ = ["Quality", "add_bands", "load_quality"]

Range = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Quality:
    """Measured precision and recall of an aspect's negative tags, with their 95 % limits."""

    precision: float
    recall: float
    precision_range: Range
    recall_range: Range


def load_quality(directory: Path, languages: Mapping[str, int] | None = None) -> dict[str, Quality]:
    """Quality of each aspect from the `metrics.json` beside a model; empty where there is none.

    languages: answers in each language; the aspects' figures are scaled by how the tagger does in these
    languages against all it was measured in.
    """
    path = directory / "metrics.json"
    if not path.is_file():
        return {}
    measured = json.loads(path.read_text(encoding="utf-8"))
    factors = [
        _language_factor(measured, languages or {}, key) for key in ("aspect_precision", "aspect_recall")
    ]
    found = {}
    for aspect, values in measured.get("aspects", {}).items():
        if {"n", "precision", "recall"} <= set(values) and values["n"]:
            found[aspect] = _quality(values, *factors)
    return found


def _language_factor(measured: Mapping[str, Any], languages: Mapping[str, int], key: str) -> float:
    """Mean of a measure over the survey's languages, against the measure over all."""
    known = {code: measured.get("languages", {}).get(code, {}).get(key) for code in languages}
    weights = {code: languages[code] for code, value in known.items() if value is not None}
    overall = measured.get("all", {}).get(key)
    if not weights or not overall:
        return 1.0
    return float(np.average([known[code] for code in weights], weights=list(weights.values())) / overall)


def _quality(values: Mapping[str, float], precision_factor: float, recall_factor: float) -> Quality:
    agreed = values.get("polarity_accuracy", 1.0)
    precision = min(values["precision"] * agreed * precision_factor, 1.0)
    recall = min(values["recall"] * agreed * recall_factor, 1.0)
    truly = values["n"]
    tagged = truly * values["recall"] / max(values["precision"], 1e-9)
    return Quality(precision, recall, _limits(precision, tagged), _limits(recall, truly))


def _limits(share: float, n: float) -> Range:
    low, high = wilson(share * n, n)
    return float(low), float(high)


def add_bands(factors: Sequence[Factor], quality: Mapping[str, Quality]) -> None:
    """Add `sensitivity` to the factors with an effect: the effect that the tagger's errors hide, and a band.

    If errors do not depend on the answer, missed complaints hide a part of the effect, and those missed
    make the
    others look worse than they are: effect = seen * (P / R) / (P - m), where m = (share missed) / (share not
    tagged) is the share of complaints among the answers without tag. The band spans the limits of precision,
    recall and the interval. Source: Carroll et al. 2006, Measurement Error in Nonlinear Models, chapter 2.
    """
    for factor in factors:
        known = quality.get(factor.aspect)
        if known is None or factor.effect is None:
            continue
        corners = product(known.precision_range, known.recall_range)
        spread = [_inflation(p, r, factor.judged_rate) for p, r in corners]
        ends = [end * by for end in factor.effect.interval for by in spread]
        by = _inflation(known.precision, known.recall, factor.judged_rate)
        factor.extra["sensitivity"] = {
            "precision": number(known.precision),
            "recall": number(known.recall),
            "estimate": number(factor.effect.estimate * by),
            "band": [number(min(ends)), number(max(ends))],
        }


def _inflation(precision: float, recall: float, rate: float) -> float:
    """What the effect seen is to be multiplied by; rate: share of answers tagged."""
    precision, recall = max(precision, 0.05), max(recall, 0.05)
    missed = rate * precision / recall * (1 - recall) / max(1 - rate, 1e-9)
    return (precision / recall) / max(precision - missed, 0.05)
