"""The encoder that ships: small, whole, and the same on both of its runtimes."""

from __future__ import annotations

import numpy as np
import pytest

from models.encoder import EncoderModel
from models.manifest import read_manifest
from models.store import BUILTIN, load

DIRECTORY = BUILTIN / "default"
TEXTS = [
    "The parcel came two weeks late and nobody answered my mails.",
    "安装说明看不懂，客服倒是很耐心。",
    "El color no es el de la foto, pero la tela es buena.",
    "Lieferung schnell, Preis in Ordnung, gerne wieder!",
    "配送が遅かったけれど、品質には満足しています。",
    "الجودة ممتازة لكن السعر مرتفع",
    "Giao hàng nhanh, đóng gói cẩn thận.",
    "ok",
]
SPANS = [[(0, len(text))] for text in TEXTS]


@pytest.fixture(scope="module")
def model() -> EncoderModel:
    found = load("default", device="cpu")
    assert isinstance(found, EncoderModel)
    return found


def test_it_is_small_and_says_what_it_is() -> None:
    assert sum(path.stat().st_size for path in DIRECTORY.iterdir()) < 30e6
    manifest = read_manifest(DIRECTORY)
    assert manifest.kind == "encoder"
    assert manifest.licence == "CC-BY-NC-SA-4.0"
    assert len(manifest.aspects) == 20
    assert len(manifest.languages) >= 22
    assert manifest.licence in (DIRECTORY / "CARD.md").read_text(encoding="utf-8")


def test_one_comment_is_judged_as_in_a_batch(model: EncoderModel) -> None:
    together = model.predict(TEXTS, SPANS)
    for row, (text, spans) in enumerate(zip(TEXTS, SPANS, strict=True)):
        alone = model.predict([text], [spans])
        np.testing.assert_allclose(alone.aspects[0], together.aspects[row], atol=2e-3)
        np.testing.assert_allclose(alone.sentiment[0], together.sentiment[row], atol=2e-3)


@pytest.mark.slow
def test_torch_gives_the_numbers_of_the_eight_bit_graph(model: EncoderModel) -> None:
    pytest.importorskip("torch")
    from models.torch import TorchRunner

    by_torch = EncoderModel(
        model.manifest,
        model._tokenizer,
        TorchRunner(DIRECTORY, model.manifest, device="cpu"),
        subwords=model._subwords,
    )
    one, other = model.predict(TEXTS, SPANS), by_torch.predict(TEXTS, SPANS)
    assert np.abs(one.aspects - other.aspects).mean() < 0.01
    assert (one.sentiment.argmax(axis=1) == other.sentiment.argmax(axis=1)).all()


def test_the_same_said_in_two_languages_lies_nearer_than_another_thing_in_one(model: EncoderModel) -> None:
    late, same, other = model.embed(
        ["The delivery was far too late.", "快递实在太慢了。", "The lamp is very bright."]
    )
    assert late @ same > late @ other
