"""Scores that came in a file of their own, joined to the comments by response or by customer and time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from vocnlp.analysis.answers import find_column, read_times
from vocnlp.errors import InputError
from vocnlp.scores.join import Keys, match, read_id_map
from vocnlp.scores.metrics import recognise

__all__ = ["ScoreFile", "join_scores"]

Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ScoreFile:
    """A file of scores (.csv .tsv .jsonl .parquet .xlsx) and how its rows find their comments.

    key: its column that holds the comments' ids; or
    customer, time: columns of both files, matched to the nearest time within `window` (of any distance
    without).
    id_map: a CSV that merges several ids of one customer or response (see `scores.join.read_id_map`).
    """

    path: str | Path
    key: str | None = None
    customer: str | None = None
    time: str | None = None
    window: timedelta | None = None
    id_map: Path | None = None


def join_scores(records: Sequence[Record], file: ScoreFile) -> tuple[list[dict[str, Any]], list[str]]:
    """The records with their scores, then one record without text for each score that found no comment.

    The sentences say what found no partner and what was chosen among equals.
    Raises InputError when a column is missing.
    """
    from vocnlp.batch.readers import open_input

    if (file.key is None) == (file.customer is None):
        raise InputError("scores are joined by the key of the response or by the customer: name one of them")
    rows = [row.cells for row in open_input(file.path).table.rows if not row.problem]
    attributes = [record.get("attributes") or {} for record in records]
    if file.key is not None:
        ours, theirs = [record.get("id") for record in records], _values(rows, file.key)
    else:
        ours, theirs = _values(attributes, str(file.customer)), _values(rows, str(file.customer))
    window = file.window
    if file.time is not None and window is None:
        window = timedelta.max
    times = _times(attributes, rows, file.time) if file.time is not None else (None, None)
    found = match(
        Keys(ours, times[0]),
        Keys(theirs, times[1]),
        window=window,
        id_map=read_id_map(file.id_map) if file.id_map else None,
    )
    joined = [dict(record) for record in records]
    for comment, score in found.pairs:
        joined[comment] |= _scored(rows[score], joined[comment])
    alone = [{"id": str(theirs[row]), "text": "", **_scored(rows[row], {})} for row in found.scores]
    return joined + alone, [f"{file.path}: {sentence}" for sentence in found.sentences()]


def _values(rows: Sequence[Mapping[str, Any]], column: str) -> list[Any]:
    names = list(dict.fromkeys(name for row in rows for name in row))
    name = find_column(column, names)
    return [row.get(name) for row in rows]


def _times(
    ours: Sequence[Mapping[str, Any]], theirs: Sequence[Mapping[str, Any]], column: str
) -> tuple[list[datetime | None], list[datetime | None]]:
    read = [read_times(pd.Series(_values(rows, column), name=column))[0] for rows in (ours, theirs)]
    if len({times.dt.tz is None for times in read}) > 1:
        raise InputError(f"column {column!r}: only one file gives times with an offset; use one form")
    first, second = ([None if pd.isna(t) else t.to_pydatetime() for t in times] for times in read)
    return first, second


def _scored(cells: Mapping[str, Any], record: Record) -> dict[str, Any]:
    """Scores and attributes of a record and its row of scores; the record's own prevail."""
    scores, attributes = dict(record.get("scores") or {}), dict(record.get("attributes") or {})
    for name, value in cells.items():
        metric = recognise(name)
        target = attributes
        if metric is not None and value not in (None, ""):
            try:
                value = metric.check(value)  # noqa: PLW2901  the number it stands for
                target, name = scores, metric.name  # noqa: PLW2901
            except ValueError:
                target = attributes  # counted as refused when the survey is collected
        target.setdefault(name, value)
    return {"scores": scores, "attributes": attributes}
