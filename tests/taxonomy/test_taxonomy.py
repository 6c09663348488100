"""The shipped aspects, and what is said of a file that is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vocnlp.errors import TaxonomyError
from vocnlp.taxonomy.files import read
from vocnlp.taxonomy.taxonomy import Taxonomy, load, localised

VOC = load()
CONTRACT = {
    "logistics",
    "packaging",
    "installation",
    "attitude",
    "responsiveness",
    "after_sales",
    "quality",
    "performance",
    "reliability",
    "usability",
    "design",
    "price",
    "billing",
    "accuracy",
    "availability",
    "environment",
    "location",
    "food",
    "safety",
    "overall",
}
MINE = """
version: hotel@3
aspects:
- id: breakfast
  names: {en: Breakfast, zh-Hans: 早餐}
  description: {en: What is served in the morning.}
  owner: {en: Kitchen}
  hint: {en: Ask the cook.}
- id: pool
  names: {zh-Hans: 泳池}
  description: {zh-Hans: 泳池与更衣室。}
  owner: {zh-Hans: 康乐部}
  hint: {zh-Hans: 查水质。}
"""


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    path = tmp_path / "mine.yaml"
    path.write_text(MINE, encoding="utf-8")
    return path


def test_shipped_aspects_are_those_of_the_contract() -> None:
    assert set(VOC.ids) == CONTRACT
    assert len(VOC.ids) == len(CONTRACT)
    assert VOC.version.startswith("voc@")


@pytest.mark.parametrize("aspect", VOC.aspects, ids=VOC.ids)
def test_every_aspect_speaks_english_and_chinese_everywhere(aspect: object) -> None:
    for field in ("names", "description", "owner", "hint"):
        texts = getattr(aspect, field)
        assert {"en", "zh-Hans"} <= texts.keys()
        assert all(text == text.strip() for text in texts.values())
        assert any("\u4e00" <= character <= "\u9fff" for character in texts["zh-Hans"])
        assert texts["en"].isascii()


def test_every_aspect_is_named_in_the_same_languages_and_no_name_is_used_twice() -> None:
    locales = {frozenset(aspect.names) for aspect in VOC.aspects}
    assert len(locales) == 1
    for locale in next(iter(locales)):
        names = [aspect.names[locale] for aspect in VOC.aspects]
        assert len(set(names)) == len(names)


def test_own_file(mine: Path) -> None:
    own = load(mine)
    assert own.ids == ("breakfast", "pool")
    assert own.version == "hotel@3"
    assert own.name("breakfast", "zh-Hans") == "早餐"
    assert own.owner("pool") == "康乐部"  # no English: what there is
    assert own.hint("breakfast", "fr") == "Ask the cook."
    assert "pool" in own
    assert "logistics" not in own
    assert own["pool"].id == "pool"


def test_an_unknown_aspect_shows_its_id_and_has_no_owner() -> None:
    assert VOC.name("sauna") == "sauna"
    assert VOC.owner("sauna") == VOC.hint("sauna") == ""
    with pytest.raises(KeyError):
        VOC["sauna"]


@pytest.mark.parametrize(
    ("locale", "expected"),
    [("zh-Hant", "繁"), ("zh-TW", "简"), ("zh", "简"), ("en-GB", "English"), ("fr", "English")],
)
def test_locale_falls_back_to_the_language_then_english(locale: str, expected: str) -> None:
    assert localised({"zh-Hans": "简", "zh-Hant": "繁", "en": "English"}, locale) == expected


@given(
    st.dictionaries(st.sampled_from(["en", "zh-Hans", "zh-Hant", "fr", "pt-BR"]), st.text(), min_size=1),
    st.text(),
)
def test_some_text_is_always_found(texts: dict[str, str], locale: str) -> None:
    assert localised(texts, locale) in texts.values()


@pytest.mark.parametrize(
    ("right", "wrong", "place"),
    [
        ("id: pool", "id: Pool", "aspects[1].id"),
        ("id: pool", "id: breakfast", "'breakfast' is used twice"),
        ("id: pool\n", "colour: blue\n  id: pool\n", "aspects[1].colour"),
        ("  hint: {en: Ask the cook.}\n", "", "aspects[0].hint"),
        ("names: {en: Breakfast, zh-Hans: 早餐}", "names: {}", "aspects[0].names"),
        ("names: {en: Breakfast, zh-Hans: 早餐}", "names: Breakfast", "aspects[0].names"),
        ("zh-Hans: 泳池}", 'zh-Hans: ""}', "aspects[1].names.zh-Hans"),
        ("version: hotel@3", "version: hotel", "version"),
        ("version: hotel@3\n", "", "version"),
        ("version: hotel@3", "owner: me\nversion: hotel@3", "owner"),
    ],
)
def test_an_error_names_its_place(mine: Path, right: str, wrong: str, place: str) -> None:
    assert right in MINE
    mine.write_text(MINE.replace(right, wrong), encoding="utf-8")
    with pytest.raises(TaxonomyError) as caught:
        load(mine)
    assert str(caught.value).startswith(f"{mine}: ")
    assert place in str(caught.value)


def test_only_the_first_of_many_errors_are_listed(mine: Path) -> None:
    mine.write_text("version: a@1\naspects: [1, 2, 3, 4, 5, 6, 7]\n", encoding="utf-8")
    with pytest.raises(TaxonomyError, match=r"aspects\[4\].*and \d more$") as caught:
        load(mine)
    assert "aspects[5]" not in str(caught.value)


def test_no_aspects_are_no_taxonomy(mine: Path) -> None:
    mine.write_text("version: a@1\naspects: []\n", encoding="utf-8")
    with pytest.raises(TaxonomyError, match="aspects"):
        load(mine)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"version: a@1\naspects: [1, 2\n", "no valid YAML at line 3"),
        (b"version: \xff\xfe", "no valid YAML"),
        (b"a: \x00", "no valid YAML"),
        (b"", "the whole file"),
        (b"- a\n- b\n", "the whole file"),
        (b"!!python/object/apply:os.getcwd []", "no valid YAML"),
    ],
)
def test_a_file_that_is_no_yaml_or_no_mapping(mine: Path, content: bytes, says: str) -> None:
    mine.write_bytes(content)
    with pytest.raises(TaxonomyError, match=says):
        read(mine, Taxonomy)


def test_a_missing_file_and_a_directory(tmp_path: Path) -> None:
    for path in (tmp_path / "none.yaml", tmp_path):
        with pytest.raises(TaxonomyError, match="cannot be read"):
            load(path)
