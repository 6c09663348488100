"""XLSX: rows of the first sheet and of those with the same header; sheets of tagged comments."""

from __future__ import annotations

import logging
import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile

import openpyxl
import orjson
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException

from vocnlp.batch.layout import RECORD, neutralise
from vocnlp.batch.rows import Row, Table, plain, unique
from vocnlp.errors import InputError

__all__ = ["XlsxSheet", "read_xlsx"]

SHEET_ROWS = 1_048_576  # limits of the format
CELL_CHARACTERS = 32_767  # in UTF-16
SAFE_CHARACTERS = CELL_CHARACTERS // 2
EXACT = 10**15  # Excel keeps 15 digits of a number
CONTINUED = "continued"

_UNREADABLE = (OSError, BadZipFile, ParseError, InvalidFileException, KeyError, ValueError)
# XML 1.0 has no place for these; Excel writes and reads them as _x0001_
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
# nor may the record's JSON hold what Excel would take for such an escape
_UNSAFE_IN_JSON = re.compile("_(?=x)|[\ufffe\uffff]")

NumberedRow = tuple[int, list[Any]]

log = logging.getLogger(__name__)


def read_xlsx(path: str | Path) -> Table:
    """The rows of the first sheet, then of all others with the same header.

    Texts that all cells share are held in memory by the format; rows are not.
    Raises InputError when the file is missing, damaged, no XLSX or empty.
    """
    rows = _all_rows(path)
    _, header = next(rows)
    columns = unique(header)
    return Table(columns, _named(rows, list(columns)), "row")


def _named(rows: Iterator[NumberedRow], names: list[str]) -> Iterator[Row]:
    for number, cells in rows:
        for position in range(len(names), len(cells)):
            names.append(f"column_{position + 1}")  # right of the header, yet not lost
        yield Row(number, dict(zip(names, cells + [None] * (len(names) - len(cells)), strict=True)))


def _all_rows(path: str | Path) -> Iterator[NumberedRow]:
    """The header, then the rows under it; the workbook is open meanwhile."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # parts of the workbook that openpyxl does not know
            workbook = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except _UNREADABLE as error:
        raise InputError(f"cannot read {path} as XLSX: {error}") from error
    try:
        first, *others = workbook.worksheets
        rows = _filled(first, path)
        header = next(rows, None)
        if header is None:
            raise InputError(f"{path}: sheet {first.title!r} is empty; its first row must name the columns")
        yield header
        following, long_records = _other_sheets(header[1], others, path)
        for number, cells in chain(rows, *following):
            if long_records and (key := _key(cells[-1])) in long_records:
                cells[-1] = long_records[key]
            yield number, cells
    finally:
        workbook.close()


def _filled(sheet: Any, path: str | Path) -> Iterator[NumberedRow]:
    """Numbered rows that hold anything, without empty cells at their end."""
    sheet.reset_dimensions()  # some programs write a wrong extent
    number = 0
    try:
        for number, values in enumerate(sheet.iter_rows(values_only=True), 1):
            cells = [plain(value) for value in values]
            while cells and cells[-1] in (None, ""):
                cells.pop()
            if cells:
                yield number, cells
    except _UNREADABLE as error:
        raise InputError(f"cannot read {path}, sheet {sheet.title!r}, after row {number}: {error}") from error


def _other_sheets(
    header: list[Any], sheets: list[Any], path: str | Path
) -> tuple[list[Iterator[NumberedRow]], dict[Any, str]]:
    """The rows of the sheets with the same header, and the long records of a workbook of `XlsxSheet`."""
    following = []
    long_records: dict[Any, str] = {}
    for sheet in sheets:
        rows = _filled(sheet, path)
        own_header = next(rows, None)
        if own_header is None:
            continue
        if own_header[1] == header:
            following.append(rows)
        elif sheet.title == CONTINUED and header[-1] == RECORD:
            for _, (key, part) in rows:
                long_records[key] = long_records.get(key, "") + part
        else:
            log.warning("%s: sheet %r is left out, its header is another", path, sheet.title)
    return following, long_records


def _key(record: Any) -> int | None:
    if isinstance(record, str) and record.startswith('{"continued":'):
        key = orjson.loads(record)[CONTINUED]
        return key if isinstance(key, int) else None
    return None


def _fits(text: str) -> bool:
    short = len(text) <= SAFE_CHARACTERS
    return short or len(text) + sum(character > "\uffff" for character in text) <= CELL_CHARACTERS


class XlsxSheet:
    """Writes rows under a header, within what a sheet and its cells can hold.

    A row beyond the last of a sheet goes to the next sheet. A record longer than a cell goes in parts to the
    sheet `continued`, and cells that had to be cut say so.
    """

    def __init__(self, file: BinaryIO, columns: Sequence[str]) -> None:
        self.file = file
        self.columns = list(columns)
        self.workbook = openpyxl.Workbook(write_only=True)
        self.sheets = 0
        self.long_records: list[str] = []
        self._next_sheet()

    def _next_sheet(self) -> None:
        self.sheets += 1
        self.sheet = self.workbook.create_sheet(f"comments {self.sheets}" if self.sheets > 1 else "comments")
        self.sheet.freeze_panes = "A2"
        for position, name in enumerate(self.columns, 1):
            dimension = self.sheet.column_dimensions[get_column_letter(position)]
            dimension.width = 60 if name == "text" else 18
            dimension.hidden = name == RECORD
        self.sheet.append([self._cell(name, bold=True) for name in self.columns])
        self.rows = 1

    def write(self, row: Sequence[Any]) -> None:
        """Add a row."""
        if self.rows >= SHEET_ROWS:
            self._next_sheet()
        *cells, record = row
        record = _UNSAFE_IN_JSON.sub(lambda match: f"\\u{ord(match[0]):04x}", record)
        note = ""
        if not all(_fits(cell) for cell in row if isinstance(cell, str)):
            self.long_records.append(record)
            key = len(self.long_records)
            record = orjson.dumps({CONTINUED: key}).decode()
            note = f" … [cut; the whole record is number {key} in sheet {CONTINUED!r}]"
        self.sheet.append([*(self._cell(cell, note=note) for cell in cells), self._cell(record)])
        self.rows += 1

    def finish(self) -> None:
        """Write the workbook into the file."""
        if self.long_records:
            sheet = self.workbook.create_sheet(CONTINUED)
            sheet.append(["record", "part"])
            for key, record in enumerate(self.long_records, 1):
                for start in range(0, len(record), SAFE_CHARACTERS):
                    sheet.append([key, self._text(record[start : start + SAFE_CHARACTERS], sheet)])
        self.workbook.save(self.file)

    def abandon(self) -> None:
        """Close the temporary files of the workbook, which will not be written."""
        for sheet in self.workbook.worksheets:
            with suppress(OSError):
                sheet.close()

    def _cell(self, value: Any, *, note: str = "", bold: bool = False) -> Any:
        if value is None or (isinstance(value, bool | int | float) and abs(value) < EXACT):
            return value
        text = _ILLEGAL.sub(lambda match: f"_x{ord(match[0]):04X}_", neutralise(str(value)))
        if not _fits(text):
            text = text[: SAFE_CHARACTERS - len(note)] + note
        cell = self._text(text, self.sheet)
        if bold:
            cell.font = Font(bold=True)
        return cell

    @staticmethod
    def _text(text: str, sheet: Any) -> Any:
        """A cell of text, whatever the text begins with."""
        cell = WriteOnlyCell(sheet, value=None)
        cell.value = text
        cell.data_type = "s"
        return cell
