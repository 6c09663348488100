"""What every model gives, whatever it is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

__all__ = ["POLARITIES", "Model", "Prediction", "Spans"]

POLARITIES = ("neg", "neu", "pos", "mix")

Spans = Sequence[tuple[int, int]]


@dataclass(slots=True)
class Prediction:
    """Numbers for a batch of N texts cut into C clauses in all, with A aspects and R risk categories.

    sentiment: [N, 4] probabilities in the order of `POLARITIES`; rows sum to 1.
    aspects:   [N, A] calibrated probability that the text judges the aspect.
    polarity:  [N, A, 4] probability of each polarity, given that the aspect is judged; rows sum to 1.
    clauses:   [C, A + R] how much each clause speaks for an aspect or risk (higher is more; not a
               probability); the clauses of text i are rows `offsets[i]:offsets[i + 1]`.
    offsets:   [N + 1]
    risks:     [N, R] probability of each risk category; R may be 0.
    """

    sentiment: NDArray[np.float32]
    aspects: NDArray[np.float32]
    polarity: NDArray[np.float32]
    clauses: NDArray[np.float32]
    offsets: NDArray[np.int64]
    risks: NDArray[np.float32]


class Model(Protocol):
    """A loaded model."""

    @property
    def version(self) -> str:
        """`name@version`, written into every record."""

    @property
    def aspects(self) -> tuple[str, ...]:
        """Names of the A aspects, in column order."""

    @property
    def thresholds(self) -> NDArray[np.float32]:
        """[A] an aspect is tagged when its probability reaches this."""

    @property
    def risks(self) -> tuple[str, ...]:
        """Names of the R risk categories, in column order."""

    @property
    def risk_weights(self) -> Mapping[str, Any]:
        """How its risks and those of rules are weighed (`vocnlp.tagging.verdict`); empty if R is 0."""

    def predict(self, texts: Sequence[str], clauses: Sequence[Spans]) -> Prediction:
        """Predict for N texts; `clauses[i]` are half-open code point ranges that cover text i, in order."""
