"""What every section of the report needs: results, words, filters, and the pool of quotes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vocnlp.analysis.survey import Survey
from vocnlp.report.filters import Filters
from vocnlp.report.locale import Locale
from vocnlp.report.names import Names
from vocnlp.report.quotes import Pool
from vocnlp.report.results import Results
from vocnlp.scores.metrics import METRICS

__all__ = ["Context"]

Mask = NDArray[np.bool_]
SURE = 0.05  # q-value up to which an effect is called shown


@dataclass(frozen=True, slots=True)
class Context:
    """One report in one language."""

    results: Results
    t: Locale
    names: Names
    filters: Filters
    pool: Pool

    @property
    def survey(self) -> Survey:
        """The answers."""
        return self.results.survey

    @property
    def metric_name(self) -> str:
        """What readers call the score."""
        name, kind = self.names.metric(self.results.score), self.results.metric.score_as
        if kind != METRICS.get(self.results.score, self.results.metric).score_as:
            return self.t(f"metric_as.{kind}", metric=name) if self.t.has(f"metric_as.{kind}") else name
        return name

    @property
    def unhappy(self) -> str:
        """What readers call the customers of the worst band."""
        return self.names.unhappy(self.results.score)

    def worse(self, difference: float) -> bool:
        """Whether a difference of the score is for the worse."""
        return (difference < 0) == self.results.metric.higher_is_better and difference != 0

    def aspect(self, name: str, matrix: Mask) -> Mask:
        """[n] the column of an aspect in `negative`, `positive` or `mentioned`; nothing for another name."""
        aspects = self.survey.aspects
        return (
            matrix[:, aspects.index(name)] if name in aspects else np.zeros(len(self.survey), dtype=np.bool_)
        )
