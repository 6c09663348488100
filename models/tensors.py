"""Read a safetensors file, which holds arrays and nothing that runs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file

from models.manifest import ModelFileError

__all__ = ["read_tensors"]


def read_tensors(path: Path, names: Sequence[str] = ()) -> dict[str, NDArray[Any]]:
    """The arrays of a file; raises ModelFileError for a file that is none, or lacks one of the names."""
    try:
        tensors: dict[str, NDArray[Any]] = load_file(path)
    except (OSError, SafetensorError) as error:
        raise ModelFileError(f"{path} is no safetensors file: {error}") from error
    if missing := [name for name in names if name not in tensors]:
        raise ModelFileError(f"{path} lacks the tensors {', '.join(missing)}")
    return tensors
