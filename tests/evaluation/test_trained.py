"""Training by the command, as the evaluations do it."""

from __future__ import annotations

from pathlib import Path

import pytest

from evaluation.trained import trained, write_labelled
from vocnlp.batch.labelled import Example, examples
from vocnlp.errors import InputError

ROWS = [
    Example("shop:1", "Too late, « again »\nnever more", "en", "neg", {"logistics": "neg"}),
    Example("shop:2", "好用", "zh", "pos"),
]


def test_comments_are_written_as_training_reads_them(tmp_path: Path) -> None:
    path = tmp_path / "labelled.jsonl"
    write_labelled(path, ROWS)
    found = examples([path], aspects=["logistics"])
    assert [(e.text, e.language, e.sentiment, e.aspects) for e in found] == [
        (e.text, e.language, e.sentiment, e.aspects) for e in ROWS
    ]


def test_what_is_wrong_with_a_training_is_said(tmp_path: Path) -> None:
    path = tmp_path / "labelled.jsonl"
    write_labelled(path, [Example("shop:1", "late", "en", "neg", {"lateness": "neg"})])
    with pytest.raises(InputError, match=r"labelled.jsonl.*lateness"):
        trained(path, tmp_path / "model")
