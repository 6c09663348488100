"""The language of conditions: what it says, and that it says nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vocnlp.alerts.expressions import names, read
from vocnlp.errors import InputError
from vocnlp.schema import AspectTag, Language, Risk, Sentiment, TaggedComment


def record(**options: Any) -> TaggedComment:
    fields: dict[str, Any] = {
        "id": "c1",
        "text": "退款 fraud",
        "language": Language("zh", 0.9),
        "sentiment": Sentiment("neg", -0.9, {}),
        "aspects": [AspectTag("logistics", "neg", 0.9, []), AspectTag("price", "pos", 0.9, [])],
        "risks": [Risk("fraud", "critical", "fraud.zh.001", 3, 8, "fraud")],
        "pii": [],
        "scores": {"csat": 2.0, "nps": 0.0},
        "attributes": {"segment": "VIP", "地区": "华东", "order value": 120, "risk": "mine", "empty": None},
        "warnings": [],
        "versions": {},
    }
    return TaggedComment(**(fields | options))


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('csat < 3 and segment == "VIP"', True),
        ('csat < 3 and segment == "Basic"', False),
        ("risk", True),
        ('"fraud" in risks and "fraud:critical" in risks', True),
        ('"churn" in risks', False),
        ('"logistics:neg" in aspects', True),
        ('"logistics" in aspects and not "logistics:pos" in aspects', True),
        ('地区 == "华东"', True),
        ('地区 in ["华东", "华南"]', True),
        ('language not in ("en", "de")', True),
        ('"退款" in text', True),
        ('attributes["order value"] >= 120', True),
        ('attributes["risk"] == "mine"', True),
        ('scores["csat"] == 2', True),
        ("nps == 0", True),
        ("1 < csat <= 2 < 3", True),
        ("-1 < nps", True),
        ("sentiment_score < -0.5", True),
        ("nps", False),
        ("True and not False", True),
        ("csat < 3 or\n csat > 4", True),
    ],
)
def test_conditions(source: str, expected: bool) -> None:
    assert read(source)(names(record())) is expected


@pytest.mark.parametrize(
    "source", ["ces < 3", "ces > 3", "ces != 3", 'empty != "x"', 'ces in ["a"]', "3 > ces"]
)
def test_a_comparison_with_what_is_not_there_is_false(source: str) -> None:
    assert not read(source)(names(record()))
    assert read(f"not ({source})")(names(record()))


def test_absence_can_be_asked_for() -> None:
    assert read("ces == None and empty == None")(names(record()))
    assert read("csat != None")(names(record()))


@pytest.mark.parametrize("source", ['csat < "3"', "segment > 3", '"a" in csat', "aspects < 3"])
def test_values_that_cannot_be_compared_give_false(source: str) -> None:
    assert not read(source)(names(record()))


def test_no_risk_is_false() -> None:
    assert not read("risk")(names(record(risks=[], attributes={})))


@pytest.mark.parametrize(
    "source",
    [
        "__import__('os').system('true')",
        "text.upper()",
        "().__class__",
        "[x for x in aspects]",
        "lambda: 1",
        "csat + 1",
        "-segment",
        "~1",
        "a if b else c",
        "(a := 1)",
        'f"{text}"',
        'b"x" == text',
        "{1: 2}",
        "{1}",
        "...",
        "1j",
        "csat is 2",
        "text[0]",
        "attributes[segment]",
        'versions["model"]',
        "*aspects",
        "a, *b",
        "csat; nps",
        "csat = 2",
        "",
        "csat <",
        "(" * 300,
        "not " * 60 + "risk",
        "a" * 1001,
        "a\x00b",
    ],
)
def test_whatever_else_python_has_is_refused(source: str) -> None:
    with pytest.raises(InputError):
        read(source)


def test_an_error_tells_the_place_in_characters() -> None:
    with pytest.raises(InputError, match=r"'nps\(\)' at character 15"):
        read('地区 == "华东" or nps()')


words = st.sampled_from(
    ["csat", "nps", "segment", "risk", "risks", "aspects", "text", "ces", "1", "0.5", '"VIP"']
)
operators = st.sampled_from(["==", "!=", "<", "<=", ">", ">=", "in", "not in"])
comparisons = st.builds("{} {} {}".format, words, operators, words)
sources = st.recursive(
    words | comparisons,
    lambda inner: (
        st.builds("({}) {} ({})".format, inner, st.sampled_from(["and", "or"]), inner)
        | st.builds("not ({})".format, inner)
    ),
    max_leaves=8,
)


@given(sources)
def test_whatever_can_be_written_has_a_value(source: str) -> None:
    assert read(source)(names(record())) in (True, False)


@given(st.text(max_size=60) | st.text(alphabet="aB1_.()[]{}'\"<>=!&|+-*/%@:;, \n\\", max_size=60))
def test_any_text_is_read_or_refused(source: str) -> None:
    try:
        condition = read(source)
    except InputError:
        return
    assert condition(names(record())) in (True, False)
