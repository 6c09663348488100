"""Parquet: rows by record batch; tables of tagged comments by row group."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from vocnlp.batch.rows import Row, Table, plain, warning
from vocnlp.errors import ErrorCode, InputError

__all__ = ["ParquetSheet", "read_parquet"]

BATCH_ROWS = 1000


def read_parquet(path: str | Path) -> Table:
    """The rows of a Parquet file, one record batch in memory at a time.

    Raises InputError when the file is missing, damaged or no Parquet, also while reading.
    """
    try:
        file = pq.ParquetFile(path)
    except (OSError, pa.ArrowException) as error:
        raise InputError(f"cannot read {path} as Parquet: {error}") from error
    columns = [name for name in file.schema_arrow.names if not name.startswith("__index_level_")]
    return Table(columns, _rows(file, path, columns), "row")


def _rows(file: pq.ParquetFile, path: str | Path, columns: list[str]) -> Iterator[Row]:
    number = 0
    try:
        for batch in file.iter_batches(batch_size=BATCH_ROWS, columns=columns):
            values: list[list[Any]] = []
            repaired: dict[int, list[str]] = {}
            for name, column in zip(batch.schema.names, batch.columns, strict=True):
                values.append(_values(column, name, repaired))
            for position, cells in enumerate(zip(*values, strict=True)):
                number += 1
                row = Row(number, dict(zip(batch.schema.names, map(plain, cells), strict=True)))
                for name in repaired.get(position, ()):
                    what = f"row {number}, column {name!r} holds bytes that no UTF-8 has, shown as U+FFFD"
                    row.warnings.append(warning(ErrorCode.BAD_ENCODING, what))
                yield row
    except (OSError, pa.ArrowException) as error:
        raise InputError(f"cannot read {path} after row {number}: {error}") from error


def _values(column: pa.Array, name: str, repaired: dict[int, list[str]]) -> list[Any]:
    """The values of a column; positions of texts that are not UTF-8 go into `repaired`."""
    try:
        return list(column.to_pylist())
    except UnicodeDecodeError:
        values = []
        for position, value in enumerate(column.cast(pa.binary()).to_pylist()):
            text = value if value is None else value.decode("utf-8", "replace")
            if text is not None and text.encode() != value:
                repaired.setdefault(position, []).append(name)
            values.append(text)
        return values


class ParquetSheet:
    """Writes rows under a header: numbers as doubles in the columns named so, all other values as text."""

    def __init__(self, file: BinaryIO, columns: Sequence[str], numbers: frozenset[str]) -> None:
        kinds = [(name, pa.float64() if name in numbers else pa.string()) for name in columns]
        self.schema = pa.schema(kinds)
        self.writer = pq.ParquetWriter(file, self.schema, compression="zstd")
        self.rows: list[Sequence[Any]] = []

    def write(self, row: Sequence[Any]) -> None:
        """Add a row; it reaches the file with its row group."""
        self.rows.append(row)
        if len(self.rows) >= BATCH_ROWS:
            self._flush()

    def finish(self) -> None:
        """Write the rest and the footer."""
        self._flush()
        self.writer.close()

    def abandon(self) -> None:
        """Keep the writer from adding a footer when it is collected."""
        self.writer.is_open = False

    def _flush(self) -> None:
        if not self.rows:
            return
        columns = zip(*self.rows, strict=True)
        arrays = [
            pa.array(map(_text, values) if field.type == pa.string() else values, field.type)
            for field, values in zip(self.schema, columns, strict=True)
        ]
        self.writer.write_table(pa.Table.from_arrays(arrays, schema=self.schema))
        self.rows = []


def _text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else str(value)
