"""A network's probabilities for many rows, as labels for a smaller network or to set thresholds by."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from models.network import Network
from models.pieces import PAD
from training.encoder.batches import in_turn
from training.encoder.rows import Rows
from training.encoder.soft import Soft

__all__ = ["answers"]


def answers(network: Network, rows: Rows, places: NDArray[np.int64]) -> Soft:
    """Probabilities for some rows, as if each were labelled with the taxonomy; in ascending length."""
    ordered, parts = [], []
    device = network.position.weight.device
    with torch.inference_mode():
        for some, ids in in_turn(rows, places, device):
            ordered.append(some)
            found = network(ids, ids != PAD, torch.zeros(len(ids), dtype=torch.long, device=device))
            given = (
                found.sentiment.softmax(dim=1),
                found.aspects.sigmoid(),
                found.polarity.softmax(dim=2),
                found.risks.sigmoid(),
            )
            parts.append(
                [*(value.float().cpu().numpy() for value in given), found.vector.half().cpu().numpy()]
            )
    return Soft(np.concatenate(ordered), *(np.concatenate(values) for values in zip(*parts, strict=True)))
