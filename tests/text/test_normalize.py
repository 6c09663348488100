"""Repair and folding of text."""

import time
import unicodedata

import ftfy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vocnlp.text.normalize import fold, repair

ANY_TEXT = st.text(st.characters(codec=None), max_size=60)
WORDS = [
    "Доставка её очень медленная",
    "Café très agréable, déjà vu à Nîmes",
    "A instalação não foi fácil",
    "物流很慢，客服也不回复",
    "配送が遅いです",
    "배송이 늦었어요",
    "การจัดส่งช้ามาก น้ำหนักเบา",
    "التوصيل متأخر جدا",
    "Hàng đẹp nhưng giao chậm",
    "Łóżko było źle zapakowane",
    "👍🏽 “great” — really…",
]
DAMAGE = "é\u0301\u200c\u200d\x00\ud83d\ude00\u200bÃ©â€™ Ⅷﬁ"
ENCODINGS = ["latin-1", "sloppy-windows-1252", "sloppy-windows-1250", "sloppy-windows-1251", "macroman"]
CLEAN = [
    *WORDS,
    "全角ＡＢＣ１２３，标点！保留。",
    "پشتیبانی خوب نمی\u200cشود",
    "क्\u200dष",
    "👨\u200d👩\u200d👧 🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f ❤️",
    "½ kg, 10³ m², ﬁne™",
    "Marks & Spencer, R&D; a < b",
    "<b>&amp; stays beside a literal tag</b>",
    "tab\tand\nnew line",
    "物流很快，联通",
    "",
]


@pytest.mark.parametrize("text", CLEAN)
def test_undamaged_text_stays_as_it_is(text: str) -> None:
    assert repair(text) == (text, [])


@pytest.mark.parametrize("text", [text for text in WORDS if not text.isascii()])
@pytest.mark.parametrize("encoding", ["latin-1", "sloppy-windows-1252"])
def test_utf8_read_in_a_single_byte_encoding_is_undone(text: str, encoding: str) -> None:
    repaired, warnings = repair(text.encode().decode(encoding))
    assert repaired == text
    assert warnings == ["characters_repaired: a wrong encoding was undone"]


def test_utf8_read_as_gb18030_is_undone() -> None:
    assert repair("质量很好推荐".encode().decode("gb18030"))[0] == "质量很好推荐"
    assert repair("物流慢".encode().decode("gb18030", "replace"))[0] == "物流\ufffd"


@pytest.mark.parametrize(
    ("damaged", "repaired", "reason"),
    [
        ("g\x00o\x00o\x00d\x00", "good", "control characters were removed"),
        ("\x1b[31mred\x1b[0m\x07", "red", "control characters were removed"),
        ("lamp \ud83d broke", "lamp \ufffd broke", "lone surrogates were replaced"),
        ("a\x01\udc00", "a\ufffd", "control characters were removed, lone surrogates were replaced"),
    ],
)
def test_lost_characters_leave_a_warning(damaged: str, repaired: str, reason: str) -> None:
    assert repair(damaged) == (repaired, [f"characters_repaired: {reason}"])


@pytest.mark.parametrize(
    ("damaged", "repaired"),
    [
        ("ok \ud83d\ude00", "ok 😀"),
        ("Tom &amp; Jerry &quot;x&quot; caf&eacute;", 'Tom & Jerry "x" café'),
        ("one\r\ntwo\rthree\u2028four\x0bfive", "one\ntwo\nthree\nfour\nfive"),
        ("\ufefffr\u200baud fr\u200caud sc\u200dam s\xadpam \u202egnp", "fraud fraud scam spam gnp"),
        ("می\u200c\u200cشود", "می\u200cشود"),
        ("cafe\u0301", "café"),
        ("a\U000e0041b", "ab"),
    ],
)
def test_silent_repairs(damaged: str, repaired: str) -> None:
    assert repair(damaged) == (repaired, [])


@given(ANY_TEXT)
def test_repaired_text_can_be_written_and_is_composed(text: str) -> None:
    repaired, _ = repair(text)
    repaired.encode()
    assert unicodedata.is_normalized("NFC", repaired)
    assert not any(unicodedata.category(char) == "Cc" and char not in "\t\n" for char in repaired)


@given(
    st.text(
        st.sampled_from("".join(WORDS) + "é\u0301\u200c\u200d\x00\ud83d\ude00\u200bÃ©â€™ Ⅷﬁ"), max_size=40
    )
)
def test_repair_is_idempotent(text: str) -> None:
    once, _ = repair(text)
    assert repair(once) == (once, [])


@given(
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map(" ".join),
    st.sampled_from(
        ["latin-1", "sloppy-windows-1252", "sloppy-windows-1250", "sloppy-windows-1251", "macroman"]
    ),
    st.integers(0, 40),
)
def test_the_quick_look_misses_nothing_that_ftfy_would_undo(text: str, encoding: str, clean: int) -> None:
    damaged = text[:clean] + text[clean:].encode().decode(encoding, "replace")
    if "\ufffd" not in damaged and ftfy.fix_encoding(damaged) != damaged:
        assert repair(damaged)[1]


@pytest.mark.parametrize(
    "text", ["&" + "amp;" * 10_000, "a" + "\u0301\u0327" * 10_000, "Ã©" * 10_000, "\x00\ud800" * 10_000]
)
def test_hostile_text_takes_linear_time(text: str) -> None:
    begin = time.process_time()
    repair(text)
    assert time.process_time() - begin < 1


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("LAMP Straße", "lamp strasse"),
        ("ＡＢＣ１２３，！", "abc123,!"),
        ("ｶﾞ ﾊﾟ", "ガ パ"),
        ("ﬁne №5 ㎏", "fine no5 kg"),
        ("ДОСТАВКА", "доставка"),
        ("ΣΑΣ σας", "σασ σασ"),
        ("物流很慢", "物流很慢"),
        ("", ""),
    ],
)
def test_fold(text: str, folded: str) -> None:
    assert fold(text).text == folded


@pytest.mark.parametrize(
    ("text", "needle", "original"),
    [
        ("eine STRAẞE weit", "strasse", "STRAẞE"),
        ("eine Straße weit", "ras", "raß"),
        ("高いﾄﾞﾗｲﾔｰです", "ドライヤー", "ﾄﾞﾗｲﾔｰ"),
        ("ＦＲＡＵＤ alert", "fraud", "ＦＲＡＵＤ"),
        ("x ﬁre", "f", "ﬁ"),
        ("น้ำหนักเบา", "เบา", "เบา"),
    ],
)
def test_a_match_maps_back(text: str, needle: str, original: str) -> None:
    folded = fold(text)
    at = folded.text.index(needle)
    start, end = folded.span(at, at + len(needle))
    assert text[start:end] == original


# U+0345 and U+037A change their combining class when folded; NFC text holds neither of them loose.
FOLDABLE = st.text(
    st.characters(codec="utf-8", exclude_characters="\u0345\u037a")
    | st.sampled_from("ßﬁＡｶﾞﾟé\u0301\u0327İǅㅋㅏㄱ각ำ①㎏ΐ"),
    max_size=30,
)


@given(FOLDABLE)
def test_folding_is_nfkc_casefold(text: str) -> None:
    def normal(text: str) -> str:
        return unicodedata.normalize("NFKC", text)

    assert fold(text).text == normal(normal(text).casefold())


@given(FOLDABLE)
def test_the_map_is_total_and_monotone(text: str) -> None:
    folded = fold(text)
    starts = list(folded.starts)
    assert len(starts) == len(folded.text) + 1
    assert starts[0] == 0
    assert starts[-1] == len(text)
    assert starts == sorted(starts)


@given(FOLDABLE.filter(bool), st.data())
def test_every_folded_slice_maps_to_a_range_that_folds_to_it(text: str, data: st.DataObject) -> None:
    folded = fold(text)
    start = data.draw(st.integers(0, len(folded.text) - 1))
    end = data.draw(st.integers(start + 1, len(folded.text)))
    begin, stop = folded.span(start, end)
    assert 0 <= begin < stop <= len(text)
    assert folded.text[start:end] in fold(text[begin:stop]).text
