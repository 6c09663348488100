"""Safetensors files, which hold arrays and nothing that runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file, save

from models.manifest import ModelFileError

__all__ = ["read_tensors", "write_tensors"]


def read_tensors(path: Path, names: Sequence[str] = ()) -> dict[str, NDArray[Any]]:
    """The arrays of a file; raises ModelFileError for a file that is none, or lacks one of the names."""
    try:
        tensors: dict[str, NDArray[Any]] = load_file(path)
    except (OSError, SafetensorError) as error:
        raise ModelFileError(f"{path} is no safetensors file: {error}") from error
    if missing := [name for name in names if name not in tensors]:
        raise ModelFileError(f"{path} lacks the tensors {', '.join(missing)}")
    return tensors


def write_tensors(
    path: Path, tensors: Mapping[str, NDArray[Any]], metadata: dict[str, str] | None = None
) -> None:
    """Write arrays of any layout, readable by whom the umask allows.

    safetensors by itself takes arrays that are not contiguous for others, and its files are their owner's.
    """
    path.write_bytes(
        save({name: np.ascontiguousarray(value) for name, value in tensors.items()}, metadata=metadata)
    )
