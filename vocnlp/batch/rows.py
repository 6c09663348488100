"""What every source of rows gives: a table of located rows whose values are plain JSON values."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, time
from typing import Any

from vocnlp.errors import ErrorCode
from vocnlp.schema import Problem

__all__ = [
    "MAX_ROW_BYTES",
    "Row",
    "Table",
    "failed",
    "half_characters",
    "mended",
    "plain",
    "unique",
    "warning",
]

# A comment of a million characters fits, even with every one of them written as \uXXXX.
MAX_ROW_BYTES = 8 * 2**20


@dataclass(slots=True)
class Row:
    """One row as the file holds it.

    number: 1-based line on which it begins (text formats) or row (sheets; the header is row 1), or the
    1-based position (Parquet).   problem: why the row could not be read; `cells` is then empty.
    """

    number: int
    cells: dict[str, Any]
    warnings: list[str] = field(default_factory=list)
    problem: Problem | None = None


@dataclass(slots=True)
class Table:
    """The rows of a file, read as they are asked for; `unit` names what `Row.number` counts.

    columns: the names of the header; of JSON objects, the keys seen in the first rows.
    """

    columns: list[str]
    rows: Iterator[Row]
    unit: str


def failed(code: ErrorCode, message: str, number: int) -> Row:
    """A row that could not be read."""
    return Row(number, {}, problem=Problem(code, message, number))


def warning(code: ErrorCode, message: str) -> str:
    """A warning as records carry it."""
    return f"{code}: {message}"


def half_characters(place: str) -> str:
    """The warning to a row in which `mended` changed something."""
    return warning(
        ErrorCode.CHARACTERS_REPAIRED, f"{place} held halves of characters (lone surrogates), shown as U+FFFD"
    )


def unique(names: list[Any]) -> list[str]:
    """Names of columns without gaps and doubles: `column_3` for an empty one, `name_2` for a second one."""
    seen: set[str] = set()
    result = []
    for position, name in enumerate(names, 1):
        base = str(plain(name)).strip() if name is not None else ""
        base = found = base or f"column_{position}"
        count = 1
        while found in seen:
            count += 1
            found = f"{base}_{count}"
        seen.add(found)
        result.append(found)
    return result


def plain(value: Any) -> Any:
    """The value in types that JSON has, so that it survives every format unchanged.

    Times become ISO 8601; decimals and numbers beyond JSON's range become text; NaN becomes null.
    """
    kind = type(value)
    if kind is str or kind is bool or value is None:
        return value
    if isinstance(value, date | time):  # and their kin: datetime, the timestamps of pandas
        return value.isoformat()
    convert = _CONVERT.get(kind)
    return convert(value) if convert else str(value)


def mended(value: Any) -> Any:
    """The value with lone surrogates, halves of characters that no file can hold, as U+FFFD."""
    if isinstance(value, str) and not value.isascii():
        return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    if isinstance(value, dict):
        return {mended(key): mended(item) for key, item in value.items()}
    return [mended(item) for item in value] if isinstance(value, list) else value


def _float(value: float) -> float | str | None:
    if math.isfinite(value):
        return value
    return None if math.isnan(value) else str(value)


def _bytes(value: bytes) -> str:
    return value.decode("utf-8", "backslashreplace")


def _dict(value: dict[Any, Any]) -> dict[str, Any]:
    return {str(key): plain(item) for key, item in value.items()}


_CONVERT: dict[type, Callable[[Any], Any]] = {
    int: lambda value: value if -(2**63) <= value < 2**64 else str(value),
    float: _float,
    bytes: _bytes,
    list: lambda value: [plain(item) for item in value],
    tuple: lambda value: [plain(item) for item in value],
    dict: _dict,
}
