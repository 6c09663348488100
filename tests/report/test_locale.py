import re
from pathlib import Path
from string import Formatter

import pandas as pd
import pytest

from vocnlp import report
from vocnlp.analysis.journey import order_stages
from vocnlp.analysis.response import Group, Response
from vocnlp.analysis.times import local_clock
from vocnlp.errors import InputError
from vocnlp.report.locale import LOCALES, load

FOLDER = Path(report.__file__).parent


def fields(message: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(message) if name}


def test_every_sentence_exists_in_every_language_with_the_same_blanks() -> None:
    english, chinese = (load(code).messages for code in ("en", "zh"))
    assert {k for k in english if not k.endswith(".one")} == set(chinese)
    assert [k for k, v in chinese.items() if fields(v) != fields(english[k])] == []


@pytest.mark.parametrize("code", LOCALES)
def test_every_key_that_code_and_templates_name_has_a_sentence(code: str) -> None:
    messages = load(code).messages
    sources = [*FOLDER.rglob("*.py"), *FOLDER.rglob("*.html")]
    named = {key for path in sources for key in re.findall(r'\bt\(\s*"([\w.]*\w)"', path.read_text())}
    assert len(named) > 50
    assert named - set(messages) == set()


def test_numbers() -> None:
    t = load("en")
    assert t.count(12345) == "12,345"
    assert t.score(-2.64) == "−2.6"
    assert t.score(-0.04) == "0.0"
    assert t.score(None) == t.score(float("nan")) == "–"
    assert t.signed(2.64) == "+2.6"
    assert t.signed(0.04) == "0.0"
    assert t.percent(0.14) == "14%"
    assert t.percent(0.004) == "0.4%"
    assert t.percent(-0.02) == "−2%"
    assert t.interval((-3.44, -1.8)) == "−3.4 to −1.8"
    assert t.interval((-3.44, -1.8), size=True) == "1.8 to 3.4"
    assert t.interval((-3.44, 1.8), size=True) == "−3.4 to 1.8"
    assert load("zh", digits=2).interval((1, 2)) == "1.00 至 2.00"


def test_lists_and_plurals() -> None:
    t = load("en")
    assert [t.join(list("abc")[:n]) for n in range(4)] == ["", "a", "a and b", "a, b and c"]
    assert t("causes.negative", n=1) == "1 complaint"
    assert t("causes.negative", n=1200) == "1,200 complaints"


def test_sentences_of_the_analyses_are_told_in_chinese_or_elsewhere() -> None:
    noon = pd.Series(["2026-05-01T12:00", "2026-05-02T13:00", "soon"], name="when")
    english = [
        *local_clock(noon).notes,
        *local_clock(pd.Series(["2026-05-01"], name="day")).notes,
        *order_stages(["order", "use"])[1],
        *Response(9, 0, 2, 0, Group(5, 1.0, None), Group(4, 9.0, None), -8.0, (-9.0, -7.0)).warnings(),
    ]
    assert len(english) == 6
    told = load("zh").sentences(english)
    assert len(told) == 5
    assert all(re.search(r"[一-鿿]", sentence) for sentence in told)
    assert load("zh").sentences(["an unknown {sentence}"]) == ["an unknown {sentence}"]
    order = next(sentence for sentence in english if sentence.startswith("the order"))
    assert load("en").sentences(english) == [
        f"T{sentence[1:]}" if sentence == order else sentence for sentence in english[:-1]
    ]


def test_values_are_never_taken_for_templates() -> None:
    assert "{0.__class__}" in load("en")("risks.about", category="{0.__class__}")


def test_another_language_is_refused_with_those_there_are() -> None:
    with pytest.raises(InputError, match=r"'fr'.*en or zh"):
        load("fr")


@pytest.mark.parametrize(
    ("english", "kept"),
    [
        ("40 different clauses are too few for topics; 100 are the least", "40"),
        ("no group of clauses is dense enough to be a topic", ""),
        ("the encoder x@1 knows something of 0 different clauses alone; 100 are the least for topics", "x@1"),
        (
            "25% of the clauses are in no topic, 5% were when the topics were made (p = 0.001): there is"
            " something new, so make them anew",
            "0.001",
        ),
        ("2 of 3 topics were not named by --namer: ollama: it\nfailed", "ollama: it\nfailed"),
        (
            "keywords in ja are pairs of characters: sudachipy is not installed. Install it with: pip",
            "sudachipy",
        ),
    ],
)
def test_warnings_about_topics_are_said_in_chinese(english: str, kept: str) -> None:
    (found,) = load("zh").sentences([english])
    assert kept in found
    assert re.search(r"[\u4e00-\u9fff]", found)
