"""Learn `models.subword_branch` from every label of sentiment that any source gives."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from tokenizers import Tokenizer

from models.encoder import TOKENIZER
from models.interface import POLARITIES
from models.manifest import Manifest
from models.network import Network
from models.ngram_classifiers import CLASSIFIERS, Floats
from models.subword_branch import SUBWORDS, SubwordBranch, keys
from models.tensors import read_tensors
from models.torch import load_network
from training.encoder.answers import answers
from training.encoder.calibrate import heard
from training.encoder.recipe import SubwordRecipe
from training.encoder.rows import Rows, encoded, gathered
from training.encoder.start import read_encoder
from training.linear import SENTIMENTS, packed, svm, unit
from vocnlp.batch.labelled import Example
from vocnlp.errors import InputError

__all__ = ["Subwords", "beside", "kept_subwords", "learned_subwords"]

Places = NDArray[np.int64]

_LABELS = [POLARITIES.index(label) for label in SENTIMENTS]
"""Of the other sources; what is mixed is left to the encoder."""


@dataclass(slots=True)
class Subwords:
    """Settings and tensors of `SubwordBranch`."""

    settings: dict[str, Any]
    tensors: dict[str, NDArray[Any]]


def learned_subwords(network: Network, rows: Rows, recipe: SubwordRecipe) -> Subwords | None:
    """Support vector machines, one a label, on all rows that are not held.

    None without rows of other sources, or where no sub-word is frequent enough.
    network: calibrated; with it the rows held, if any, set the temperature.
    Within each other source labels weigh equally, however frequent they are. The machines are fitted twice:
    on all features, and on those that moved most.
    """
    seen = np.flatnonzero((rows.sentiment >= 0) & ~rows.held)
    if rows.own[seen].all():
        return None
    ids, offsets = _inner(rows, seen)
    text, found = keys(ids, offsets)
    features, column = np.unique(found, return_inverse=True)
    shape = (len(seen), len(features))
    counts = csr_matrix((np.ones(len(found), np.float32), (text, column)), shape=shape)
    frequency = np.bincount(counts.indices, minlength=len(features))
    idf: Floats = (np.log(len(seen) / frequency) + 1).astype(np.float32)
    kept = np.flatnonzero(frequency >= recipe.minimum_texts)
    if not len(kept):
        return None
    weights, _ = _machines(unit(counts[:, kept], idf[kept]), rows, seen, recipe)
    moved = np.abs(weights).max(axis=1) * idf[kept] * np.sqrt(frequency[kept])
    kept = np.sort(kept[np.argsort(-moved, kind="stable")[: recipe.features]])
    weights, bias = _machines(unit(counts[:, kept], idf[kept]), rows, seen, recipe)
    tensors = packed(kept, idf[kept], weights * idf[kept, None], most=len(kept))
    tensors |= {"features": features[kept], "bias": bias}
    made = Subwords({"weight": recipe.weight, "temperature": 1.0}, tensors)
    if rows.held.any():
        _, made.settings["temperature"] = _heard(made, network, rows)
    return made


def beside(
    labelled: Sequence[Example],
    *,
    start: Path,
    recipe: SubwordRecipe,
    corpora: Path,
    sources: Sequence[str],
    without: frozenset[str],
    report: Callable[[str], None],
) -> tuple[Subwords, Counter[str], set[str]]:
    """Sub-words for the encoder in `start`, the comments used of each source, and their languages.

    See `training.encoder.train.train_encoder` for the rest.
    Raises ModelFileError if `start` holds no encoder, InputError if it has n-grams of a user's own beside it,
    or no source in `corpora` has a sentiment.
    """
    manifest = read_encoder(start)
    if "ngrams" in manifest.settings:
        raise InputError(
            f"{start} has n-grams of a user's comments beside it; give the model it went on from"
        )
    gathering = gathered(labelled, corpora, sources, limits=recipe.corpora, without=without)
    found = [row for row in gathering if row.sentiment]
    rows = encoded(
        found,
        Tokenizer.from_file(str(start / TOKENIZER)),
        aspects=[*dict.fromkeys([*manifest.aspects, *(a for row in found for a in row.aspects)])],
        risks=manifest.settings["risks"],
        window=manifest.settings["window"],
    )
    report(f"{len(rows):,} comments with a sentiment, {rows.held.sum():,} of them held for the temperature")
    subwords = learned_subwords(load_network(start, manifest).eval(), rows, recipe)
    if subwords is None:
        raise InputError(f"no source in {corpora} has enough comments with a sentiment")
    report(f"{len(subwords.tensors['features']):,} sub-words and pairs have a say in sentiment")
    return subwords, Counter(row.origin for row in found), {row.language for row in found}


def kept_subwords(
    start: Path,
    manifest: Manifest,
    network: Network,
    rows: Rows,
    *,
    least: int,
    report: Callable[[str], None],
) -> Subwords | None:
    """Those of the model in `start`, beside a network that was taken further.

    If `least` of the rows held have a sentiment, these set the temperature anew; None where they are likelier
    without.
    """
    settings, tensors = manifest.settings["subwords"], read_tensors(start / SUBWORDS, CLASSIFIERS)
    if (rows.sentiment[rows.held] >= 0).sum() >= least:
        gain, found = _heard(Subwords({**settings, "temperature": 1.0}, tensors), network, rows)
        if gain <= 0:
            report(f"the comments held are likelier without the sub-words of {manifest.name}")
            return None
        settings = {**settings, "temperature": found}
    return Subwords(settings, tensors)


def _heard(subwords: Subwords, network: Network, rows: Rows) -> tuple[float, float]:
    """`calibrate.heard` on the rows held; subwords of temperature 1."""
    held = answers(network, rows, np.flatnonzero(rows.held))
    both = SubwordBranch(subwords.settings, subwords.tensors).joined(
        held.sentiment, *_inner(rows, held.places)
    )
    return heard(held.sentiment, both, rows.sentiment[held.places])


def _inner(rows: Rows, places: Places) -> tuple[Places, Places]:
    """Sub-words of some rows without beginning and end, and where each row begins."""
    lengths = rows.lengths[places] - 2
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    inside = np.arange(offsets[-1]) + np.repeat(rows.offsets[places] + 1 - offsets[:-1], lengths)
    return rows.tokens[inside].astype(np.int64), offsets


def _machines(features: csr_matrix, rows: Rows, seen: Places, recipe: SubwordRecipe) -> tuple[Floats, Floats]:
    """Weights [F, 4] and bias [4], nothing but zeros of labels that are not in `_LABELS`."""
    from joblib import Parallel, delayed

    sentiment = rows.sentiment[seen]
    weight = _row_weights(rows.source[seen], sentiment)
    weight[rows.own[seen]] = recipe.own
    jobs = (
        delayed(svm)(features, sentiment == label, weight, C=recipe.c, dual=False, tol=1e-3, random_state=0)
        for label in _LABELS
    )
    weights = np.zeros((features.shape[1], len(POLARITIES)), np.float32)
    bias = np.zeros(len(POLARITIES), np.float32)
    for label, found in zip(_LABELS, Parallel(n_jobs=recipe.threads, prefer="threads")(jobs), strict=True):
        weights[:, label], bias[label] = found
    return weights, bias


def _row_weights(source: Places, sentiment: Places) -> NDArray[np.float64]:
    """[N] weights that average 1 in each source, with its labels weighed equally."""
    table = np.zeros((source.max() + 1, len(POLARITIES)))
    np.add.at(table, (source, sentiment), 1)
    share = table.sum(axis=1) / np.maximum((table > 0).sum(axis=1), 1)
    weight: NDArray[np.float64] = share[source] / table[source, sentiment]
    return weight
