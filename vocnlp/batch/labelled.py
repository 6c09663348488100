"""Labelled comments, for training and evaluation: read and checked."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vocnlp.errors import InputError, MissingExtraError
from vocnlp.schema import POLARITIES

__all__ = ["Example", "examples", "read_lines", "translation_group"]

_SHOWN = 5


@dataclass(slots=True)
class Example:
    """One labelled comment; `sentiment` is None where unknown, `group` joins translations of one original."""

    id: str
    text: str
    language: str
    sentiment: str | None = None
    aspects: dict[str, str] = field(default_factory=dict)
    risks: list[str] = field(default_factory=list)
    group: str = ""

    @property
    def held_out(self) -> bool:
        """Whether it is a translation in one of the groups, a tenth, that no training uses."""
        return bool(self.group) and zlib.crc32(self.group.encode()) % 10 == 0

    @property
    def source(self) -> str:
        """The corpus it comes from: `source` of an id `source:row`."""
        return self.id.partition(":")[0] if ":" in self.id else ""


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    """Objects of a `.jsonl` or `.jsonl.zst` file; raises InputError with the line that is none."""
    for number, line in enumerate(_lines(path), 1):
        try:
            yield json.loads(line)
        except ValueError as error:
            raise InputError(f"{path}, line {number} is no JSON object: {error}") from error


def translation_group(row: dict[str, Any]) -> str:
    """What the ids of translations of one text share: all but the language, where that is a part of them."""
    name, language = str(row.get("id", "")), f"/{row.get('lang')}/"
    return name.replace(language, "/*/") if language in name else ""


def _lines(path: Path) -> Iterator[str]:
    if path.suffix != ".zst":
        with path.open(encoding="utf-8") as file:
            yield from file
        return
    try:
        import zstandard
    except ImportError as error:
        raise MissingExtraError("zstandard", "train") from error
    with zstandard.open(path, "rt", encoding="utf-8") as file:
        yield from file


def examples(paths: Sequence[Path], *, aspects: Iterable[str]) -> list[Example]:
    """Comments labelled with the aspects of a taxonomy, checked.

    Lines are `{"id", "text", "lang"?, "sentiment"?, "aspects": {aspect: polarity}, "risks"?, "group"?}`.
    Raises InputError that names the first wrong lines and what would be right.
    """
    known = set(aspects)
    result, wrong = [], []
    for path in paths:
        for number, row in enumerate(read_lines(path), 1):
            fault = _fault(row, known)
            if fault:
                wrong.append(f"{path}, line {number}: {fault}")
                continue
            result.append(_example(row, f"{path.stem}:{number}"))
    if wrong:
        more = f"\n(and {len(wrong) - _SHOWN} more)" if len(wrong) > _SHOWN else ""
        raise InputError("the labelled data have errors:\n" + "\n".join(wrong[:_SHOWN]) + more)
    if not result:
        raise InputError(f"no labelled comments in {', '.join(map(str, paths))}")
    return result


def _fault(row: dict[str, Any], known: set[str]) -> str | None:
    text = row.get("text")
    if not isinstance(text, str) or not text.strip():
        return "it has no text"
    if row.get("sentiment") not in (None, *POLARITIES):
        return f"sentiment {row['sentiment']!r} is none of {', '.join(POLARITIES)}"
    labels = row.get("aspects", {})
    if not isinstance(labels, dict):
        return f"aspects must be an object of aspect: polarity, not {labels!r}"
    for aspect, polarity in labels.items():
        if aspect not in known:
            return f"aspect {aspect!r} is not in the taxonomy; it has {', '.join(sorted(known))}"
        if polarity not in POLARITIES:
            return f"polarity {polarity!r} of {aspect} is none of {', '.join(POLARITIES)}"
    return None


def _example(row: dict[str, Any], fallback: str) -> Example:
    return Example(
        id=str(row.get("id", fallback)),
        text=row["text"],
        language=row.get("lang", "und"),
        sentiment=row.get("sentiment"),
        aspects=row.get("aspects", {}),
        risks=row.get("risks", []),
        group=row.get("group", ""),
    )
