"""Columns of answers as people export them: found by name, checked against their scale, read as times."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from vocnlp.errors import InputError
from vocnlp.scores.metrics import METRICS, Metric, recognise
from vocnlp.scores.scale import fold

__all__ = ["Answers", "find_column", "read_times", "sort_answers"]

REJECTED_SHARE = (
    0.01  # above this share of wrong answers a column is of another scale, not mistyped here and there
)


def find_column(name: str, columns: Sequence[str]) -> str:
    """The column called `name`, in whatever case and width; raises InputError naming those that exist."""
    if name in columns:
        return name
    folded = {fold(column): column for column in columns}
    if fold(name) in folded:
        return folded[fold(name)]
    close = difflib.get_close_matches(fold(name), folded, n=1)
    hint = f"; did you mean {folded[close[0]]!r}?" if close else ""
    raise InputError(f"there is no column {name!r}{hint} The columns are: {', '.join(map(str, columns))}")


def read_answers(
    column: str, values: Sequence[Any], metric: Metric
) -> tuple[NDArray[np.float64], Metric, str | None]:
    """[n] answers (NaN where none was given or it is wrong), the scale that holds them, perhaps a warning.

    Raises InputError with the rows when so many answers are wrong that the column must be of another scale.
    """
    answers = np.full(len(values), np.nan)
    wrong: dict[int, str] = {}
    for row, value in enumerate(values):
        if value is None or value != value or value == "":  # noqa: PLR0124  NaN, NaT and None are no answers
            continue
        try:
            answers[row] = metric.check(value)
        except ValueError as error:
            wrong[row + 1] = str(error)
    fitted = metric.fit(answers)
    if not wrong:
        return answers, fitted, None
    given = np.count_nonzero(~np.isnan(answers)) + len(wrong)
    rows = ", ".join(map(str, list(wrong)[:10])) + ", ..." * (len(wrong) > 10)
    why = next(iter(wrong.values()))
    if len(wrong) > max(1.0, REJECTED_SHARE * given):
        raise InputError(
            f"column {column!r}: {len(wrong)} of {given} answers are not on the scale (rows {rows}): {why}. "
            "If two scales are mixed in it, split the column or convert one of them."
        )
    return answers, fitted, f"{len(wrong)} answers in {column!r} left out (rows {rows}): {why}"


def read_times(values: pd.Series) -> tuple[pd.Series, str | None]:
    """Times as datetime64 (UTC where every value has an offset, else as written), NaT where unreadable.

    The warning counts unreadable values; raises InputError when no value is a time.
    """
    texts = values.astype("string").str.strip()
    texts = texts.mask(texts == "")
    zoned = texts.str.contains(r"\d:?\d\d(?:[+-]\d\d:?\d\d|Z)$|[+-]\d\d:\d\d$", regex=True).fillna(False)
    given = texts.notna()
    utc = bool(zoned[given].all()) and bool(given.any())
    # a mix of zoned and plain times is read by the clock on the wall
    plain = (
        texts
        if utc
        else texts.str.replace(r"(?:Z|(?<=\d)[+-]\d\d:?\d\d)$", "", regex=True).where(zoned, texts)
    )
    times = pd.to_datetime(plain, errors="coerce", format="mixed", utc=utc)
    unread = int((given & times.isna()).sum())
    if given.any() and unread == int(given.sum()):
        first = texts[given].iloc[0]
        raise InputError(
            f"column {values.name!r}: {first!r} is no date; use ISO 8601, such as 2026-05-31T14:00:00+02:00"
        )
    return times, f"{unread} values in {values.name!r} are no dates and were left out" if unread else None


@dataclass(slots=True)
class Answers:
    """Columns sorted into scores, checked and named after their metrics, and attributes as they came."""

    scores: dict[str, NDArray[np.float64]] = field(default_factory=dict)
    metrics: dict[str, Metric] = field(default_factory=dict)
    attributes: dict[str, list[Any]] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)


def sort_answers(
    scores: Mapping[str, list[Any]],
    attributes: Mapping[str, list[Any]],
    wanted: Mapping[str, tuple[str, Metric]],
) -> Answers:
    """Find the wanted scores (name -> column, metric) among all columns and check every score's scale.

    A wanted column that is missing or breaks its scale raises InputError; any other score that breaks its
    scale is warned of and becomes an attribute.
    """
    columns = {**attributes, **_with_rejected(scores, attributes)}
    sources = {
        _source(column, scores, attributes): (name, metric) for name, (column, metric) in wanted.items()
    }
    if len(sources) < len(wanted):
        raise InputError(
            f"one column is named for several scores: {', '.join(c for c, _ in wanted.values())}"
        )
    recognised = {c: METRICS.get(c) or recognise(c) for c in scores if c not in sources}
    claims = Counter(metric.name for metric in recognised.values() if metric)
    for column, metric in recognised.items():
        if metric is not None:
            alone = claims[metric.name] == 1 and metric.name not in wanted
            name = metric.name if alone else f"{column} (as read)" if column in wanted else column
            sources[column] = (name, metric)
    result = Answers()
    for column, values in columns.items():
        name, metric = sources.get(column, (column, None))
        if metric is None:
            result.attributes[column] = values
            continue
        try:
            answers, fitted, warning = read_answers(column, values, metric)
        except InputError as error:
            if name in wanted:
                raise
            result.warnings.append(str(error))
            result.attributes[column] = values
            continue
        result.scores[name], result.metrics[name] = answers, fitted
        result.warnings += [warning] if warning else []
    return result


def _with_rejected(
    scores: Mapping[str, list[Any]], attributes: Mapping[str, list[Any]]
) -> dict[str, list[Any]]:
    """Scores with the answers that the reader refused, which it left as attributes under the column's name.

    They are to be counted here, for whoever reads the score must know how many there were.
    """
    columns = dict(scores)
    for name, values in attributes.items():
        metric = recognise(name)
        if metric is not None and metric.name in columns:
            columns[metric.name] = [
                raw if given is None and _refused(metric, raw) else given
                for given, raw in zip(columns[metric.name], values, strict=True)
            ]
    return columns


def _refused(metric: Metric, value: object) -> bool:
    if value is None or value == "":
        return False
    try:
        metric.check(value)
    except ValueError:
        return True
    return False


def _source(column: str, scores: Mapping[str, list[Any]], attributes: Mapping[str, list[Any]]) -> str:
    """The column that is meant: readers may have moved "NPS score" to `nps`, but for answers they refused."""
    metric = recognise(column)
    if metric is not None and metric.name in scores and column not in scores:
        left = next((values for name, values in attributes.items() if fold(name) == fold(column)), None)
        moved = zip(left or (), scores[metric.name], strict=False)
        if not any(raw not in (None, "") and given is not None for raw, given in moved):
            return metric.name
    return find_column(column, [*scores, *attributes])
