"""What an encoder that stays as it is makes of each comment: it reads once, heads learn in many passes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from models.network import Network
from models.pieces import PAD
from training.encoder.batches import in_turn, items
from training.encoder.rows import Rows

__all__ = ["States", "read_states"]


@dataclass(slots=True)
class States:
    """Last states of some of N rows, which have P places together: values [P, width], in a file.

    offsets: [N + 1] first place of each row; a row that was not read has none.
    """

    values: Tensor
    offsets: NDArray[np.int64]

    def padded(self, places: NDArray[np.int64]) -> tuple[Tensor, Tensor]:
        """States [B, T, width] of some rows, and where there are any [B, T]."""
        line, where = items(self.offsets, places)
        column = where - self.offsets[places][line]
        there = torch.zeros(len(places), int(column.max()) + 1, dtype=torch.bool)
        there[line, column] = True
        states = self.values.new_zeros(*there.shape, self.values.shape[1])
        states[there] = self.values[where]
        return states, there


def read_states(network: Network, rows: Rows, places: NDArray[np.int64], path: Path) -> States:
    """The states of some rows, in the type of the network; a file that an earlier run left is used."""
    counts = np.zeros(len(rows), np.int64)
    counts[places] = -(-rows.lengths[places] // network.shape.together)
    offsets = np.cumsum([0, *counts])
    width, weight = network.shape.width, network.position.weight

    def values(file: Path) -> Tensor:
        size = int(offsets[-1]) * width
        return torch.from_file(str(file), shared=True, size=size, dtype=weight.dtype).view(-1, width)

    if not path.is_file():
        part = path.with_suffix(".part")
        part.unlink(missing_ok=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        written = values(part)
        with torch.inference_mode():
            for some, ids in in_turn(rows, places, weight.device):
                states, there = network.hidden(ids, ids != PAD)
                written[items(offsets, some)[1]] = states[there].cpu()
        part.replace(path)
    return States(values(path), offsets)
