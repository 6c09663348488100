"""Recipes: settings of a training, by name or from a file."""

from __future__ import annotations

import tomllib
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

from training.encoder.recipe import CorpusRows, EncoderRecipe, SoftLabels, Stage, TuneRecipe
from training.linear import Recipe
from vocnlp.errors import InputError

__all__ = ["read_recipe"]

RECIPES = Path(__file__).with_name("recipes")
_PARTS: dict[str, type[Any]] = {
    "teacher": Stage,
    "finish": Stage,
    "student": Stage,
    "stage": Stage,
    "corpora": CorpusRows,
    "soft": SoftLabels,
}
_KINDS: dict[str, type[Any]] = {"encoder": EncoderRecipe, "tune": TuneRecipe}


def read_recipe(name: str) -> Recipe | EncoderRecipe | TuneRecipe:
    """A recipe by name or file; `kind` says of which model, `linear` where it is left out.

    Raises InputError for a recipe that is unknown, or has an unknown or lacks a needed setting.
    """
    path = Path(name) if name.endswith(".toml") else RECIPES / f"{name}.toml"
    if not path.is_file():
        known = ", ".join(sorted(file.stem for file in RECIPES.glob("*.toml")))
        raise InputError(f"no recipe {name!r}: give a .toml file, or one of {known}")
    values = tomllib.loads(path.read_text(encoding="utf-8"))
    kind = values.pop("kind", "linear")
    made: Recipe | EncoderRecipe | TuneRecipe
    if kind == "linear":
        made = _made(Recipe, values, str(path))
    elif kind in _KINDS:
        parts = {
            field.name: _made(_PARTS[field.name], values.pop(field.name, {}), f"{path} [{field.name}]")
            for field in fields(_KINDS[kind])
            if field.name in _PARTS and (field.name in values or field.default is MISSING)
        }
        made = _made(_KINDS[kind], {**values, **parts}, str(path))
    else:
        raise InputError(f"{path} is a recipe of kind {kind!r}; known: linear, {', '.join(_KINDS)}")
    return made


def _made(kind: type[Any], values: dict[str, Any], where: str) -> Any:
    known = [field.name for field in fields(kind)]
    unknown = sorted(set(values) - set(known))
    if unknown:
        raise InputError(f"{where} has the unknown setting {unknown[0]!r}; known: {', '.join(known)}")
    try:
        return kind(**{name: tuple(v) if isinstance(v, list) else v for name, v in values.items()})
    except TypeError as error:
        raise InputError(f"{where}: {error}") from error
