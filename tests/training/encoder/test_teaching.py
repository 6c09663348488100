"""Translations of one text get the mean of what is said of all of them; held ones are not learned from."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("torch")

from training.encoder.recipe import CorpusRows
from training.encoder.rows import gathered
from training.encoder.soft import Soft
from training.encoder.teaching import agree
from vocnlp.batch.labelled import Example


def said(count: int) -> Soft:
    random = np.random.default_rng(count)
    shapes = {"sentiment": (4,), "aspects": (3,), "polarity": (3, 4), "risks": (2,), "vector": (5,)}
    return Soft(
        np.arange(count), **{n: random.random((count, *s)).astype(np.float32) for n, s in shapes.items()}
    )


@given(st.lists(st.integers(-1, 3), min_size=1, max_size=12))
def test_rows_of_a_group_agree_and_others_stay(groups: list[int]) -> None:
    before, after = said(len(groups)), said(len(groups))
    agree(after, np.array(groups))
    for name in Soft.__slots__[1:]:
        own, found = getattr(before, name), getattr(after, name)
        for place, group in enumerate(groups):
            members = [place] if group < 0 else np.flatnonzero(np.array(groups) == group)
            np.testing.assert_allclose(found[place], own[members].mean(axis=0), rtol=1e-5)


def test_translations_of_a_text_that_is_measured_on_are_left_out(tmp_path: Path) -> None:
    zstandard = pytest.importorskip("zstandard")
    (tmp_path / "translated").mkdir()
    lines = [
        {"id": f"hotel/{language}/train/{k}", "lang": language, "text": f"{text} {k}", "sentiment": "pos"}
        for k in range(3)
        for language, text in (("en", "a fine room"), ("de", "ein schönes Zimmer"))
    ]
    with zstandard.open(tmp_path / "translated/train.jsonl.zst", "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(line) + "\n" for line in lines)
    labelled = [Example("own:1", "the bed was hard", "en", "neg", {})]
    without = frozenset({"a fine room 1"})
    rows = gathered(labelled, tmp_path, ["translated"], limits=CorpusRows(), without=without)
    kept = {row.text: row.group for row in rows if row.source == "translated"}
    assert kept == {
        f"{text} {k}": f"hotel/*/train/{k}" for k in (0, 2) for text in ("a fine room", "ein schönes Zimmer")
    }
