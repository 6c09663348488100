"""The demo finds the story that was planted in the sample (`vocnlp/sample/README.md`)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from vocnlp.cli.demo import demo


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The directory that the demo wrote, and what it said."""
    directory = tmp_path_factory.mktemp("demo")
    done = CliRunner().invoke(demo, ["-o", str(directory), "--locale", "zh"], standalone_mode=False)
    assert done.return_value == 0, done.output
    return directory, done.output


@pytest.mark.slow
def test_it_writes_three_files_and_a_summary(made: tuple[Path, str]) -> None:
    directory, said = made
    assert {path.name for path in directory.iterdir()} == {"tagged.jsonl", "causes.json", "report.html"}
    records = [json.loads(line) for line in (directory / "tagged.jsonl").read_bytes().splitlines()]
    assert len(records) == 1117
    assert not any("error" in record for record in records)
    for word in ("评论: 1,057", "zh ", "NPS: +", "物流", "安装", "风险标记", "report.html"):
        assert word in said
    assert '<html lang="zh' in (directory / "report.html").read_text(encoding="utf-8")


@pytest.mark.slow
def test_it_finds_the_planted_causes_and_clears_the_innocent_one(made: tuple[Path, str]) -> None:
    causes: list[dict[str, Any]] = json.loads((made[0] / "causes.json").read_bytes())["causes"]
    by_aspect = {cause["aspect"]: cause for cause in causes}
    guilty = {"logistics", "installation", "quality"}  # the largest three by the tags that the writers meant
    assert {cause["aspect"] for cause in causes[:3]} == guilty
    for aspect in guilty:
        assert by_aspect[aspect]["effect"]["q_value"] < 0.05
        assert by_aspect[aspect]["effect"]["interval"][1] < 0
    assert by_aspect["packaging"]["effect"]["q_value"] > 0.05


@pytest.mark.slow
def test_no_personal_data_is_written(made: tuple[Path, str]) -> None:
    everything = "".join(path.read_text(encoding="utf-8") for path in made[0].iterdir())
    for private in ("@example.", "4111 1111", "4111111111111111", "13800138000"):
        assert private not in everything
