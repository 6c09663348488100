"""A network that begins with the weights of the packed encoder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from models.network import Network, Shape
from training.encoder.packed import Packed

__all__ = ["grown", "shrunk"]


def grown(packed: Packed, kept: NDArray[np.int64], shape: Shape, *, layers: Sequence[int]) -> Network:
    """A network whose embeddings and layers are those of the packed encoder.

    kept: [V] ids of the pieces that the vocabulary keeps.   layers: which of its layers, in order.
    """
    network = Network(shape)
    found = {name: torch.from_numpy(value) for name, value in packed.tensors.items()}
    with torch.no_grad():
        network.word.weight.copy_(found["emb.word"][torch.from_numpy(kept)])
        network.position.weight.copy_(found["emb.pos"] + found["emb.type"][: shape.width])
        _norm(network.embedded, found, "emb.ln")
        for place, number in enumerate(layers):
            layer = network.layers[place]
            parts = [f"l{number}.{part}" for part in "qkv"]
            layer.qkv.weight.copy_(torch.cat([found[f"{part}.w"] for part in parts]))
            layer.qkv.bias.copy_(torch.cat([found[f"{part}.b"] for part in parts]))
            for linear, name in ((layer.out, "ao"), (layer.rise, "fi"), (layer.fall, "fo")):
                linear.weight.copy_(found[f"l{number}.{name}.w"])
                linear.bias.copy_(found[f"l{number}.{name}.b"])
            _norm(layer.attended, found, f"l{number}.aln")
            _norm(layer.done, found, f"l{number}.oln")
    return network


def shrunk(teacher: Network, layers: Sequence[int]) -> Network:
    """A network with the teacher's embeddings and heads, and some of its layers, in order."""
    student = Network(replace(teacher.shape, layers=len(layers)))
    state = teacher.state_dict()
    own = {name: value for name, value in state.items() if not name.startswith("layers.")}
    for place, number in enumerate(layers):
        prefix = f"layers.{number}."
        for name, value in state.items():
            if name.startswith(prefix):
                own[f"layers.{place}.{name.removeprefix(prefix)}"] = value
    student.load_state_dict(own)
    return student


def _norm(norm: nn.LayerNorm, found: dict[str, Tensor], name: str) -> None:
    norm.weight.copy_(found[f"{name}.w"])
    norm.bias.copy_(found[f"{name}.b"])
