"""Whether a risk is alleged for real where its words stand.

Negated ("no fraud"), doubted or hypothetical ("if it catches fire"), reported of others ("I read that ..."),
quoted, from a story ("the film is about a fraud"), asked ("is it a scam?") or part of another expression
("fire alarm"): then it is silent. The cues are data, by language, in the rule file; the method follows NegEx
(Chapman et al., 2001): a cue counts within a few words of the hit, in its clause or sentence.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence, Set
from dataclasses import dataclass

from vocnlp.taxonomy.rules import Cue, Rule, RuleSet
from vocnlp.text.matcher import Hit, Matcher, Span
from vocnlp.text.patterns import is_spaced
from vocnlp.text.searchable import Searchable

__all__ = ["Context", "Scope"]

WINDOW_WORDS = 2
WINDOW_CHARACTERS = 3

_SENTENCE_END = re.compile(r"[.!?。！？؟।\n]+")
_QUOTES = re.compile(
    r"《[^》]{1,60}》|『[^』]{1,60}』|「[^」]{1,60}」|“[^”]{1,60}”|«[^»]{1,60}»|\"[^\"]{1,60}\""
)
_TITLES = "《『"


@dataclass(frozen=True, slots=True)
class _Found:
    """A cue at `text[start:end]` of the searchable form."""

    kind: Cue
    language: str
    start: int
    end: int


class Scope:
    """Judges hits of rules; build once for a rule set."""

    def __init__(self, rules: RuleSet) -> None:
        self._cues: list[tuple[Cue, str]] = []
        patterns: list[str] = []
        accents: list[bool] = []
        for language, kinds in rules.cues.items():
            for kind, cues in kinds.items():
                patterns.extend(cues)
                self._cues.extend([(kind, language)] * len(cues))
                accents.extend([rules.languages[language].accents] * len(cues))
        self._of_language: dict[str, list[int]] = {}
        for index, (_, language) in enumerate(self._cues):
            self._of_language.setdefault(language, []).append(index)
        self._matcher = Matcher(patterns, accents=accents)
        self._checks = rules.checks

    def context(self, searchable: Searchable, clauses: Sequence[Span], languages: Set[str]) -> Context:
        """What surrounds hits of rules of these languages; `clauses` are ranges of the given text."""
        wanted = set[int]().union(*(self._of_language.get(language, ()) for language in languages))
        hits = self._matcher.find(searchable, wanted=wanted)
        found = [_Found(*self._cues[hit.pattern], hit.start, hit.end) for hit in hits]
        return Context(searchable, clauses, found, self._checks)


class Context:
    """The cues, clauses, sentences and quotes of one text."""

    def __init__(
        self,
        searchable: Searchable,
        clauses: Sequence[Span],
        found: Sequence[_Found],
        checks: dict[str, tuple[Cue, ...]],
    ) -> None:
        self._text = searchable.text
        self._clauses = [searchable.position(start) for start, _ in clauses]
        self._sentences = [0, *(end.end() for end in _SENTENCE_END.finditer(self._text))]
        self._quotes = [quote.span() for quote in _QUOTES.finditer(self._text)]
        emphatic = [cue for cue in found if cue.kind == "emphasis"]
        self._found = [
            cue
            for cue in found
            if not any(_covers(emphasis, cue) for emphasis in emphatic if emphasis.language == cue.language)
        ]
        self._checks = checks

    def silences(self, rule: Rule, hit: Hit) -> bool:
        """Whether something around the hit says that the risk is not alleged for real."""
        checks = self._checks[rule.category]
        cues = [cue for cue in self._found if cue.language == rule.language]
        if "exceptions" in checks and any(_overlap(c, hit) for c in cues if c.kind == "exceptions"):
            return True
        if self._quoted(hit, [cue for cue in cues if cue.kind in ("speech", "reported")]):
            return True
        contrasts = [cue for cue in cues if cue.kind == "contrast"]
        return any(self._voids(cue, hit, contrasts) for cue in cues if cue.kind in checks)

    def _voids(self, cue: _Found, hit: Hit, contrasts: Sequence[_Found]) -> bool:
        before, after = cue.start < hit.start, cue.end > hit.end
        match cue.kind:
            case "negation":
                return before and self._in_clause(cue, hit) and self._near(cue, hit, contrasts)
            case "after":
                return (
                    hit.start < cue.start
                    and after
                    and self._in_clause(cue, hit)
                    and self._near(hit, cue, contrasts)
                )
            case "doubt" | "reported":
                return before and self._in_clause(cue, hit)
            case "fiction":
                return (before or after) and self._in_one(self._sentences, cue, hit)
            case "question":
                first, second = (cue, hit) if before else (hit, cue)
                near = (before or after) and self._near(first, second, contrasts)
                return near and self._in_clause(cue, hit) and self._asked(max(cue.end, hit.end))
            case _:
                return False

    def _in_clause(self, cue: _Found, hit: Hit) -> bool:
        return self._in_one(self._clauses, cue, hit)

    @staticmethod
    def _in_one(bounds: Sequence[int], cue: _Found, hit: Hit) -> bool:
        return bisect_right(bounds, cue.start) == bisect_right(bounds, hit.start)

    def _near(self, left: _Found | Hit, right: _Found | Hit, contrasts: Sequence[_Found]) -> bool:
        """Whether few enough words lie between, none of them turning the tide ("not good but a scam")."""
        between = self._text[left.end : right.start]
        if any(left.end <= contrast.start and contrast.end <= right.start for contrast in contrasts):
            return False
        if is_spaced(self._text[left.end - 1]) or is_spaced(self._text[right.start]):
            return len(between.split()) <= WINDOW_WORDS
        # One ideograph alone (不, 没) only negates what it touches; longer cues reach further.
        cue = left if isinstance(left, _Found) else right
        return len(between.strip()) <= (WINDOW_CHARACTERS if cue.end - cue.start > 1 else 0)

    def _asked(self, end: int) -> bool:
        """Whether the clause around `end` closes with a question mark."""
        place = bisect_right(self._clauses, end - 1)
        close = self._clauses[place] if place < len(self._clauses) else len(self._text)
        return self._text[end:close].rstrip(" !").endswith(("?", "؟"))

    def _quoted(self, hit: Hit, speech: Sequence[_Found]) -> bool:
        for start, end in self._quotes:
            if start < hit.start and hit.end < end:
                said = any(cue.end <= start and self._in_one(self._sentences, cue, hit) for cue in speech)
                return said or self._text[start] in _TITLES
        return False


def _covers(cue: _Found, other: _Found) -> bool:
    return cue.start <= other.start and other.end <= cue.end


def _overlap(cue: _Found, hit: Hit) -> bool:
    return cue.start < hit.end and hit.start < cue.end
