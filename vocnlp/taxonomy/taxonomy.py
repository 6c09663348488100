"""The aspects that comments are tagged with: names, definitions, who owns them, what to do next.

The project's own is `voc.yaml`; a user's file has the same shape, described in `docs/taxonomy.md`.
"""

from __future__ import annotations

from collections import Counter
from functools import cache, cached_property
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from vocnlp.taxonomy.files import read

__all__ = ["Aspect", "Taxonomy", "load", "localised", "shipped"]

VOC = Path(__file__).with_name("voc.yaml")

Text = Annotated[str, Field(min_length=1)]
Localised = Annotated[dict[str, Text], Field(min_length=1)]


class Aspect(BaseModel):
    """One aspect. `names`, `description`, `owner` and `hint` are texts by locale (`en`, `zh-Hans`, ...)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    names: Localised
    description: Localised
    owner: Localised
    hint: Localised


class Taxonomy(BaseModel):
    """A list of aspects under a version, `name@number`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: Annotated[str, Field(pattern=r"^[\w.-]+@[\w.]+$")]
    aspects: Annotated[tuple[Aspect, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _unique(self) -> Taxonomy:
        repeated = [
            name for name, count in Counter(aspect.id for aspect in self.aspects).items() if count > 1
        ]
        if repeated:
            raise ValueError(f"aspects: the id {repeated[0]!r} is used twice; every aspect needs its own")
        return self

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids in the order of the file."""
        return tuple(aspect.id for aspect in self.aspects)

    @cached_property
    def _by_id(self) -> dict[str, Aspect]:
        return {aspect.id: aspect for aspect in self.aspects}

    def __getitem__(self, aspect: str) -> Aspect:
        return self._by_id[aspect]

    def __contains__(self, aspect: object) -> bool:
        return aspect in self._by_id

    def name(self, aspect: str, locale: str = "en") -> str:
        """The name to show; the id itself where the taxonomy does not know the aspect."""
        return localised(self[aspect].names, locale) if aspect in self else aspect

    def owner(self, aspect: str, locale: str = "en") -> str:
        """The department that owns the aspect; empty where the taxonomy does not know it."""
        return localised(self[aspect].owner, locale) if aspect in self else ""

    def hint(self, aspect: str, locale: str = "en") -> str:
        """A next step for the owner; empty where the taxonomy does not know the aspect."""
        return localised(self[aspect].hint, locale) if aspect in self else ""


def localised(texts: dict[str, str], locale: str) -> str:
    """The text of `locale`, of the same language in another script or region, of English, or the first."""
    base = locale.partition("-")[0]
    same_language = [code for code in texts if code.partition("-")[0] == base]
    return next(texts[code] for code in (locale, *same_language, "en", *texts) if code in texts)


def load(path: str | Path | None = None) -> Taxonomy:
    """The taxonomy in the file `path`, or the project's own; raises TaxonomyError where the file is wrong."""
    return read(Path(path) if path else VOC, Taxonomy)


@cache
def shipped() -> Taxonomy:
    """The project's own taxonomy, read once."""
    return load()
