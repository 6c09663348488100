from __future__ import annotations

import json
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from evaluation.behaviour import KINDS, Item, Outcome, judge, measure, read, table
from evaluation.behaviour.__main__ import main
from vocnlp.pipeline import assemble
from vocnlp.schema import POLARITIES, Comment, FailedComment, Problem
from vocnlp.taxonomy import taxonomy
from vocnlp.text.prepare import prepare

LATE = {"logistics": ["neg"]}
MIX = ["mix"]
ITEMS = [
    Item("a:1", "contrast", "en", "It came late but was very cheap.", MIX, {"price": ["pos"]}, ["quality"]),
    Item("a:2", "contrast", "en", "It broke, and it was late.", MIX, {"quality": ["pos"]}, ["logistics"]),
    Item("a:3", "parity", "en", "It was late.", ["neg"], {"logistics": ["neg", "mix"]}, group="late"),
    Item("a:4", "parity", "de", "Es kam zu late.", ["neg"], LATE, group="late"),
    Item("a:5", "parity", "fr", "Trop tard.", ["neg"], LATE, group="late"),
]


@pytest.fixture
def outcomes(word_model: Any) -> list[Outcome]:
    comments = [Comment(id=item.id, text=item.text) for item in ITEMS]
    return judge(ITEMS, assemble(word_model).tag(comments))


def test_every_text_has_a_kind_a_language_and_something_that_must_hold() -> None:
    items = read()
    known = taxonomy.load().ids
    assert len({item.id for item in items}) == len({item.text for item in items}) == len(items) >= 250
    for item in items:
        assert item.id.startswith(f"{item.kind}:{item.language}:")
        assert item.kind in KINDS
        assert item.sentiment
        assert set(item.sentiment) <= set(POLARITIES)
        assert all(right and set(right) <= set(POLARITIES) for right in item.aspects.values())
        assert {*item.aspects, *item.absent} <= set(known)
        assert not set(item.aspects) & set(item.absent)
        assert (item.kind == "parity") == bool(item.group)
        assert prepare(item.text).text.strip()


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_texts_in_many_languages(kind: str) -> None:
    counts = Counter(item.language for item in read() if item.kind == kind)
    assert counts.total() >= 25
    assert sum(count >= 3 for count in counts.values()) >= 8
    assert {"zh", "zh-Hant", "en", "es", "pt", "fr", "de", "ja", "ko", "ar", "ru"} <= set(counts)


def test_a_contrast_has_two_aspects_of_opposite_polarity() -> None:
    for item in read():
        if item.kind == "contrast":
            assert sorted(item.aspects.values()) == [["neg"], ["pos"]], item.id


def test_a_parity_group_asks_the_same_in_every_language() -> None:
    groups = defaultdict(list)
    for item in read():
        if item.group:
            groups[item.group].append(item)
    for members in groups.values():
        assert len({item.language for item in members}) == len(members) >= 8
        assert len({repr((item.sentiment, item.aspects, item.absent)) for item in members}) == 1


def test_faults_name_what_does_not_hold(outcomes: list[Outcome]) -> None:
    assert [outcome.faults for outcome in outcomes] == [
        [],
        ["logistics tagged", "quality neg", "sentiment neg"],
        [],
        [],
        ["no logistics", "sentiment neu"],
    ]


def test_shares_count_texts_aspects_and_what_is_absent(outcomes: list[Outcome]) -> None:
    result = measure(outcomes)
    assert result["all"]["passed"][0] == 3 / 5
    assert result["all"]["passed"][1] < 3 / 5 < result["all"]["passed"][2]
    assert result["kinds"]["contrast"]["absent"][0] == 1 / 2
    assert result["kinds"]["parity"]["aspects"][0] == 2 / 3
    assert result["languages"]["fr"]["sentiment"][0] == 0
    assert set(result["failures"]) == {"a:2", "a:5"}


def test_agreement_is_over_pairs_of_languages(outcomes: list[Outcome]) -> None:
    late = measure(outcomes)["parity"]["late"]
    assert late == {"languages": 3, "sentiment": 1 / 3, "aspects": 1 / 3}


def test_a_failed_comment_passes_nothing() -> None:
    failed = FailedComment("a:3", Problem("internal", "no"))
    assert judge(ITEMS[2:3], [failed])[0].faults == ["no logistics", "sentiment none"]


def test_a_dash_stands_where_nothing_was_asked(outcomes: list[Outcome]) -> None:
    lines = {line.split()[0]: line for line in table(measure(outcomes)) if line.strip()}
    assert lines["parity"].rstrip().endswith("-")
    assert lines["late"].split() == ["late", "3", "0.33", "0.33"]
    assert "fr" not in lines


def test_the_command_prints_the_table_and_the_failures(tmp_path: Path, tiny_model_directory: Path) -> None:
    out = tmp_path / "out.json"
    done = CliRunner().invoke(main, ["--model", str(tiny_model_directory), "--failures", "--json", str(out)])
    assert done.exit_code == 0, done.output
    assert "negation" in done.output
    result = json.loads(out.read_text())
    assert result["all"]["n"] == len(read())
    for name, faults in result["failures"].items():
        assert f"{name}: {', '.join(faults)}: " in done.output
