"""The record of one training: what it was given, on what machine, what it said and when."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import subprocess
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from shutil import which
from typing import Any

import click

from vocnlp.errors import InputError

__all__ = ["RUN", "RunRecord"]

RUN = "run.json"

_PACKAGES = ("vocnlp", "torch", "numpy", "scikit-learn", "tokenizers", "onnxruntime")


class RunRecord:
    """Prints what a training reports and keeps it; `write` puts it beside the model as `run.json`."""

    def __init__(self, data: Sequence[Path], recipe: Any) -> None:
        self._begun = time.monotonic()
        self._said: list[dict[str, Any]] = []
        self._facts: dict[str, Any] = {
            "begun": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
            "revision": _revision(),
            "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
            "packages": dict(_versions(_PACKAGES)),
            "data": {path.name: _sha256(path) for path in data},
            "recipe": asdict(recipe),
        }

    def report(self, message: str) -> None:
        """Print a message and keep it with the seconds since the beginning."""
        self._said.append({"seconds": round(time.monotonic() - self._begun), "message": message})
        click.echo(message)

    def claim(self, work: Path, **also: Any) -> None:
        """Mark the directory of checkpoints as this training's, told by data, recipe and what `also` names.

        Raises InputError if it holds those of another training.
        """
        mark = json.dumps({**self._facts["data"], **self._facts["recipe"], **also}, sort_keys=True)
        path = work / "training.json"
        if path.is_file() and path.read_text(encoding="utf-8") != mark:
            raise InputError(
                f"{work} holds checkpoints of a training with other data or settings: "
                "delete it, or give another output"
            )
        work.mkdir(parents=True, exist_ok=True)
        path.write_text(mark, encoding="utf-8")

    def write(self, directory: Path, *, begun: Path | None = None) -> None:
        """Write the record into a model's directory; `begun_with` is that of the model it went on from."""
        whole = {**self._facts, "seconds": round(time.monotonic() - self._begun), "log": self._said}
        if begun and (begun / RUN).is_file():
            whole["begun_with"] = json.loads((begun / RUN).read_text(encoding="utf-8"))
        text = json.dumps(whole, ensure_ascii=False, indent=1)
        (directory / RUN).write_text(text + "\n", encoding="utf-8")


def _revision() -> str | None:
    """The git commit of the code, with `+` if files were changed since; None outside a checkout."""
    here = Path(__file__).parent

    def git(*words: str) -> str:
        done = subprocess.run(
            [which("git") or "git", "-C", str(here), *words], capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    try:
        return git("rev-parse", "HEAD") + ("+" if git("status", "--porcelain", "-uno") else "")
    except (OSError, subprocess.CalledProcessError):
        return None


def _versions(names: Iterable[str]) -> Iterable[tuple[str, str]]:
    for name in names:
        try:
            yield name, version(name)
        except PackageNotFoundError:
            continue


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
