"""`vocnlp train`."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Sequence
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path

import click
import numpy as np

from models.linear import save_linear
from training.card import card, manifest
from training.corpora import LICENCE_CLASSES, licence_classes, sentiment_examples
from training.linear import Recipe, train_linear
from vocnlp.batch.labelled import Example, examples
from vocnlp.errors import InputError, MissingExtraError
from vocnlp.taxonomy import taxonomy

__all__ = ["read_recipe", "train"]

RECIPES = Path(__file__).with_name("recipes")


@click.command(short_help="Train a model on labelled comments.")
@click.argument("data", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "-o", "--output", required=True, type=click.Path(file_okay=False, path_type=Path), help="Model directory."
)
@click.option("--recipe", "recipe_name", default="baseline", show_default=True, metavar="NAME|FILE.toml")
@click.option(
    "--taxonomy", "taxonomy_file", type=click.Path(exists=True, path_type=Path), help="Your own aspects."
)
@click.option(
    "--corpora",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A directory of corpora whose sentiment is learned too; INDEX.md above it lists their terms.",
)
@click.option("--terms", help=f"Use only sources of these licence classes: {', '.join(LICENCE_CLASSES)}.")
def train(
    *,
    data: Sequence[Path],
    output: Path,
    recipe_name: str,
    taxonomy_file: Path | None,
    corpora: Path | None,
    terms: str | None,
) -> None:
    """Train on DATA, labelled comments as .jsonl or .jsonl.zst (docs/training.md)."""
    _require_sklearn()
    recipe = read_recipe(recipe_name)
    aspects = [aspect.id for aspect in taxonomy.load(taxonomy_file).aspects]
    classes = licence_classes(corpora.parent / "INDEX.md") if corpora else {}
    wanted = _terms(terms)
    labelled = [
        example
        for example in _thinned(examples(data, aspects=aspects), recipe)
        if wanted is None or classes.get(example.source) in wanted
    ]
    sources = [source for source, kind in classes.items() if wanted is None or kind in wanted]
    other = sentiment_examples(corpora, sources=sources, per_language=recipe.per_language) if corpora else []
    if not labelled:
        raise InputError(f"no labelled comment has the terms {terms}")
    settings, tensors = train_linear(labelled, other, aspects=aspects, recipe=recipe, report=click.echo)
    made = manifest(
        [*labelled, *other],
        name=output.name,
        version=f"{datetime.now(UTC):%Y.%m}",
        aspects=aspects,
        classes=classes,
        settings=settings,
    )
    save_linear(output, made, tensors)
    (output / "CARD.md").write_text(card(made, labelled, other, recipe), encoding="utf-8")
    click.echo(f"{output} written; measure it with: vocnlp evaluate DATA --model {output} --save")


def read_recipe(name: str) -> Recipe:
    """A recipe by name or file; raises InputError for one that is unknown or has an unknown setting."""
    path = Path(name) if name.endswith(".toml") else RECIPES / f"{name}.toml"
    if not path.is_file():
        known = ", ".join(sorted(file.stem for file in RECIPES.glob("*.toml")))
        raise InputError(f"no recipe {name!r}: give a .toml file, or one of {known}")
    values = tomllib.loads(path.read_text(encoding="utf-8"))
    unknown = sorted(set(values) - {field.name for field in fields(Recipe)})
    if unknown:
        known = ", ".join(field.name for field in fields(Recipe))
        raise InputError(f"{path} has the unknown setting {unknown[0]!r}; known: {known}")
    if "characters" in values:
        values["characters"] = tuple(values["characters"])
    return Recipe(**values)


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


def _require_sklearn() -> None:
    try:
        import sklearn  # noqa: F401
    except ImportError as error:
        raise MissingExtraError("scikit-learn", "train") from error
