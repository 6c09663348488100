"""An encoder in the layout that sentence-transformers, and whatever else reads a BERT directory, loads.

The transformer of `models.network` is that of BERT (Devlin et al. 2019) under other names; its vectors are
means over sub-words. Weights are taken back from eight bits to float32.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer
from tokenizers.processors import TemplateProcessing

from models.encoder import TENSORS, TOKENIZER
from models.manifest import ModelFileError, read_manifest
from models.pieces import BEGIN, END, PAD
from models.tensors import read_tensors, write_tensors

__all__ = ["export"]

Floats = NDArray[np.float32]
Tensors = dict[str, NDArray[Any]]

_MODULES = ("Transformer", ""), ("Pooling", "1_Pooling"), ("Normalize", "2_Normalize")
_LINEAR = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "out": "attention.output.dense",
    "rise": "intermediate.dense",
    "fall": "output.dense",
}
_NORM = {"attended": "attention.output.LayerNorm", "done": "output.LayerNorm"}


def export(directory: Path, target: Path) -> None:
    """Write the encoder of a model directory to a new or empty directory.

    A text longer than a window is cut there, where `EncoderModel.embed` averages windows. Raises
    ModelFileError when the model is no encoder, or one that joins sub-words, for which this layout has no
    place, or the target holds files; OSError when it cannot be written.
    """
    manifest = read_manifest(directory)
    if manifest.kind != "encoder":
        raise ModelFileError(f"{directory} is a model of kind {manifest.kind!r}; only an encoder has vectors")
    if manifest.settings["shape"].get("joins"):
        raise ModelFileError(
            f"{directory} joins sub-words, which a BERT cannot; export another, such as default"
        )
    if target.exists() and any(target.iterdir()):
        raise ModelFileError(f"{target} holds files; give a new or an empty directory")
    tensors, shape = read_tensors(directory / TENSORS), manifest.settings["shape"]
    target.mkdir(parents=True, exist_ok=True)
    write_tensors(target / TENSORS, dict(_renamed(tensors, shape)), {"format": "pt"})
    longest = int(manifest.settings["window"]) + 2
    names = _tokenizer(directory / TOKENIZER, target / TOKENIZER)
    _write(target, "tokenizer_config.json", _tokenizer_config(names, longest))
    _write(target, "config.json", _config(shape))
    _write(target, "sentence_bert_config.json", {"max_seq_length": longest, "do_lower_case": False})
    _write(target, "modules.json", [_module(place, *one) for place, one in enumerate(_MODULES)])
    pooling = {"word_embedding_dimension": shape["width"], "pooling_mode_mean_tokens": True}
    _write(target, "1_Pooling/config.json", pooling)
    (target / "2_Normalize").mkdir()
    if (directory / "CARD.md").is_file():
        shutil.copyfile(directory / "CARD.md", target / "README.md")


def _renamed(tensors: Tensors, shape: dict[str, Any]) -> Iterator[tuple[str, Floats]]:
    width = shape["width"]
    yield "embeddings.word_embeddings.weight", _whole(tensors["word.weight"] * tensors["word.scale"])
    yield "embeddings.position_embeddings.weight", _whole(tensors["position.weight"])
    yield "embeddings.token_type_embeddings.weight", np.zeros((1, width), np.float32)
    for kind in ("weight", "bias"):
        yield f"embeddings.LayerNorm.{kind}", _whole(tensors[f"embedded.{kind}"])
    for layer in range(shape["layers"]):
        ours, theirs = f"layers.{layer}", f"encoder.layer.{layer}"
        for name, other in _LINEAR.items():
            weight = tensors[f"{ours}.{name}.weight"] * tensors[f"{ours}.{name}.scale"]
            shrink = tensors.get(f"{ours}.{'qkv' if name in {'q', 'k', 'v'} else name}.shrink", np.float32(1))
            yield f"{theirs}.{other}.weight", _whole(weight.T * shrink)
            yield f"{theirs}.{other}.bias", _whole(tensors[f"{ours}.{name}.bias"])
        for name, other in _NORM.items():
            for kind in ("weight", "bias"):
                yield f"{theirs}.{other}.{kind}", _whole(tensors[f"{ours}.{name}.{kind}"])
    yield "pooler.dense.weight", np.zeros((width, width), np.float32)  # BERT has one; means do without
    yield "pooler.dense.bias", np.zeros(width, np.float32)


def _whole(values: NDArray[Any]) -> Floats:
    return np.ascontiguousarray(values, np.float32)


def _tokenizer(source: Path, target: Path) -> dict[int, str]:
    """Copy it, with the special pieces put around a text; returns their names."""
    tokenizer = Tokenizer.from_file(str(source))
    names = {place: str(tokenizer.id_to_token(place)) for place in (BEGIN, PAD, END)}
    begin, end = names[BEGIN], names[END]
    tokenizer.post_processor = TemplateProcessing(
        single=f"{begin} $A {end}", special_tokens=[(begin, BEGIN), (end, END)]
    )
    tokenizer.save(str(target))
    return names


def _tokenizer_config(names: dict[int, str], longest: int) -> dict[str, Any]:
    return {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": longest,
        "cls_token": names[BEGIN],
        "pad_token": names[PAD],
        "sep_token": names[END],
        "model_input_names": ["input_ids", "attention_mask"],
    }


def _config(shape: dict[str, Any]) -> dict[str, Any]:
    return {
        "architectures": ["BertModel"],
        "model_type": "bert",
        "vocab_size": shape["words"],
        "hidden_size": shape["width"],
        "num_hidden_layers": shape["layers"],
        "num_attention_heads": shape["heads"],
        "intermediate_size": shape["inner"],
        "max_position_embeddings": shape["positions"],
        "layer_norm_eps": shape["epsilon"],
        "type_vocab_size": 1,
        "pad_token_id": PAD,
        "hidden_act": "gelu",
        "torch_dtype": "float32",
    }


def _module(place: int, name: str, path: str) -> dict[str, Any]:
    kind = f"sentence_transformers.models.{name}"
    return {"idx": place, "name": str(place), "path": path, "type": kind}


def _write(directory: Path, name: str, content: Any) -> None:
    path = directory / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
