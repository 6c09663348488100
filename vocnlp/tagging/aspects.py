"""Probabilities to aspects with polarity and evidence."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from models.interface import Prediction, Spans
from vocnlp.schema import POLARITIES, AspectTag
from vocnlp.tagging.evidence import evidence

__all__ = ["aspect_tags"]


def aspect_tags(
    prediction: Prediction,
    *,
    names: Sequence[str],
    thresholds: NDArray[np.float32],
    texts: Sequence[str],
    clauses: Sequence[Spans],
) -> list[list[AspectTag]]:
    """Tags of N texts, surest first; an aspect is tagged when its probability reaches its threshold."""
    tags: list[list[AspectTag]] = [[] for _ in texts]
    polarity = prediction.polarity.argmax(axis=2)
    confidence = np.round(prediction.aspects.astype(np.float64), 4)
    for row, column in np.argwhere(prediction.aspects >= thresholds).tolist():
        scores = prediction.clauses[prediction.offsets[row] : prediction.offsets[row + 1], column]
        tags[row].append(
            AspectTag(
                names[column],
                POLARITIES[polarity[row, column]],
                float(confidence[row, column]),
                evidence(texts[row], clauses[row], scores),
            )
        )
    for row_tags in tags:
        row_tags.sort(key=lambda tag: -tag.confidence)
    return tags
