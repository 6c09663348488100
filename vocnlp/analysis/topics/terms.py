"""Words and phrases of clauses, counted language by language."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from typing import TypeVar

import numpy as np
from scipy import sparse

from vocnlp.errors import MissingExtraError
from vocnlp.text.segment import words

__all__ = ["Term", "count", "joined", "phrases", "stop_words", "tokens"]

Term = tuple[str, ...]
T = TypeVar("T", str, Term)

_LONGEST = 3
_UNSPACED = ("zh", "zh-Hant", "th", "lo", "my", "km")
_CODES = {"zh-Hant": "zh", "nb": "no", "nn": "no"}


@cache
def stop_words(language: str) -> frozenset[str]:
    """Words that say nothing by themselves (stopwords-iso); none for a language without a list.

    Raises MissingExtraError without the extra `topics`.
    """
    try:
        import stopwordsiso
    except ImportError as error:
        raise MissingExtraError("stopwordsiso", "topics") from error
    code = _CODES.get(language, language)
    return frozenset(stopwordsiso.stopwords(code)) if stopwordsiso.has_lang(code) else frozenset()


def tokens(text: str, language: str) -> list[str]:
    """The words of a clause in lower case."""
    return [word.lower() for word in words(text, language)]


def phrases(text: str, language: str) -> Iterator[Term]:
    """Words and runs of up to three that neither begin nor end with a stop word ("waste of money")."""
    stops = stop_words(language)
    found = tokens(text, language)
    for start, word in enumerate(found):
        if word in stops or word.isdigit():
            continue
        for end in range(start + 1, min(start + _LONGEST, len(found)) + 1):
            if found[end - 1] not in stops and not found[end - 1].isdigit():
                yield tuple(found[start:end])


def joined(term: Term, language: str) -> str:
    """A term as it is read."""
    return ("" if language in _UNSPACED else " ").join(term)


def count(documents: Sequence[Sequence[T]], *, least: int = 1) -> tuple[sparse.csr_array, list[T]]:
    """[N, V] how often each of N documents holds each term that at least so many hold, and the V terms."""
    holders = Counter(term for document in documents for term in set(document))
    vocabulary = sorted(term for term, held in holders.items() if held >= least)
    column = {term: place for place, term in enumerate(vocabulary)}
    known = [[column[term] for term in document if term in column] for document in documents]
    rows = np.repeat(np.arange(len(known)), [len(document) for document in known])
    columns = np.fromiter((k for document in known for k in document), np.int64, len(rows))
    shape = (len(documents), len(vocabulary))
    table = sparse.coo_array((np.ones(len(rows)), (rows, columns)), shape=shape).tocsr()
    return table, vocabulary
