"""What a teacher says of comments."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Soft"]


@dataclass(slots=True)
class Soft:
    """A teacher's probabilities for P rows: places [P], sentiment [P, 4], aspects [P, A], polarity [P, A, 4],
    risks [P, R]; distillation as in Hinton et al. 2015 (arXiv:1503.02531), at temperature 1.
    vector [P, W]: its vectors of their meaning."""

    places: NDArray[np.int64]
    sentiment: NDArray[np.float32]
    aspects: NDArray[np.float32]
    polarity: NDArray[np.float32]
    risks: NDArray[np.float32]
    vector: NDArray[np.float16]
