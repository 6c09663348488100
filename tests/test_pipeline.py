"""The pipeline as shipped: baseline model, built-in detector, built-in rules."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models import registry
from vocnlp import pipeline
from vocnlp.errors import ErrorCode, ModelError
from vocnlp.pipeline import Pipeline
from vocnlp.schema import POLARITIES, Comment, FailedComment, Problem, TaggedComment
from vocnlp.text.prepare import LONG


@pytest.fixture(scope="module")
def shipped() -> Pipeline:
    return pipeline.load(model="baseline")


@pytest.fixture(autouse=True)
def no_promoted_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VOCNLP_MODELS", str(tmp_path / "promoted"))
    return tmp_path / "promoted"


def tagged(shipped: Pipeline, text: str) -> TaggedComment:
    (record,) = shipped.tag([Comment("1", text)])
    assert isinstance(record, TaggedComment)
    return record


@pytest.mark.parametrize(
    ("text", "language", "sentiment", "aspect"),
    [
        ("My delivery was three weeks late and the tracking never worked.", "en", "neg", "logistics"),
        ("安装说明书完全看不懂，师傅也没教怎么装，太差了。", "zh", "neg", "installation"),
        ("Entrega muito rápida, chegou antes do prazo, adorei!", "pt", "pos", "logistics"),
        ("Viel zu teuer, der Preis ist völlig überzogen.", "de", "neg", "price"),
        ("El personal fue muy amable y atento con nosotros.", "es", "pos", "attitude"),
    ],
)
def test_plain_complaints_and_praise(
    shipped: Pipeline, text: str, language: str, sentiment: str, aspect: str
) -> None:
    record = tagged(shipped, text)
    assert record.language.code == language
    assert record.sentiment.label == sentiment
    assert {(tag.aspect, tag.polarity) for tag in record.aspects} >= {(aspect, sentiment)}


def test_offsets_refer_to_the_masked_text(shipped: Pipeline) -> None:
    record = tagged(
        shipped, "Write to ann.lee@example.com at once! This is a scam, they charged my card without asking."
    )
    assert "ann.lee" not in record.text
    assert [record.text[item.start : item.end] for item in record.pii] == ["[EMAIL]"]
    assert {risk.category for risk in record.risks} == {"fraud"}
    assert all(record.text[risk.start : risk.end] == risk.text for risk in record.risks)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(st.lists(st.text(max_size=120), max_size=8))
def test_any_text_gives_one_record_in_its_place(shipped: Pipeline, texts: list[str]) -> None:
    records = list(shipped.tag(Comment(str(n), text) for n, text in enumerate(texts)))
    assert [record.id for record in records] == [str(n) for n in range(len(texts))]
    for record in records:
        assert isinstance(record, TaggedComment)
        assert record.sentiment.label in POLARITIES
        assert 0 <= record.language.confidence <= 1
        for tag in record.aspects:
            assert 0 <= tag.confidence <= 1
            assert tag.evidence
            for found in tag.evidence:
                assert record.text[found.start : found.end] == found.text


def test_an_answer_without_comment_has_no_tags(shipped: Pipeline) -> None:
    record = tagged(shipped, " \n ")
    assert (record.sentiment.label, record.aspects, record.risks, record.language.code) == (
        "neu",
        [],
        [],
        "und",
    )


def test_a_very_long_comment_is_tagged_whole_with_a_warning(shipped: Pipeline) -> None:
    calm = "We sat down and looked at it again. " * (LONG // 12)
    record = tagged(
        shipped, f"{calm}The delivery was a disaster, the parcel never arrived and tracking was wrong."
    )
    assert any(warning.startswith(f"{ErrorCode.LONG_COMMENT}:") for warning in record.warnings)
    assert "logistics" in {tag.aspect for tag in record.aspects}
    assert len(record.text) > LONG


def test_what_failed_to_be_read_is_passed_on_in_its_place(shipped: Pipeline) -> None:
    broken = FailedComment("2", Problem("bad_json", "no JSON", 2))
    records = list(shipped.tag([Comment("1", "good"), broken, Comment("3", "bad")]))
    assert [record.id for record in records] == ["1", "2", "3"]
    assert records[1] is broken


def test_a_comment_that_breaks_the_preparation_does_not_break_the_batch(
    shipped: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    def prepare(text: str) -> object:
        if text == "boom":
            raise RuntimeError("broken")
        return original(text)

    original = pipeline.prepare
    monkeypatch.setattr(pipeline, "prepare", prepare)
    first, second, third = shipped.tag([Comment("1", "good"), Comment("2", "boom"), Comment("3", "bad")])
    assert isinstance(second, FailedComment)
    assert second.error.code == ErrorCode.INTERNAL
    assert isinstance(first, TaggedComment)
    assert isinstance(third, TaggedComment)


def test_tagging_is_lazy(shipped: Pipeline) -> None:
    taken = 0

    def endless() -> Iterator[Comment]:
        nonlocal taken
        while True:
            taken += 1
            yield Comment(str(taken), "good")

    assert next(shipped.tag(endless())).id == "1"
    assert taken < 1000


def test_an_unknown_model_is_named() -> None:
    with pytest.raises(ModelError, match="no model 'nope'"):
        pipeline.load(model="nope")


def test_the_promoted_model_is_the_default(no_promoted_model: Path, tiny_model_directory: Path) -> None:
    assert pipeline.find_model().name in {"default", "baseline"}
    registry.promote(no_promoted_model, tiny_model_directory, when="2026-01-01", by="ann")
    assert pipeline.load_model().version == "tiny@1"
    assert pipeline.load_model("baseline").version.startswith("baseline@")
