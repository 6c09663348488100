"""A trained network as a model directory that `models.store` loads."""

from __future__ import annotations

import shutil
from dataclasses import asdict, replace
from pathlib import Path

from models.encoder import GRAPH, TENSORS, TOKENIZER
from models.manifest import Manifest, read_manifest, sha256, write_manifest
from models.network import quantised
from models.ngram_branch import NGRAMS
from models.subword_branch import SUBWORDS
from models.tensors import write_tensors
from training.encoder.graph import write_graph
from training.encoder.ranges import shrinking
from training.encoder.subwords import Subwords
from training.encoder.train import Trained

__all__ = ["write_beside", "write_model"]


def write_model(directory: Path, trained: Trained, manifest: Manifest) -> None:
    """Write weights, graph, tokenizer and manifest, whose shape and file hashes are filled in here."""
    directory.mkdir(parents=True, exist_ok=True)
    shape = replace(trained.network.shape, sources=1, auxiliary=1)
    write_tensors(directory / TENSORS, quantised(trained.network, shrinking(trained.ranges)))
    write_graph(directory, shape, trained.ranges)
    trained.tokenizer.save(str(directory / TOKENIZER), pretty=False)
    names = [TENSORS, GRAPH, TOKENIZER]
    settings = {**manifest.settings, "shape": asdict(shape)}
    for name, key, beside in ((SUBWORDS, "subwords", trained.subwords), (NGRAMS, "ngrams", trained.branch)):
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
