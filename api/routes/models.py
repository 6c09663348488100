"""Models: which are installed, and which one tags."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel

from api.deps import MayRead, Parts
from api.shadow import Disagreement
from models import registry, store
from models.manifest import read_manifest
from vocnlp import pipeline

__all__ = ["router"]

router = APIRouter(prefix="/v1/models", tags=["models"])


class Model(BaseModel):
    """active: it tags what is sent, if the service was started after it became the default."""

    name: str
    version: str
    kind: str
    licence: str
    languages: list[str]
    aspects: list[str]
    active: bool


class Models(BaseModel):
    """All models that are installed; shadow: what a second one makes of what this process tags."""

    items: list[Model]
    shadow: Disagreement | None


@router.get("", dependencies=[MayRead])
def find(parts: Parts) -> Models:
    """The models that are installed; `vocnlp models promote` makes one the default."""
    root = parts.settings.models
    promoted = {entry.directory: root / entry.directory for entry in registry.history(root)}
    active = pipeline.find_model(parts.settings.model)
    found = {**store.available(), **promoted, active.name: active}
    items = []
    for name, directory in sorted(found.items()):
        manifest = read_manifest(directory)
        items.append(
            Model(
                name=name,
                version=f"{manifest.name}@{manifest.version}",
                kind=manifest.kind,
                licence=manifest.licence,
                languages=list(manifest.languages),
                aspects=list(manifest.aspects),
                active=directory == active,
            )
        )
    return Models(items=items, shadow=parts.shadow.found() if parts.shadow else None)
