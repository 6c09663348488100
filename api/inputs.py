"""Files that lie on the server: each tenant's in a folder of its own, and nowhere else."""

from __future__ import annotations

from pathlib import Path

from vocnlp.errors import InputError

__all__ = ["Inputs"]


class Inputs:
    """The folders of all tenants under `root`; None: there are none."""

    def __init__(self, root: Path | None) -> None:
        self._root = root

    def find(self, tenant: str, name: str) -> Path:
        """A tenant's file by its path in the tenant's folder; raises InputError for what is not inside it."""
        if self._root is None:
            raise InputError("this service takes no files from its own disk: VOCNLP_INPUTS is not set")
        missing = InputError(f"there is no file {name!r} in the folder of this tenant")
        try:
            root = self._root.resolve()
            home = (root / tenant).resolve()
            path = (home / name).resolve(strict=True)
        except (OSError, ValueError, RuntimeError) as error:  # absent, a NUL in it, links in a circle
            raise missing from error
        if home.parent != root or not path.is_relative_to(home) or not path.is_file():
            raise missing
        return path
