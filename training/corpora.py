"""Licence classes of training sources, and the sentiment labels that many corpora share."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from vocnlp.batch.labelled import Example, read_lines

__all__ = ["LICENCE_CLASSES", "licence_classes", "sentiment_examples"]

LICENCE_CLASSES = ("open", "sharealike", "noncommercial", "research", "unstated")


def licence_classes(index: Path) -> dict[str, str]:
    """Source -> licence class, from the table in the data's INDEX.md."""
    rows = re.findall(r"^\| (\S+) \|.*\| (\w+) \|$", index.read_text(encoding="utf-8"), re.MULTILINE)
    return {source: terms for source, terms in rows if terms in LICENCE_CLASSES}


def sentiment_examples(
    corpora: Path, *, sources: Iterable[str], per_language: int, split: str = "train"
) -> list[Example]:
    """Comments with a sentiment from several corpora, at most so many of each source and language.

    Which ones is decided by a hash of the id, so that it does not depend on the order of the file.
    """
    result = []
    for source in sources:
        path = corpora / source / f"{split}.jsonl.zst"
        if not path.is_file():
            continue
        rows = [row for row in read_lines(path) if row.get("sentiment") and row["text"].strip()]
        rows.sort(key=lambda row: hashlib.sha256(str(row["id"]).encode()).digest())
        taken: Counter[str] = Counter()
        for row in rows:
            taken[row["lang"]] += 1
            if taken[row["lang"]] <= per_language:
                result.append(Example(f"{source}:{row['id']}", row["text"], row["lang"], row["sentiment"]))
    return result
