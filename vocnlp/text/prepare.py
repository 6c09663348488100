"""From a raw comment to the text that a record holds: repaired, masked, cut into clauses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vocnlp.errors import ErrorCode
from vocnlp.schema import Personal
from vocnlp.text import clauses, normalize, pii

__all__ = ["LONG", "Prepared", "prepare"]

LONG = 10_000
"""Code points from which a comment is tagged in pieces."""


@dataclass(slots=True)
class Prepared:
    """A comment ready for tagging; all offsets refer to `text`, `clauses` are half-open and in order."""

    text: str
    clauses: Sequence[tuple[int, int]]
    personal: list[Personal]
    warnings: list[str]


def prepare(text: str) -> Prepared:
    """Repair a raw text, mask personal data in it, and cut it into clauses."""
    repaired, warnings = normalize.repair(text)
    masked, personal = pii.mask(repaired)
    if len(masked) > LONG:
        said = f"{len(masked):,} characters, tagged whole but in pieces of about {LONG:,}"
        warnings = [*warnings, f"{ErrorCode.LONG_COMMENT}: {said}"]
    return Prepared(masked, clauses.split(masked), personal, warnings)
