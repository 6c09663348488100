"""The rules that find risks, as data: patterns by category, language and severity, and cues that void them.

The project's own set is `risks.yaml`; a user's file has the same shape, described in `docs/risks.md`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, model_validator

from vocnlp.taxonomy.files import read

__all__ = ["SEVERITIES", "Cue", "Rule", "RuleSet", "load"]

RISKS = Path(__file__).with_name("risks.yaml")

Severity = Literal["critical", "high", "medium", "low"]
SEVERITIES: tuple[Severity, ...] = ("critical", "high", "medium", "low")

Cue = Literal[
    "exceptions", "emphasis", "negation", "after", "contrast",
    "doubt", "reported", "speech", "fiction", "question",
]  # fmt: skip
"""What a cue does is told in `docs/risks.md`."""

Code = Annotated[str, Field(pattern=r"^[a-z]{2,3}$")]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Numbered = Annotated[str, Field(pattern=r"^\d{3,} \S")]


class Rule(NamedTuple):
    """One pattern and what it means; `id` is `category.language.number`."""

    id: str
    category: str
    language: str
    severity: Severity
    pattern: str


class Language(BaseModel):
    """`also`: languages that its rules read as their own; `accents`: whether accents tell words apart."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    also: tuple[Code, ...] = ()
    accents: bool = False


class RuleSet(BaseModel):
    """Patterns, in the language of `vocnlp.text.patterns`, each after its number: `012 never again`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: Annotated[str, Field(pattern=r"^[\w.-]+@[\w.]+$")]
    languages: dict[Code, Language]
    checks: dict[Name, tuple[Cue, ...]]
    variants: dict[str, tuple[str, ...]] = {}
    rules: dict[Name, dict[Code, dict[Severity, tuple[Numbered, ...]]]]
    cues: dict[Code, dict[Cue, tuple[str, ...]]] = {}

    @model_validator(mode="after")
    def _consistent(self) -> RuleSet:
        for category, languages in self.rules.items():
            if category not in self.checks:
                raise ValueError(f"rules.{category}: the category is not in `checks`")
            for language in languages:
                if language not in self.languages:
                    raise ValueError(f"rules.{category}.{language}: the language is not in `languages`")
        for language in self.cues.keys() - self.languages.keys():
            raise ValueError(f"cues.{language}: the language is not in `languages`")
        seen: set[str] = set()
        for rule in self:
            if rule.id in seen:
                raise ValueError(
                    f"rules.{rule.category}.{rule.language}: the number of {rule.id} is used twice"
                )
            seen.add(rule.id)
        return self

    def __iter__(self) -> Iterator[Rule]:  # type: ignore[override]  # pydantic's own gives pairs of fields
        for category, languages in self.rules.items():
            for language, severities in languages.items():
                for severity, patterns in severities.items():
                    for numbered in patterns:
                        number, _, pattern = numbered.partition(" ")
                        yield Rule(f"{category}.{language}.{number}", category, language, severity, pattern)


def load(path: str | Path | None = None) -> RuleSet:
    """The rules in the file `path`, or the project's own; raises TaxonomyError where the file is wrong."""
    return read(Path(path) if path else RISKS, RuleSet)
