"""Scores that arrive apart from their comments."""

from __future__ import annotations

from datetime import UTC, datetime

from fastapi import APIRouter
from pydantic import BaseModel

from api.bodies import ScoreItem, Scores, answers_of, read_items
from api.deps import Parts, Writer
from vocnlp.schema import FailedComment
from vocnlp.store.repository import Answer

__all__ = ["router"]

router = APIRouter(prefix="/v1/scores", tags=["scores"])


class Joined(BaseModel):
    """comments: how many comments the scores have reached so far; others are joined as they come."""

    response_id: str | None
    customer_id: str | None
    comments: int


class Results(BaseModel):
    """One result for each item, in order."""

    items: list[Joined | FailedComment]


@router.post("")
def add(body: Scores, parts: Parts, key: Writer) -> Results:
    """Join up to 1,000 scores to the comments of their responses, whichever come first."""
    answers = answers_of(read_items(ScoreItem, body.items), now=datetime.now(UTC))
    return Results(items=[_result(result) for result in parts.add_scores(key.tenant, answers)])


def _result(result: tuple[Answer, int] | FailedComment) -> Joined | FailedComment:
    if isinstance(result, FailedComment):
        return result
    answer, comments = result
    return Joined(response_id=answer.response_id, customer_id=answer.customer_id, comments=comments)
