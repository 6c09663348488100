"""Measures of a teacher that is told what sources said, on known answers and with the shipped model."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("sklearn")
pytest.importorskip("zstandard")

from models.manifest import ModelFileError
from training.encoder.soft import Soft
from training.informed_teacher import both, main, measures, table
from vocnlp.batch.labelled import Example
from vocnlp.errors import InputError
from vocnlp.pipeline import find_model

TRAIN = [
    Example(f"shop:{number}", f"parcel {number} came late", "en", "neg", {"logistics": "neg"})
    for number in range(100, 180)
]
DEV = [
    Example("shop:2", "great price", "en", "pos", {"price": "pos"}),
    Example("shop:3", "the driver was rude and late", "en", "neg", {"attitude": "neg", "logistics": "neg"}),
]


@pytest.fixture
def corpora(tmp_path: Path) -> Path:
    import zstandard

    (tmp_path / "shop").mkdir()
    lines = [
        {"id": example.id, "lang": "en", "text": example.text, "rating": 5, "rating_max": 5}
        for example in [*TRAIN, *DEV]
    ]
    with zstandard.open(tmp_path / "shop/train.jsonl.zst", "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(line) + "\n" for line in lines)
    return tmp_path


def test_answers_are_measured_against_the_labels_of_dev(corpora: Path) -> None:
    rows, alone, informed = both(find_model(), TRAIN, DEV, corpora)
    assert [rows.sentiment[place] for place in sorted(alone.places)] == [2, 0]
    sure = Soft(
        alone.places,
        sentiment=np.eye(4, dtype=np.float32)[rows.sentiment[alone.places]],
        aspects=(rows.polarity[alone.places] >= 0).astype(np.float32),
        polarity=np.eye(4, dtype=np.float32)[rows.polarity[alone.places]],
        risks=alone.risks,
        vector=alone.vector,
    )
    assert measures(sure, rows) == (1, 1, 1)
    sure.sentiment[0] = sure.sentiment[0][::-1]
    sure.aspects[alone.places.argmin(), :] = 0
    accuracy, f1, polarity = measures(sure, rows)
    assert (accuracy, f1, polarity) == (0.5, pytest.approx(0.8), 1)
    lines = list(table(rows, {"text alone": alone, "informed": informed}))
    assert [line[:12].strip() for line in lines] == ["", "text alone", "informed"]


def test_comments_of_one_kind_tell_nothing(corpora: Path) -> None:
    _, alone, informed = both(find_model(), TRAIN, DEV, corpora)
    np.testing.assert_array_equal(alone.sentiment, informed.sentiment)
    np.testing.assert_array_equal(alone.aspects, informed.aspects)


def test_a_linear_model_is_no_teacher(corpora: Path) -> None:
    with pytest.raises(InputError, match="only an encoder"):
        both(find_model("baseline"), TRAIN, DEV, corpora)


def test_without_comments_held_out_there_is_no_measure(corpora: Path) -> None:
    with pytest.raises(InputError, match="none of the 1 comments"):
        both(find_model(), TRAIN[:1], DEV, corpora)


def test_an_unknown_model_is_told(corpora: Path) -> None:
    data = corpora / "data.jsonl"
    data.write_text("", encoding="utf-8")
    given = [str(data), "--dev", str(data), "--corpora", str(corpora), "--model", "nothing"]
    with pytest.raises(ModelFileError, match="nothing"):
        main.main(given, standalone_mode=False)
