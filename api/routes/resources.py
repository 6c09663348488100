"""Taxonomies and risk rules as versions: drafted, tried on what is stored, activated, rolled back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field

from api import trials, vocabularies
from api.deps import Admin, Analysis, Parts, Reader, Window, Writer
from api.errors import ApiError, Code, described
from api.trials import Comparison
from models.manifest import read_manifest
from vocnlp import pipeline
from vocnlp.store.history import history
from vocnlp.store.resources import SHIPPED, Kind, Version

__all__ = ["router"]

router = APIRouter(prefix="/v1/resources", tags=["resources"])
Number = Annotated[int, Path(ge=0, le=2**31 - 1, description="0 is the project's own.")]


class Versions(BaseModel):
    """The versions of a tenant, latest first; active: the number of the one in use, 0 the project's own."""

    active: int
    items: list[Version]


class Draft(BaseModel):
    """content: as in the file of docs/taxonomy.md or docs/risks.md."""

    model_config = ConfigDict(extra="forbid")

    content: dict[str, Any]
    note: Annotated[str, Field(max_length=4000, pattern=r"^[^\x00]*$")] | None = None


class Numbered(BaseModel):
    """The number of the version that was made, or is active now."""

    number: int


@router.get("/{kind}")
def find(kind: Kind, parts: Parts, key: Reader) -> Versions:
    """The tenant's versions of its taxonomy or its risk rules."""
    active = parts.resources.active(key.tenant).get(kind, SHIPPED)
    return Versions(active=active, items=parts.resources.all(key.tenant, kind))


@router.post("/{kind}", status_code=201, responses=described(409))
def add(kind: Kind, body: Draft, parts: Parts, key: Writer) -> Numbered:
    """Keep a draft; nothing is tagged with it until it is activated."""
    checked = vocabularies.check(kind, body.content)
    content = orjson.dumps(vocabularies.plain(checked)).decode()
    number = parts.resources.add(key.tenant, kind, content, checked.version, note=body.note, key=key.name)
    return Numbered(number=number)


@router.post("/{kind}/roll-back", responses=described(409))
def roll_back(kind: Kind, parts: Parts, key: Admin) -> Numbered:
    """Go back to what was active before the last activation."""
    number = parts.resources.roll_back(key.tenant, kind, key=key.name)
    parts.vocabularies.forget(key.tenant)
    return Numbered(number=number)


@router.get("/{kind}/{number}", responses=described(404))
def get(kind: Kind, number: Number, parts: Parts, key: Reader) -> dict[str, Any]:
    """What a version holds."""
    if number == SHIPPED:
        return vocabularies.plain(vocabularies.shipped(kind))
    content = parts.resources.content(key.tenant, kind, number)
    if content is None:
        raise _unknown(kind, number)
    found: dict[str, Any] = orjson.loads(content)
    return found


@router.post("/{kind}/{number}/dry-run", dependencies=[Analysis], responses=described(404))
def dry_run(kind: Kind, number: Number, parts: Parts, key: Reader, window: Window) -> Comparison:
    """What a version would change in the stored comments of a time, by default the last 90 days."""
    words = parts.vocabularies.version(key.tenant, kind, number)
    if words is None:
        raise _unknown(kind, number)
    until = window.until or datetime.now(UTC)
    since = window.since or until - timedelta(days=90)
    most = parts.settings.causes_comments
    said = history(parts.database, key.tenant, since=since, until=until, most=most)
    trial = trials.compare(kind, words, [response.record for response in said])
    if words.taxonomy:
        known = read_manifest(pipeline.find_model(parts.settings.model)).aspects
        foreign = [aspect for aspect in words.taxonomy.ids if aspect not in known]
        trial.warnings = [f"the model does not know {aspect!r}: train one that does" for aspect in foreign]
    return trial


@router.post("/{kind}/{number}/activate", responses=described(404, 409))
def activate(kind: Kind, number: Number, parts: Parts, key: Admin) -> Numbered:
    """Tag with a version from now on; what is stored stays as it is."""
    if number != SHIPPED and parts.resources.content(key.tenant, kind, number) is None:
        raise _unknown(kind, number)
    parts.resources.activate(key.tenant, kind, number, key=key.name)
    parts.vocabularies.forget(key.tenant)
    return Numbered(number=number)


def _unknown(kind: Kind, number: int) -> ApiError:
    return ApiError(404, Code.NOT_FOUND, f"there is no {kind} of number {number}")
