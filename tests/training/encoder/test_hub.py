"""A Hugging Face directory gives the same hidden states through our network as through transformers."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from models.network import Shape  # noqa: E402
from training.encoder.hub import read_directory  # noqa: E402
from training.encoder.start import grown  # noqa: E402
from training.encoder.vocabulary import SPECIAL, build_tokenizer  # noqa: E402
from vocnlp.errors import InputError  # noqa: E402

PIECES = [*SPECIAL, "▁the", "▁parcel", "▁was", "▁late", *"▁abcdefghij"]
SIZES = {
    "vocab_size": len(PIECES),
    "hidden_size": 32,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "intermediate_size": 48,
    "max_position_embeddings": 30,
}


def saved(kind: str, directory: Path) -> object:
    torch.manual_seed(0)
    names = {"xlm-roberta": "XLMRoberta", "bert": "Bert"}[kind]
    config = getattr(transformers, f"{names}Config")(**SIZES)
    model = getattr(transformers, f"{names}Model")(config).eval()
    model.save_pretrained(directory)
    build_tokenizer(PIECES, [-float(n) for n in range(len(PIECES))]).save(str(directory / "tokenizer.json"))
    return model


@pytest.mark.parametrize("kind", ["xlm-roberta", "bert"])
def test_hidden_states_are_those_of_transformers(kind: str, tmp_path: Path) -> None:
    model = saved(kind, tmp_path)
    packed = read_directory(tmp_path)
    shape = Shape(
        words=len(PIECES),
        layers=3,
        width=32,
        heads=4,
        inner=48,
        positions=packed.positions,
        epsilon=packed.epsilon,
        aspects=2,
        risks=1,
    )
    network = grown(packed, np.arange(len(PIECES)), shape, layers=range(3)).eval()
    ids = torch.tensor([[0, 4, 5, 6, 7, 2], [0, 9, 10, 2, 1, 1]])
    mask = ids != 1
    with torch.inference_mode():
        expected = model(input_ids=ids, attention_mask=mask.long()).last_hidden_state[mask]
        found = network.hidden(ids, mask)[0][mask]
    np.testing.assert_allclose(found.numpy(), expected.numpy(), atol=1e-5)


def test_what_cannot_begin_a_training_is_refused(tmp_path: Path) -> None:
    saved("bert", tmp_path)
    config = json.loads((tmp_path / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps({**config, "model_type": "t5"}))
    with pytest.raises(InputError, match="model_type 't5' cannot begin a training; can: bert"):
        read_directory(tmp_path)
    (tmp_path / "config.json").write_text(json.dumps(config))
    (tmp_path / "tokenizer.json").write_text(json.dumps({"model": {"type": "WordPiece", "vocab": {}}}))
    with pytest.raises(
        InputError, match="no unigram tokenizer whose first pieces are <s>, <pad>, </s>, <unk>"
    ):
        read_directory(tmp_path)
    with pytest.raises(InputError, match=r"config\.json cannot be read"):
        read_directory(tmp_path / "nowhere")
