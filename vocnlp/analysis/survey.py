"""The table that every analysis reads: tags, scores and attributes of n comments as columns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["Survey"]


@dataclass(slots=True)
class Survey:
    """n answers with A aspects and R risk categories.

    frame:     [n] one row an answer: `id`, `text` (masked; empty if no comment was written), `language`,
               `sentiment`, `sentiment_score`, then one column per score (`nps`, `csat`, `ces`, ...; float, NaN
               where not answered) and one per attribute, under their own names.
    scores:    names of the score columns; attributes: names of the attribute columns.
    negative:  [n, A] bool, the aspect is judged neg or mix.   positive: [n, A] bool, pos or mix.
    mentioned: [n, A] bool, the aspect is judged at all (also neu).
    risks:     [n, R] bool, a rule of the category fired.
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

    def __len__(self) -> int:
        return len(self.frame)
