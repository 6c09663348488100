"""`vocnlp train`: what it refuses, and that `--from` goes on from an encoder."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from models.manifest import ModelFileError
from training.cli import train


def labelled(path: Path) -> Path:
    rows = [
        {"id": f"a:{n}", "text": f"the parcel {n} was bad", "lang": "en", "sentiment": "neg",
         "aspects": {"logistics": "neg"}}
        for n in range(5)
    ]  # fmt: skip
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_a_recipe_and_a_start_must_fit(tmp_path: Path) -> None:
    data = str(labelled(tmp_path / "mine.jsonl"))
    for options in (["--recipe", "tune"], ["--recipe", "fast"], ["--from", "baseline", "--recipe", "full"]):
        done = CliRunner().invoke(train, [data, "-o", str(tmp_path / "out"), *options])
        assert "--from needs a recipe of kind tune" in str(done.exception)


def test_a_linear_model_cannot_be_taken_further(tmp_path: Path) -> None:
    data = str(labelled(tmp_path / "mine.jsonl"))
    done = CliRunner().invoke(train, [data, "-o", str(tmp_path / "out"), "--from", "baseline"])
    assert isinstance(done.exception, ModelFileError)
    assert "only an encoder can be taken further" in str(done.exception)
    assert not (tmp_path / "out").exists()
