"""Very long comments: cut at clause ends, predicted piece by piece, put together again."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from models.interface import Model, Prediction, Spans
from vocnlp.text.prepare import LONG

__all__ = ["pieces", "predict"]


def pieces(clauses: Spans) -> list[Spans]:
    """The clauses of one text in groups; a group ends at the first clause end after `LONG` code points."""
    result: list[list[tuple[int, int]]] = [[]]
    begun = clauses[0][0] if clauses else 0
    for start, end in clauses:
        if start - begun >= LONG:
            result.append([])
            begun = start
        result[-1].append((start, end))
    return list(result)


def predict(model: Model, texts: Sequence[str], clauses: Sequence[Spans]) -> Prediction:
    """As `Model.predict`, with texts longer than `LONG` predicted in pieces.

    Probabilities of sentiment are averaged over the pieces by length; an aspect has its highest probability,
    and the polarity of the piece in which it has it.
    """
    if all(len(text) <= LONG for text in texts):
        return model.predict(texts, clauses)
    part_texts: list[str] = []
    part_clauses: list[Spans] = []
    firsts: list[int] = []
    for text, spans in zip(texts, clauses, strict=True):
        firsts.append(len(part_texts))
        for group in pieces(spans) if len(text) > LONG else [spans]:
            start = group[0][0] if group else 0
            part_texts.append(text[start : group[-1][1] if group else len(text)])
            part_clauses.append([(a - start, b - start) for a, b in group])
    parts = model.predict(part_texts, part_clauses)
    return _joined(parts, np.array(firsts), np.array([max(len(text), 1) for text in part_texts], np.float32))


def _joined(parts: Prediction, firsts: NDArray[np.int64], lengths: NDArray[np.float32]) -> Prediction:
    last = np.append(firsts[1:], len(lengths))
    weights = (lengths / np.repeat(np.add.reduceat(lengths, firsts), np.diff(last, prepend=0)))[:, None]
    best = np.stack([f + parts.aspects[f:e].argmax(axis=0) for f, e in zip(firsts, last, strict=True)])
    column = np.arange(parts.aspects.shape[1])
    return Prediction(
        sentiment=np.add.reduceat(parts.sentiment * weights, firsts, axis=0).astype(np.float32),
        aspects=parts.aspects[best, column],
        polarity=parts.polarity[best, column],
        clauses=parts.clauses,
        offsets=parts.offsets[np.append(firsts, len(lengths))],
        risks=np.maximum.reduceat(parts.risks, firsts, axis=0)
        if parts.risks.shape[1]
        else parts.risks[firsts],
    )
