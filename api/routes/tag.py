"""Tagging without storing."""

from __future__ import annotations

from functools import partial

from fastapi import APIRouter, Request, Response

from api import responses
from api.bodies import CommentItem, Comments, read_request
from api.deps import Detail, Parts, Room, Writer
from api.streaming import Duplex, tag_lines

__all__ = ["router"]

router = APIRouter(prefix="/v1/tag", tags=["tag"])
_LINES = {"application/x-ndjson": {"schema": {"type": "string"}}}


@router.post("", response_model=responses.Items, dependencies=[Room])
async def tag(
    body: Comments, request: Request, parts: Parts, key: Writer, detail: Detail = "full"
) -> Response:
    """Tag up to 1,000 comments in any mix of languages; a bad item gives an error in its place."""
    comments = await read_request(CommentItem, body.items)
    return responses.items(await parts.tag(request, key.tenant, comments), detail)


@router.post(
    "/stream",
    response_class=Duplex,
    responses={200: {"content": _LINES, "description": "A record a line."}},
    openapi_extra={"requestBody": {"content": _LINES, "required": True}},
)
async def stream(request: Request, parts: Parts, key: Writer, detail: Detail = "full") -> Duplex:
    """Tag JSON Lines of any number, each like an item of `/v1/tag`, while they arrive."""
    seconds = parts.settings.request_seconds
    return Duplex(
        tag_lines(request, partial(parts.tag_for, key.tenant, patient=True), detail=detail, seconds=seconds)
    )
