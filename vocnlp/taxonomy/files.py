"""Reads a YAML file into a pydantic model; whatever is wrong becomes a TaxonomyError with its place."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from vocnlp.errors import TaxonomyError

__all__ = ["build", "read"]

M = TypeVar("M", bound=BaseModel)
SHOWN = 5


def read(path: Path, model: type[M]) -> M:
    """The content of the YAML file `path` as a `model`.

    Raises TaxonomyError with the line of a YAML error, or the path inside the file of each wrong value.
    """
    try:
        content = yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader)
    except OSError as error:
        raise TaxonomyError(f"{path}: cannot be read: {error.strerror}") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"line {mark.line + 1}, column {mark.column + 1}" if mark else "unknown place"
        raise TaxonomyError(f"{path}: no valid YAML at {where}: {error.problem}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise TaxonomyError(f"{path}: no valid YAML: {error}") from error
    return build(content, model, name=str(path))


def build(content: object, model: type[M], *, name: str) -> M:
    """Plain values as a `model`; raises TaxonomyError with the path of each wrong value, under a name."""
    try:
        return model.model_validate(content)
    except ValidationError as error:
        raise TaxonomyError(_message(name, error)) from error


def _message(name: str, error: ValidationError) -> str:
    problems = error.errors(include_url=False)
    lines = [f"{_place(problem['loc'])}: {_plain(problem['msg'])}" for problem in problems[:SHOWN]]
    if len(problems) > SHOWN:
        lines.append(f"and {len(problems) - SHOWN} more")
    return f"{name}: " + "; ".join(lines)


def _place(location: tuple[int | str, ...]) -> str:
    """`("aspects", 3, "names")` as `aspects[3].names`."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in location)
    return text.lstrip(".") or "the whole file"


def _plain(message: str) -> str:
    return message.removeprefix("Value error, ")
