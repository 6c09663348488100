from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from vocnlp.batch.labelled import Example, examples
from vocnlp.errors import InputError

GOOD = {"id": "shop:1", "text": "too dear", "lang": "en", "sentiment": "neg", "aspects": {"price": "neg"}}


def write(path: Path, *rows: Any) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_labelled_comments_are_read(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", GOOD, {"text": "fine"})
    first, second = examples([path], aspects=["price"])
    assert first == Example("shop:1", "too dear", "en", "neg", {"price": "neg"})
    assert first.source == "shop"
    assert (second.id, second.language, second.sentiment, second.aspects) == ("a:2", "und", None, {})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"text": " "}, "line 2: it has no text"),
        ({"text": 3}, "line 2: it has no text"),
        ({"sentiment": "bad"}, "sentiment 'bad' is none of neg, neu, pos, mix"),
        ({"aspects": ["price"]}, "aspects must be an object"),
        ({"aspects": {"prise": "neg"}}, "aspect 'prise' is not in the taxonomy; it has price"),
        ({"aspects": {"price": "negative"}}, "polarity 'negative' of price is none of"),
    ],
)
def test_wrong_labels_are_located(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    path = write(tmp_path / "a.jsonl", GOOD, {**GOOD, **change})
    with pytest.raises(InputError, match=message):
        examples([path], aspects=["price"])


def test_many_wrong_lines_are_counted(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", *[{"text": ""}] * 8)
    with pytest.raises(InputError, match="and 3 more"):
        examples([path], aspects=["price"])


def test_broken_json_is_located(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps(GOOD) + "\n{oops\n")
    with pytest.raises(InputError, match="line 2 is no JSON object"):
        examples([path], aspects=["price"])


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no labelled comments"):
        examples([write(tmp_path / "a.jsonl")], aspects=["price"])


def test_translations_of_one_original_are_held_out_together() -> None:
    held = [Example(str(n), "x", "en", group=f"hotel/{n}").held_out for n in range(2000)]
    assert 0.07 < sum(held) / 2000 < 0.13
    assert not Example("1", "x", "en").held_out
