"""Customers: forgotten on request."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path

from api.bodies import Name
from api.deps import Admin, Parts
from api.errors import described
from vocnlp.store.repository import Erasure

__all__ = ["router"]

router = APIRouter(prefix="/v1/customers", tags=["customers"])


@router.delete("/{id:path}", responses=described(404))
def erase(id: Annotated[Name, Path()], parts: Parts, key: Admin) -> Erasure:
    """Erase a customer's comments, scores and alerts; the answer is the receipt."""
    return parts.repository.erase(key.tenant, id)
