from __future__ import annotations

import numpy as np
import pytest

from training.encoder.packed import Packed
from training.encoder.vocabulary import SPECIAL

WIDTH, INNER, LAYERS = 32, 64, 2


@pytest.fixture(scope="session")
def packed() -> Packed:
    """A tiny encoder with random weights: letters and a few words."""
    random = np.random.default_rng(0)
    words = ["▁the", "▁was", "▁great", "▁bad", "▁parcel", "▁price", "▁fabric"]
    pieces = [*SPECIAL, *words, *"▁abcdefghijklmnopqrstuvwxyz.,ABCDEFGHIJKLMNOPQRSTUVWXYZ"]
    tensors = {
        "emb.word": random.normal(0, 0.5, (len(pieces), WIDTH)),
        "emb.pos": random.normal(0, 0.1, (64, WIDTH)),
        "emb.type": np.zeros(2 * WIDTH),
    }
    norms = ["emb.ln", *(f"l{i}.{name}" for i in range(LAYERS) for name in ("aln", "oln"))]
    for name in norms:
        tensors |= {f"{name}.w": np.ones(WIDTH), f"{name}.b": np.zeros(WIDTH)}
    for i in range(LAYERS):
        sizes = dict.fromkeys(("q", "k", "v", "ao"), (WIDTH, WIDTH))
        sizes |= {"fi": (INNER, WIDTH), "fo": (WIDTH, INNER)}
        for name, (out, into) in sizes.items():
            tensors |= {
                f"l{i}.{name}.w": random.normal(0, 0.1, (out, into)),
                f"l{i}.{name}.b": np.zeros(out),
            }
    return Packed(
        width=WIDTH,
        layers=LAYERS,
        heads=4,
        inner=INNER,
        positions=64,
        epsilon=1e-12,
        pieces=pieces,
        scores=np.array([0.0] * len(SPECIAL) + [-2.0] * len(words) + [-5.0] * (len(pieces) - 11), np.float32),
        tensors={name: value.astype(np.float32) for name, value in tensors.items()},
    )
