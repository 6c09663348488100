"""Every evaluation that is a module of its own says what is wrong in a line, as `vocnlp` does."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize("module", ["evidence", "risks", "translations"])
def test_an_unknown_model_is_told_in_a_line(module: str, tmp_path: Path) -> None:
    data = tmp_path / "data.jsonl"
    data.write_text("", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", f"evaluation.{module}", str(data), "--model", "nothing"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "nothing" in done.stderr
    assert len(done.stderr.splitlines()) == 1, done.stderr
