"""`vocnlp train`."""

from __future__ import annotations

import importlib.util
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import numpy as np

from models.linear import save_linear
from models.manifest import Manifest, read_manifest
from training.card import (
    DISTILLED,
    ENCODER,
    LINEAR,
    NGRAMS,
    SHIPPED_BEGINNING,
    SUBWORDS,
    TUNED,
    card,
    manifest,
)
from training.checks import notices, unseen
from training.corpora import LICENCE_CLASSES, licence_classes, sentiment_examples
from training.encoder.recipe import EncoderRecipe, SubwordRecipe, TuneRecipe
from training.linear import Recipe, train_linear
from training.recipes import AnyRecipe, read_recipe
from training.record import RunRecord
from vocnlp.batch.labelled import Example, examples, read_lines
from vocnlp.errors import InputError, MissingExtraError
from vocnlp.pipeline import find_model
from vocnlp.taxonomy import taxonomy

if TYPE_CHECKING:
    from training.encoder.train import Trained

__all__ = ["train"]


@click.command(short_help="Train a model on labelled comments.")
@click.argument("data", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "-o", "--output", required=True, type=click.Path(file_okay=False, path_type=Path), help="Model directory."
)
@click.option(
    "--recipe", "recipe_name", metavar="NAME|FILE.toml", help="Default: baseline, or tune with --from."
)
@click.option(
    "--from", "start", metavar="NAME|DIR", help="An encoder to go on from, or that teaches, such as default."
)
@click.option(
    "--taxonomy", "taxonomy_file", type=click.Path(exists=True, path_type=Path), help="Your own aspects."
)
@click.option(
    "--corpora",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A directory of corpora whose sentiment is learned too; INDEX.md above it lists their terms.",
)
@click.option("--terms", help=f"Use only sources of these licence classes: {', '.join(LICENCE_CLASSES)}.")
@click.option(
    "--without",
    "dev",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Comments that the model will be measured on: none of their texts is learned from.",
)
@click.option(
    "--backbone",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A Hugging Face directory that the recipe full begins with, instead of multilingual-e5-small.",
)
def train(
    *,
    data: Sequence[Path],
    output: Path,
    recipe_name: str | None,
    start: str | None,
    taxonomy_file: Path | None,
    corpora: Path | None,
    terms: str | None,
    dev: Path | None,
    backbone: Path | None,
) -> None:
    """Train on DATA, labelled comments as .jsonl or .jsonl.zst (docs/training.md)."""
    recipe = read_recipe(recipe_name or ("tune" if start else "baseline"))
    if _needs_start(recipe) != (start is not None):
        raise InputError(
            "--from needs a recipe of kind tune or subwords, or of kind encoder without generations, and such"
            " a recipe needs --from"
        )
    aspects = [aspect.id for aspect in taxonomy.load(taxonomy_file).aspects]
    classes = licence_classes(corpora.parent / "INDEX.md") if corpora else {}
    wanted = _terms(terms)
    labelled = [
        example
        for example in examples(data, aspects=aspects)
        if wanted is None or classes.get(example.source) in wanted
    ]
    if not labelled:
        raise InputError(f"no labelled comment has the terms {terms}")
    sources = [source for source, kind in classes.items() if wanted is None or kind in wanted]
    without = frozenset(row["text"].strip() for row in read_lines(dev)) if dev else frozenset()
    kept = unseen(labelled, without)
    if not kept:
        raise InputError(f"every labelled comment is also in {dev}")
    record = RunRecord([*data, *([dev] if dev else [])], recipe)
    if isinstance(recipe, EncoderRecipe | TuneRecipe):
        record.claim(_work(output), aspects=aspects, begins=str(start or backbone), sources=sources)
    for notice in notices(labelled, kept):
        record.report(notice)
    given = _Given(kept, aspects, corpora, sources, classes, without, output, record.report)
    begun = find_model(start) if start else None
    if isinstance(recipe, Recipe):
        _train_linear(given, recipe)
    elif begun and isinstance(recipe, SubwordRecipe):
        _put_beside(given, recipe, begun)
    elif begun and isinstance(recipe, TuneRecipe | EncoderRecipe):
        _go_on(given, recipe, begun)
    elif isinstance(recipe, EncoderRecipe):
        _train_encoder(given, recipe, backbone)
    record.write(output, begun=begun)
    click.echo(f"{output} written; measure it with: vocnlp evaluate DATA --model {output} --save")


def _needs_start(recipe: AnyRecipe) -> bool:
    """Whether a finished model is needed, to be taken further or to teach."""
    going_on = isinstance(recipe, TuneRecipe | SubwordRecipe)
    return going_on or (isinstance(recipe, EncoderRecipe) and not recipe.generations)


@dataclass(frozen=True, slots=True)
class _Given:
    """What is trained on, and where the model goes.

    classes: source -> licence class.   without: texts never to learn from.
    """

    labelled: Sequence[Example]
    aspects: list[str]
    corpora: Path | None
    sources: Sequence[str]
    classes: Mapping[str, str]
    without: frozenset[str]
    output: Path
    report: Callable[[str], None]

    def manifest(
        self, sources: Iterable[str], languages: Iterable[str], settings: dict[str, Any], kind: str
    ) -> Manifest:
        return manifest(
            sources,
            languages,
            name=self.output.name,
            version=f"{datetime.now(UTC):%Y.%m.%d}",
            kind=kind,
            aspects=self.aspects,
            classes=self.classes,
            settings=settings,
        )


def _work(output: Path) -> Path:
    """The directory of checkpoints."""
    return output.with_name(f"{output.name}.work")


def _train_linear(given: _Given, recipe: Recipe) -> None:
    _require("sklearn", "scikit-learn")
    labelled = _thinned(given.labelled, recipe)
    other = unseen(
        sentiment_examples(given.corpora, sources=given.sources, per_language=recipe.per_language)
        if given.corpora
        else [],
        given.without,
    )
    settings, tensors = train_linear(
        labelled, other, aspects=given.aspects, recipe=recipe, report=given.report
    )
    used = [*labelled, *other]
    made = given.manifest((e.source for e in used), (e.language for e in used), settings, "linear")
    save_linear(given.output, made, tensors)
    counts = Counter(example.source for example in used)
    (given.output / "CARD.md").write_text(card(made, LINEAR, counts, recipe), encoding="utf-8")


def _train_encoder(given: _Given, recipe: EncoderRecipe, backbone: Path | None) -> None:
    _require("torch", "torch")
    from training.encoder.hub import read_directory
    from training.encoder.train import train_encoder

    risks = sorted({risk for example in given.labelled for risk in example.risks})
    trained = train_encoder(
        given.labelled,
        aspects=given.aspects,
        risks=risks,
        recipe=recipe,
        work=_work(given.output),
        corpora=given.corpora,
        sources=given.sources,
        without=given.without,
        packed=read_directory(backbone) if backbone else None,
        report=given.report,
    )
    beginning = SHIPPED_BEGINNING if backbone is None else backbone.name
    _write_encoder(given, trained, recipe, risks, ENCODER.format(beginning=beginning))


def _go_on(given: _Given, recipe: TuneRecipe | EncoderRecipe, start: Path) -> None:
    """Take the model `start` further, or let it teach a smaller one; the result has its sources too."""
    _require("torch", "torch")
    from training.encoder.train import distil
    from training.encoder.tune import tune

    learn: Any = tune if isinstance(recipe, TuneRecipe) else distil
    trained = learn(
        given.labelled,
        start=start,
        aspects=given.aspects,
        recipe=recipe,
        work=_work(given.output),
        corpora=given.corpora,
        sources=given.sources,
        without=given.without,
        report=given.report,
    )
    before = read_manifest(start)
    trained.sources.update(dict.fromkeys(before.sources, 0))
    trained.languages.update(before.languages)
    whole = replace(given, classes={**before.sources, **given.classes})
    what = TUNED if isinstance(recipe, TuneRecipe) else DISTILLED
    begun = what.format(beginning=f"{before.name} {before.version}") + (NGRAMS if trained.branch else "")
    _write_encoder(whole, trained, recipe, before.settings["risks"], begun)


def _put_beside(given: _Given, recipe: SubwordRecipe, start: Path) -> None:
    """Put sub-words beside the encoder of the model `start`, which stays as it is."""
    _require("torch", "torch")
    from training.encoder.export import write_beside
    from training.encoder.subwords import beside

    if given.corpora is None:
        raise InputError("sub-words are learned from what other sources say: give --corpora")
    subwords, counts, languages = beside(
        given.labelled,
        start=start,
        recipe=recipe,
        corpora=given.corpora,
        sources=given.sources,
        without=given.without,
        report=given.report,
    )
    before = read_manifest(start)
    whole = replace(given, aspects=[*before.aspects], classes={**before.sources, **given.classes})
    made = whole.manifest({*before.sources, *counts}, {*before.languages, *languages}, {}, "encoder")
    write_beside(given.output, start, made, subwords)
    text = SUBWORDS.format(beginning=f"{before.name} {before.version}")
    counts.update(dict.fromkeys(before.sources, 0))
    (given.output / "CARD.md").write_text(card(made, text, counts, recipe), encoding="utf-8")


def _write_encoder(given: _Given, trained: Trained, recipe: Any, risks: list[str], what: str) -> None:
    from training.encoder.export import write_model

    settings = {
        "risks": risks,
        "risk_weights": asdict(trained.risk_weights),
        "thresholds": trained.thresholds,
        "window": recipe.window,
    }
    made = given.manifest(trained.sources, trained.languages, settings, "encoder")
    write_model(given.output, trained, made)
    (given.output / "CARD.md").write_text(card(made, what, trained.sources, recipe), encoding="utf-8")


def _thinned(labelled: Sequence[Example], recipe: Recipe) -> list[Example]:
    """All originals, and translations that fill a language up to `recipe.translations` comments.

    Translations of held-out groups are left out. Languages whose originals come from one trade alone (Korean
    restaurants) learn the other aspects from translations.
    """
    kept = [example for example in labelled if not example.group]
    filled = Counter(example.language for example in kept)
    translations = [example for example in labelled if example.group and not example.held_out]
    for place in np.random.default_rng(recipe.seed).permutation(len(translations)).tolist():
        example = translations[place]
        if filled[example.language] < recipe.translations:
            filled[example.language] += 1
            kept.append(example)
    return kept


def _terms(terms: str | None) -> set[str] | None:
    if terms is None:
        return None
    wanted = {term.strip() for term in terms.split(",")}
    unknown = sorted(wanted - set(LICENCE_CLASSES))
    if unknown:
        raise InputError(f"--terms {unknown[0]!r} is no licence class; known: {', '.join(LICENCE_CLASSES)}")
    return wanted


def _require(module: str, package: str) -> None:
    if importlib.util.find_spec(module) is None:
        raise MissingExtraError(package, "train")
