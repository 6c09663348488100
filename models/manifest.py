"""The file that says what a model directory holds, and proves that it is whole."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

__all__ = ["FILE_NAME", "Manifest", "ModelFileError", "read_manifest", "sha256", "write_manifest"]

FILE_NAME = "manifest.json"


class ModelFileError(Exception):
    """A model directory is absent, damaged or made by something else; the message gives the reason."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a model is and where it comes from.

    kind: which loader of `models.store` reads it.   files: name -> sha256 of every other file that is loaded.
    sources: training source -> licence class.   settings: what the loader needs beside the tensors.
    """

    name: str
    version: str
    kind: str
    licence: str
    aspects: tuple[str, ...]
    languages: tuple[str, ...]
    files: dict[str, str]
    sources: dict[str, str] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)


def sha256(path: Path) -> str:
    """Hexadecimal sha256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_manifest(directory: Path) -> Manifest:
    """Read and check a manifest against the files beside it.

    Raises ModelFileError with the file and the reason.
    """
    path = directory / FILE_NAME
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        manifest = Manifest(
            **{**content, "aspects": tuple(content["aspects"]), "languages": tuple(content["languages"])}
        )
    except FileNotFoundError:
        raise ModelFileError(f"{directory} is no model directory: it has no {FILE_NAME}") from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelFileError(f"{path} is no manifest of a vocnlp model: {error}") from error
    for name, expected in manifest.files.items():
        _check_file(directory / name, expected)
    return manifest


def _check_file(path: Path, expected: str) -> None:
    if not path.is_file():
        raise ModelFileError(f"{path} is missing; {FILE_NAME} names it")
    found = sha256(path)
    if found != expected:
        raise ModelFileError(
            f"{path} is damaged: its sha256 is {found[:12]}..., {FILE_NAME} says {expected[:12]}..."
        )


def write_manifest(directory: Path, manifest: Manifest) -> None:
    """Write the manifest, stable byte for byte for equal content."""
    text = json.dumps(asdict(manifest), indent=1, ensure_ascii=False, sort_keys=True)
    (directory / FILE_NAME).write_text(text + "\n", encoding="utf-8")
