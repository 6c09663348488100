"""Whom a comment concerns: the departments that own the aspects it complains of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from vocnlp.schema import TaggedComment
from vocnlp.taxonomy.taxonomy import Taxonomy

__all__ = ["complaints", "owners"]


def complaints(record: TaggedComment) -> list[str]:
    """The aspects judged `neg` or `mix`, the surest first."""
    bad = [tag for tag in record.aspects if tag.polarity in ("neg", "mix")]
    return [tag.aspect for tag in sorted(bad, key=lambda tag: -tag.confidence)]


def owners(aspects: Sequence[str], taxonomy: Taxonomy) -> list[dict[str, Any]]:
    """Each aspect that the taxonomy knows with the names of its owner by locale."""
    return [{"aspect": aspect, "owner": taxonomy[aspect].owner} for aspect in aspects if aspect in taxonomy]
