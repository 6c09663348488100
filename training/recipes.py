"""Recipes: settings of a training, by name or from a file."""

from __future__ import annotations

import tomllib
from dataclasses import MISSING, fields, is_dataclass
from pathlib import Path
from typing import Any, get_args, get_type_hints

from training.encoder.recipe import EncoderRecipe, SubwordRecipe, TuneRecipe
from training.linear import Recipe
from vocnlp.errors import InputError

__all__ = ["AnyRecipe", "read_recipe"]

RECIPES = Path(__file__).with_name("recipes")
_KINDS: dict[str, type[Any]] = {
    "linear": Recipe,
    "encoder": EncoderRecipe,
    "tune": TuneRecipe,
    "subwords": SubwordRecipe,
}

AnyRecipe = Recipe | EncoderRecipe | TuneRecipe | SubwordRecipe


def read_recipe(name: str) -> AnyRecipe:
    """A recipe by name or file; `kind` says of which model, `linear` where it is left out.

    Raises InputError for a recipe that is unknown, or has an unknown or lacks a needed setting.
    """
    path = Path(name) if name.endswith(".toml") else RECIPES / f"{name}.toml"
    if not path.is_file():
        known = ", ".join(sorted(file.stem for file in RECIPES.glob("*.toml")))
        raise InputError(f"no recipe {name!r}: give a .toml file, or one of {known}")
    values = tomllib.loads(path.read_text(encoding="utf-8"))
    kind = values.pop("kind", "linear")
    if kind not in _KINDS:
        raise InputError(f"{path} is a recipe of kind {kind!r}; known: {', '.join(_KINDS)}")
    made: AnyRecipe = _made(_KINDS[kind], values, str(path))
    return made


def _made(kind: Any, values: dict[str, Any], where: str) -> Any:
    """A dataclass of settings, with tables of its own where a setting is a dataclass or a tuple of such."""
    types = get_type_hints(kind)
    unknown = sorted(set(values) - set(types))
    if unknown:
        raise InputError(f"{where} has the unknown setting {unknown[0]!r}; known: {', '.join(types)}")
    tables = [f.name for f in fields(kind) if f.default is MISSING and is_dataclass(types[f.name])]
    given: dict[str, Any] = {**values, **{name: {} for name in tables if name not in values}}
    made = {name: _setting(types[name], value, f"{where} [{name}]") for name, value in given.items()}
    try:
        return kind(**made)
    except (TypeError, InputError) as error:
        raise InputError(f"{where}: {error}") from error


def _setting(kind: Any, value: Any, where: str) -> Any:
    if is_dataclass(kind) != isinstance(value, dict):
        raise InputError(f"{where} must {'be' if is_dataclass(kind) else 'not be'} a table of settings")
    if is_dataclass(kind):
        return _made(kind, value, where)
    if isinstance(value, list):
        return tuple(_setting(get_args(kind)[0], item, where) for item in value)
    return value
