"""Train the language detector that ships with vocnlp: `python -m training.language DATA_DIR -o DIRECTORY`.

A multinomial logistic regression on the hashed n-grams of `vocnlp.text.wordgrams`, on whole comments and on
snippets of 1 to 3 and 4 to 10 words of them, with a temperature fitted on held-out comments.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray

from models.manifest import Manifest, sha256, write_manifest
from models.tensors import write_tensors
from training.card import FREE_LICENCE, RESTRICTED_LICENCE
from training.corpora import LICENCE_CLASSES
from training.language_fit import Snippets, featurise, fit, temperature, written_in
from training.language_signs import han_kinds
from training.language_texts import (
    Corpora,
    Texts,
    django_texts,
    malay,
    profile_texts,
    read_corpora,
    recipe,
    vocabulary_texts,
)
from vocnlp.text.language import MODEL_FILE, BuiltinDetector, Floats, LanguageModel, allowed_languages

__all__ = ["LOCAL", "Settings", "train"]

BY_SCRIPT = ("ja", "ko", "th", "zh")
LOCAL = ("ace", "ban", "bbc", "bjn", "bug", "jv", "mad", "min", "nij", "su")
"""Languages of Indonesia of which the corpora have 500 comments each."""

# Languages whose users leave the marks off when they type.
_OFTEN_BARE = ("ca", "cs", "es", "fr", "hr", "pl", "pt", "ro", "sk", "tr", "vi")
_BARE = str.maketrans("đıłøĐŁØ", "diloDLO")


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of one training.

    buckets: rows of the weight table.   per_language: corpus texts a language.
    thin: below so many, a language also gets Django's messages and `profile_texts`.
    profile, vocabulary, comments, malay: how many pseudo-texts, and how often a written comment counts.
    english, local: weights of these classes, 1 for all others: English is the commonest, local languages must
        not cost Indonesian.
    bare: share of snippets whose marks are left off.   held_out: share of texts for the temperature.
    least_confidence: below it the detector says `und`.
    """

    buckets: int = 45_056
    per_language: int = 6_000
    thin: int = 3_000
    profile: int = 1_000
    vocabulary: int = 800
    comments: int = 8
    malay: int = 4_000
    english: float = 1.5
    local: float = 0.3
    bare: float = 0.08
    held_out: float = 0.05
    least_confidence: float = 0.35
    epochs: int = 3
    batch: int = 1_024
    rate: float = 0.02
    seed: int = 0


def gather(corpora: Corpora, settings: Settings, rng: np.random.Generator) -> tuple[Texts, Texts, set[str]]:
    """Texts to learn from, held-out ones, and the words by which Malay is told."""
    learnt: Texts = {}
    held: Texts = {}
    corpora.drop_english_rows("hi")
    for language in sorted(corpora.texts):
        if language in BY_SCRIPT:
            continue
        texts = corpora.sample(language, settings.per_language, rng)
        cut = int(settings.held_out * len(texts))
        order = rng.permutation(len(texts))
        held[language] = [texts[row] for row in order[:cut]]
        learnt[language] = [texts[row] for row in order[cut:]]
    written = recipe()
    own = set(written["vocabulary"])
    messages = django_texts()
    for language in sorted(own | {code for code in learnt if code not in LOCAL}):
        texts = learnt.setdefault(language, [])
        if len(texts) < settings.thin:
            texts += messages.get(language, [])
            texts += profile_texts(language, settings.profile, rng)
        if language in own:
            texts += vocabulary_texts(written["vocabulary"][language].split(), settings.vocabulary, rng)
        texts += written["comments"].get(language, []) * settings.comments
        texts += written["international"].split() * settings.comments
    indonesian = corpora.all("id")
    shuffled = [indonesian[row] for row in rng.permutation(len(indonesian))]
    words = written["vocabulary"]["ms"].split()
    texts, telling = malay(shuffled, {**{word: word for word in words}, **written["malay"]}, settings.malay)
    learnt["ms"] += texts
    return learnt, held, telling


def snippets(text: str, rng: np.random.Generator) -> list[str]:
    """The text, 4 to 10 and 1 to 3 words in a row of it."""
    words = text.split()
    result = [text]
    for least, most in ((4, 10), (1, 3)):
        size = int(rng.integers(least, most + 1))
        start = int(rng.integers(0, max(len(words) - size, 0) + 1))
        result.append(" ".join(words[start : start + size]))
    return result


def examples(
    texts: Texts, telling: set[str], languages: Sequence[str], settings: Settings, rng: np.random.Generator
) -> Snippets:
    """Snippets of all texts, in random order."""
    pieces: list[str] = []
    labels: list[int] = []
    for label, language in enumerate(languages):
        for text in texts.get(language, []):
            for piece in snippets(text, rng):
                if language == "ms" and telling.isdisjoint(piece.lower().split()):
                    continue
                bare = language in _OFTEN_BARE and rng.random() < settings.bare
                pieces.append(without_marks(piece) if bare else piece)
                labels.append(label)
    order = rng.permutation(len(pieces))
    return featurise([pieces[row] for row in order], np.array(labels)[order], languages, settings.buckets)


def without_marks(text: str) -> str:
    """The text as typed on a keyboard without accents."""
    parts = unicodedata.normalize("NFD", text)
    return "".join(letter for letter in parts if not unicodedata.combining(letter)).translate(_BARE)


def script_confidence(detector: BuiltinDetector, corpora: Corpora, rng: np.random.Generator) -> float:
    """How often the script alone gives the right language, on a sample of the languages it decides."""
    right = total = 0
    for language in BY_SCRIPT:
        found = detector.detect(corpora.sample(language, 2_000, rng))
        told = Counter(answer.code.partition("-")[0] for answer in found)
        right += told[language]
        total += len(found) - told["und"]
    return round(min((right + 1) / (total + 2), 0.999), 4)


def emphasis(languages: Sequence[str], settings: Settings) -> Floats:
    """[L] how much each language counts."""
    counts = np.ones(len(languages), np.float32)
    counts[np.isin(languages, LOCAL)] = settings.local
    counts[np.isin(languages, ["en"])] = settings.english
    return counts


def train(
    data: Path,
    output: Path,
    *,
    settings: Settings | None = None,
    terms: Sequence[str] | None = None,
    report: Callable[[str], Any] = print,
) -> None:
    """Train on the train files below `data/corpora` and write the model directory `output`."""
    settings = settings or Settings()
    rng = np.random.default_rng(settings.seed)
    corpora = read_corpora(data, terms=terms)
    learnt, held, telling = gather(corpora, settings, rng)
    languages = tuple(sorted(learnt))
    shown = examples(learnt, telling, languages, settings, rng)
    report(f"{len(languages)} languages, {len(shown.language):,} snippets")
    weights = fit(
        shown,
        languages,
        emphasis(languages, settings),
        epochs=settings.epochs,
        batch=settings.batch,
        rate=settings.rate,
        rng=rng,
        report=report,
    )
    scale = float(np.quantile(np.abs(weights), 0.9999)) / 127
    rounded = np.clip(np.round(weights / scale), -127, 127).astype(np.int8)
    model = LanguageModel(
        weights=rounded * np.float32(scale),
        languages=languages,
        allowed=allowed_languages(languages, written_in(languages)),
        han=han_kinds(corpora),
        least_confidence=settings.least_confidence,
        script_confidence=1.0,
        temperature=temperature(
            examples(held, set(), languages, settings, rng), rounded * np.float32(scale), languages
        ),
    )
    model.script_confidence = script_confidence(BuiltinDetector(model), corpora, rng)
    save(model, rounded, scale, corpora, output)
    report(f"{output} written; measure it with: python -m evaluation.language {data}")


def save(
    model: LanguageModel, rounded: NDArray[np.int8], scale: float, corpora: Corpora, output: Path
) -> None:
    """Write the tensors, the manifest with their sha256, and the card."""
    output.mkdir(parents=True, exist_ok=True)
    write_tensors(output / MODEL_FILE, {"weights": rounded, "han": model.han})
    free = set(corpora.classes.values()) <= {"open"}
    manifest = Manifest(
        name="language",
        version=f"{datetime.now(UTC):%Y.%m}",
        kind="language",
        licence=FREE_LICENCE if free else RESTRICTED_LICENCE,
        aspects=(),
        languages=model.languages,
        files={MODEL_FILE: sha256(output / MODEL_FILE)},
        sources=corpora.classes,
        settings={
            "scale": scale,
            "scripts": written_in(model.languages),
            "least_confidence": model.least_confidence,
            "script_confidence": model.script_confidence,
            "temperature": model.temperature,
        },
    )
    write_manifest(output, manifest)
    (output / "CARD.md").write_text(card(manifest), encoding="utf-8")


def card(manifest: Manifest) -> str:
    """CARD.md: what the model is, what it was trained on, under which terms it may be used."""
    rows = "\n".join(f"| {source} | {kind} |" for source, kind in sorted(manifest.sources.items()))
    return f"""# {manifest.name} {manifest.version}

Tells {len(manifest.languages)} languages of the Latin, Cyrillic, Arabic and Devanagari scripts apart
(`vocnlp/text/language.py`): {", ".join(manifest.languages)}.
Multinomial logistic regression on hashed n-grams.

Licence of the weights: **{manifest.licence}**. They follow the strictest terms among the sources.

Beside the corpora it was trained on the translations of Django's messages (BSD), on pseudo-words drawn from
langdetect's trigram counts (Apache-2.0), and on words and comments written for this project
(`training/recipes/language.yaml`). Kinds of Han characters come from OpenCC (Apache-2.0) and the corpora.
docs/language.md has its measurements.

## Sources

| source | licence class |
|---|---|
{rows}
"""


@click.command()
@click.argument("data", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("-o", "--output", required=True, type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--terms", multiple=True, type=click.Choice(LICENCE_CLASSES), help="Use only sources of these classes."
)
def main(*, data: Path, output: Path, terms: tuple[str, ...]) -> None:
    """Train the language detector on DATA/corpora/*/train.jsonl.zst and write a model directory."""
    train(data, output, terms=terms or None, report=click.echo)


if __name__ == "__main__":
    main()
