"""The results as a workbook: one sheet a table, cells that no spreadsheet runs as a formula."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from vocnlp.batch.layout import neutralise
from vocnlp.batch.outputs import Output
from vocnlp.report.context import Context
from vocnlp.report.locale import Locale

__all__ = ["tables", "write_workbook"]

CELL = 32_767  # characters that a cell can hold (ECMA-376)
ROWS = 1_048_575  # rows below the header
ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

TOLD_BY = ("aspect", "text", "name")  # of an object in a list, what stands in its cell

Row = Mapping[str, Any]


def write_workbook(path: str | Path, sheets: Mapping[str, Sequence[Row]]) -> None:
    """Write each table of rows to a sheet of its name, with a column for every key that a row has.

    The file appears whole or not at all; raises OutputError when it cannot be written.
    """
    from openpyxl import Workbook

    with Output(path) as output:
        book = Workbook(write_only=True)
        for name, rows in sheets.items():
            _fill(book.create_sheet(name[:31]), rows)
        with output.errors():
            book.save(output.file)
        output.commit()


def _fill(sheet: Any, rows: Sequence[Row]) -> None:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    columns = list(dict.fromkeys(key for row in rows for key in row))
    sheet.freeze_panes = "B2"
    for number, column in enumerate(columns, 1):
        widest = max(len(str(row.get(column, ""))) for row in rows[:200])
        sheet.column_dimensions[get_column_letter(number)].width = min(max(widest, len(column)) + 2, 60)
    header = [WriteOnlyCell(sheet, value=_cell(column)) for column in columns]
    for cell in header:
        cell.font = Font(bold=True)
    sheet.append(header)
    for row in rows[:ROWS]:
        sheet.append([_cell(row.get(column)) for column in columns])


def _cell(value: Any) -> Any:
    value = value.item() if isinstance(value, np.generic) else value
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if value is None or isinstance(value, bool | int | float):
        return value
    return neutralise(ILLEGAL.sub("\ufffd", str(value)))[:CELL]


def tables(context: Context) -> dict[str, list[Row]]:
    """Every table of the results that has rows, with plain cells, headed in the language of the report."""
    results, t, names = context.results, context.t, context.names
    found: dict[str, list[Row]] = {"summary": list(_scalars(results.to_dict(), t))}
    for analysis, content in results.to_dict().items():
        for key, value in content.items() if isinstance(content, Mapping) else ():
            if isinstance(value, Sequence) and value and isinstance(value[0], Mapping):
                found[analysis if key in (analysis, "parts", "table") else f"{analysis} {key}"] = [
                    dict(_flat(v)) for v in value
                ]
    found["aspects"] = list(_aspects(context))
    found = {t.header(name): _headed(rows, t.header) for name, rows in found.items() if rows}
    own = {results.score: names.metric(results.score), **{c: names.column(c) for c in results.by}}
    if comments := list(_comments(context)):
        found[t.header("comments")] = _headed(comments, lambda key: own.get(key) or t.header(key))
    return found


def _headed(rows: Sequence[Row], say: Callable[[str], str]) -> list[Row]:
    """Rows under what `say` calls their keys; a key that would be called like one before it stays."""
    heads: dict[str, str] = {}
    for key in dict.fromkeys(key for row in rows for key in row):
        said = say(key)
        heads[key] = key if said in heads.values() else said
    return [{heads[key]: value for key, value in row.items()} for row in rows]


def _flat(row: Row, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Nested names joined by spaces; an interval as two columns; a list as one cell."""
    for key, value in row.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping):
            yield from _flat(value, f"{name} ")
        elif key.endswith("interval") and value is not None:
            side = name.removesuffix("interval")
            yield from ((f"{side}low", value[0]), (f"{side}high", value[1]))
        elif isinstance(value, list | tuple):
            yield name, "; ".join(_words(item) for item in value)
        elif value is not None:
            yield name, value


def _words(item: Any) -> str:
    """One entry of a list in a cell: an id, an aspect and its share, what an object is called or says."""
    if isinstance(item, Mapping):
        return str(next((item[key] for key in TOLD_BY if key in item), dict(item)))
    return " ".join(map(str, item)) if isinstance(item, list | tuple) else str(item)


def _scalars(results: Mapping[str, Any], t: Locale) -> Iterable[Row]:
    for analysis, content in results.items():
        if isinstance(content, Mapping):
            plain = {k: v for k, v in content.items() if not isinstance(v, list | tuple) or k == "interval"}
            for key, value in _flat(plain):
                yield {"analysis": t.header(analysis), "number": t.header(key), "value": value}


def _aspects(context: Context) -> Iterable[Row]:
    survey = context.survey
    for i, aspect in enumerate(survey.aspects):
        yield {
            "aspect": aspect,
            "name": context.names.aspect(aspect),
            "mentioned": int(survey.mentioned[:, i].sum()),
            "negative": int(survey.negative[:, i].sum()),
            "positive": int(survey.positive[:, i].sum()),
            "owner": context.names.owner(aspect),
            "next_step": context.names.next_step(aspect),
        }


def _comments(context: Context) -> Iterable[Row]:
    """The comments that the report quotes, whole."""
    frame, results = context.survey.frame, context.results
    for quote in context.pool.quotes():
        row = frame.iloc[quote.row]
        yield {
            "id": row["id"],
            "text": row["text"],
            "language": row["language"],
            "sentiment": row["sentiment"],
            "tags": quote.tags,
            **{column: row[column] for column in (results.score, *results.by)},
        }
