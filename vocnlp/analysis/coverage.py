"""Who writes a comment and who does not, and what is missing: how far the answers stand for the customers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from vocnlp.analysis.intervals import Cells, cell_means, cross, wilson
from vocnlp.analysis.multiplicity import benjamini_hochberg
from vocnlp.analysis.shrinkage import moderate
from vocnlp.analysis.survey import Survey

__all__ = ["missing_values", "writers"]

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]
MOST = 50  # values of a column


def writers(survey: Survey, points: Floats, customer: Codes, columns: Sequence[str]) -> pd.DataFrame:
    """Response bias: for all answers and for each value of the columns, who wrote and how they differ.

    points: [n] what each answer adds to the score, NaN without one. customer: [n] codes. Columns: columns,
    segment, n, wrote, share, low, high (95 %), p_value and q_value (of the share against the rest),
    score_wrote, score_silent, difference, difference_low, difference_high.
    """
    wrote = survey.commented.astype(np.intp)
    tables = [_writers("", ["all"], np.zeros(len(survey), dtype=np.intp), points, wrote, customer=customer)]
    for name in columns:
        code, values = cross(survey, [name])
        largest = np.sort(np.argsort(-np.bincount(code, minlength=len(values)), kind="stable")[:MOST])
        number = np.full(len(values), -1)
        number[largest] = np.arange(len(largest))
        names = [values[k][0] for k in largest]
        tables.append(_writers(name, names, number[code], points, wrote, customer=customer))
    table = pd.concat(tables, ignore_index=True)
    table.insert(8, "q_value", benjamini_hochberg(table["p_value"]))
    return table


def _writers(
    column: str, segments: list[str], cell: Codes, points: Floats, wrote: Codes, *, customer: Codes
) -> pd.DataFrame:
    count, used = len(segments), cell >= 0
    n = np.bincount(cell[used], minlength=count)
    k = np.bincount(cell[used], wrote[used], minlength=count)
    low, high = wilson(k, n)
    pooled = wrote.mean()
    with np.errstate(invalid="ignore", divide="ignore"):
        rest = (wrote.sum() - k) / (len(cell) - n)
        z = (k / n - rest) / np.sqrt(pooled * (1 - pooled) * (1 / n + 1 / (len(cell) - n)))
    both = cell_means(points, np.where(used, 2 * cell + wrote, -1), customer, 2 * count)
    overall = cell_means(points, np.zeros(len(points), dtype=np.intp), customer, 1)
    silent, writing = both.at(slice(0, None, 2)), both.at(slice(1, None, 2))
    return pd.DataFrame(
        {
            "columns": column,
            "segment": segments,
            "n": n,
            "wrote": k.astype(np.intp),
            "share": k / np.maximum(n, 1),
            "low": low,
            "high": high,
            "p_value": 2 * stats.norm.sf(np.abs(z)),
            "score_wrote": writing.mean,
            "score_silent": silent.mean,
            **_difference(writing, silent, overall)[0],
        }
    )


def _difference(first: Cells, second: Cells, overall: Cells) -> tuple[dict[str, Floats], Floats]:
    """[c] differences of means, their 95 % intervals and p-values (Welch, with moderated errors)."""
    (e1, f1), (e2, f2) = moderate(first, overall), moderate(second, overall)
    difference, error = first.mean - second.mean, np.hypot(e1, e2)
    with np.errstate(invalid="ignore", divide="ignore"):
        freedom = error**4 / (e1**4 / f1 + e2**4 / f2)
        p_value = 2 * stats.t.sf(np.abs(difference) / error, freedom)
    half = stats.t.isf(0.025, freedom) * error
    limits = {"difference_low": difference - half, "difference_high": difference + half}
    return {"difference": difference} | limits, p_value


def missing_values(survey: Survey, points: Floats, customer: Codes) -> pd.DataFrame:
    """How much is missing of each score, attribute and the comment, and whether the score goes with it.

    Columns: column, missing, share, difference (of the score where the value is missing from where it is
    not), difference_low, difference_high, p_value, q_value; NaN where nothing can be compared.
    """
    overall = cell_means(points, np.zeros(len(points), dtype=np.intp), customer, 1)
    tables = []
    for name in (*survey.scores, *survey.attributes, "text"):
        texts = survey.frame[name].astype("string").str.strip()
        absent = np.asarray(texts.isna() | (texts == "").fillna(False), dtype=np.intp)
        both = cell_means(points, absent, customer, 2)
        known, unknown = both.at(slice(0, 1)), both.at(slice(1, 2))
        difference, p_value = _difference(unknown, known, overall)
        row = {"column": name, "missing": int(absent.sum()), "share": float(absent.mean())}
        tables.append(pd.DataFrame({**row, **difference, "p_value": p_value}))
    table = pd.concat(tables, ignore_index=True)
    return table.assign(q_value=benjamini_hochberg(table["p_value"]))
