"""The transformer model: sub-words in, answers to every question out, each read where attention looks.

A multilingual encoder reads a text once; each aspect and risk category has a query that pools the sub-words
it attends to, and a linear read-out. Where an aspect was read is its evidence. Numbers come from a runner:
`models.onnx` (eight bits on the CPU) or `models.torch` (floats, CPU or CUDA), which share one weights file.
"""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, softmax
from tokenizers import Tokenizer

from models.interface import POLARITIES, Prediction, Spans
from models.manifest import Manifest, ModelFileError
from models.ngram_branch import NgramBranch, load_branch
from models.pieces import BEGIN, END, PAD
from models.subword_branch import SubwordBranch, load_subwords

__all__ = ["GRAPH", "TENSORS", "TOKENIZER", "EncoderModel", "Runner", "load_encoder"]

TENSORS = "model.safetensors"
TOKENIZER = "tokenizer.json"
GRAPH = "graph.onnx"

Floats = NDArray[np.float32]
Ids = NDArray[np.int64]

_TOKENS_A_BATCH = 384  # small batches of like lengths waste least on padding


class Runner(Protocol):
    """Runs the network on a batch."""

    def __call__(self, ids: Ids) -> tuple[Floats, Floats]:
        """Ids [B, T], padded with `PAD` -> logits [B, 4 + A + 4A + R] and attention [B, A + R, T / J].

        J is how many sub-words the network reads as one; T is a multiple of it.
        Logits: sentiment 4, aspects A, polarity A x 4, risks R. Rows of attention sum to 1.
        """

    def vectors(self, ids: Ids) -> Floats:
        """Ids [B, T] -> means over the last hidden states of the sub-words [B, W]."""


@dataclass(slots=True)
class _Windows:
    """Texts cut into windows that the network can read: W windows with M sub-words in all.

    ids, clause: [M] sub-word, and the clause it begins in (a row of `Prediction.clauses`).
    offsets: [W + 1] first sub-word of each window.   first: [N + 1] first window of each text.
    """

    ids: Ids
    clause: Ids
    offsets: Ids
    first: Ids

    def places(self, rows: Ids) -> tuple[NDArray[np.bool_], Ids]:
        """Which cells of some windows, side by side, hold sub-words [B, T], and which sub-words those are."""
        lengths = np.diff(self.offsets)[rows, None]
        inside = np.arange(lengths.max()) < lengths
        place: Ids = (self.offsets[rows, None] + np.arange(lengths.max()))[inside]
        return inside, place

    def padded(self, rows: Ids, multiple: int) -> Ids:
        """[B, T] ids of some windows, with beginning, end and padding; T is a multiple of some number."""
        inside, place = self.places(rows)
        longest = inside.shape[1]
        ids = np.full((len(rows), longest + 2 + -(longest + 2) % multiple), PAD, np.int64)
        ids[:, 0] = BEGIN
        ids[:, 1 : 1 + longest][inside] = self.ids[place]
        ids[np.arange(len(rows)), inside.sum(axis=1) + 1] = END
        return ids


class EncoderModel:
    """See the module; made by `training.encoder`, loaded by `models.store.load`."""

    def __init__(
        self,
        manifest: Manifest,
        tokenizer: Tokenizer,
        runner: Runner,
        *,
        subwords: SubwordBranch | None = None,
        branch: NgramBranch | None = None,
    ) -> None:
        """subwords, branch: what has a say in sentiment, and in sentiment or aspects, besides."""
        settings = manifest.settings
        self.manifest = manifest
        self.version = f"{manifest.name}@{manifest.version}"
        self.aspects = manifest.aspects
        self.risks: tuple[str, ...] = tuple(settings["risks"])
        self.risk_weights: dict[str, Any] = settings["risk_weights"]
        self.thresholds: Floats = np.array([settings["thresholds"][a] for a in manifest.aspects], np.float32)
        self._longest = int(settings["window"])
        self._together = 1 << len(settings["shape"].get("joins", ()))
        self._tokenizer = tokenizer
        self._runner = runner
        self._subwords = subwords
        self._branch = branch

    def predict(self, texts: Sequence[str], clauses: Sequence[Spans]) -> Prediction:
        """See `models.interface.Model.predict`.

        A text longer than a window is read in windows that end with clauses: sentiment is averaged over them
        by length, an aspect or risk has its highest probability, and its polarity there.
        """
        windows = self._windows(texts, clauses)
        logits, clause_scores = self._run(windows, sum(len(spans) for spans in clauses))
        count, risks = len(self.aspects), len(self.risks)
        cuts = np.cumsum([len(POLARITIES), count, len(POLARITIES) * count])
        sentiment, aspects, polarity, risk = np.split(logits, cuts, axis=1)
        first = windows.first[:-1]
        lengths = np.diff(windows.offsets).astype(np.float32) + 2  # beginning and end
        shares = lengths / np.repeat(np.add.reduceat(lengths, first), np.diff(windows.first))
        best = _highest(aspects, windows.first)
        polarity = polarity.reshape(-1, count, len(POLARITIES))
        column = np.arange(count)
        feeling: Floats = np.add.reduceat(softmax(sentiment, axis=1) * shares[:, None], first, axis=0)
        judged: Floats = expit(aspects[best, column])
        if self._subwords:
            feeling = self._subwords.joined(feeling, windows.ids, windows.offsets[windows.first])
        if self._branch:
            feeling, judged = self._branch.joined(feeling, judged, texts)
        return Prediction(
            sentiment=feeling,
            aspects=judged,
            polarity=softmax(polarity[best, column], axis=2),
            clauses=clause_scores,
            offsets=np.cumsum([0, *map(len, clauses)]).astype(np.int64),
            risks=expit(np.maximum.reduceat(risk, first, axis=0))
            if risks
            else np.zeros((len(texts), 0), np.float32),
        )

    def embed(self, texts: Sequence[str]) -> Floats:
        """Vectors of unit length [N, W]: texts of like meaning lie near each other, in any language.

        Windows of a long text are averaged by length.
        """
        windows = self._windows(texts, [[(0, len(text))] for text in texts])
        lengths = np.diff(windows.offsets)
        batches = _batches(lengths)
        found = np.concatenate(
            [self._runner.vectors(windows.padded(rows, self._together)) for rows in batches]
        )
        ordered = np.empty_like(found)
        ordered[np.concatenate(batches)] = found
        summed = np.add.reduceat(ordered * (lengths + 2)[:, None], windows.first[:-1], axis=0)
        vectors: Floats = (summed / np.linalg.norm(summed, axis=1, keepdims=True)).astype(np.float32)
        return vectors

    def _windows(self, texts: Sequence[str], clauses: Sequence[Spans]) -> _Windows:
        ids: list[Sequence[int]] = []
        clause: list[Ids] = []
        sizes: list[int] = []
        first = [0]
        base = 0
        encoded = self._tokenizer.encode_batch(list(texts), add_special_tokens=False)
        for encoding, spans in zip(encoded, clauses, strict=True):
            starts = np.array([start for start, _ in spans], np.int64)
            places = np.array([start for start, _ in encoding.offsets], np.int64)
            own = np.maximum(np.searchsorted(starts, places, side="right") - 1, 0)
            for begin, end in _cuts(own, self._longest):
                ids.append(encoding.ids[begin:end])
                clause.append(base + own[begin:end])
                sizes.append(end - begin)
            first.append(len(sizes))
            base += len(spans)
        return _Windows(
            ids=np.fromiter((i for window in ids for i in window), np.int64, sum(sizes)),
            clause=np.concatenate(clause) if clause else np.zeros(0, np.int64),
            offsets=np.cumsum([0, *sizes]).astype(np.int64),
            first=np.array(first),
        )

    def _run(self, windows: _Windows, clauses: int) -> tuple[Floats, Floats]:
        """Logits [W, 4 + A + 4A + R] and, for each clause, the attention that fell on it [C, A + R]."""
        labels = len(self.aspects) + len(self.risks)
        lengths = np.diff(windows.offsets)
        logits = np.empty((len(lengths), len(POLARITIES) * (1 + len(self.aspects)) + labels), np.float32)
        scores = np.zeros((clauses, labels), np.float32)
        for rows in _batches(lengths):
            logits[rows], attention = self._runner(windows.padded(rows, self._together))
            if clauses:
                inside, place = windows.places(rows)
                line, column = np.nonzero(inside)
                looked = attention[line, :, (column + 1) // self._together] / self._together
                np.add.at(scores, windows.clause[place], looked)
        return logits, scores


def _cuts(clause: Ids, longest: int) -> list[tuple[int, int]]:
    """Half-open windows of at most `longest` sub-words, each ending with a clause where one ends in it."""
    if len(clause) <= longest:
        return [(0, len(clause))]
    result, begin = [], 0
    ends = np.append(np.flatnonzero(np.diff(clause)) + 1, len(clause))
    while begin < len(clause):
        within = ends[(ends > begin) & (ends <= begin + longest)]
        end = int(within[-1]) if len(within) else begin + longest
        result.append((begin, end))
        begin = end
    return result


def _batches(lengths: Ids) -> list[Ids]:
    """Windows of like length together, at most `_TOKENS_A_BATCH` sub-words with padding."""
    order = np.argsort(lengths, kind="stable")
    batches, begin = [], 0
    for place in range(1, len(order) + 1):
        full = place == len(order) or (place + 1 - begin) * (lengths[order[place]] + 2) > _TOKENS_A_BATCH
        if full:
            batches.append(order[begin:place])
            begin = place
    return batches


def _highest(values: Floats, first: Ids) -> Ids:
    """[N, A] row of the highest value of each text's windows."""
    if len(values) == len(first) - 1:
        return np.broadcast_to(np.arange(len(values))[:, None], values.shape)
    return np.stack([f + values[f:e].argmax(axis=0) for f, e in pairwise(first)])


def load_encoder(directory: Path, manifest: Manifest, device: str = "auto") -> EncoderModel:
    """Load what `training.encoder.export` wrote; `auto` takes CUDA where torch finds it, else the CPU.

    Raises ModelFileError if a file cannot be read, or if the device is `cuda` and there is none.
    """
    try:
        tokenizer = Tokenizer.from_file(str(directory / TOKENIZER))
    except Exception as error:  # tokenizers raises nothing more special
        raise ModelFileError(f"{directory / TOKENIZER} is no tokenizer: {error}") from error
    given = manifest.settings
    return EncoderModel(
        manifest,
        tokenizer,
        _runner(directory, manifest, device),
        subwords=load_subwords(directory, given["subwords"]) if "subwords" in given else None,
        branch=load_branch(directory, given["ngrams"]) if "ngrams" in given else None,
    )


def _runner(directory: Path, manifest: Manifest, device: str) -> Runner:
    from models.onnx import OnnxRunner

    if device == "cuda" or (device == "auto" and _has_gpu()):
        from models import torch as on_torch

        if on_torch.cuda_works():
            return on_torch.TorchRunner(directory, manifest, device="cuda")
        if device == "cuda":
            raise ModelFileError("torch finds no CUDA device; use the device cpu or auto")
    return OnnxRunner(directory)


def _has_gpu() -> bool:
    """Whether it is worth the seconds that the import of torch takes."""
    return bool(shutil.which("nvidia-smi")) and importlib.util.find_spec("torch") is not None
