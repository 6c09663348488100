"""The comparison of language detectors on a few comments."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from evaluation.language import Row, confusions, evaluate, main, sampled, word_counts, written_rows
from evaluation.language_tables import table
from vocnlp.errors import InputError

pytest.importorskip("opencc")

ROWS = [
    {"lang": "de", "text": "Die Tasse ist schön und kam sehr schnell an, danke dafür"},
    {"lang": "fr", "text": "La tasse est belle"},
    {"lang": "zh", "text": "杯子很漂亮,质量也不错"},
    {"lang": "en", "text": "12345"},
]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    directory = tmp_path / "corpora" / "shop"
    directory.mkdir(parents=True)
    lines = "".join(json.dumps(row) + "\n" for row in ROWS * 10)
    (directory / "dev.jsonl").write_text(lines, encoding="utf-8")
    return tmp_path


def test_words_are_counted_in_every_script() -> None:
    assert word_counts(["one two three", "很好吃的", "ดีมากครับ", "iPhone 很好", "123 👍"]) == [
        3,
        2,
        2.25,
        2,
        0,
    ]


def test_a_report(data: Path) -> None:
    report = evaluate(data, sample=2, peers=())
    assert report.rows["de"] == {"1-3 words": 0, "4-10 words": 0, "over 10": 10}
    assert "en" not in report.rows  # no letter, no language
    assert report.shipped["fr"] == {"4-10 words": 1.0}
    assert report.chinese["builtin"] == 1.0
    assert report.cost["builtin"]["texts_per_s"] > 0
    assert "| de |" in table(report)


def test_the_command_writes_all_figures(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evaluation.language.PEERS", ())
    out = tmp_path / "figures.json"
    monkeypatch.setattr(
        "evaluation.language.evaluate", lambda data, sample: evaluate(data, sample=sample, peers=())
    )
    result = CliRunner().invoke(main, [str(data), "--json", str(out), "--sample", "2"])
    assert result.exit_code == 0, result.output
    assert json.loads(out.read_text(encoding="utf-8"))["shipped"]["de"] == {"over 10": 1.0}


def test_a_directory_without_corpora_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no corpora"):
        evaluate(tmp_path)


def test_the_corpora_do_not_say_which_chinese() -> None:
    assert Row("", "zh", "zh", 1).right("zh-Hant")
    assert not Row("", "zh", "simplified", 1).right("zh-Hant")
    assert not Row("", "zh-Hant", "traditional", 1).right("zh")


def test_wrong_answers_are_counted() -> None:
    rows = [Row("", "no", "no", 1)] * 3 + [Row("", "zh", "zh", 1)]
    assert confusions(rows, ["da", "da", "no", "zh-Hant"]) == [("no", "da", 2)]


def test_a_sample_has_so_many_of_each_cell() -> None:
    rows = [Row(str(place), "de", "de", words) for place in range(5) for words in (1, 20)]
    assert len(sampled(rows, 3)) == 6


def test_written_comments_cover_languages_that_the_corpora_lack() -> None:
    codes = {row.language for row in written_rows()}
    assert {"ms", "uk", "bg", "fi", "hu", "el", "he", "zh-Hant", "und"} <= codes
