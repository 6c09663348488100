"""A network that begins with the weights of another: of the packed encoder, a finished model or a teacher."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from models.manifest import Manifest, ModelFileError, read_manifest
from models.network import TRAINING_ONLY, Network, Shape
from training.encoder.packed import Packed
from training.encoder.rows import Rows
from vocnlp.errors import InputError

__all__ = ["continued", "grown", "read_encoder", "shrunk"]


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


def shrunk(
    teacher: Network, layers: Sequence[int], *, inner: int | None = None, joins: Sequence[int] = ()
) -> Network:
    """A network with the teacher's embeddings and heads, and some of its layers, in order.

    inner: how many inner units each layer keeps, those with the largest weights; all by default.
    joins: of its `Shape`.
    Raises InputError for a layer or more inner units than the teacher has.
    """
    has = teacher.shape
    if missing := [number for number in layers if number not in range(has.layers)]:
        raise InputError(f"the teacher has layers 0 to {has.layers - 1}, and no {missing[0]}")
    if inner and inner > has.inner:
        raise InputError(f"the teacher has {has.inner} inner units in a layer, not {inner}")
    shape = replace(teacher.shape, layers=len(layers), inner=inner or teacher.shape.inner, joins=joins)
    student = Network(shape)
    own = student.state_dict()
    given = teacher.state_dict()
    own |= {name: value for name, value in given.items() if name in own and not name.startswith("layers.")}
    for place, number in enumerate(layers):
        prefix = f"layers.{number}."
        layer = {name.removeprefix(prefix): value for name, value in given.items() if name.startswith(prefix)}
        for name, value in _thinned(layer, shape.inner).items():
            own[f"layers.{place}.{name}"] = value
    student.load_state_dict(own)
    return student


def read_encoder(directory: Path) -> Manifest:
    """The manifest of an encoder; raises ModelFileError if the directory holds none."""
    manifest = read_manifest(directory)
    if manifest.kind != "encoder":
        raise ModelFileError(
            f"{directory} is a model of kind {manifest.kind!r}; only an encoder can be taken further"
        )
    return manifest


def continued(old: Network, before: Sequence[str], aspects: Sequence[str], rows: Rows) -> Network:
    """A network for the aspects and rows, with the weights of the old one where it knows them.

    A new aspect begins with the mean of the known ones: it looks where aspects are, and learns which it is.
    Heads for the labels of other sources begin anew.   before: aspects of the old one.
    """
    known = {aspect: place for place, aspect in enumerate(before)}
    auxiliary, sources = len(rows.label_source), len(rows.sources)
    shape = replace(old.shape, aspects=len(aspects), auxiliary=auxiliary, sources=sources)
    network = Network(shape)
    state, given = network.state_dict(), old.state_dict()
    count = len(known)
    for name in state:
        if name.startswith(TRAINING_ONLY):
            continue
        if name not in {"query", "judged", "judged_bias", "polarity_bias"}:
            state[name] = given[name]
            continue
        first = 1 if name == "query" else 0
        own = given[name][first : first + count]
        lines = [own[known[a]] if a in known else own.mean(dim=0) for a in aspects]
        state[name] = torch.cat([given[name][:first], torch.stack(lines), given[name][first + count :]])
    network.load_state_dict(state)
    return network


def _thinned(layer: dict[str, Tensor], inner: int) -> dict[str, Tensor]:
    """The weights of a layer with its `inner` units of largest weights."""
    size = layer["rise.weight"].norm(dim=1) * layer["fall.weight"].norm(dim=0)
    kept = size.topk(inner).indices.sort().values
    return layer | {
        "rise.weight": layer["rise.weight"][kept],
        "rise.bias": layer["rise.bias"][kept],
        "fall.weight": layer["fall.weight"][:, kept],
    }


def _norm(norm: nn.LayerNorm, found: dict[str, Tensor], name: str) -> None:
    norm.weight.copy_(found[f"{name}.w"])
    norm.bias.copy_(found[f"{name}.b"])
