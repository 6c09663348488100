from __future__ import annotations

import subprocess
import sys

import click
import pytest

from vocnlp import __version__
from vocnlp.cli import main as module
from vocnlp.errors import InputError


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "vocnlp", *arguments], capture_output=True, text=True, check=False
    )


def test_help_lists_every_command() -> None:
    done = run("--help")
    assert done.returncode == 0
    for command in (
        "tag",
        "causes",
        "topics",
        "report",
        "serve",
        "train",
        "evaluate",
        "models",
        "keys",
        "demo",
    ):
        assert f"\n  {command} " in done.stdout


def test_version() -> None:
    assert run("--version").stdout.strip().endswith(__version__)


@pytest.mark.parametrize("arguments", [["nonsense"], ["tag"], ["tag", "nowhere.csv", "-o", "out.jsonl"]])
def test_what_cannot_start_exits_with_2_and_says_why(arguments: list[str]) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("raised", "code"), [(InputError("wrong"), 2), (KeyboardInterrupt(), 130), (click.Abort(), 130)]
)
def test_errors_become_exit_codes(
    raised: BaseException, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(**_: object) -> None:
        raise raised

    monkeypatch.setattr(module.cli, "main", fail)
    with pytest.raises(SystemExit) as stopped:
        module.main([])
    assert stopped.value.code == code
    assert capsys.readouterr().err


HEAVY = ("torch", "sklearn", "bertopic", "ray", "fastapi", "transformers")


def test_tagging_does_not_import_heavy_packages() -> None:
    program = f"""
import sys
from vocnlp import pipeline
from vocnlp.cli import tag
pipeline.load()
print([name for name in {HEAVY} if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
