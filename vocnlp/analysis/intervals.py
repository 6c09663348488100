"""What the analyses of scores share: the answers, who gave them, and how sure a mean or a share is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from vocnlp.analysis.survey import Survey
from vocnlp.scores.scale import Metric

__all__ = ["Cells", "Interval", "cell_means", "cross", "customers", "score_points", "wilson"]

MISSING = "(missing)"
Interval = tuple[float, float]
Floats = NDArray[np.float64]
Codes = NDArray[np.intp]


class Cells(NamedTuple):
    """[c] answers, mean, standard error (NaN without two customers) and degrees of freedom of c cells."""

    n: NDArray[np.intp]
    mean: Floats
    error: Floats
    freedom: Floats

    def at(self, which: slice) -> Cells:
        """Some of the cells."""
        return Cells(self.n[which], self.mean[which], self.error[which], self.freedom[which])


def cross(survey: Survey, names: Sequence[str]) -> tuple[Codes, list[tuple[str, ...]]]:
    """[n] the number of each answer's combination of values in the columns, and the combinations in order.

    A missing value is the value "(missing)".
    """
    code, values = np.zeros(len(survey), dtype=np.int64), pd.DataFrame(index=[0])
    for name in names:
        text = survey.column(name).astype("string").str.strip()
        add, distinct = pd.factorize(text.mask(text == "").fillna(MISSING), sort=True)
        code, combined = pd.factorize(code * len(distinct) + add, sort=True)
        values = values.iloc[combined // len(distinct)].reset_index(drop=True)
        values[len(values.columns)] = np.asarray(distinct, dtype=object)[combined % len(distinct)]
    return code.astype(np.intp), [tuple(map(str, row)) for row in values.itertuples(index=False)]


def score_points(survey: Survey, metric: Metric, score: str | None = None) -> Floats:
    """[n] what each answer adds to the score (`Metric.points`), NaN where not answered.

    score: the column that holds the metric; by default the one of its name.
    """
    values = pd.to_numeric(survey.column(score or metric.name)).to_numpy(dtype=np.float64, na_value=np.nan)
    return metric.points(values)


def customers(survey: Survey, name: str | None) -> Codes:
    """[n] the number of the customer who gave each answer; every answer is its own customer without a column.

    Answers whose customer is missing count as given by customers of their own.
    """
    if name is None:
        return np.arange(len(survey), dtype=np.intp)
    codes, known = pd.factorize(survey.column(name))
    unknown = codes < 0
    codes[unknown] = len(known) + np.arange(int(unknown.sum()))
    return codes.astype(np.intp)


def cell_means(points: Floats, cells: Codes, customer: Codes, count: int) -> Cells:
    """Mean of the points in each of `count` cells; rows of a negative cell or without points are left out.

    The standard errors are cluster robust: answers of one customer are not independent
    (Liang & Zeger 1986, Biometrika 73(1), with the factor m / (m - 1) for m customers).
    """
    used = (cells >= 0) & ~np.isnan(points)
    cell, y = cells[used], points[used]
    n = np.bincount(cell, minlength=count)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.bincount(cell, y, minlength=count) / n
        # one number for each customer within each cell
        pair, pairs = pd.factorize(cell.astype(np.int64) * (customer.max(initial=0) + 1) + customer[used])
        owner = pairs // (customer.max(initial=0) + 1)
        m = np.bincount(owner, minlength=count)
        squares = np.bincount(owner, np.bincount(pair, y - mean[cell]) ** 2, minlength=count)
        error = np.sqrt(squares * m / (m - 1)) / n
    return Cells(n, mean, np.where(m > 1, error, np.nan), (m - 1).astype(np.float64))


def wilson(successes: ArrayLike, n: ArrayLike, *, level: float = 0.95) -> tuple[Floats, Floats]:
    """Limits of a share of `successes` in `n` (Wilson 1927, JASA 22); 0 and 1 where n is 0."""
    k, total = np.asarray(successes, dtype=np.float64), np.asarray(n, dtype=np.float64)
    z = float(stats.norm.isf((1 - level) / 2))
    safe = np.maximum(total, 1)
    share = k / safe
    middle = (share + z**2 / (2 * safe)) / (1 + z**2 / safe)
    half = z * np.sqrt(share * (1 - share) / safe + z**2 / (4 * safe**2)) / (1 + z**2 / safe)
    empty = total == 0
    return np.where(empty, 0.0, middle - half), np.where(empty, 1.0, middle + half)
