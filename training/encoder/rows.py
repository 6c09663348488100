"""Training rows of the encoder as arrays: sub-words, and every label that any source gives."""

from __future__ import annotations

import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from models.interface import POLARITIES
from models.pieces import BEGIN, END
from training.encoder.recipe import CorpusRows
from vocnlp.batch.labelled import Example, read_lines, translation_group
from vocnlp.text.prepare import prepare

__all__ = ["OWN", "Row", "Rows", "encoded", "gathered", "held_out_rows", "own_rows"]

OWN = ""
"""The source of rows labelled with the taxonomy: what the model answers when it is used."""

_LEAST_LABELS = 20
_BATCH = 4_000


@dataclass(slots=True)
class Row:
    """A comment and what its source says of it.

    source: corpus, or OWN.   origin: corpus, in both cases.
    labels: (aspect, polarity) of the source's own inventory, or None.
    rating: share of the highest score, or None.   held: kept out of training, for thresholds.
    group: what translations of one text share, or nothing.
    said: all that the source itself says of the comment, as words, whoever labelled it.
    """

    text: str
    language: str
    source: str
    origin: str
    sentiment: str | None = None
    aspects: dict[str, str] = field(default_factory=dict)
    risks: Sequence[str] = ()
    labels: Sequence[tuple[str, str]] | None = None
    rating: float | None = None
    held: bool = False
    group: str = ""
    said: Sequence[str] = ()


@dataclass(slots=True)
class Rows:
    """N rows with M sub-words, A aspects, R risks, S sources and L labels of other inventories.

    tokens [M], offsets [N + 1].   source, language: [N] codes.   own, held: [N].
    group: [N] codes of translations of one text, -1 for those of none.
    sentiment [N], polarity [N, A]: index into POLARITIES, -1 where unknown or not judged.   risks [N, R].
    rating: [N] 0 to 1, -1 where unknown.   label_offsets [N + 1], labels: columns of each row.
    label_source: [L] source of each column; one that no row has, if there is no such label.
       sources: names, the first is OWN.
    """

    tokens: NDArray[np.int32]
    offsets: NDArray[np.int64]
    source: NDArray[np.int64]
    language: NDArray[np.int64]
    own: NDArray[np.bool_]
    held: NDArray[np.bool_]
    group: NDArray[np.int64]
    sentiment: NDArray[np.int64]
    polarity: NDArray[np.int64]
    risks: NDArray[np.float32]
    rating: NDArray[np.float32]
    label_offsets: NDArray[np.int64]
    labels: NDArray[np.int64]
    label_source: NDArray[np.int64]
    sources: list[str]

    def __len__(self) -> int:
        return len(self.source)

    @property
    def lengths(self) -> NDArray[np.int64]:
        """[N] sub-words."""
        return np.diff(self.offsets)

    @property
    def translated(self) -> NDArray[np.bool_]:
        """[N] whether there are, or could be, translations of the row's text."""
        return self.group >= 0

    @property
    def labelled_elsewhere(self) -> NDArray[np.bool_]:
        """[N] whether the row has labels of another inventory."""
        return np.diff(self.label_offsets) > 0

    @property
    def asked(self) -> NDArray[np.bool_]:
        """[A + R] aspects and risks that any row is labelled with; nobody may have looked for the others."""
        labelled = np.hstack([self.polarity >= 0, self.risks > 0])
        found: NDArray[np.bool_] = np.any(labelled, axis=0, keepdims=True)[0]
        return found


def gathered(
    labelled: Sequence[Example],
    corpora: Path | None = None,
    sources: Iterable[str] = (),
    *,
    limits: CorpusRows,
    held: float = 0.05,
    without: frozenset[str] = frozenset(),
) -> list[Row]:
    """Rows labelled with the taxonomy and, if `corpora` is given, rows of its sources with their own labels.

    held: share of the originals that is kept out of training.   without: texts that must not be learned from.
    Texts held out and their translations are not among the rows of other sources either.
    """
    own = [row for row in own_rows(labelled, held=held) if row.text.strip() not in without]
    if corpora is None:
        return own
    hidden = without | {row.text.strip() for row in own if row.held}
    hidden |= {example.text.strip() for example in labelled if example.held_out}
    return [*own, *_corpus_rows(corpora, sources, limits=limits, without=hidden, own=own)]


def own_rows(labelled: Iterable[Example], *, held: float = 0.05) -> Iterator[Row]:
    """Rows labelled with the taxonomy; held-out groups are left out, a share is held for thresholds."""
    for example in labelled:
        if not example.held_out:
            drawn = not example.group and zlib.crc32(example.id.encode()) % 1000 < 1000 * held
            yield _own_row(example, held=drawn)


def held_out_rows(labelled: Iterable[Example]) -> Iterator[Row]:
    """Rows of the groups that no training uses, and whose texts no rule was written from."""
    for example in labelled:
        if example.held_out:
            yield _own_row(example, held=True)


def _own_row(example: Example, *, held: bool) -> Row:
    return Row(
        text=example.text,
        language=example.language,
        source=OWN,
        origin=example.source,
        sentiment=example.sentiment,
        aspects=example.aspects,
        risks=example.risks,
        held=held,
        group=example.group,
    )


def _corpus_rows(
    corpora: Path,
    sources: Iterable[str],
    *,
    limits: CorpusRows,
    without: frozenset[str],
    own: Iterable[Row],
) -> Iterator[Row]:
    """Rows of other corpora with their own labels, at most so many of each source and language.

    own: rows labelled with the taxonomy; each learns what its source said of the same text.
    """
    mine: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for labelled in own:
        mine[labelled.origin, labelled.text.strip()].append(labelled)
    for source in sources:
        path = corpora / source / "train.jsonl.zst"
        if not path.is_file():
            continue
        rows = list(read_lines(path))
        for given in rows:
            for labelled in mine.get((source, given["text"].strip()), ()):
                labelled.said = _said(given)
        hidden = {translation_group(row) for row in rows if row["text"].strip() in without} - {""}
        taken: Counter[tuple[str, bool]] = Counter()
        order = np.random.default_rng(zlib.crc32(source.encode())).permutation(len(rows))
        for place in order.tolist():
            row = _corpus_row(rows[place], source)
            if row is None or row.text.strip() in without or row.group in hidden:
                continue
            kind = row.language, row.labels is not None
            taken[kind] += 1
            if taken[kind] <= (limits.aspects_of if row.labels else limits.sentiment_of):
                yield row


def _corpus_row(row: dict[str, Any], source: str) -> Row | None:
    given = [a for a in row.get("aspects", []) if a.get("category")]
    labels = [(str(a["category"]), str(a.get("polarity"))) for a in given]
    rated = row.get("rating") and row.get("rating_max")
    if not row["text"].strip() or not (labels or row.get("sentiment") or rated):
        return None
    return Row(
        text=row["text"],
        language=row.get("lang", "und"),
        source=source,
        origin=source,
        sentiment=row.get("sentiment"),
        labels=labels or None,
        rating=row["rating"] / row["rating_max"] if rated else None,
        group=translation_group(row),
        said=_said(row),
    )


def _said(row: dict[str, Any]) -> list[str]:
    """Sentiment, stars in tenths, recommendation, aspects and other labels of a source, each as a word."""
    words = {f"{name}={row[name]}" for name in ("sentiment", "recommend") if row.get(name) is not None}
    if row.get("rating") and row.get("rating_max"):
        words.add(f"rating={round(10 * row['rating'] / row['rating_max'])}")
    for aspect in row.get("aspects", []):
        category, polarity = aspect.get("category"), aspect.get("polarity")
        words |= {f"polarity={polarity}", f"aspect={category}", f"aspect={category}:{polarity}"}
    labels = row.get("labels") or {}
    for name, value in labels.items() if isinstance(labels, dict) else [("", labels)]:
        words |= {f"label={name}:{one}" for one in (value if isinstance(value, list) else [value])}
    return sorted(words)


def encoded(
    rows: Sequence[Row],
    tokenizer: Tokenizer,
    *,
    aspects: Sequence[str],
    risks: Sequence[str],
    window: int,
) -> Rows:
    """The rows as arrays; texts are prepared as in use, and cut after `window` sub-words."""
    tokens, lengths = _tokens(rows, tokenizer, window)
    sources = [OWN, *sorted({row.source for row in rows} - {OWN})]
    languages = sorted({row.language for row in rows})
    columns = _columns(rows)
    labels = [
        sorted({columns[row.source, *label] for label in row.labels or () if (row.source, *label) in columns})
        for row in rows
    ]
    polarity = np.full((len(rows), len(aspects)), -1)
    flags = np.zeros((len(rows), len(risks)), np.float32)
    for place, row in enumerate(rows):
        for aspect, label in row.aspects.items():
            polarity[place, aspects.index(aspect)] = POLARITIES.index(label)
        for risk in set(row.risks) & set(risks):
            flags[place, risks.index(risk)] = 1
    return Rows(
        tokens=tokens,
        offsets=np.cumsum([0, *lengths]).astype(np.int64),
        source=np.array([sources.index(row.source) for row in rows]),
        language=np.array([languages.index(row.language) for row in rows]),
        own=np.array([row.source == OWN for row in rows]),
        held=np.array([row.held for row in rows]),
        group=_codes([row.group for row in rows]),
        sentiment=np.array([POLARITIES.index(row.sentiment) if row.sentiment else -1 for row in rows]),
        polarity=polarity,
        risks=flags,
        rating=np.array([-1 if row.rating is None else row.rating for row in rows], np.float32),
        label_offsets=np.cumsum([0, *map(len, labels)]).astype(np.int64),
        labels=np.array([column for own in labels for column in own], np.int64),
        label_source=np.array([sources.index(source) for source, _, _ in columns] or [0], np.int64),
        sources=sources,
    )


def _codes(names: Sequence[str]) -> NDArray[np.int64]:
    """[N] a number for each name, -1 for an empty one."""
    known = {name: number for number, name in enumerate(sorted({*names} - {""}))}
    return np.array([known.get(name, -1) for name in names])


def _columns(rows: Sequence[Row]) -> dict[tuple[str, str, str], int]:
    """(source, aspect, polarity) -> column, for those that are frequent enough to be learned."""
    counts = Counter((row.source, *label) for row in rows for label in set(row.labels or ()))
    return {key: n for n, key in enumerate(sorted(k for k, c in counts.items() if c >= _LEAST_LABELS))}


def _tokens(rows: Sequence[Row], tokenizer: Tokenizer, window: int) -> tuple[NDArray[np.int32], list[int]]:
    found: list[NDArray[np.int32]] = []
    for first in range(0, len(rows), _BATCH):
        texts = [prepare(row.text).text for row in rows[first : first + _BATCH]]
        for encoding in tokenizer.encode_batch_fast(texts, add_special_tokens=False):
            found.append(np.array([BEGIN, *encoding.ids[:window], END], np.int32))
    return np.concatenate(found), [len(ids) for ids in found]
