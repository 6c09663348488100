"""What a run of topics is doing."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

__all__ = ["Progress", "Stage", "silent"]


class Stage(StrEnum):
    """In this order; a run may leave some out."""

    CLAUSES = "reading clauses"
    VECTORS = "making vectors"
    GROUPS = "finding groups"
    NAMES = "finding words"
    NAMER = "asking for names"
    REGISTRY = "writing the registry"


Progress = Callable[[Stage, int, int], None]
"""Stage, how much of it is done, and how much there is."""


def silent(stage: Stage, done: int, total: int) -> None:
    """Tell nobody."""
