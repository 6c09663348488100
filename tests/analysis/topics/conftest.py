"""Comments about four things, in two languages, and an encoder that knows what each is about."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest

from vocnlp.analysis.survey import Mark, Survey
from vocnlp.scores.metrics import NPS

SAID = {
    "parcel": [
        "the parcel came late",
        "my parcel was late again",
        "parcel arrived late",
        "o pacote chegou atrasado",
    ],
    "battery": [
        "battery life is short",
        "short battery life",
        "the battery dies fast",
        "a bateria acaba depressa",
    ],
    "waiter": [
        "the waiter was rude",
        "rude waiter at the table",
        "our waiter was unfriendly",
        "o atendente foi rude",
    ],
    "price": ["the price is too high", "too high a price", "price was high", "o preco ficou alto"],
}
SIGNS = ("parcel", "pacote", "battery", "bateria", "waiter", "atendente", "price", "preco")


class Knowing:
    """Vectors of eight that point to the thing spoken of, in either language, with a little noise by text."""

    name = "knowing@1"

    def embed(self, texts: Sequence[str], languages: Sequence[str]) -> np.ndarray:  # noqa: ARG002
        vectors = np.zeros((len(texts), 8), np.float32)
        for vector, text in zip(vectors, texts, strict=True):
            noise = np.random.default_rng(sum(map(ord, text)))
            vector[:] = noise.normal(0, 0.05, 8)
            for k, sign in enumerate(SIGNS):
                if sign in text:
                    vector[k // 2] += 1
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def build(n: int = 240, *, things: Sequence[str] = tuple(SAID), seed: int = 1) -> Survey:
    """n comments of one clause; NPS 2 for complaints of parcels, else 9. Aspect marks on all but waiters."""
    rng = np.random.default_rng(seed)
    rows = []
    marks = []
    for i in range(n):
        thing = things[i % len(things)]
        kind = int(rng.integers(4))
        text = f"{SAID[thing][kind]} number {rng.integers(10_000)}"
        rows.append(
            (f"c{i}", text, "pt" if kind == 3 else "en", "neg", -0.8, 2.0 if thing == "parcel" else 9.0)
        )
        marks.append(() if thing == "waiter" else (Mark("aspect", thing, "neg", 0, len(text)),))
    frame = pd.DataFrame(rows, columns=["id", "text", "language", "sentiment", "sentiment_score", "nps"])
    aspects = tuple(sorted({mark.name for some in marks for mark in some}))
    negative = np.array([[any(m.name == a for m in some) for a in aspects] for some in marks], bool)
    return Survey(
        frame=frame,
        scores=("nps",),
        attributes=(),
        aspects=aspects,
        negative=negative,
        positive=np.zeros_like(negative),
        mentioned=negative,
        risk_categories=(),
        risks=np.zeros((n, 0), bool),
        marks=tuple(marks),
        metrics={"nps": NPS},
    )


@pytest.fixture
def make_comments():
    return build


@pytest.fixture
def knowing(monkeypatch: pytest.MonkeyPatch) -> Knowing:
    """The encoder, taken whatever is asked for."""
    encoder = Knowing()
    monkeypatch.setattr("vocnlp.analysis.topics.find.find_encoder", lambda *_, **__: encoder)
    return encoder
