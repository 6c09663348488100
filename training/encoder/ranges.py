"""What values the matrices of the layers are given, measured on a sample."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn

from models.encoder import PAD
from models.network import Network

__all__ = ["activation_ranges"]


def activation_ranges(network: Network, batches: Iterable[Tensor]) -> dict[str, tuple[float, float]]:
    """Lowest and highest input of each matrix, by name; each batch is ids [B, T]."""
    found: dict[str, tuple[float, float]] = {}

    def watch(name: str, given: Tensor) -> None:
        low, high = found.get(name, (0.0, 0.0))
        found[name] = min(low, given.min().item()), max(high, given.max().item())

    hooks = [
        module.register_forward_pre_hook(lambda _, given, name=name: watch(name, given[0]))
        for name, module in network.layers.named_modules(prefix="layers")
        if isinstance(module, nn.Linear)
    ]
    with torch.inference_mode():
        for ids in batches:
            network.hidden(ids, ids != PAD)
    for hook in hooks:
        hook.remove()
    return found
