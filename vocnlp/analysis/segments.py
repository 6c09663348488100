"""Scores and complaints by segment: drill-down, shrinkage of small cells, and what differs from the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse, stats

from vocnlp.analysis.intervals import Cells, cell_means, cross, customers, score_points
from vocnlp.analysis.multiplicity import benjamini_hochberg
from vocnlp.analysis.shrinkage import Shrunk, moderate, shrink
from vocnlp.analysis.survey import Survey
from vocnlp.analysis.times import clock_columns
from vocnlp.errors import InputError
from vocnlp.scores.scale import Metric

__all__ = ["Segments", "segments", "with_clock"]

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]
SEPARATOR = " / "
MOST = 200  # cells of one combination of columns that are shown
Z = float(stats.norm.isf(0.025))


@dataclass(frozen=True, slots=True)
class Segments:
    """Cells of all combinations of the columns.

    table: one row a cell: columns ("region / channel"), segment ("EU / shop"), depth, n (answers), score, low
    and high (95 %), shrunk, shrunk_low and shrunk_high (drawn to its neighbours as far as it is small),
    difference (from all other answers), difference_low, difference_high, p_value, q_value (over all cells;
    NaN: too few answers to test). aspects: one row a cell and aspect that it mentions: columns, segment,
    aspect, comments, negative, share, rest (the share among all other comments), p_value (Fisher's exact
    test), q_value.
    """

    metric: str
    score: float
    by: tuple[str, ...]
    table: pd.DataFrame
    aspects: pd.DataFrame
    warnings: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain dictionaries and lists, for JSON; tables as lists of rows with None for NaN."""
        plain: dict[str, Any] = {"metric": self.metric, "score": self.score, "by": self.by}
        for name, table in (("table", self.table), ("aspects", self.aspects)):
            plain[name] = table.astype(object).where(table.notna(), None).to_dict("records")
        return plain | {"warnings": self.warnings}

    def to_frame(self) -> pd.DataFrame:
        """The table of cells."""
        return self.table


def segments(
    survey: Survey,
    metric: Metric,
    by: Sequence[str],
    *,
    depth: int = 2,
    least: int = 10,
    score: str | None = None,
    customer: str | None = None,
) -> Segments:
    """Describe every value of every column, and every combination of up to `depth` columns.

    least: answers below which a cell is not tested, and at depth 2 and beyond not shown. score: the column of
    the metric if it has another name. customer: the column that tells whose answers belong together. Small
    cells are shrunk by empirical Bayes (normal-normal, variance between cells as DerSimonian & Laird 1986,
    Controlled Clinical Trials 7): single columns to the overall score, combinations to the mean of the cells
    that they are part of. Differences from the rest are tested by Welch's t with moderated variances (Smyth
    2004, Statistical Applications in Genetics and Molecular Biology 3(1)), then Benjamini & Hochberg over all
    cells. Raises InputError when a column is missing or there are no answers.
    """
    points = score_points(survey, metric, score)
    answered = ~np.isnan(points)
    if not answered.any():
        raise InputError(f"no answer to {metric.name}: segments need answers")
    whose = customers(survey, customer)
    overall = cell_means(points, np.zeros(len(points), dtype=np.intp), whose, 1)
    grids: dict[tuple[str, ...], _Grid] = {}
    for names in (c for size in range(1, depth + 1) for c in combinations(by, size)):
        grids[names] = _grid(survey, names, points, whose, overall=overall, parents=grids, least=least)
    table = pd.concat([_table(grid, overall, least) for grid in grids.values()], ignore_index=True)
    table["q_value"] = benjamini_hochberg(table["p_value"])
    aspects = pd.concat([_aspects(survey, grid) for grid in grids.values()], ignore_index=True)
    aspects["q_value"] = benjamini_hochberg(aspects["p_value"])
    hidden = sum(grid.hidden for grid in grids.values())
    note = f"{hidden} combinations of fewer than {least} answers, or beyond the {MOST} largest, are not shown"
    return Segments(metric.name, float(overall.mean[0]), tuple(by), table, aspects, (note,) * (hidden > 0))


@dataclass(frozen=True, slots=True)
class _Grid:
    """The cells of one combination of columns that are shown; code: [n] the cell of each answer, or -1."""

    names: tuple[str, ...]
    code: Codes
    values: list[tuple[str, ...]]
    cells: Cells
    error: Floats
    freedom: Floats
    shrunk: Shrunk
    hidden: int


def _grid(
    survey: Survey,
    names: tuple[str, ...],
    points: Floats,
    whose: Codes,
    *,
    overall: Cells,
    parents: dict[tuple[str, ...], _Grid],
    least: int,
) -> _Grid:
    code, values = cross(survey, names)
    size = np.bincount(code[~np.isnan(points)], minlength=len(values))
    shown = np.argsort(-size, kind="stable")[:MOST]
    shown = np.sort(shown[size[shown] >= (1 if len(names) == 1 else least)])
    number = np.full(len(values), -1)
    number[shown] = np.arange(len(shown))
    code, values = number[code], [values[k] for k in shown]
    cells = cell_means(points, code, whose, len(shown))
    error, freedom = moderate(cells, overall)
    towards = _expected(names, values, overall, parents)
    shrunk = shrink(Shrunk(cells.mean, error), towards)
    return _Grid(names, code, values, cells, error, freedom, shrunk, int((size > 0).sum()) - len(shown))


def _expected(
    names: tuple[str, ...],
    values: list[tuple[str, ...]],
    overall: Cells,
    parents: dict[tuple[str, ...], _Grid],
) -> Shrunk:
    """[c] what is expected of cells: the mean of the cells one column coarser that they are part of."""
    if len(names) == 1:
        return Shrunk(np.full(len(values), overall.mean[0]), np.full(len(values), overall.error[0]))
    means, errors = [], []
    for left_out in range(len(names)):
        parent = parents[names[:left_out] + names[left_out + 1 :]]
        where = {value: k for k, value in enumerate(parent.values)}
        at = [where.get(value[:left_out] + value[left_out + 1 :], -1) for value in values]
        means.append(np.append(parent.shrunk.mean, overall.mean[0])[at])
        errors.append(np.append(parent.shrunk.error, overall.error[0])[at])
    return Shrunk(np.mean(means, axis=0), np.mean(errors, axis=0))


def _table(grid: _Grid, overall: Cells, least: int) -> pd.DataFrame:
    n, mean, total = grid.cells.n, grid.cells.mean, int(overall.n[0])
    others = total - n
    with np.errstate(invalid="ignore", divide="ignore"):
        rest = (overall.mean[0] * total - mean * n) / others
        rest_error = overall.error[0] * np.sqrt(total / others)
        difference, error = mean - rest, np.hypot(grid.error, rest_error)
        # Welch and Satterthwaite; the rest is nearly always large
        freedom = error**4 / (grid.error**4 / grid.freedom + rest_error**4 / np.maximum(others - 1, 1))
        p_value = 2 * stats.t.sf(np.abs(difference) / error, freedom)
    tested = (n >= least) & (others >= least)
    t, own_t = stats.t.isf(0.025, freedom), stats.t.isf(0.025, grid.freedom)
    return pd.DataFrame(
        {
            "columns": SEPARATOR.join(grid.names),
            "segment": [SEPARATOR.join(value) for value in grid.values],
            "depth": len(grid.names),
            "n": n,
            "score": mean,
            "low": mean - own_t * grid.error,
            "high": mean + own_t * grid.error,
            "shrunk": grid.shrunk.mean,
            "shrunk_low": grid.shrunk.mean - Z * grid.shrunk.error,
            "shrunk_high": grid.shrunk.mean + Z * grid.shrunk.error,
            "difference": difference,
            "difference_low": difference - t * error,
            "difference_high": difference + t * error,
            "p_value": np.where(tested, p_value, np.nan),
        }
    )


def _aspects(survey: Survey, grid: _Grid) -> pd.DataFrame:
    """Cells by aspects, among comments; an aspect nobody in a cell complains of is left out."""
    wrote = survey.commented & (grid.code >= 0)
    shape = (len(grid.values), int(wrote.sum()))
    member = sparse.csr_array((np.ones(shape[1]), (grid.code[wrote], np.arange(shape[1]))), shape=shape)
    negative = survey.negative[wrote].astype(np.float64)
    counts, comments = member @ negative, member.sum(axis=1)
    total, everywhere = int(survey.commented.sum()), survey.negative[survey.commented].sum(axis=0)
    cell, aspect = np.nonzero(counts)
    k, n, of = counts[cell, aspect], comments[cell], everywhere[aspect]
    return pd.DataFrame(
        {
            "columns": SEPARATOR.join(grid.names),
            "segment": [SEPARATOR.join(grid.values[c]) for c in cell],
            "aspect": [survey.aspects[a] for a in aspect],
            "comments": n.astype(np.intp),
            "negative": k.astype(np.intp),
            "share": k / n,
            "rest": (of - k) / np.maximum(total - n, 1),
            "p_value": _odds(k, n, of, total),
        }
    )


def _odds(k: Floats, n: Floats, of: Floats, total: int) -> Floats:
    """Two-sided p-values of k of a cell's n comments, when `of` of all `total` comments are negative.

    Fisher's exact test (twice the smaller tail); its normal limit with continuity correction where at least
    ten are expected, which is as exact there and much faster.
    """
    mean = n * of / total
    deviation = np.sqrt(mean * (1 - of / total) * (total - n) / max(total - 1, 1))
    z = np.maximum(np.abs(k - mean) - 0.5, 0) / np.maximum(deviation, 1e-12)
    p = 2 * stats.norm.sf(z)
    few = (mean < 10) | (n - mean < 10)
    tails = stats.hypergeom(total, of[few], n[few])
    p[few] = 2 * np.minimum(tails.cdf(k[few]), tails.sf(k[few] - 1))
    return np.asarray(np.minimum(p, 1.0))


def with_clock(survey: Survey, time: str, timezone: str | None = None) -> Survey:
    """The survey with the attributes of `times.clock_columns` to segment by: time zone, weekday and hour.

    time: the column of times; timezone: see `times.local_clock`.
    """
    added = clock_columns(survey.column(time), timezone)
    attributes = tuple(dict.fromkeys((*survey.attributes, *added)))
    return replace(survey, frame=survey.frame.assign(**added), attributes=attributes)
