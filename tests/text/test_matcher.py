"""The language of patterns, and the way from the searchable form back to the text."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vocnlp.text.clauses import split
from vocnlp.text.matcher import Matcher, Span
from vocnlp.text.patterns import Pattern, PatternError
from vocnlp.text.searchable import Searchable


def found(
    pattern: str, text: str, *, accents: bool = False, clauses: Sequence[Span] | None = None
) -> list[str]:
    """The parts of `text` that the pattern matches."""
    searchable = Searchable(text)
    hits = Matcher([pattern], accents=[accents]).find(searchable, split(text) if clauses is None else clauses)
    return [text[slice(*searchable.origin(hit.start, hit.end))] for hit in hits]


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("never again", "Never again!", ["Never again"]),
        ("never again", "never, again", []),
        ("scam", "a scam, a SCAM", ["scam", "SCAM"]),
        # words end where letters end ...
        ("scam", "scampi and a scammer", []),
        ("scam", "the scam-shop", ["scam"]),
        ("обман", "это обманчиво", []),
        # ... except in scripts without spaces
        ("诈骗", "这是诈骗吗", ["诈骗"]),
        ("偽物", "届いたのは偽物でした", ["偽物"]),
        ("โกง", "ร้านนี้โกงเงิน", ["โกง"]),
        ("差评", "APP差评123", ["差评"]),
        # wildcards
        ("scam*", "scam, scammers", ["scam", "scammers"]),
        ("*betrug", "ein Kreditkartenbetrug", ["Kreditkartenbetrug"]),
        ("*betrug", "die Betrugsmasche", []),
        ("sexual* harass*", "sexually harassed", ["sexually harassed"]),
        # alternatives
        ("(never|not) buy", "never buy, not buy, will buy", ["never buy", "not buy"]),
        ("very (really |)bad", "very bad", ["very bad"]),
        ("very (really |)bad", "very really bad", ["very really bad"]),
        ("(骗|坑)了(我|我们)", "坑了我", ["坑了我"]),
        # gaps
        ("never ... again", "I will never shop here again", ["never shop here again"]),
        ("never ... again", "never again", ["never again"]),
        ("never ... again", "never 1 two 3 four five again", ["never 1 two 3 four five again"]),
        ("never ... again", "never 1 two 3 four five six again", []),
        ("never ... again", "I never did. Again!", []),
        ("再也...来", "再也不会到这家店来", ["再也不会到这家店来"]),
        ("再也...来", "再也不会在任何时候到这家店来", []),
        ("再也...来", "再也不会。来", []),
        # all of these, in any order, in a clause
        ("drink & vomit*", "vomited after that drink", ["vomited after that drink"]),
        ("drink & vomit*", "only a drink", []),
        ("drink & vomit*", "We had a drink at the bar. He vomited all night.", []),
    ],
)
def test_pattern_language(pattern: str, text: str, expected: list[str]) -> None:
    assert found(pattern, text) == expected


def test_without_clauses_all_parts_may_be_anywhere() -> None:
    text = "We had a drink at the bar. He vomited all night."
    assert found("drink & vomit*", text, clauses=[]) == ["drink at the bar. He vomited"]


@pytest.mark.parametrize(
    "pattern",
    ["", "*", "(a", "a)", "a | b", "... again", "never ...", "a & ", "(a ... b) c", "(a|)", "(|scam)"],
)
def test_what_is_no_pattern_is_refused_with_its_index(pattern: str) -> None:
    with pytest.raises(PatternError) as caught:
        Matcher(["fine", pattern])
    assert caught.value.args[1] == 1
    assert repr(pattern) in caught.value.args[0]


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("诈骗", "诈-骗"),
        ("诈骗", "诈 骗"),
        ("诈骗", "诈.骗"),
        ("诈骗", "诈*骗"),
        ("诈骗", "诈、骗"),
        ("诈骗", "诈\u200b骗"),
        ("诈骗", "诈　骗"),
        ("诈骗", "詐騙"),
        ("詐騙", "诈骗"),
        ("退货", "退貨"),
        ("scam", "s.c.a.m"),
        ("scam", "s c a m"),
        ("scam", "s-c-a-m"),
        ("scam", "S_C_A_M"),
        ("scam", "sc\u00adam"),
        ("scam", "scaaaam"),
        ("scam", "sc4m"),
        ("scam", "$cam"),
        ("stole", "st0le"),
        ("scam", "ＳｃＡｍ"),
        ("dont buy", "don’t buy"),
        ("don't buy", "dont buy"),
        ("straße", "STRASSE"),
        ("nao", "não"),
        ("não", "nao"),
        ("نصاب", "نصّاب"),
        ("احتيال", "إحتيال"),
        ("ガス", "ｶﾞｽ"),
        ("мошенник", "МОШЕННИК"),
        ("ещё", "еще"),
    ],
)
def test_disguises_and_spellings_are_undone_and_lead_back(pattern: str, said: str) -> None:
    assert found(pattern, f"({said})") == [said]


@pytest.mark.parametrize("said", ["诈  骗", "诈--骗", "诈. 骗"])
def test_two_separators_inside_a_word_are_undone(said: str) -> None:
    assert found("诈骗", said) == [said]


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("诈骗", "诈。骗"),
        ("诈骗", "诈\n骗"),
        ("scam", "sc am"),
        ("ios", "105"),
        ("good", "god"),
        ("sam", "s.cam"),
    ],
)
def test_what_is_no_disguise_stays(pattern: str, text: str) -> None:
    assert found(pattern, text) == []


def test_accents_count_where_the_language_says_so() -> None:
    assert found("lừa", "lua lừa lúa", accents=True) == ["lừa"]
    assert found("lừa", "lua lừa lúa") == ["lua", "lừa", "lúa"]
    assert found("lừa", "L\u1eeaA và lu\u031b\u0300a", accents=True) == ["LỪA", "lu\u031b\u0300a"]


def test_hits_of_many_patterns_come_by_place_with_the_pattern() -> None:
    text = "A scam: I will never buy again, 这是诈骗"
    searchable = Searchable(text)
    hits = Matcher(["诈骗", "never ... again", "scam", "absent"]).find(searchable)
    assert [hit.pattern for hit in hits] == [2, 1, 0]
    assert [hit.start for hit in hits] == sorted(hit.start for hit in hits)


def test_a_pattern_is_found_far_inside_a_long_text() -> None:
    text = "fine " * 20_000 + "never shop here again" + " fine" * 20_000
    assert found("never ... again", text, clauses=[]) == ["never shop here again"]


def test_only_wanted_patterns_are_tried() -> None:
    matcher, searchable = Matcher(["scam", "never ... again"]), Searchable("A scam, never buy again")
    assert [hit.pattern for hit in matcher.find(searchable, wanted={1})] == [1]
    assert matcher.find(searchable, wanted=frozenset()) == []


@pytest.mark.parametrize(
    ("pattern", "literals", "first", "whole"),
    [
        ("very (really |)bad", {"very really bad", "very bad"}, True, True),
        ("(a|b)*", {"a", "b"}, True, False),
        ("*betrug", {"betrug"}, False, False),
        ("(ab|c) ... abcdefgh", {"abcdefgh"}, False, False),
        (f"({'|'.join(map(str, range(100, 170)))}) abc", {" abc"}, False, False),
    ],
)
def test_anchors_are_the_most_telling_wordings(
    pattern: str, literals: set[str], first: bool, whole: bool
) -> None:
    assert Pattern(pattern).anchors == (literals, first, whole)


def test_a_text_without_a_word_that_must_occur_cannot_match() -> None:
    pattern = Pattern("(never|not) ... (again|anymore)")
    assert pattern.may_match("never again")
    assert not all(map(pattern.may_match, ("never", "again")))


def test_an_accented_pattern_is_never_found_by_its_anchors_alone() -> None:
    assert Pattern("lừa đảo").anchors.whole
    assert not Pattern("lừa đảo", accents=True).anchors.whole


def test_the_longest_wording_is_found() -> None:
    assert found("(骗|骗人|骗人的)", "都是骗人的") == ["骗人的"]
    assert found("(cheat|cheats) (me|)", "he cheats me, she cheats") == ["cheats me"]


def test_a_line_end_is_as_good_as_a_space() -> None:
    assert found("never again", "never\nagain") == ["never\nagain"]


def test_no_patterns_find_nothing() -> None:
    assert Matcher([]).find(Searchable("a scam")) == []


TEXTS = st.text() | st.text("aA4$. -'é́ß\u200b\u00ad诈骗詐ｶﾞ한ไก่\n", max_size=30)


@given(TEXTS)
def test_every_character_leads_back_to_the_text_in_order(text: str) -> None:
    searchable = Searchable(text)
    assert len(searchable.kept) == len(searchable.text) == len(searchable.accented)
    last = 0
    for index in range(len(searchable.text)):
        start, end = searchable.origin(index, index + 1)
        assert last <= start < end <= len(text)
        last = start


@given(TEXTS)
def test_the_range_of_a_hit_holds_the_ranges_of_its_characters(text: str) -> None:
    searchable = Searchable(text)
    if searchable.text:
        whole = searchable.origin(0, len(searchable.text))
        parts = [searchable.origin(index, index + 1) for index in range(len(searchable.text))]
        assert whole == (parts[0][0], max(end for _, end in parts))


@given(before=TEXTS, after=TEXTS)
def test_a_phrase_is_found_at_its_own_offsets_whatever_surrounds_it(before: str, after: str) -> None:
    text = f"{before}。诈骗。{after}"
    place = len(before) + 1
    searchable = Searchable(text)
    spans = [searchable.origin(hit.start, hit.end) for hit in Matcher(["诈骗"]).find(searchable)]
    assert (place, place + 2) in spans


@given(TEXTS, st.integers(0, 40))
def test_position_is_where_the_character_begins(text: str, offset: int) -> None:
    searchable = Searchable(text)
    place = searchable.position(offset)
    assert all(searchable.origin(index, index + 1)[0] < offset for index in range(place))
    assert all(
        searchable.origin(index, index + 1)[0] >= offset for index in range(place, len(searchable.text))
    )
