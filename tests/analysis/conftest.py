"""Surveys made of arrays, for the tests of the analyses."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import pytest

from vocnlp.analysis.survey import Survey

SCORES = ("nps", "csat", "ces", "effort")


def build(
    columns: Mapping[str, Any],
    *,
    negative: Mapping[str, Any] | None = None,
    positive: Mapping[str, Any] | None = None,
) -> Survey:
    """A survey of the columns; those named in `SCORES` are scores, all others but text attributes."""
    frame = pd.DataFrame(dict(columns))
    n = len(frame)
    given = set(frame.columns)
    frame = frame.assign(**{c: "words" for c in ("text",) if c not in given})
    frame["id"] = [f"c{row}" for row in range(n)]
    for column, value in (("language", "en"), ("sentiment", "neu"), ("sentiment_score", 0.0)):
        if column not in given:
            frame[column] = value
    negative, positive = negative or {}, positive or {}
    aspects = tuple(sorted({*negative, *positive}))

    def matrix(marks: Mapping[str, Any]) -> np.ndarray:
        rows = [np.asarray(marks.get(aspect, np.zeros(n)), dtype=np.bool_) for aspect in aspects]
        return np.column_stack(rows) if rows else np.zeros((n, 0), dtype=np.bool_)

    fixed = {"id", "text", "language", "sentiment", "sentiment_score"}
    return Survey(
        frame=frame,
        scores=tuple(c for c in frame.columns if c in SCORES),
        attributes=tuple(c for c in frame.columns if c not in fixed and c not in SCORES),
        aspects=aspects,
        negative=matrix(negative),
        positive=matrix(positive),
        mentioned=matrix(negative) | matrix(positive),
        risk_categories=(),
        risks=np.zeros((n, 0), dtype=np.bool_),
    )


@pytest.fixture
def make_survey() -> Callable[..., Survey]:
    return build
