from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from training.encoder.recipe import Stage
from training.record import RUN, RunRecord
from vocnlp.errors import InputError


def test_a_run_can_be_traced_back(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = tmp_path / "mine.jsonl"
    data.write_text("{}\n")
    stage = Stage((), 5, (1.0, 0, 0, 0, 0))
    record = RunRecord([data], stage)
    record.report("5 texts read")
    record.write(tmp_path)
    told = json.loads((tmp_path / RUN).read_text())
    assert told["data"] == {"mine.jsonl": hashlib.sha256(b"{}\n").hexdigest()}
    assert told["recipe"]["texts"] == 5
    assert [line["message"] for line in told["log"]] == ["5 texts read"]
    assert told["packages"]["numpy"]
    assert capsys.readouterr().out == "5 texts read\n"


def test_a_record_holds_that_of_the_model_begun_with(tmp_path: Path) -> None:
    stage = Stage((), 5, (1.0, 0, 0, 0, 0))
    first, second = tmp_path / "first", tmp_path / "second"
    for directory, begun in ((first, tmp_path), (second, first)):
        directory.mkdir()
        RunRecord([], stage).write(directory, begun=begun)
    before, after = (json.loads((directory / RUN).read_text()) for directory in (first, second))
    assert after["begun_with"] == before
    assert "begun_with" not in before


def test_checkpoints_of_another_training_are_not_gone_on_with(tmp_path: Path) -> None:
    data = tmp_path / "mine.jsonl"
    data.write_text("{}\n")
    stage = Stage((), 5, (1.0, 0, 0, 0, 0))
    work = tmp_path / "mine.work"
    RunRecord([data], stage).claim(work, begins="default")
    RunRecord([data], stage).claim(work, begins="default")
    with pytest.raises(InputError, match="other data or settings: delete it"):
        RunRecord([data], stage).claim(work, begins="own")
    data.write_text("{} \n")
    with pytest.raises(InputError, match="other data"):
        RunRecord([data], stage).claim(work, begins="default")
