"""The service on the real pipeline gives what the pipeline gives."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from starlette.testclient import TestClient

from vocnlp import pipeline
from vocnlp.schema import Comment, to_json

TEXTS = [
    "The courier lost my parcel and nobody answers the phone. Call me: +44 20 7946 0958",
    "快递太慢了，客服态度也很差，我要投诉你们欺诈！",
    "La livraison était rapide, mais le produit est arrivé cassé.",
    "",
    "\U0001f600",
    "送料が高いです。",
]


class TestReal:
    @pytest.fixture
    def tagger(self, tiny_model_directory: Path) -> pipeline.Pipeline:
        return pipeline.load(model=str(tiny_model_directory))

    def test_records_are_equal(self, call: TestClient, tagger: pipeline.Pipeline) -> None:
        items = [{"id": str(n), "text": text, "scores": {"nps": 3}} for n, text in enumerate(TEXTS)]
        answered = call.post("/v1/tag", json={"items": items}).json()["items"]
        comments = [Comment(str(n), text, {"nps": 3.0}) for n, text in enumerate(TEXTS)]
        expected = [orjson.loads(to_json(record)) for record in tagger.tag(comments)]
        assert answered == expected
        assert "7946" not in answered[0]["text"]
        stored = call.post("/v1/comments", json={"items": items}).json()["items"]
        assert stored == expected
        assert call.get("/v1/comments/1").json() == expected[1]
