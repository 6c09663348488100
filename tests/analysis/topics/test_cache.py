"""The cache: each text is embedded once, and a kept vector is the very same."""

from pathlib import Path

import numpy as np
import pytest

from vocnlp.analysis.topics.cache import Cache
from vocnlp.analysis.topics.embed import NeuralEncoder, find_encoder
from vocnlp.errors import InputError, OutputError


class Counting:
    """Vectors of the texts' lengths; remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, texts):
        self.asked += texts
        return np.array([[len(text), 1 / 3] for text in texts], np.float32)


def test_a_text_is_embedded_once(tmp_path: Path) -> None:
    make = Counting()
    encoder = NeuralEncoder("tiny@1", make, tmp_path / "cache")
    first = encoder.embed(["late", "broken screen", "late"], ["en"] * 3)
    second = encoder.embed(["broken screen", "rude", "late"], ["en"] * 3)
    assert make.asked == ["late", "broken screen", "rude"]
    np.testing.assert_array_equal(first[[1, 0]], second[[0, 2]])
    np.testing.assert_array_equal(second[:, 0], [13, 4, 4])


def test_vectors_are_the_same_with_and_without_cache(tmp_path: Path) -> None:
    kept = NeuralEncoder("tiny@1", Counting(), tmp_path).embed(["late"], ["en"])
    made = NeuralEncoder("tiny@1", Counting()).embed(["late"], ["en"])
    assert kept.tobytes() == made.tobytes()
    assert kept.dtype == np.float32


def test_encoders_do_not_share_vectors_and_no_text_is_kept(tmp_path: Path) -> None:
    for name in ("a/b@1", "a?b@1"):
        NeuralEncoder(name, Counting(), tmp_path).embed(["secret words"], ["en"])
    files = list(tmp_path.iterdir())
    assert len(files) == 2
    assert all(b"secret" not in file.read_bytes() for file in files)


def test_many_texts_pass_in_batches(tmp_path: Path) -> None:
    texts = [f"text {k}" for k in range(2500)]
    make = Counting()
    with Cache(tmp_path, "tiny@1") as cache:
        assert cache.get(texts, make).shape == (2500, 2)
        assert cache.get([], make).shape[0] == 0
    assert make.asked == texts


def test_a_damaged_cache_is_named(tmp_path: Path) -> None:
    with Cache(tmp_path, "tiny@1") as cache:
        path = cache.path
    path.write_bytes(b"no database" * 1000)
    with pytest.raises(OutputError, match="sqlite"):
        NeuralEncoder("tiny@1", Counting(), tmp_path).embed(["late"], ["en"])


def test_an_encoder_that_is_none_is_refused(tmp_path: Path) -> None:
    assert find_encoder("words") is None
    with pytest.raises(InputError, match="sentence-transformers directory"):
        find_encoder(tmp_path / "absent")


def test_a_directory_that_is_no_encoder_is_refused_with_the_way_out(tiny_model_directory: Path) -> None:
    pytest.importorskip("sentence_transformers")
    with pytest.raises(InputError, match=r"no sentence-transformers directory .* vocnlp models export"):
        find_encoder(tiny_model_directory)
