"""Which model is the default: promoted ones are kept in a directory of the user's."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

from models.manifest import ModelFileError, read_manifest

__all__ = ["Promotion", "active", "history", "promote", "roll_back"]

_LOG = "promotions.json"


@dataclass(frozen=True, slots=True)
class Promotion:
    """One promotion: the copied model's directory name, its version, when (ISO 8601) and by whom."""

    directory: str
    model: str
    when: str
    by: str


def history(root: Path) -> list[Promotion]:
    """All promotions that were not taken back, oldest first."""
    try:
        return [Promotion(**entry) for entry in json.loads((root / _LOG).read_text(encoding="utf-8"))]
    except FileNotFoundError:
        return []


def active(root: Path) -> Path | None:
    """The directory of the model promoted last, if any."""
    promotions = history(root)
    return root / promotions[-1].directory if promotions else None


def promote(root: Path, directory: Path, *, when: str, by: str) -> Promotion:
    """Copy a model under the root and make it the default; the one before stays for `roll_back`.

    Raises ModelFileError if the directory holds no whole model.
    """
    manifest = read_manifest(directory)
    name = f"{len(history(root)) + 1:04}-{manifest.name}"
    root.mkdir(parents=True, exist_ok=True)
    shutil.copytree(directory, root / name, dirs_exist_ok=True)
    promotion = Promotion(name, f"{manifest.name}@{manifest.version}", when, by)
    _write(root, [*history(root), promotion])
    return promotion


def roll_back(root: Path) -> Promotion:
    """Take the last promotion back and return it; its files stay.

    Raises ModelFileError if nothing was promoted.
    """
    promotions = history(root)
    if not promotions:
        raise ModelFileError(f"no model was promoted in {root}; there is nothing to roll back")
    _write(root, promotions[:-1])
    return promotions[-1]


def _write(root: Path, promotions: list[Promotion]) -> None:
    temporary = root / f"{_LOG}.new"
    temporary.write_text(
        json.dumps([asdict(entry) for entry in promotions], indent=1) + "\n", encoding="utf-8"
    )
    temporary.replace(root / _LOG)
