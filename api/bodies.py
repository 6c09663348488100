"""What callers send: envelopes that must be right, and items of which each may be wrong by itself."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

from fastapi.concurrency import run_in_threadpool
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SkipValidation,
    ValidationError,
    model_validator,
)

from vocnlp.batch.columns import Columns, CommentMaker
from vocnlp.batch.rows import Row, half_characters, mended, plain
from vocnlp.errors import ErrorCode
from vocnlp.schema import Comment, FailedComment, Polarity, Problem
from vocnlp.scores.metrics import METRICS, recognise
from vocnlp.store.repository import Answer
from vocnlp.taxonomy.taxonomy import Taxonomy

__all__ = [
    "YEARS",
    "CommentItem",
    "Comments",
    "CorrectionItem",
    "Name",
    "NewComments",
    "NewCorrections",
    "ScoreItem",
    "Scores",
    "StoredItem",
    "Time",
    "answers_of",
    "comments_of",
    "read_comments",
    "read_corrections",
    "read_items",
    "read_request",
]

MOST_ITEMS = 1000
FEW_ITEMS = 5
PLACES = frozenset({"customer_id", "response_id", "time"})
YEARS = range(1900, 2201)


def _zoned(time: datetime) -> datetime:
    if time.year not in YEARS:
        raise ValueError(f"the year must be from {YEARS[0]} to {YEARS[-1]}")
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time


Name = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
# without an offset it is UTC
Time = Annotated[datetime, AfterValidator(_zoned)]
_COLUMNS = Columns("text", None)
Scalar = str | int | float | bool | None


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class CommentItem(_Strict):
    """One comment. Scores and attributes travel along; an attribute with the name of a score is one."""

    id: Name | None = None
    text: str = ""
    scores: dict[Name, Scalar] = {}
    attributes: dict[Name, Scalar | list[Scalar]] = {}


class StoredItem(CommentItem):
    """One comment to store. What names the customer, the response and the time becomes an attribute too."""

    customer_id: Name | None = None
    response_id: Name | None = None
    time: Time | None = None

    @model_validator(mode="after")
    def _check(self) -> StoredItem:
        for name in PLACES & {*self.attributes, *self.scores}:
            raise ValueError(f"{name} belongs beside `attributes` and `scores`, not into them")
        return self


class CorrectionItem(_Strict):
    """The right tags of a stored comment. aspects: all that it judges; sentiment, risks: where judged."""

    id: Name
    aspects: dict[Name, Polarity]
    sentiment: Polarity | None = None
    risks: Annotated[list[Name], Field(max_length=50)] | None = None
    reviewer: Name | None = None


class ScoreItem(_Strict):
    """Scores that arrive later than, or without, their comment: of a response, or of a customer at a time."""

    response_id: Name | None = None
    scores: dict[Name, Scalar] = Field(min_length=1)
    customer_id: Name | None = None
    time: Time | None = None

    @model_validator(mode="after")
    def _check(self) -> ScoreItem:
        if self.response_id is None and self.customer_id is None:
            raise ValueError("give response_id, or customer_id")
        return self


Item = TypeVar("Item", bound=_Strict)
# one bad item must not spoil the others: items are read one by one, by `read_items`
_Items = Annotated[list[SkipValidation[Item]], Field(min_length=1, max_length=MOST_ITEMS)]


class Comments(_Strict):
    """Comments to tag."""

    items: _Items[CommentItem]


class NewComments(_Strict):
    """Comments to tag and store."""

    items: _Items[StoredItem]


class NewCorrections(_Strict):
    """Corrections to keep."""

    items: _Items[CorrectionItem]


class Scores(_Strict):
    """Scores to join."""

    items: _Items[ScoreItem]


def read_items(
    kind: type[Item], items: Sequence[object], *, first: int = 1
) -> list[tuple[Item, list[str]] | FailedComment]:
    """Each item with its warnings, or what is wrong with it; messages number the items from `first`."""
    return [_read_item(kind, item, number) for number, item in enumerate(items, first)]


def _read_item(kind: type[Item], item: object, number: int) -> tuple[Item, list[str]] | FailedComment:
    if not isinstance(item, dict):
        return FailedComment(None, Problem(ErrorCode.BAD_ROW, f"item {number} is no object", number))
    try:
        whole = mended(item)
        warnings = [half_characters(f"item {number}")] if whole != item else []
        return kind.model_validate(plain(whole)), warnings
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        what = f"item {number}: {'.'.join(map(str, first['loc']))}: {first['msg']}"
    except RecursionError:
        what = f"item {number}: nested too deeply"
    id = item.get("id")
    return FailedComment(id if isinstance(id, str) else None, Problem(ErrorCode.BAD_ROW, what, number))


def read_corrections(
    items: Sequence[object], known: Taxonomy
) -> list[tuple[CorrectionItem, list[str]] | FailedComment]:
    """`read_items`, where the aspects are those of a taxonomy."""
    read = enumerate(read_items(CorrectionItem, items), 1)
    return [entry if isinstance(entry, FailedComment) else _known(entry, known, n) for n, entry in read]


def _known(
    entry: tuple[CorrectionItem, list[str]], known: Taxonomy, number: int
) -> tuple[CorrectionItem, list[str]] | FailedComment:
    foreign = [aspect for aspect in entry[0].aspects if aspect not in known]
    if not foreign:
        return entry
    there = ", ".join(known.ids)
    what = f"item {number}: aspect {foreign[0]!r} is not in the taxonomy; it has {there}"
    return FailedComment(entry[0].id, Problem(ErrorCode.BAD_ROW, what, number))


def read_comments(
    kind: type[CommentItem], items: Sequence[object], *, seed: uuid.UUID | None = None
) -> list[Comment | FailedComment]:
    """`read_items` and `comments_of` in one."""
    return comments_of(read_items(kind, items), seed=seed)


async def read_request(
    kind: type[CommentItem], items: Sequence[object], *, seed: uuid.UUID | None = None
) -> list[Comment | FailedComment]:
    """`read_comments`, in a thread where it takes longer than going there."""
    if len(items) <= FEW_ITEMS:
        return read_comments(kind, items, seed=seed)
    return await run_in_threadpool(read_comments, kind, items, seed=seed)


def comments_of(
    items: Sequence[tuple[CommentItem, list[str]] | FailedComment],
    *,
    first: int = 1,
    seed: uuid.UUID | None = None,
) -> list[Comment | FailedComment]:
    """Comments as the command line makes them of rows.

    An item without id is numbered; with `seed` it gets an id that is the same whenever the seed is.
    """
    makers: dict[tuple[str, ...], CommentMaker] = {}
    comments: list[Comment | FailedComment] = []
    for number, read in enumerate(items, first):
        if isinstance(read, FailedComment):
            comments.append(read)
            continue
        item, warnings = read
        cells: dict[str, Any] = item.model_dump(include={"text", "scores", "attributes"})
        # items that look alike are as the rows of one file: the first column of a metric is its score
        shape = (*item.scores, "", *item.attributes)
        if shape not in makers:
            makers[shape] = CommentMaker(_COLUMNS, (), "item")
        comment = makers[shape].make(Row(number, cells, warnings))
        comment.id = item.id or (uuid.uuid5(seed, str(number)).hex if seed else str(number))
        if isinstance(item, StoredItem) and isinstance(comment, Comment):
            places = item.model_dump(mode="json", include=set(PLACES))
            comment.attributes |= {name: value for name, value in places.items() if value is not None}
        comments.append(comment)
    return comments


def answers_of(
    items: Sequence[tuple[ScoreItem, list[str]] | FailedComment], *, now: datetime
) -> list[Answer | FailedComment]:
    """Answers under the names of their metrics and on their scales, or what is wrong with them."""
    return [item if isinstance(item, FailedComment) else _answer(item[0], now) for item in items]


def _answer(item: ScoreItem, now: datetime) -> Answer | FailedComment:
    scores: dict[str, float] = {}
    for name, value in item.scores.items():
        metric = METRICS.get(name) or recognise(name)
        try:
            if metric is None:
                raise ValueError(f"there is no metric {name!r}; there are: {', '.join(METRICS)}")
            scores[metric.name] = metric.check(value)
        except ValueError as error:
            return FailedComment(item.response_id, Problem(ErrorCode.SCORE_REJECTED, str(error)))
    return Answer(item.response_id, scores, item.time or now, item.customer_id)
