"""JSON Lines as located rows: one object a line."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Any

import orjson

from vocnlp.batch.lines import Line, read_lines, source_name
from vocnlp.batch.rows import Row, Table, failed, half_characters, mended, plain
from vocnlp.errors import ErrorCode, InputError

__all__ = ["read_jsonl"]

SAMPLE_ROWS = 50
EXACT = 2**53


def read_jsonl(path: str | Path, *, encoding: str | None = None) -> Table:
    """The objects of a JSON Lines file or of standard input (`-`).

    Raises InputError when the file is missing, empty, or holds no object in its first lines.
    """
    rows = _parse_objects(read_lines(path, encoding))
    sample = list(islice(rows, SAMPLE_ROWS))
    if sample and all(row.problem for row in sample):
        first = sample[0].problem
        raise InputError(f"{source_name(path)} is no JSON Lines: {first.message if first else ''}")
    columns = list(dict.fromkeys(key for row in sample for key in row.cells))
    return Table(columns, chain(sample, rows), "line")


def _parse_objects(lines: Iterable[Line]) -> Iterator[Row]:
    """One row for each line that is not blank."""
    for line in lines:
        if line.text is None:
            yield Row(line.number, {}, problem=line.problem)
        elif line.text.strip():
            row = _parse(line.text, line.number)
            if line.warning:
                row.warnings.append(line.warning)
            yield row


def _parse(text: str, number: int) -> Row:
    try:
        value, strict = _loads(text)
    except (ValueError, RecursionError) as error:
        where = f" at character {error.pos + 1}" if isinstance(error, json.JSONDecodeError) else ""
        what = f"line {number} is no JSON{where}; every line must be one whole object"
        return failed(ErrorCode.BAD_JSON, what, number)
    if not isinstance(value, dict):
        what = f"line {number} is a JSON {type(value).__name__}; every line must be one whole object"
        return failed(ErrorCode.BAD_JSON, what, number)
    if strict or value == (whole := mended(value)):
        return Row(number, value)
    return Row(number, whole, [half_characters(f"line {number}")])


def _loads(text: str) -> tuple[Any, bool]:
    """The value, and whether it keeps to what JSON allows.

    orjson where it agrees with Python; it refuses lone surrogates and rounds integers of more than 64 bits.
    """
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return plain(json.loads(text, strict=False)), False
    if isinstance(value, dict) and any(type(v) is float and abs(v) > EXACT for v in value.values()):
        return plain(json.loads(text)), True
    return value, True
