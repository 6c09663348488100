"""The table that every analysis reads: tags, scores and attributes of n comments as columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["Mark", "Survey"]


class Mark(NamedTuple):
    """Words of an answer that carry a tag: `text[start:end]`.

    kind "aspect": name is the aspect, label its polarity; kind "risk": the category and its severity.
    """

    kind: str
    name: str
    label: str
    start: int
    end: int


@dataclass(slots=True)
class Survey:
    """n answers with A aspects and R risk categories.

    frame:     [n] one row an answer: `id`, `text` (masked; empty if no comment was written), `language`,
               `sentiment`, `sentiment_score`, then one column per score (`nps`, `csat`, `ces`, ...; float,
               NaN where not answered) and one per attribute, under their own names.
    scores:    names of the score columns; attributes: names of the attribute columns.
    negative:  [n, A] bool, the aspect is judged neg or mix.   positive: [n, A] bool, pos or mix.
    mentioned: [n, A] bool, the aspect is judged at all (also neu).
    risks:     [n, R] bool, a rule of the category fired.
    marks:     [n] the evidence of each answer's tags, for quotes; empty when it was not kept.
    failed:    rows of the input that could not be read or tagged, beyond the n.
    """

    frame: pd.DataFrame
    scores: tuple[str, ...]
    attributes: tuple[str, ...]
    aspects: tuple[str, ...]
    negative: NDArray[np.bool_]
    positive: NDArray[np.bool_]
    mentioned: NDArray[np.bool_]
    risk_categories: tuple[str, ...]
    risks: NDArray[np.bool_]
    marks: Sequence[tuple[Mark, ...]] = ()
    failed: int = 0

    def __len__(self) -> int:
        return len(self.frame)
