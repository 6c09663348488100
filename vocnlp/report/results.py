"""All analyses of one survey, gathered for the report, its JSON and its workbook."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from vocnlp.analysis.survey import Survey
from vocnlp.scores.scale import Metric

__all__ = ["Results"]

Json = dict[str, Any]


@dataclass(slots=True)
class Results:
    """The analyses of a survey in the form of their `to_dict`; None where the survey does not allow one.

    score: name of the score column that `metric` describes. by: segment columns. time: column of times.
    """

    survey: Survey
    score: str
    metric: Metric
    by: tuple[str, ...]
    time: str | None
    causes: Json
    change: Json | None = None
    trends: Json | None = None
    segments: Json | None = None
    journey: Json | None = None
    praise: Json | None = None
    topics: Json | None = None
