"""Which words each tenant's comments are tagged in: what is active, read again every second."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from typing import Any

import orjson

from vocnlp.errors import TaxonomyError
from vocnlp.schema import FailedComment, TaggedComment
from vocnlp.store.resources import SHIPPED, Kind, Resources
from vocnlp.tagging import risks
from vocnlp.tagging.vocabulary import Vocabulary
from vocnlp.taxonomy import rules, taxonomy
from vocnlp.taxonomy.files import build
from vocnlp.taxonomy.rules import RuleSet
from vocnlp.taxonomy.taxonomy import Taxonomy

__all__ = ["Vocabularies", "check", "plain", "shipped"]

FRESH = 1.0  # seconds after which what another process has activated is seen
KEPT = 64
LONGEST_VERSION = 200

Record = TaggedComment | FailedComment


def check(kind: Kind, content: object) -> Taxonomy | RuleSet:
    """The content of a version; raises TaxonomyError with the place of what is wrong."""
    checked = _built(kind, content)
    _vocabulary(checked)
    if len(checked.version) > LONGEST_VERSION:
        raise TaxonomyError(f"{kind}: version: at most {LONGEST_VERSION} characters")
    return checked


def plain(content: Taxonomy | RuleSet) -> dict[str, Any]:
    """The content as `check` takes it."""
    return content.model_dump(mode="json", exclude_defaults=True)


@cache
def shipped(kind: Kind) -> Taxonomy | RuleSet:
    """The content of the project's own version."""
    return taxonomy.shipped() if kind == "taxonomy" else rules.load()


def _built(kind: Kind, content: object) -> Taxonomy | RuleSet:
    return build(content, Taxonomy, name=kind) if kind == "taxonomy" else build(content, RuleSet, name=kind)


def _vocabulary(content: Taxonomy | RuleSet) -> Vocabulary:
    if isinstance(content, Taxonomy):
        return Vocabulary(taxonomy=content)
    return Vocabulary(risks=risks.build(content, name="risks"))


class Vocabularies:
    """The active vocabularies of all tenants; safe for several threads."""

    def __init__(self, resources: Resources) -> None:
        self._resources = resources
        self._lock = threading.Lock()
        self._known: dict[str, tuple[float, Vocabulary | None]] = {}
        self._read = lru_cache(KEPT)(self._read_stored)

    def of(self, tenant: str) -> Vocabulary:
        """What is active now; at most a second old."""
        if (known := self.fresh(tenant)) is not None:
            return known
        active = self._resources.active(tenant)
        with self._lock:  # so that one rule set is not built twice at once
            parts = {kind: self._read(tenant, kind, number) for kind, number in active.items()}
        found = _joined(parts)
        self._known[tenant] = time.monotonic(), found
        return found

    def fresh(self, tenant: str) -> Vocabulary | None:
        """`of`, where it need not ask the database; else None."""
        at, known = self._known.get(tenant, (float("-inf"), None))
        return known if time.monotonic() - at < FRESH else None

    def forget(self, tenant: str) -> None:
        """Look again at the next call."""
        self._known.pop(tenant, None)

    def apply(self, tenant: str, records: Sequence[Record]) -> list[Record]:
        """Records of the pipeline in the words of a tenant."""
        words = self.of(tenant)
        if words.empty:
            return list(records)
        return [words.apply(record) if isinstance(record, TaggedComment) else record for record in records]

    def version(self, tenant: str, kind: Kind, number: int) -> Vocabulary | None:
        """One version, active or not; None if the tenant has no such version."""
        if number == SHIPPED:
            return _vocabulary(shipped(kind))
        known = self._resources.content(tenant, kind, number) is not None
        return self._read(tenant, kind, number) if known else None

    def _read_stored(self, tenant: str, kind: Kind, number: int) -> Vocabulary:
        content = orjson.loads(self._resources.content(tenant, kind, number) or b"null")
        return _vocabulary(_built(kind, content))


def _joined(parts: Mapping[Kind, Vocabulary]) -> Vocabulary:
    empty = Vocabulary()
    return Vocabulary(parts.get("taxonomy", empty).taxonomy, parts.get("risks", empty).risks)
