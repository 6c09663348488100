"""Risk flags: what a customer reports or alleges as real, found by rules and checked for scope."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from vocnlp.errors import TaxonomyError
from vocnlp.schema import Risk
from vocnlp.tagging.scope import Context, Scope
from vocnlp.tagging.verdict import usual_severities
from vocnlp.taxonomy.rules import SEVERITIES, Rule, RuleSet
from vocnlp.taxonomy.rules import load as load_rules
from vocnlp.text.matcher import Hit, Matcher, Span
from vocnlp.text.patterns import PatternError
from vocnlp.text.searchable import Searchable

__all__ = ["RiskTagger", "build", "load"]

LONG_ENOUGH = 8
"""Code points from which two words and more of a spaced script hardly mean something else elsewhere."""

_DENSE = re.compile(r"[\u0e00-\U0010ffff]")
_BETWEEN_WORDS = re.compile(r"[^\w()|]")
_HAN = re.compile(r"[\u3400-\u9fff]+")
_HAN_LANGUAGES = {"zh", "ja", "ko"}


class RiskTagger:
    """Finds risks; `version` names its rule set. Build once with `load`."""

    def __init__(self, rules: RuleSet) -> None:
        self.version = rules.version
        self.severities = usual_severities(rules)
        self._rules = list(rules)
        self._languages = {code: {code, *settings.also} for code, settings in rules.languages.items()}
        accents = [rules.languages[rule.language].accents for rule in self._rules]
        self._matcher = Matcher(
            [_with_variants(rule, rules.variants) for rule in self._rules], accents=accents
        )
        self._scope = Scope(rules)
        self._by_language: dict[str, frozenset[int]] = {}

    def tag(self, text: str, clauses: Sequence[Span], language: str) -> list[Risk]:
        """The risks in a text, by place; of overlapping hits of a category only the gravest, then longest.

        clauses: half-open ranges of `text`, in order.   language: ISO 639-1 code, `zh-Hant`, or `und`.
        Rules of all languages are tried. A rule of another language fires only where its words cannot be
        taken for words of `language`: another script, or long enough.
        """
        searchable = Searchable(text)
        code = language.partition("-")[0]
        hits = self._matcher.find(searchable, clauses, wanted=self._wanted(code))
        hits = [hit for hit in hits if self._speaks(self._rules[hit.pattern], hit, searchable, code)]
        if not hits:
            return []
        languages = {self._rules[hit.pattern].language for hit in hits}
        context = self._scope.context(searchable, clauses, languages)
        return [self._risk(text, searchable, hit) for hit in self._alleged(hits, context)]

    def _wanted(self, code: str) -> frozenset[int]:
        """Rules that may fire in a language: its own, and those whose words may speak for themselves."""
        if code not in self._by_language:
            own = (code == "und" or code in self._languages[rule.language] for rule in self._rules)
            self._by_language[code] = frozenset(
                index
                for index, (rule, is_own) in enumerate(zip(self._rules, own, strict=True))
                if is_own or _DENSE.search(rule.pattern) or _speaks_alone(rule.pattern)
            )
        return self._by_language[code]

    def _speaks(self, rule: Rule, hit: Hit, searchable: Searchable, code: str) -> bool:
        if code == "und" or code in self._languages[rule.language]:
            return True
        words = searchable.text[hit.start : hit.end]
        if _HAN.fullmatch(words):
            return code not in _HAN_LANGUAGES
        if words[0] >= "\u0e00":
            return True
        return len(words) >= LONG_ENOUGH and " " in words and _speaks_alone(rule.pattern)

    def _alleged(self, hits: Sequence[Hit], context: Context) -> list[Hit]:
        kept: list[Hit] = []
        for hit in sorted(hits, key=self._gravity):
            rule = self._rules[hit.pattern]
            taken = any(
                self._rules[other.pattern].category == rule.category
                and hit.start < other.end
                and other.start < hit.end
                for other in kept
            )
            if not taken and not context.silences(rule, hit):
                kept.append(hit)
        return sorted(kept, key=lambda hit: (hit.start, hit.end, self._rules[hit.pattern].id))

    def _gravity(self, hit: Hit) -> tuple[int, int, int, str]:
        rule = self._rules[hit.pattern]
        return SEVERITIES.index(rule.severity), hit.start - hit.end, hit.start, rule.id

    def _risk(self, text: str, searchable: Searchable, hit: Hit) -> Risk:
        rule = self._rules[hit.pattern]
        start, end = searchable.origin(hit.start, hit.end)
        return Risk(rule.category, rule.severity, rule.id, start, end, text[start:end])


def _speaks_alone(pattern: str) -> bool:
    """Whether what it finds can be several whole words."""
    return "*" not in pattern and _BETWEEN_WORDS.search(pattern) is not None


def _with_variants(rule: Rule, variants: dict[str, tuple[str, ...]]) -> str:
    """The pattern with each word that has other spellings (homophones) as a choice of all of them."""
    pattern = rule.pattern
    for word, spellings in variants.items():
        pattern = pattern.replace(word, f"({word}|{'|'.join(spellings)})")
    return pattern


def load(path: str | Path | None = None) -> RiskTagger:
    """A tagger with the rules in the file `path`, or the project's own.

    Raises TaxonomyError with the path inside the file of what is wrong.
    """
    return build(load_rules(path), name=str(path or "risks.yaml"))


def build(rules: RuleSet, *, name: str) -> RiskTagger:
    """A tagger with these rules; raises TaxonomyError, under a name, for a pattern that is wrong."""
    try:
        return RiskTagger(rules)
    except PatternError as error:
        raise TaxonomyError(f"{name}: {error.args[0]}") from error
