"""Comments: tagged, stored, found again."""

from __future__ import annotations

import uuid
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from api import responses
from api.bodies import Name, NewComments, StoredItem, read_request
from api.deps import Filtered, IdempotencyKey, Limit, Parts, Reader, Room, Writer
from api.errors import ApiError, Code, described

__all__ = ["router"]

router = APIRouter(prefix="/v1/comments", tags=["comments"])


@router.post("", response_model=responses.Items, dependencies=[Room], responses=described(409))
async def add(
    body: NewComments, request: Request, parts: Parts, key: Writer, idempotency_key: IdempotencyKey = None
) -> Response:
    """Tag and store up to 1,000 comments; what is stored already stays, and is returned."""
    seed = (
        uuid.uuid5(uuid.NAMESPACE_URL, f"{key.tenant}\n{idempotency_key}")
        if idempotency_key
        else uuid.uuid4()
    )
    comments = await read_request(StoredItem, body.items, seed=seed)
    records = await parts.tag(request, key.tenant, comments)
    return responses.items(await parts.store(key.tenant, comments, records, idempotency_key))


@router.get("", response_model=responses.Page)
def find(
    parts: Parts,
    key: Reader,
    only: Filtered,
    limit: Limit = 100,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
) -> Response:
    """Stored records, latest first; `next` of a page is the `cursor` of the next one."""
    after = responses.read_cursor(cursor)
    return responses.page(*parts.repository.page(key.tenant, only, limit=limit, after=after))


@router.get("/{id:path}", response_model=responses.StoredComment, responses=described(404))
def get(id: Annotated[Name, Path()], parts: Parts, key: Reader) -> Response:
    """One stored record."""
    record = parts.repository.get(key.tenant, id)
    if record is None:
        raise ApiError(404, Code.NOT_FOUND, f"there is no comment {id!r}")
    return Response(record, media_type="application/json")
