"""CSV and TSV as located rows: a broken row costs that row alone, never those that follow."""

from __future__ import annotations

import codecs
import csv
from collections import deque
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from vocnlp.batch.layout import neutralise
from vocnlp.batch.lines import Line, read_lines
from vocnlp.batch.rows import MAX_ROW_BYTES, Row, Table, failed, unique, warning
from vocnlp.errors import ErrorCode, InputError

__all__ = ["DelimitedSheet", "read_delimited"]

DELIMITERS = (",", ";", "\t", "|")
SAMPLE_LINES = 50

csv.field_size_limit(max(csv.field_size_limit(), MAX_ROW_BYTES))


def read_delimited(path: str | Path, *, encoding: str | None = None, delimiter: str | None = None) -> Table:
    """The rows of a CSV or TSV file; the delimiter is found by the header unless it is given.

    Raises InputError when the file is missing or empty, holds no header, or the delimiter is no single
    character.
    """
    if delimiter is not None and (len(delimiter) != 1 or delimiter in '"\r\n'):
        raise InputError(f"delimiter {delimiter!r} must be one character, such as ',' ';' '|' or 'tab'")
    lines = read_lines(path, encoding)
    sample = list(islice(lines, SAMPLE_LINES))
    if delimiter is None:
        texts = [line.text for line in sample if line.text and line.text.strip()]
        delimiter = "\t" if str(path).lower().endswith(".tsv") else _sniff(texts)
    rows = _Rows(_Feed(sample, lines), delimiter)
    header = next(rows, None)
    if header is None or header[1] is None:
        raise InputError(f"{path} holds no header; its first line must name the columns")
    columns = unique(header[1])
    return Table(columns, _checked(rows, columns, delimiter), "line")


def _sniff(lines: Sequence[str]) -> str:
    """The delimiter that cuts the header, and the most lines into as many cells as the header."""

    def fit(delimiter: str) -> tuple[float, int]:
        try:
            widths = [len(cells) for cells in csv.reader(lines, delimiter=delimiter) if cells]
        except csv.Error:  # quotes and line breaks fall otherwise with another delimiter
            return 0.0, 0
        width = widths[0] if widths else 1
        return (widths.count(width) / len(widths) if width > 1 else 0.0), width

    return max(DELIMITERS, key=fit)


class _Feed:
    """Gives lines to `csv.reader`, remembers those of the current row, and takes lines back."""

    def __init__(self, ahead: Sequence[Line], lines: Iterator[Line]) -> None:
        self.ahead = deque(ahead)
        self.lines = lines
        self.taken: list[Line] = []
        self.size = 0
        self.unreadable: Line | None = None

    def start_row(self) -> None:
        self.taken, self.size, self.unreadable = [], 0, None

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self.ahead.popleft() if self.ahead else next(self.lines)
        if line.text is None:
            self.unreadable = line
            raise csv.Error("a line that cannot be read")
        self.taken.append(line)
        self.size += len(line.text)
        if self.size > MAX_ROW_BYTES:
            raise csv.Error("a quote that is never closed")
        return line.text

    def give_back(self) -> Line:
        """Keep the first line of the row and return the others to the queue."""
        first, *later = self.taken
        self.ahead.extendleft(reversed(later + ([self.unreadable] if self.unreadable else [])))
        return first


class _Rows(Iterator[tuple[Row, list[str] | None]]):
    """Rows with their cells (None where the row could not be read); empty lines are passed over."""

    def __init__(self, feed: _Feed, delimiter: str) -> None:
        self.feed = feed
        self.delimiter = delimiter
        self.reader = csv.reader(feed, delimiter=delimiter, strict=True)

    def __next__(self) -> tuple[Row, list[str] | None]:
        while True:
            self.feed.start_row()
            try:
                cells = next(self.reader)
            except csv.Error as error:
                return self._recover(str(error))
            if cells:
                taken = self.feed.taken
                return Row(taken[0].number, {}, [line.warning for line in taken if line.warning]), cells

    def _recover(self, reason: str) -> tuple[Row, list[str] | None]:
        """Read the row's first line alone, without insisting on the rules of quoting."""
        unreadable = self.feed.unreadable
        if unreadable and not self.feed.taken:
            return Row(unreadable.number, {}, problem=unreadable.problem), None
        line = self.feed.give_back()
        try:
            cells = next(csv.reader([line.text or ""], delimiter=self.delimiter))
        except csv.Error:
            return failed(ErrorCode.BAD_ROW, f"line {line.number} is no CSV: {reason}", line.number), None
        what = f"line {line.number} breaks the rules of quoting ({reason}); it was read as far as it goes"
        row = Row(line.number, {}, [w for w in (line.warning, warning(ErrorCode.BAD_ROW, what)) if w])
        return row, cells


def _checked(rows: _Rows, columns: list[str], delimiter: str) -> Iterator[Row]:
    width = len(columns)
    named = "tab" if delimiter == "\t" else repr(delimiter)
    for row, cells in rows:
        if cells is None:
            yield row
            continue
        while len(cells) > width and not cells[-1]:
            cells.pop()
        if not any(cells):
            continue
        if len(cells) != width:
            what = f"line {row.number} has {len(cells)} cells where the header names {width}"
            broken_quotes = any(w.startswith(ErrorCode.BAD_ROW) for w in row.warnings)
            if len(cells) > width or broken_quotes:
                fix = "check its quotes" if broken_quotes else f"put double quotes around cells with {named}"
                yield failed(ErrorCode.BAD_ROW, f"{what}; {fix}", row.number)
                continue
            row.warnings.append(warning(ErrorCode.BAD_ROW, f"{what}; the others are taken as empty"))
        row.cells = dict(zip(columns, cells, strict=False))
        yield row


class DelimitedSheet:
    """Writes rows under a header as UTF-8 with the mark that tells Excel so; no cell runs as a formula."""

    def __init__(self, file: BinaryIO, columns: Sequence[str], delimiter: str) -> None:
        self.file = file
        self.file.write(codecs.BOM_UTF8)
        self.writer = csv.writer(_Encoded(file), delimiter=delimiter)
        self.write(columns)

    def write(self, row: Sequence[Any]) -> None:
        """Add a row."""
        self.writer.writerow([neutralise(cell) if isinstance(cell, str) else cell for cell in row])

    def finish(self) -> None:
        """Nothing is held back here."""

    def abandon(self) -> None:
        """Nothing is open here."""


class _Encoded:
    def __init__(self, file: BinaryIO) -> None:
        self.file = file

    def write(self, text: str) -> int:
        return self.file.write(text.encode())
