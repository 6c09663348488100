"""What values the matrices of the layers are given, measured on a sample."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from models.network import Network
from models.pieces import PAD

__all__ = ["Ranges", "activation_ranges", "shrinking"]

Floats = NDArray[np.float32]

Ranges = Mapping[str, tuple[Floats, Floats]]
"""Lowest and highest value [in] of each channel that a matrix (`layers.0.qkv`, ...) is given."""

_LONE = 3
"""Channels that may reach farther than the rest."""
_FAR = 2
"""How many times as far as the rest a channel reaches that is worth the multiplication."""
_LEAST = 1 / 64
"""No channel is shrunk further, for its weights grow by as much."""


def activation_ranges(network: Network, batches: Iterable[Tensor]) -> Ranges:
    """The ranges of every matrix of layers and joins; each batch is ids [B, T]."""
    found: dict[str, tuple[Floats, Floats]] = {}

    def watch(name: str, given: Tensor) -> None:
        values = given.flatten(end_dim=-2)
        low, high = values.amin(dim=0).numpy(), values.amax(dim=0).numpy()
        before = found.get(name, (low, high))
        found[name] = np.minimum(before[0], low), np.maximum(before[1], high)

    hooks = [
        module.register_forward_pre_hook(lambda _, given, name=name: watch(name, given[0]))
        for name, module in network.named_modules()
        if isinstance(module, nn.Linear) and name.startswith(("layers.", "joins."))
    ]
    with torch.inference_mode():
        for ids in batches:
            network.hidden(ids, ids != PAD)
    for hook in hooks:
        hook.remove()
    return found


def shrinking(ranges: Ranges) -> dict[str, Floats]:
    """Factors [in] by which channels are multiplied before a matrix takes them as integers.

    A few channels reach ten times as far as the others, which would share one step between them; those are
    made as small as the rest, and their weights are as much larger (Xiao et al. 2023, arXiv:2211.10438).
    Matrices without such channels are left out.
    """
    found = {}
    for name, (low, high) in ranges.items():
        reach = np.maximum(np.abs(low), np.abs(high))
        rest = np.sort(reach)[-1 - _LONE :][0]
        if reach.max() > _FAR * rest > 0:
            found[name] = np.maximum(rest / np.maximum(reach, rest), _LEAST).astype(np.float32)
    return found
