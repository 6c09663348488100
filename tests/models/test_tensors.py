"""Arrays come back as they were, whatever their layout."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from models.manifest import ModelFileError
from models.tensors import read_tensors, write_tensors


def test_arrays_that_are_not_contiguous_come_back(tmp_path: Path) -> None:
    whole = np.arange(24, dtype=np.float32).reshape(4, 6)
    given = {"column": whole[:, -1], "turned": whole.T, "part": whole[::2, 1:4], "whole": whole}
    write_tensors(tmp_path / "a.safetensors", given)
    found = read_tensors(tmp_path / "a.safetensors", list(given))
    for name, value in given.items():
        np.testing.assert_array_equal(found[name], value)


def test_a_file_is_readable_by_whom_the_umask_allows(tmp_path: Path) -> None:
    path, other = tmp_path / "a.safetensors", tmp_path / "other"
    write_tensors(path, {"x": np.zeros(3)})
    other.touch()
    assert path.stat().st_mode == other.stat().st_mode


def test_a_tensor_that_lacks_is_named(tmp_path: Path) -> None:
    write_tensors(tmp_path / "a.safetensors", {"x": np.zeros(3)})
    with pytest.raises(ModelFileError, match="lacks the tensors y, z"):
        read_tensors(tmp_path / "a.safetensors", ["x", "y", "z"])
