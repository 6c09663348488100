"""A trained network as a model directory that `models.store` loads."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path

from tokenizers import Tokenizer

from models.encoder import GRAPH, TENSORS, TOKENIZER
from models.manifest import Manifest, sha256, write_manifest
from models.network import Network, quantised
from models.ngram_branch import NGRAMS
from models.tensors import write_tensors
from training.encoder.branch import Branch
from training.encoder.graph import write_graph
from training.encoder.ranges import Ranges, shrinking

__all__ = ["write_model"]


def write_model(
    directory: Path,
    network: Network,
    tokenizer: Tokenizer,
    manifest: Manifest,
    ranges: Ranges,
    *,
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
    if branch:
        write_tensors(directory / NGRAMS, branch.tensors)
        settings["ngrams"] = branch.settings
        names.append(NGRAMS)
    files = {name: sha256(directory / name) for name in names}
    write_manifest(directory, replace(manifest, kind="encoder", files=files, settings=settings))
