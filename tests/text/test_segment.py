"""Words of texts, with and without the tokenisers of the extra `topics`."""

import sys
from collections.abc import Iterator

import pytest

from vocnlp.errors import InputError, MissingExtraError
from vocnlp.text import segment
from vocnlp.text.segment import words

PACKAGES = ("jieba", "kiwipiepy", "pythainlp", "rjieba", "sudachipy")


@pytest.fixture
def slim(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An installation without the tokenisers."""
    for package in (*PACKAGES, "pythainlp.tokenize"):
        monkeypatch.setitem(sys.modules, package, None)
    segment._tokenizer.cache_clear()
    yield
    segment._tokenizer.cache_clear()


@pytest.mark.parametrize("engine", ["rjieba", "jieba"])
def test_chinese(engine: str) -> None:
    pytest.importorskip(engine)
    assert words("物流太慢了，客服不回复！[PHONE]", "zh", engine=engine)[:2] == ["物流", "太慢"]
    assert "客服" in words("物流太慢了，客服不回复！", "zh", engine=engine)


def test_japanese_comes_in_dictionary_form() -> None:
    pytest.importorskip("sudachipy")
    assert words("配送が遅くて、組み立てに困りました。", "ja") == ["配送", "遅い", "組み立て", "困る"]


def test_korean_comes_in_dictionary_form() -> None:
    pytest.importorskip("kiwipiepy")
    assert words("배송이 너무 늦었어요!", "ko") == ["배송", "너무", "늦다"]


def test_thai() -> None:
    pytest.importorskip("pythainlp")
    assert {"สินค้า", "แต่", "ส่ง", "ช้า"} <= set(words("สินค้าดีมากแต่ส่งช้า", "th"))


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("The lamp isn't 'bright', call [PHONE]!", "en", ["The", "lamp", "isn't", "bright", "call"]),
        ("सामान अच्छा है।", "hi", ["सामान", "अच्छा", "है"]),
        ("کیفیت خوب نمی\u200cشود", "fa", ["کیفیت", "خوب", "نمی\u200cشود"]),
        ("Ürün çok güzel :)", "tr", ["Ürün", "çok", "güzel"]),
        ("😀 !!! ...", "und", []),
        ("", "zh", []),
    ],
)
def test_languages_with_spaces(text: str, language: str, expected: list[str]) -> None:
    assert words(text, language) == expected


@pytest.mark.usefixtures("slim")
def test_pairs_of_characters_where_no_tokeniser_is_installed() -> None:
    assert words("物流太慢，LED灯坏", "zh") == ["物流", "流太", "太慢", "LED", "灯坏"]
    assert words("配送が遅い", "ja") == ["配送", "送が", "が遅", "遅い"]
    assert words("배송이 늦어요", "ko") == ["배송이", "늦어요"]
    assert words("ส่งช้า", "th")[0] == "ส่"


@pytest.mark.usefixtures("slim")
def test_strict_says_what_to_install() -> None:
    with pytest.raises(MissingExtraError, match=r"pip install 'vocnlp\[topics\]'"):
        words("物流太慢", "zh", strict=True)
    assert words("slow delivery", "en", strict=True) == ["slow", "delivery"]


def test_an_unknown_engine_is_refused() -> None:
    with pytest.raises(InputError, match="rjieba"):
        words("物流", "zh", engine="best")


def test_a_text_longer_than_a_tokeniser_takes_is_cut_in_clauses() -> None:
    pytest.importorskip("sudachipy")
    assert words("配送が遅いです。" * 2_000, "ja") == ["配送", "遅い"] * 2_000
