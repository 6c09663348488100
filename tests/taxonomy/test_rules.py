"""The shipped rules are sound, and a file of rules that is wrong says where."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import get_args

import pytest

from vocnlp.errors import TaxonomyError
from vocnlp.tagging import risks
from vocnlp.taxonomy.rules import SEVERITIES, Cue, load
from vocnlp.text import language
from vocnlp.text.matcher import Matcher
from vocnlp.text.patterns import Pattern
from vocnlp.text.scripts import SOLE_LANGUAGE
from vocnlp.text.searchable import Searchable

RULES = load()
ALL = list(RULES)
CATEGORIES = {"fraud", "safety", "privacy", "legal", "discrimination", "churn", "exposure"}
PLAIN = [rule for rule in ALL if not re.search(r"[()|*&]|\.\.\.", rule.pattern)]

MINE = """
version: mine@1
languages: {en: {}, vi: {accents: true}}
checks: {late: [negation], rude: []}
variants: {late: [l8]}
rules:
  late:
    en:
      medium: [001 three weeks late, 002 never ... arrived]
    vi:
      low: [001 giao trễ]
  rude:
    en:
      high: [001 swore at me]
cues:
  en:
    negation: [not]
"""


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    path = tmp_path / "mine.yaml"
    path.write_text(MINE, encoding="utf-8")
    return path


def test_categories_are_those_of_the_contract_and_each_has_checks() -> None:
    assert {rule.category for rule in ALL} == CATEGORIES == RULES.checks.keys()


def test_many_languages_and_patterns() -> None:
    languages = Counter(rule.language for rule in ALL)
    assert len(languages) >= 14
    assert {"zh", "en", "ja", "ko", "es", "pt", "fr", "de", "ru", "ar"} <= languages.keys()
    assert len(ALL) >= 700
    assert min(languages.values()) >= 20


@pytest.mark.parametrize("category", ["fraud", "safety", "legal", "churn"])
def test_the_gravest_categories_are_covered_in_every_language(category: str) -> None:
    assert {rule.language for rule in ALL if rule.category == category} == RULES.languages.keys()


def test_languages_are_those_that_the_detector_tells() -> None:
    detector = language.load()
    assert isinstance(detector, language.BuiltinDetector)
    script = {"zh", "ja", *SOLE_LANGUAGE.values()}
    assert RULES.languages.keys() <= {*detector.model.languages, *script}
    assert RULES.cues.keys() == RULES.languages.keys()


def test_ids_are_unique_and_read_category_language_number() -> None:
    assert len({rule.id for rule in ALL}) == len(ALL)
    for rule in ALL:
        assert re.fullmatch(rf"{rule.category}\.{rule.language}\.\d{{3,}}", rule.id)
        assert rule.severity in SEVERITIES


def test_no_pattern_of_a_category_and_language_is_written_twice() -> None:
    written = Counter((rule.category, rule.language, rule.pattern) for rule in ALL)
    assert [key for key, count in written.items() if count > 1] == []


def test_every_pattern_and_cue_compiles() -> None:
    cues = [cue for kinds in RULES.cues.values() for texts in kinds.values() for cue in texts]
    for written in [*(rule.pattern for rule in ALL), *cues]:
        pattern = Pattern(written)
        assert pattern.expressions
        assert pattern.anchors.literals


def test_every_plain_phrase_finds_itself() -> None:
    matcher = Matcher(
        [rule.pattern for rule in PLAIN], accents=[RULES.languages[rule.language].accents for rule in PLAIN]
    )
    assert len(PLAIN) > 300
    for index, rule in enumerate(PLAIN):
        hits = matcher.find(Searchable(rule.pattern))
        assert index in {hit.pattern for hit in hits}, rule


def test_every_spelling_of_a_variant_is_another_one() -> None:
    for word, spellings in RULES.variants.items():
        assert word not in spellings
        assert any(word in rule.pattern for rule in ALL), word


def test_own_rules_in_the_order_of_the_file(mine: Path) -> None:
    own = load(mine)
    assert [rule.id for rule in own] == ["late.en.001", "late.en.002", "late.vi.001", "rude.en.001"]
    assert [rule.severity for rule in own] == ["medium", "medium", "low", "high"]
    assert own.languages["vi"].accents
    assert list(own)[1].pattern == "never ... arrived"


def test_an_appended_rule_leaves_the_ids_of_the_others(mine: Path) -> None:
    before = {rule.id: rule.pattern for rule in load(mine)}
    mine.write_text(MINE.replace("001 three", "003 a month late, 001 three"), encoding="utf-8")
    after = {rule.id: rule.pattern for rule in load(mine)}
    assert before.items() < after.items()
    assert after["late.en.003"] == "a month late"


@pytest.mark.parametrize(
    ("right", "wrong", "place"),
    [
        ("medium: [", "grave: [", "rules.late.en.grave"),
        ("001 three weeks late", "three weeks late", "rules.late.en.medium[0]"),
        ("001 three weeks late", "01 three weeks late", "rules.late.en.medium[0]"),
        ("002 never", "001 never", "late.en.001 is used twice"),
        ("  rude:\n", "  loud:\n", "rules.loud: the category is not in `checks`"),
        ("    vi:\n", "    th:\n", "rules.late.th: the language is not in `languages`"),
        ("    vi:\n", "    VI:\n", "rules.late.VI"),
        ("rude: []", "rude: [irony]", "checks.rude[0]"),
        ("negation: [not]", "irony: [not]", "cues.en.irony"),
        ("negation: [not]", "negation: [no]", "cues.en.negation[0]"),  # YAML reads `no` as false
        ("{accents: true}", "{accent: true}", "languages.vi.accent"),
        ("variants: {late: [l8]}", "variants: {late: l8}", "variants.late"),
        ("version: mine@1\n", "", "version"),
        ("version: mine@1\n", "version: mine@1\nseverity: high\n", "severity"),
    ],
)
def test_an_error_names_its_place(mine: Path, right: str, wrong: str, place: str) -> None:
    assert right in MINE
    mine.write_text(MINE.replace(right, wrong), encoding="utf-8")
    with pytest.raises(TaxonomyError) as caught:
        load(mine)
    assert str(caught.value).startswith(f"{mine}: ")
    assert place in str(caught.value)


def test_cues_of_an_unknown_language_are_refused(mine: Path) -> None:
    mine.write_text(MINE.replace("cues:\n  en:", "cues:\n  fr:"), encoding="utf-8")
    with pytest.raises(TaxonomyError, match=r"cues\.fr"):
        risks.load(mine)


def test_kinds_of_cues_are_all_checked_somewhere_or_help_others() -> None:
    checked = {cue for cues in RULES.checks.values() for cue in cues}
    assert checked | {"emphasis", "contrast", "speech"} == set(get_args(Cue))


def test_rules_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        RULES.version = "other@1"
