"""Errors of the tags taken out of the causes, with the help of rows that a person checked.

Prediction-powered inference: the effect that the true tags show in the checked rows, plus a weight times the
difference between what the given tags show in all rows and in the checked ones. The weight, from 0 to 1, is
the surest one for each number. Sources: Angelopoulos et al. 2023 (Science 382, 669); the weight, PPI++
(arXiv 2311.01453); for models whose covariates are predicted, Kluger et al. 2025 (arXiv 2501.18577).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from vocnlp.analysis.cells import collapse
from vocnlp.analysis.effects import estimate, fit_models, influence, interval
from vocnlp.analysis.findings import Effect, Factor, number
from vocnlp.analysis.inputs import Inputs
from vocnlp.analysis.uncertainty import fitting_factor
from vocnlp.errors import InputError
from vocnlp.schema import POLARITIES

__all__ = ["Checked", "correct", "read_checked"]

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
Rows = NDArray[np.intp]
Tags = Mapping[str, Mapping[str, str]]

LEAST_CHECKED = 50
LEAST_TRUE = 10  # checked answers that truly complain, for an effect to be corrected


def read_checked(path: Path) -> dict[str, dict[str, str]]:
    """id -> {aspect: polarity} from .jsonl, .csv or another table that a person filled.

    Rows are tagged records, or have an id and `aspects` as {aspect: polarity}, or a column of polarity for
    each aspect (empty where the aspect is not judged). Raises InputError with the row whose polarity is
    unknown.
    """
    from vocnlp.batch.readers import open_input

    found: dict[str, dict[str, str]] = {}
    for row in open_input(path).table.rows:
        cells = dict(row.cells)
        name = cells.pop("id", None)
        if row.problem or name is None:
            raise InputError(f"{path}, row {row.number}: a checked row needs an id")
        aspects = cells.get("aspects", cells)
        if isinstance(aspects, list):
            aspects = {tag["aspect"]: tag["polarity"] for tag in aspects}
        tags = {aspect: polarity for aspect, polarity in aspects.items() if polarity not in (None, "")}
        if wrong := {str(p) for p in tags.values()} - set(POLARITIES):
            raise InputError(
                f"{path}, row {row.number}: {wrong.pop()!r} is no polarity; use {', '.join(POLARITIES)}"
            )
        found[str(name)] = tags
    return found


@dataclass(frozen=True, slots=True)
class Checked:
    """m answers that a person read: their rows, [m, K] whether each truly complains, [m, L] praises."""

    rows: Rows
    negative: Mask
    positive: Mask

    @classmethod
    def of(cls, data: Inputs, tags: Tags) -> Self:
        """Every answer with an id among the tags counts as checked.

        Raises InputError when too few ids are answers with comment and score, or an aspect is unknown.
        """
        if unknown := sorted({name for found in tags.values() for name in found} - set(data.survey.aspects)):
            raise InputError(
                f"checked rows name aspects that no tag has: {', '.join(unknown)}; "
                f"the tags have: {', '.join(data.survey.aspects)}"
            )
        ids = data.survey.frame["id"].astype(str).to_numpy()
        rows = np.array(
            [r for r in np.flatnonzero(data.wrote & data.scored) if ids[r] in tags], dtype=np.intp
        )
        if len(rows) < LEAST_CHECKED:
            raise InputError(
                f"{len(rows)} of the {len(tags)} checked rows are answers with comment and score; "
                f"a correction needs {LEAST_CHECKED}"
            )
        truth = [tags[ids[row]] for row in rows]
        negative, positive = data.causes.judged[rows], data.drivers.judged[rows]
        for k, name in enumerate(data.drivers.names):  # the aspects, which the causes begin with
            negative[:, k] = [found.get(name) in ("neg", "mix") for found in truth]
            positive[:, k] = [found.get(name) in ("pos", "mix") for found in truth]
        return cls(rows, negative, positive)


@dataclass(frozen=True, slots=True)
class _Estimate:
    """A number and what each answer it is made of moves it by, times their number."""

    value: float
    influence: Floats


@dataclass(frozen=True, slots=True)
class _Combined:
    """A corrected number, [n] what each of all answers moves it by, and the weight of the given tags."""

    value: float
    moves: Floats
    weight: float


def correct(factors: Sequence[Factor], data: Inputs, checked: Checked) -> None:
    """Add `corrected` to the aspects among the factors: negative rate and effect without the tags' errors."""
    usable = np.flatnonzero(data.wrote & data.scored)
    at = np.searchsorted(usable, checked.rows)
    given = data.causes.judged
    true = _effects(data, checked.rows, checked.negative, checked.positive)
    seen = _effects(data, checked.rows, given[checked.rows], data.drivers.judged[checked.rows])
    everywhere = _effects(data, usable, given[usable], data.drivers.judged[usable])
    for factor in factors:
        if factor.kind != "aspect":
            continue
        k = data.causes.names.index(factor.aspect)
        rate = _combine(
            _mean(checked.negative[:, k]), _mean(given[checked.rows, k]), _mean(given[usable, k]), at
        )
        truly = int(checked.negative[:, k].sum())
        found: dict[str, Any] = {"checked": len(checked.rows), "truly_negative": truly}
        found["negative_rate"] = _whole(rate, data, usable, truly)
        if factor.effect is not None and truly >= LEAST_TRUE:
            found["effect"] = _whole(_combine(true[k], seen[k], everywhere[k], at), data, usable, truly)
        factor.extra["corrected"] = found


def _mean(values: Mask) -> _Estimate:
    numbers = values.astype(np.float64)
    return _Estimate(float(numbers.mean()), numbers - numbers.mean())


def _effects(data: Inputs, rows: Rows, negative: Mask, positive: Mask) -> list[_Estimate]:
    """[K] effects within the rows, under the given tags."""
    cells = collapse(
        data.answers[rows],
        data.metric,
        used=np.ones(len(rows), dtype=bool),
        negative=negative,
        positive=positive,
        controls=data.controls[rows],
    )
    beta = fit_models(cells, cells.counts)
    values = estimate(cells, cells.counts, beta).sides[0].effects
    moves = influence(cells, cells.counts, beta, cells.sides[0])[cells.cell] * fitting_factor(cells)
    return [_Estimate(float(value), move) for value, move in zip(values, moves.T, strict=True)]


def _combine(true: _Estimate, seen: _Estimate, everywhere: _Estimate, at: Rows) -> _Combined:
    """true + weight * (everywhere - seen); at: places of the checked among all answers."""
    first = np.zeros(len(everywhere.influence))
    first[at] = true.influence / len(at)
    second = everywhere.influence / len(first)
    second[at] -= seen.influence / len(at)
    spread = float(second @ second)
    weight = float(np.clip(-(first @ second) / spread, 0, 1)) if spread > 0 else 0.0
    return _Combined(true.value + weight * (everywhere.value - seen.value), first + weight * second, weight)


def _whole(found: _Combined, data: Inputs, usable: Rows, carriers: int) -> dict[str, Any]:
    """Of all scored answers, among which only a share wrote; with its interval."""
    n = int(data.scored.sum())
    share = len(usable) / n
    moves = np.bincount(np.unique(data.customer[usable], return_inverse=True)[1], found.moves) * share
    variance = float(moves @ moves) + found.value**2 * share * (1 - share) / n
    skewness = float((moves**3).sum()) / variance**1.5 if variance > 0 else 0.0
    low, high, p = interval(found.value * share, np.sqrt(variance), skewness, max(carriers, 2))
    effect = Effect(found.value * share, (float(low), float(high)), float(p)).to_dict()
    del effect["q_value"]
    return {**effect, "weight": number(found.weight)}
