"""Tagged records into files, whole or not at all; see docs/files.md."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from vocnlp.batch.delimited import DelimitedSheet
from vocnlp.batch.interrupts import Hold, hold_interrupts
from vocnlp.batch.layout import Layout
from vocnlp.batch.outputs import STDOUT, Output
from vocnlp.errors import InputError, OutputError
from vocnlp.schema import FailedComment, TaggedComment, to_json

__all__ = ["Writer", "open_writer"]

LAYOUT_ROWS = 1000

Record = TaggedComment | FailedComment

log = logging.getLogger(__name__)


class Sheet(Protocol):
    """Rows of cells under a header, in some tabular format."""

    def write(self, row: list[Any]) -> None:
        """Add a row."""

    def finish(self) -> None:
        """Write what is held back; the file stays open."""

    def abandon(self) -> None:
        """Let go of what is open or held back: nothing more will be written."""


class Writer(Protocol):
    """Takes records."""

    def write(self, record: Record) -> None:
        """Add a record; raises OutputError when it cannot be written."""


class _Format(Writer, Protocol):
    def finish(self) -> None: ...

    def abandon(self) -> None: ...


@contextmanager
def open_writer(path: str | Path) -> Iterator[Writer]:
    """A writer by the extension: .jsonl .csv .tsv .parquet .xlsx, or `-` for JSON Lines on standard output.

    The file is written under a temporary name beside its place, synced, and renamed when all went well. After
    an error nothing is left. After an interrupt the records written so far, every one of them whole, stay as
    NAME.partial.EXT. Raises InputError for an unknown extension, OutputError when the file cannot be written.
    """
    make = _format(path)
    with hold_interrupts() as hold, Output(path) as output:
        writer = _Guarded(output, hold, make)
        try:
            yield writer
        except KeyboardInterrupt:
            writer.finish()
            output.keep_partial()
            raise
        except BaseException:
            writer.abandon()
            raise
        writer.finish()
        with hold:
            output.commit()


def _format(path: str | Path) -> Callable[[BinaryIO], _Format]:
    suffix = Path(path).suffix.lower()
    if str(path) == STDOUT or suffix == ".jsonl":
        return _JsonLines
    if suffix in (".csv", ".tsv"):
        delimiter = "\t" if suffix == ".tsv" else ","
        return lambda file: _Tabular(lambda layout: DelimitedSheet(file, layout.columns, delimiter))
    if suffix == ".parquet":
        from vocnlp.batch.parquet import ParquetSheet

        return lambda file: _Tabular(lambda layout: ParquetSheet(file, layout.columns, layout.numbers))
    if suffix == ".xlsx":
        from vocnlp.batch.xlsx import XlsxSheet

        return lambda file: _Tabular(lambda layout: XlsxSheet(file, layout.columns))
    formats = "use .jsonl .csv .tsv .parquet .xlsx, or - for JSON Lines on standard output"
    raise InputError(f"{path}: cannot write {suffix or 'a name without extension'!r}; {formats}")


class _Guarded:
    """A writer whose records are never cut by an interrupt and whose errors name the file."""

    def __init__(self, output: Output, hold: Hold, make: Callable[[BinaryIO], _Format]) -> None:
        self._format = make(output.file)
        self._output = output
        self._hold = hold

    def write(self, record: Record) -> None:
        with self._hold, self._output.errors():
            self._format.write(record)
            self._output.records += 1

    def finish(self) -> None:
        try:
            with self._hold, self._output.errors():
                self._format.finish()
        except OutputError:
            self.abandon()
            raise

    def abandon(self) -> None:
        self._format.abandon()


class _JsonLines:
    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def write(self, record: Record) -> None:
        self._file.write(to_json(record) + b"\n")

    def finish(self) -> None:
        self._file.flush()

    def abandon(self) -> None:
        pass


class _Tabular:
    """Decides on the columns by the first records, which it holds back until then."""

    def __init__(self, start: Callable[[Layout], Sheet]) -> None:
        self._start = start
        self._waiting: list[Record] = []
        self._layout: Layout | None = None
        self._late: dict[str, None] = {}

    def write(self, record: Record) -> None:
        if self._layout:
            self._add(record, self._layout)
            return
        self._waiting.append(record)
        if len(self._waiting) >= LAYOUT_ROWS:
            self._begin()

    def finish(self) -> None:
        if not self._layout:
            self._begin()
        self._sheet.finish()
        if self._late:
            names = ", ".join(map(repr, islice(self._late, 10))) + ", ..." * (len(self._late) > 10)
            log.warning(
                "%d attributes came late or are too many; in column record alone: %s", len(self._late), names
            )

    def abandon(self) -> None:
        if self._layout:
            self._sheet.abandon()

    def _begin(self) -> None:
        self._layout = Layout.of(self._waiting)
        self._sheet = self._start(self._layout)
        for record in self._waiting:
            self._add(record, self._layout)
        self._waiting.clear()

    def _add(self, record: Record, layout: Layout) -> None:
        if isinstance(record, TaggedComment):
            self._late |= dict.fromkeys(record.scores.keys() - layout.scores.keys())
            self._late |= dict.fromkeys(record.attributes.keys() - layout.attributes.keys())
        self._sheet.write(layout.row(record))
