from pathlib import Path

import openpyxl
import pytest

from vocnlp.errors import OutputError
from vocnlp.report.xlsx import write_workbook


def test_cells_are_typed_and_no_formula_survives(tmp_path: Path) -> None:
    path = tmp_path / "out.xlsx"
    rows = [
        {"name": "=cmd|' /C calc'!A0", "n": 3, "share": 0.5},
        {"name": "+1", "share": float("nan"), "late": "bell\x07"},
    ]
    write_workbook(
        path,
        {"causes": rows, "一张名字非常长的工作表一张名字非常长的工作表一张名字非常长的工作表": [{"a": True}]},
    )
    book = openpyxl.load_workbook(path)
    assert [len(s.title) for s in book] == [6, 31]
    assert list(book["causes"].values) == [
        ("name", "n", "share", "late"),
        ("'=cmd|' /C calc'!A0", 3, 0.5, None),
        ("+1", None, None, "bell\ufffd"),
    ]
    assert all(cell.data_type != "f" for row in book["causes"] for cell in row)


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="missing"):
        write_workbook(tmp_path / "missing" / "out.xlsx", {"a": [{"b": 1}]})
