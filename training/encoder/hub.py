"""An encoder in a Hugging Face directory, as the beginning of a training.

Transformers of the BERT family with a unigram tokenizer: XLM-R, multilingual MiniLM, multilingual E5.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file

from training.encoder.packed import Packed
from training.encoder.vocabulary import SPECIAL
from vocnlp.errors import InputError

__all__ = ["read_directory"]

_FAMILY = {"bert": 0, "roberta": 2, "xlm-roberta": 2, "camembert": 2}
"""Kind of model -> places of its position embeddings that no token uses."""

_EMBEDDINGS = {
    "word_embeddings.weight": "emb.word",
    "position_embeddings.weight": "emb.pos",
    "token_type_embeddings.weight": "emb.type",
    "LayerNorm.weight": "emb.ln.w",
    "LayerNorm.bias": "emb.ln.b",
}
_PARTS = {
    "attention.self.query": "q",
    "attention.self.key": "k",
    "attention.self.value": "v",
    "attention.output.dense": "ao",
    "attention.output.LayerNorm": "aln",
    "intermediate.dense": "fi",
    "output.dense": "fo",
    "output.LayerNorm": "oln",
}
_NAME = re.compile(r"(?:^|\.)(?:embeddings\.(?P<embedding>.+)|encoder\.layer\.(?P<layer>\d+)\.(?P<part>.+))$")


def read_directory(directory: Path) -> Packed:
    """Read `config.json`, `tokenizer.json` and `model.safetensors`.

    Raises InputError with the file and what is wrong with it.
    """
    config = _json(directory / "config.json")
    kind = config.get("model_type")
    if kind not in _FAMILY or config.get("hidden_act", "gelu") != "gelu":
        known = ", ".join(_FAMILY)
        raise InputError(
            f"{directory / 'config.json'}: model_type {kind!r} cannot begin a training; can: {known}"
        )
    pieces, scores = _unigram(directory / "tokenizer.json")
    path = directory / "model.safetensors"
    try:
        found = load_file(path)
    except (OSError, SafetensorError) as error:
        raise InputError(f"{path} is no safetensors file: {error}") from error
    tensors = dict(filter(None, (_named(name, value) for name, value in found.items())))
    unused = _FAMILY[kind]
    tensors["emb.pos"] = tensors["emb.pos"][unused:]
    tensors["emb.type"] = tensors["emb.type"].reshape(-1)
    return Packed(
        width=config["hidden_size"],
        layers=config["num_hidden_layers"],
        heads=config["num_attention_heads"],
        inner=config["intermediate_size"],
        positions=len(tensors["emb.pos"]),
        epsilon=config.get("layer_norm_eps", 1e-12),
        pieces=pieces,
        scores=scores,
        tensors=tensors,
    )


def _named(name: str, value: NDArray[Any]) -> tuple[str, NDArray[np.float32]] | None:
    match = _NAME.search(name)
    if match is None:
        return None
    if match["embedding"]:
        ours = _EMBEDDINGS.get(match["embedding"])
        return None if ours is None else (ours, value.astype(np.float32))
    part, _, parameter = match["part"].rpartition(".")
    return f"l{match['layer']}.{_PARTS[part]}.{parameter[0]}", value.astype(np.float32)


def _unigram(path: Path) -> tuple[list[str], NDArray[np.float32]]:
    model = _json(path).get("model", {})
    pieces = [piece for piece, _ in model.get("vocab", [])] if model.get("type") == "Unigram" else []
    if tuple(pieces[: len(SPECIAL)]) != SPECIAL:
        expected = ", ".join(SPECIAL)
        raise InputError(f"{path} is no unigram tokenizer whose first pieces are {expected}")
    return pieces, np.array([score for _, score in model["vocab"]], np.float32)


def _json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read: {error}") from error
    return content if isinstance(content, dict) else {}
