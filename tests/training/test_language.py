"""The language detector trained on a handful of comments."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from models.manifest import read_manifest
from training.language import Settings, snippets, train, without_marks
from training.language_fit import written_in
from training.language_texts import Corpora, django_texts, malay, profile_texts, read_corpora, recipe
from vocnlp.errors import InputError
from vocnlp.text.language import BuiltinDetector, LanguageModel

pytest.importorskip("django")
pytest.importorskip("langdetect")
pytest.importorskip("opencc")

SMALL = Settings(
    buckets=1_024, per_language=50, thin=40, profile=5, vocabulary=10, comments=1, malay=20,
    epochs=3, rate=0.05, batch=512, held_out=0.1,
)  # fmt: skip

COMMENTS = {
    ("shop", "en"): "the chair is very comfortable and arrived in time but one of the screws was missing",
    ("shop", "de"): "der Stuhl ist sehr bequem und kam pünktlich, aber eine der Schrauben hat gefehlt",
    ("other", "ru"): "стул очень удобный и приехал вовремя, но одного из винтов не хватало",
    ("other", "zh"): "椅子很舒服,按时到货,但是少了一颗螺丝",
    ("other", "ja"): "椅子はとても快適で、時間通りに届きましたが、ネジが一本足りませんでした",
    ("other", "id"): "kursinya nyaman sekali tetapi uang saya belum kembali karena tokonya tutup",
}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("data")
    rng = np.random.default_rng(0)
    for (source, code), text in COMMENTS.items():
        directory = root / "corpora" / source
        directory.mkdir(parents=True, exist_ok=True)
        with (directory / "train.jsonl").open("a", encoding="utf-8") as file:
            for _ in range(40):
                shuffled = " ".join(rng.permutation(text.split()))
                file.write(json.dumps({"lang": code, "text": shuffled}) + "\n")
    (root / "INDEX.md").write_text("| shop | 1 | open |\n| other | 1 | research |\n", encoding="utf-8")
    return root


@pytest.fixture(scope="module")
def trained(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("model")
    train(data, output, settings=SMALL, report=[].append)
    return output


def test_it_tells_what_it_learnt(trained: Path) -> None:
    detector = BuiltinDetector(LanguageModel.read(trained))
    found = detector.detect(
        ["the chair arrived", "der Stuhl kam pünktlich", "стул приехал вовремя", "椅子很舒服"]
    )
    assert [answer.code for answer in found] == ["en", "de", "ru", "zh"]


def test_manifest_and_card_say_where_it_comes_from(trained: Path) -> None:
    manifest = read_manifest(trained)
    assert manifest.sources == {"other": "research", "shop": "open"}
    assert manifest.licence == "CC-BY-NC-SA-4.0"
    assert {"en", "de", "ru", "id", "ms", "uk"} <= set(manifest.languages)
    assert "| other | research |" in (trained / "CARD.md").read_text(encoding="utf-8")


def test_only_sources_of_the_terms_wanted_are_read(data: Path) -> None:
    assert set(read_corpora(data, terms=["open"]).texts) == {"en", "de"}
    with pytest.raises(InputError, match=r"no corpora/\*/train"):
        read_corpora(data, terms=["sharealike"])


def test_a_sample_is_even_over_sources() -> None:
    corpora = Corpora()
    corpora.texts["en"]["small"] = ["s"] * 3
    corpora.texts["en"]["large"] = ["l"] * 100
    sample = corpora.sample("en", 10, np.random.default_rng(0))
    assert (sample.count("s"), sample.count("l")) == (3, 7)


def test_malay_is_told_by_words_that_indonesian_lacks() -> None:
    texts = ["uang saya hilang karena toko tutup"] * 5 + ["saya suka kursi ini"] * 5
    made, telling = malay(texts, {"uang": "wang", "karena": "kerana", "toko": "tutup"}, 3)
    assert made == ["wang saya hilang kerana tutup tutup"] * 3
    assert telling == {"wang", "kerana"}


def test_english_rows_of_romanised_hindi_are_dropped() -> None:
    corpora = Corpora()
    corpora.texts["en"]["shop"] = ["the service is good"] * 5
    corpora.texts["hi"]["tweets"] = ["the good service yaar", "bahut acchi service hai", "बहुत good"]
    corpora.drop_english_rows("hi")
    assert corpora.texts["hi"]["tweets"] == ["bahut acchi service hai"]


def test_snippets_are_pieces_of_the_text() -> None:
    text = "one two three four five six seven eight nine ten eleven twelve thirteen"
    whole, middle, short = snippets(text, np.random.default_rng(3))
    assert whole == text
    assert middle in text
    assert short in text
    assert 4 <= len(middle.split()) <= 10
    assert 1 <= len(short.split()) <= 3
    assert snippets("ok", np.random.default_rng(3)) == ["ok"] * 3


def test_marks_are_left_off() -> None:
    assert without_marks("Đồng hồ đẹp, żółty, ığdır") == "Dong ho dep, zolty, igdir"


def test_each_language_has_a_script() -> None:
    scripts = written_in(["de", "hi", "mr", "ru", "ur"])
    assert scripts == {
        "Latin": ["de", "hi"],
        "Cyrillic": ["ru"],
        "Arabic": ["ur"],
        "Devanagari": ["hi", "mr"],
    }


def test_other_texts_are_clean() -> None:
    messages = django_texts()
    assert {"ms", "uk", "fi", "hu"} <= set(messages)
    assert not any("%(" in text or "<a" in text for text in messages["fi"])
    words = profile_texts("fi", 50, np.random.default_rng(0))
    assert len(words) == 50
    assert "ä" in "".join(words)
    assert profile_texts("xx", 50, np.random.default_rng(0)) == []


def test_the_recipe_is_whole() -> None:
    content = recipe()
    assert set(content) == {"vocabulary", "comments", "international", "malay"}
    assert set(content["comments"]) <= set(content["vocabulary"])
    assert all(isinstance(word, str) for pair in content["malay"].items() for word in pair)
