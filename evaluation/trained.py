"""A model trained as a user would train it: by the command, on a file of labelled comments."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from models.interface import Model
from vocnlp import pipeline
from vocnlp.batch.labelled import Example
from vocnlp.errors import InputError

__all__ = ["trained", "write_labelled"]


def write_labelled(path: Path, rows: Sequence[Example]) -> None:
    """Write comments in the form that `vocnlp train` reads (docs/training.md)."""
    with path.open("w", encoding="utf-8") as file:
        for e in rows:
            line = {
                "id": e.id,
                "lang": e.language,
                "text": e.text,
                "sentiment": e.sentiment,
                "aspects": e.aspects,
            }
            file.write(json.dumps(line, ensure_ascii=False) + "\n")


def trained(data: Path, output: Path, *options: str) -> Model:
    """What `vocnlp train DATA -o OUTPUT` makes; raises InputError with what it says is wrong."""
    command = [sys.executable, "-m", "vocnlp", "train", str(data), "-o", str(output), *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise InputError(done.stderr.strip().removeprefix("vocnlp: "))
    return pipeline.load_model(str(output))
