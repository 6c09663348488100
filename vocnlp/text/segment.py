"""Words of a text, for keywords and search, by the best tokeniser of its language that is installed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache

from vocnlp.errors import InputError, MissingExtraError
from vocnlp.text import clauses
from vocnlp.text.pii import PLACEHOLDERS

__all__ = ["ENGINES", "missing", "words"]

Tokenizer = Callable[[str], Iterable[str]]

_LONGEST = 8_000  # characters; SudachiPy refuses more than 49,149 bytes at once
_PLACEHOLDER = re.compile(rf"\[(?:{'|'.join(PLACEHOLDERS)})\]")
_SPACELESS = (
    "\u0e01-\u0e3a\u0e40-\u0e4e\u0e80-\u0eff\u1000-\u109f\u1780-\u17d3\u3041-\u3096\u30a1-\u30ff\u3400-\u9fff"
)
_INDIC = "\u0900-\u0963\u0966-\u0dff"  # vowel signs are no letters to Python's \w
_RUN = re.compile(
    rf"[{_SPACELESS}]+|(?:(?![{_SPACELESS}])[^\W_]|[{_INDIC}\u0300-\u036f\u064b-\u065f\u200c\u200d'’])+"
)
_SPACELESS_RUN = re.compile(f"[{_SPACELESS}]")
_LETTER = re.compile(r"[^\W_]")


def words(text: str, language: str, *, engine: str | None = None, strict: bool = False) -> list[str]:
    """The words of a text without punctuation, spaces and placeholders of personal data, in order.

    Chinese and Thai words stand as written; Japanese and Korean ones in their dictionary form, without
    particles and endings. `engine` is one of `ENGINES`; by default the language's own. Where it is not
    installed, scripts without spaces are cut into pairs of characters; `strict` raises `MissingExtraError`
    instead. All other languages are cut at spaces. Raises `InputError` for an unknown engine.
    """
    tokenize = _tokenizer(language, engine, strict=strict)
    text = _PLACEHOLDER.sub(" ", text)
    pieces = [text] if len(text) <= _LONGEST else [text[start:end] for start, end in clauses.split(text)]
    return [word for piece in pieces for word in tokenize(piece) if _LETTER.search(word)]


def missing(language: str) -> str | None:
    """The package that would cut a language without spaces, if none that does is installed."""
    names = _BY_LANGUAGE.get(language, ())
    return names[0] if names and _tokenizer(language, None, strict=False) is _plain else None


@cache
def _tokenizer(language: str, engine: str | None, *, strict: bool) -> Tokenizer:
    if engine is not None and engine not in ENGINES:
        raise InputError(f"unknown word tokeniser {engine!r}; there are {', '.join(ENGINES)}")
    names = (engine,) if engine is not None else _BY_LANGUAGE.get(language, ())
    for name in names:
        try:
            return ENGINES[name]()
        except ModuleNotFoundError:
            continue
    if strict and names:
        raise MissingExtraError(names[0], "topics")
    return _plain


def _plain(text: str) -> Iterator[str]:
    for run in _RUN.findall(text):
        if _SPACELESS_RUN.match(run) and len(run) > 2:
            yield from (run[at : at + 2] for at in range(len(run) - 1))
        else:
            yield run.strip("'’\u200c\u200d")


def _rjieba() -> Tokenizer:
    import rjieba

    cut: Tokenizer = rjieba.cut
    return cut


def _jieba() -> Tokenizer:
    import logging

    import jieba

    jieba.setLogLevel(logging.WARNING)
    cut: Tokenizer = jieba.cut
    return cut


def _sudachipy() -> Tokenizer:
    import sudachipy

    tokenizer = sudachipy.Dictionary().tokenizer(mode=sudachipy.SplitMode.B)
    function_words = {"助詞", "助動詞", "補助記号", "空白"}

    def tokenize(text: str) -> Iterator[str]:
        for morpheme in tokenizer.tokenize(text):
            if morpheme.part_of_speech()[0] not in function_words:
                yield morpheme.dictionary_form()

    return tokenize


def _kiwipiepy() -> Tokenizer:
    from kiwipiepy import Kiwi

    kiwi = Kiwi(num_workers=1)

    content = {"NNG", "NNP", "NNB", "NR", "NP", "VV", "VA", "MM", "MAG", "MAJ", "XR", "SL", "SH", "SN"}

    def tokenize(text: str) -> Iterator[str]:
        for token in kiwi.tokenize(text):
            if token.tag.partition("-")[0] in content:
                yield token.lemma

    return tokenize


def _pythainlp() -> Tokenizer:
    from pythainlp.tokenize import word_tokenize

    def tokenize(text: str) -> Iterable[str]:
        found: list[str] = word_tokenize(text, keep_whitespace=False)
        return found

    return tokenize


ENGINES: dict[str, Callable[[], Tokenizer]] = {
    "jieba": _jieba,
    "kiwipiepy": _kiwipiepy,
    "pythainlp": _pythainlp,
    "rjieba": _rjieba,
    "sudachipy": _sudachipy,
}
"""Tokenisers by the name of their package; the extra `topics` brings them all."""

# rjieba cuts as jieba does, many times faster, and needs no pkg_resources
_BY_LANGUAGE: dict[str, tuple[str, ...]] = {
    "zh": ("rjieba", "jieba"),
    "zh-Hant": ("rjieba", "jieba"),
    "ja": ("sudachipy",),
    "ko": ("kiwipiepy",),
    "th": ("pythainlp",),
}
