"""Clauses that carry a tag."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.interface import Spans
from vocnlp.schema import Evidence

__all__ = ["MAX_CLAUSES", "evidence", "trimmed"]

MAX_CLAUSES = 3
_MARGIN = 0.3
"""A further clause is evidence if its score is above zero and this near the best one's."""


def evidence(text: str, clauses: Spans, scores: NDArray[np.float32]) -> list[Evidence]:
    """The clause that speaks most for an aspect, and up to two more that speak almost as clearly, in order.

    scores: [C] of the C clauses of the text, as in `models.interface.Prediction.clauses`.
    """
    ranked = np.argsort(-scores, kind="stable")[:MAX_CLAUSES].tolist()
    if not ranked:  # an answer without words has no clause
        return []
    least = max(float(scores[ranked[0]]) - _MARGIN, 0.0)
    chosen = [ranked[0], *(clause for clause in ranked[1:] if scores[clause] > least)]
    return [trimmed(text, *clauses[clause]) for clause in sorted(chosen)]


def trimmed(text: str, start: int, end: int) -> Evidence:
    """What stands at `text[start:end]`, without the white space around it."""
    words = text[start:end]
    start += len(words) - len(words.lstrip())
    return Evidence(start, start + len(words.strip()), words.strip())
