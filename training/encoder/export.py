"""A trained network as a model directory that `models.store` loads."""

from __future__ import annotations

import shutil
from dataclasses import asdict, replace
from pathlib import Path

from tokenizers import Tokenizer

from models.encoder import GRAPH, TENSORS, TOKENIZER
from models.manifest import Manifest, read_manifest, sha256, write_manifest
from models.network import Network, quantised
from models.ngram_branch import NGRAMS
from models.subword_branch import SUBWORDS
from models.tensors import write_tensors
from training.encoder.branch import Branch
from training.encoder.graph import write_graph
from training.encoder.ranges import Ranges, shrinking
from training.encoder.subwords import Subwords

__all__ = ["write_beside", "write_model"]


def write_model(
    directory: Path,
    network: Network,
    tokenizer: Tokenizer,
    manifest: Manifest,
    ranges: Ranges,
    *,
    subwords: Subwords | None = None,
    branch: Branch | None = None,
) -> None:
    """Write weights, graph, tokenizer and manifest, whose shape and file hashes are filled in here.

    ranges: as `training.encoder.ranges.activation_ranges` gives them.
    """
    directory.mkdir(parents=True, exist_ok=True)
    shape = replace(network.shape, sources=1, auxiliary=1)
    write_tensors(directory / TENSORS, quantised(network, shrinking(ranges)))
    write_graph(directory, shape, ranges)
    tokenizer.save(str(directory / TOKENIZER), pretty=False)
    names = [TENSORS, GRAPH, TOKENIZER]
    settings = {**manifest.settings, "shape": asdict(shape)}
    for name, key, beside in ((SUBWORDS, "subwords", subwords), (NGRAMS, "ngrams", branch)):
        if beside:
            write_tensors(directory / name, beside.tensors)
            settings[key] = beside.settings
            names.append(name)
    files = {name: sha256(directory / name) for name in names}
    write_manifest(directory, replace(manifest, kind="encoder", files=files, settings=settings))


def write_beside(directory: Path, start: Path, manifest: Manifest, subwords: Subwords) -> None:
    """Write a copy of the model in `start` with other sub-words beside the encoder.

    manifest: of the copy; files and settings are filled in here.
    """
    begun = read_manifest(start)
    directory.mkdir(parents=True, exist_ok=True)
    for name in begun.files:
        if (start / name).resolve() != (directory / name).resolve():
            shutil.copyfile(start / name, directory / name)
    write_tensors(directory / SUBWORDS, subwords.tensors)
    files = {name: sha256(directory / name) for name in {*begun.files, SUBWORDS}}
    settings = {**begun.settings, "subwords": subwords.settings}
    write_manifest(directory, replace(manifest, kind="encoder", files=files, settings=settings))
