"""Probabilities to sentiment."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vocnlp.schema import POLARITIES, Sentiment

__all__ = ["NO_COMMENT", "sentiments"]

_NEG, _POS = POLARITIES.index("neg"), POLARITIES.index("pos")

NO_COMMENT = Sentiment("neu", 0.0, {label: float(label == "neu") for label in POLARITIES})
"""The sentiment of an answer without a comment."""


def sentiments(probabilities: NDArray[np.float32]) -> list[Sentiment]:
    """The likeliest label of each of N texts; probabilities are [N, 4] in the order of `POLARITIES`."""
    labels = probabilities.argmax(axis=1).tolist()
    rounded = np.round(probabilities.astype(np.float64), 4)
    scores = np.round(rounded[:, _POS] - rounded[:, _NEG], 4).tolist()
    return [
        Sentiment(POLARITIES[label], score, dict(zip(POLARITIES, row, strict=True)))
        for label, score, row in zip(labels, scores, rounded.tolist(), strict=True)
    ]
