"""Tagged records without a model."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import pytest

from vocnlp.schema import (
    AspectTag,
    Comment,
    Evidence,
    FailedComment,
    Language,
    Personal,
    Risk,
    Sentiment,
    TaggedComment,
)


def tag_one(comment: Comment) -> TaggedComment:
    """A record in which every field holds something, whatever the comment says."""
    return TaggedComment(
        id=comment.id,
        text=comment.text,
        language=Language("pt", 0.98),
        sentiment=Sentiment("neg", -0.81, {"neg": 0.88, "neu": 0.07, "pos": 0.02, "mix": 0.03}),
        aspects=[
            AspectTag("logistics", "neg", 0.93, [Evidence(0, 1, comment.text[:1])]),
            AspectTag("price", "pos", 0.7, []),
        ],
        risks=[Risk("fraud", "critical", "fraud.zh.012", 0, 1, comment.text[:1])],
        pii=[Personal("phone", 0, 1)],
        scores=comment.scores,
        attributes=comment.attributes,
        warnings=comment.warnings,
        versions={"model": "fake@1", "taxonomy": "voc@1", "risks": "risks@1"},
    )


class FakePipeline:
    """Tags everything alike; failed rows pass."""

    def tag(self, comments: Iterable[Comment | FailedComment]) -> Iterator[TaggedComment | FailedComment]:
        for comment in comments:
            yield tag_one(comment) if isinstance(comment, Comment) else comment


@pytest.fixture
def tagged() -> Callable[[Comment], TaggedComment]:
    return tag_one


@pytest.fixture
def fake_pipeline() -> FakePipeline:
    return FakePipeline()
