"""A file in, a file out: counts, passing on of tagged records, refusals."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from vocnlp.batch import run
from vocnlp.batch.readers import read_records, read_tagged
from vocnlp.batch.run import tag_file
from vocnlp.errors import InputError
from vocnlp.schema import FailedComment, TaggedComment


@pytest.fixture(autouse=True)
def _no_model(monkeypatch: pytest.MonkeyPatch, fake_pipeline: Any) -> None:
    monkeypatch.setattr(run.pipeline, "load", lambda **_: fake_pipeline)


@pytest.fixture
def survey(tmp_path: Path) -> Path:
    path = tmp_path / "survey.csv"
    path.write_text(
        "id,comment,nps,product\na,很慢,3,lamp\nb,too, many,4,lamp\na,=1+1,11,sofa\nc,,9,sofa\nd,,,sofa\n",
        encoding="utf-8",
    )
    return path


@pytest.mark.parametrize("suffix", [".jsonl", ".csv", ".tsv", ".parquet", ".xlsx"])
def test_every_row_has_its_record_in_its_place(tmp_path: Path, survey: Path, suffix: str) -> None:
    seen: list[Any] = []
    summary = tag_file(survey, tmp_path / f"out{suffix}", observe=seen.append)
    records = list(read_tagged(tmp_path / f"out{suffix}"))
    assert records == seen
    assert [record.id for record in records] == ["a", None, "a", "c", "d"]
    codes = [
        r.error.code if isinstance(r, FailedComment) else [w.split(":")[0] for w in r.warnings]
        for r in records
    ]
    assert codes == [[], "bad_row", ["duplicate_id", "score_rejected"], [], "missing_text"]
    assert summary.rows == 5
    assert summary.errors == {"bad_row": 1, "missing_text": 1}
    assert summary.warnings == {"duplicate_id": 1, "score_rejected": 1}
    assert summary.per_second > 0


def test_records_tagged_before_are_passed_on(
    tmp_path: Path, survey: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tag_file(survey, tmp_path / "one.jsonl")
    monkeypatch.setattr(run.pipeline, "load", lambda **_: pytest.fail("tagged again"))
    for before, after in (("one.jsonl", "two.xlsx"), ("two.xlsx", "three.csv"), ("three.csv", "four.parquet"),
                          ("four.parquet", "five.jsonl")):  # fmt: skip
        tag_file(tmp_path / before, tmp_path / after)
    assert (tmp_path / "five.jsonl").read_bytes() == (tmp_path / "one.jsonl").read_bytes()


def test_a_raw_column_called_aspects_is_no_tag(tmp_path: Path) -> None:
    path = tmp_path / "raw.jsonl"
    path.write_text(json.dumps({"text": "a", "aspects": "delivery"}) + "\n")
    tag_file(path, tmp_path / "out.jsonl")
    record = next(read_tagged(tmp_path / "out.jsonl"))
    assert isinstance(record, TaggedComment)
    assert record.attributes == {"aspects": "delivery"}


def test_a_file_in_which_every_row_failed_is_tagged(tmp_path: Path) -> None:
    (tmp_path / "raw.jsonl").write_text('{"text": ""}\n{"text": ""}\n')
    tag_file(tmp_path / "raw.jsonl", tmp_path / "one.jsonl")
    tag_file(tmp_path / "one.jsonl", tmp_path / "two.jsonl")
    assert (tmp_path / "two.jsonl").read_bytes() == (tmp_path / "one.jsonl").read_bytes()
    assert (tmp_path / "two.jsonl").read_bytes().count(b"missing_text") == 2


def test_a_damaged_record_costs_itself_alone(tmp_path: Path, survey: Path) -> None:
    tag_file(survey, tmp_path / "one.jsonl")
    lines = (tmp_path / "one.jsonl").read_text(encoding="utf-8").splitlines()
    lines[2] = lines[2].replace('"confidence"', '"belief"')
    lines.insert(1, "{broken")
    (tmp_path / "one.jsonl").write_text("\n".join(lines), encoding="utf-8")
    records = list(read_tagged(tmp_path / "one.jsonl"))
    assert [r.error.code for r in records if isinstance(r, FailedComment)] == [
        "bad_json", "bad_row", "bad_row", "missing_text",
    ]  # fmt: skip


def test_raw_comments_are_tagged_on_the_way(tmp_path: Path, survey: Path) -> None:
    tag_file(survey, tmp_path / "one.jsonl")
    assert list(read_records(survey)) == list(read_records(tmp_path / "one.jsonl"))


def test_tagged_records_are_not_read_from_raw_comments(survey: Path) -> None:
    with pytest.raises(InputError, match=r"survey\.csv holds no tagged records"):
        read_tagged(survey)


def test_the_output_must_not_be_the_input(survey: Path) -> None:
    before = survey.read_bytes()
    with pytest.raises(InputError, match="is the input too"):
        tag_file(survey, survey.parent / "." / "survey.csv")
    assert survey.read_bytes() == before


def test_a_wrong_column_is_told_before_anything_is_written(tmp_path: Path, survey: Path) -> None:
    with pytest.raises(InputError, match="no column 'review'"):
        tag_file(survey, tmp_path / "out.jsonl", text="review")
    assert not (tmp_path / "out.jsonl").exists()


def test_an_input_that_breaks_midway_leaves_the_old_output(tmp_path: Path) -> None:
    path = tmp_path / "cut.csv"
    path.write_text("text\n" + ("x" * 1000 + "\n") * 4000)
    (tmp_path / "out.jsonl").write_text("old")

    def cut(_: object) -> None:
        with path.open("r+b") as file:
            file.truncate(2_000_000)

    with pytest.raises(InputError, match="shrank"):
        tag_file(path, tmp_path / "out.jsonl", observe=cut)
    assert (tmp_path / "out.jsonl").read_text() == "old"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["cut.csv", "out.jsonl"]
