"""The encoder as sentence-transformers reads it: the same vectors."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from evaluation.cli import models
from models.encoder import EncoderModel
from models.manifest import ModelFileError, read_manifest
from models.sentences import export
from models.store import BUILTIN, load
from vocnlp.analysis.topics.embed import find_encoder

TEXTS = [
    "The parcel came two weeks late.",
    "快递晚了两个星期",
    "ok",
    "La batería dura muy poco, qué lástima!",
]


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("exported") / "default"
    done = CliRunner().invoke(models, ["export", "default", "-o", str(target)], catch_exceptions=False)
    assert str(target) in done.output
    return target


@pytest.mark.slow
def test_its_vectors_are_those_of_the_model(exported: Path) -> None:
    pytest.importorskip("sentence_transformers")
    from models.torch import TorchRunner

    encoder = find_encoder(exported)
    assert encoder is not None
    found = encoder.embed(TEXTS, ["en", "zh", "en", "es"])
    shipped = load("default")
    assert isinstance(shipped, EncoderModel)
    eight_bits = shipped.embed(TEXTS)
    assert (found * eight_bits).sum(axis=1).min() > 0.995
    runner = TorchRunner(BUILTIN / "default", read_manifest(BUILTIN / "default"), device="cpu")
    floats = EncoderModel(shipped.manifest, shipped._tokenizer, runner).embed(TEXTS)
    np.testing.assert_allclose(found, floats, atol=1e-3)  # `find_encoder` rounds to 16 bits


def test_only_an_encoder_goes_and_only_into_an_empty_directory(exported: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match="holds files"):
        export(BUILTIN / "default", exported)
    with pytest.raises(ModelFileError, match="'linear'; only an encoder"):
        export(BUILTIN / "baseline", tmp_path / "new")
    with pytest.raises(ModelFileError, match="joins sub-words"):
        export(BUILTIN / "fast", tmp_path / "new")
    assert not (tmp_path / "new").exists()
