"""Fixtures shared by all tests."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import settings
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import OperationalError

from models.interface import POLARITIES, Prediction, Spans
from models.linear import LinearModel, save_linear
from models.manifest import Manifest
from models.store import load

# machines are shared: a slow example is no failure
settings.register_profile("vocnlp", deadline=None)
settings.load_profile("vocnlp")

ASPECTS = ("logistics", "price", "quality")
POSTGRES = "postgresql+psycopg://root@127.0.0.1:5432/test"


@pytest.fixture
def tiny_model_directory(tmp_path: Path) -> Path:
    """A linear model of three aspects with random weights, as training would write it."""
    random = np.random.default_rng(0)
    features, columns, hidden = 500, 4 + 3 * len(ASPECTS), 8
    outputs = 4 + len(ASPECTS) * 5
    tensors = {
        "features": np.sort(random.choice(2**12, features, replace=False)).astype(np.int32),
        "idf": random.uniform(1, 5, features).astype(np.float16),
        "weights": random.integers(-127, 128, (features, columns)).astype(np.int8),
        "scale": np.full(columns, 0.01, np.float32),
        "bias": random.normal(size=columns).astype(np.float32),
        "mean": np.zeros(3 * columns, np.float32),
        "deviation": np.ones(3 * columns, np.float32),
        "w1": random.normal(size=(3 * columns, hidden)).astype(np.float32),
        "b1": np.zeros(hidden, np.float32),
        "w2": random.normal(size=(hidden, outputs)).astype(np.float32),
        "b2": np.zeros(outputs, np.float32),
        "thresholds": np.full(len(ASPECTS), 0.5, np.float32),
    }
    manifest = Manifest(
        name="tiny",
        version="1",
        kind="linear",
        licence="Apache-2.0",
        aspects=ASPECTS,
        languages=("en",),
        files={},
        settings={"bits": 12, "characters": [2, 3], "words": 1, "evidence_columns": [4, 5, 6]},
    )
    directory = tmp_path / "tiny"
    save_linear(directory, manifest, tensors)
    return directory


@pytest.fixture
def tiny_model(tiny_model_directory: Path) -> LinearModel:
    """The model of `tiny_model_directory`, loaded."""
    model = load(str(tiny_model_directory))
    assert isinstance(model, LinearModel)
    return model


class WordModel:
    """A fake model: a clause with one of its words speaks for the word's aspect and polarity.

    Sentiment is the polarity of all words found, `mix` where they differ and `neu` where there are none.
    """

    version = "words@1"
    thresholds = np.full(len(ASPECTS), 0.5, np.float32)
    risks: tuple[str, ...] = ()
    risk_weights: Mapping[str, Any] = {}
    aspects = ASPECTS
    words: Mapping[str, tuple[str, str]] = {
        "late": ("logistics", "neg"),
        "cheap": ("price", "pos"),
        "broke": ("quality", "neg"),
    }

    def predict(self, texts: Sequence[str], clauses: Sequence[Spans]) -> Prediction:
        offsets = np.cumsum([0, *map(len, clauses)])
        speaks = np.zeros((offsets[-1], len(ASPECTS)), np.float32)
        aspects = np.zeros((len(texts), len(ASPECTS)), np.float32)
        polarity = np.full((len(texts), len(ASPECTS), 4), 0.1, np.float32)
        sentiment = np.full((len(texts), 4), 0.1, np.float32)
        for row, (comment, spans) in enumerate(zip(texts, clauses, strict=True)):
            labels = set()
            for word, (aspect, label) in self.words.items():
                if word in comment:
                    column = ASPECTS.index(aspect)
                    aspects[row, column] = 0.9
                    polarity[row, column, POLARITIES.index(label)] = 0.7
                    inside = [word in comment[start:end] for start, end in spans]
                    speaks[offsets[row] : offsets[row + 1], column] = inside
                    labels.add(label)
            feeling = "mix" if len(labels) > 1 else next(iter(labels), "neu")
            sentiment[row, POLARITIES.index(feeling)] = 0.7
        return Prediction(
            sentiment, aspects, polarity, speaks, offsets, np.zeros((len(texts), 0), np.float32)
        )


@pytest.fixture
def word_model() -> WordModel:
    """A fake model that knows the words late, cheap and broke."""
    return WordModel()


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The URL of an empty PostgreSQL database, dropped at the end; VOCNLP_TEST_POSTGRES names the server."""
    url = make_url(os.environ.get("VOCNLP_TEST_POSTGRES", POSTGRES))
    server = create_engine(url, isolation_level="AUTOCOMMIT", connect_args={"connect_timeout": 3})
    name = f"vocnlp_test_{uuid.uuid4().hex[:12]}"
    try:
        with server.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
    except OperationalError:
        pytest.skip(f"no PostgreSQL answers at {url.host}:{url.port}")
    yield url.set(database=name).render_as_string(hide_password=False)
    with server.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    server.dispose()
