"""Raw texts: what a customer wrote word by word, for administrators alone, and never without a trace."""

from __future__ import annotations

import logging
from typing import Annotated

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel

from api.bodies import Name
from api.deps import Admin, Parts
from api.errors import ApiError, Code, described

__all__ = ["router"]

router = APIRouter(prefix="/v1/raw-texts", tags=["comments"])
log = logging.getLogger(__name__)


class Raw(BaseModel):
    """The text of a comment before personal data was masked."""

    id: str
    text: str


@router.get("/{id:path}", responses=described(404, 409))
def get(id: Annotated[Name, Path()], request: Request, parts: Parts, key: Admin) -> Raw:
    """The raw text of a stored comment, if one is kept; the log tells who has read which."""
    found = parts.raw_texts.get(key.tenant, id)
    if found is None:
        raise ApiError(404, Code.NOT_FOUND, f"no raw text is kept of a comment {id!r}")
    trace = {"request_id": request.state.request_id, "key": key.id, "comment": found.comment}
    log.info("raw text read", extra=trace)
    return Raw(id=id, text=found.text)
