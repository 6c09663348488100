"""How good are topics? Ours and plain BERTopic's on the same vectors of the same clauses.

    python -m evaluation.topics DATA... [--parallel FILE] [--encoder NAME|DIR] [--clauses 2000] [--keep DIR]

DATA: labelled or tagged comments (.jsonl, .jsonl.zst).   --parallel: M-ABSA, whose rows are translations of
each other; a tenth of the clauses. Prints outlier share, diversity (Dieng et al. 2020), coherence (NPMI of
words within comments that no topic was made of, as many as those; Lau et al. 2014) per language, agreement of
two runs on halves that share a quarter of the clauses (adjusted mutual information on that quarter), how
often two translations of one sentence have the same topic, and seconds. BERTopic stands there as it comes,
and once more with our keywords for its groups.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from itertools import combinations, islice
from pathlib import Path
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray

from evaluation.topics_peers import Grouped, Grouping, kept, ours, plain
from vocnlp.analysis.topics.cache import text_hash
from vocnlp.analysis.topics.clauses import Clauses
from vocnlp.analysis.topics.embed import find_encoder
from vocnlp.analysis.topics.names import count_phrases, find_keywords
from vocnlp.analysis.topics.terms import tokens
from vocnlp.analysis.topics.words import Words
from vocnlp.batch.labelled import read_lines, translation_group
from vocnlp.cli.main import run_command
from vocnlp.text.clauses import split

__all__ = ["agreement", "coherence", "diversity", "main", "same_topic"]

Codes = NDArray[np.int64]
Floats = NDArray[np.float32]

_TOP = 8
_LANGUAGE_SHARE = 0.05
_REFERENCE = 10_000


def diversity(keywords: Sequence[Sequence[str]]) -> float:
    """Different keywords, of all keywords of all topics."""
    every = [word for words in keywords for word in words[:_TOP]]
    return len(set(every)) / max(len(every), 1)


def coherence(keywords: Sequence[Sequence[str]], documents: Sequence[set[str]]) -> float:
    """Mean NPMI of pairs of a topic's keywords that occur, over documents given as sets of terms."""
    wanted = {word for words in keywords for word in words[:_TOP]}
    holders: dict[str, set[int]] = {word: set() for word in wanted}
    for place, document in enumerate(documents):
        for word in wanted & document:
            holders[word].add(place)
    scores = [
        _npmi(holders[one], holders[other], len(documents))
        for words in keywords
        for one, other in combinations(words[:_TOP], 2)
        if holders[one] and holders[other]
    ]
    return float(np.mean(scores)) if scores else float("nan")


def _npmi(one: set[int], other: set[int], n: int) -> float:
    both = len(one & other)
    if not both:
        return -1.0
    if both == n:
        return 1.0
    return float(np.log(both * n / (len(one) * len(other))) / -np.log(both / n))


def agreement(group: Grouping, vectors: Floats, clauses: Clauses, seed: int) -> float:
    """Adjusted mutual information of two runs on halves, on the quarter that both saw; none is one topic."""
    from sklearn.metrics import adjusted_mutual_info_score

    quarter = np.random.default_rng(seed).integers(4, size=len(clauses.texts))
    runs = []
    for half in ((0, 1), (1, 2)):
        seen = np.isin(quarter, half)
        labels = np.full(len(quarter), -1, np.int64)
        labels[seen] = group(vectors[seen], clauses.select(seen[clauses.which])).labels
        runs.append(labels[quarter == 1])
    return float(adjusted_mutual_info_score(*runs))


def same_topic(labels: Codes, originals: Sequence[str]) -> tuple[float, int]:
    """Share of pairs of translations of one original that have the same topic, and the number of pairs."""
    by_original: dict[str, list[int]] = {}
    for place, original in enumerate(originals):
        if original:
            by_original.setdefault(original, []).append(int(labels[place]))
    pairs = [pair for found in by_original.values() for pair in combinations(found, 2)]
    return float(np.mean([a == b >= 0 for a, b in pairs])) if pairs else float("nan"), len(pairs)


def _measure(name: str, group: Grouping, vectors: Floats, data: _Data, seed: int) -> Grouped:
    begun = time.perf_counter()
    found = group(vectors, data.clauses)
    seconds = time.perf_counter() - begun
    click.echo(f"{name}: {found.count} topics, {(found.labels < 0).mean():.1%} of clauses in none")
    click.echo(f"  {found.seconds or seconds:.0f} s to group")
    click.echo(f"  agreement of halves (AMI) {agreement(group, vectors, data.clauses, seed):.3f}")
    share, pairs = same_topic(found.labels, data.originals)
    click.echo(f"  translations in one topic {share:.1%} of {pairs} pairs")
    return found


def _read_out(
    name: str,
    keywords: Sequence[dict[str, list[str]]],
    data: _Data,
    lists: Sequence[list[str]] | None = None,
) -> None:
    """Diversity and coherence.   keywords: of each topic by language.   lists: as a method without languages
    gives them, each once."""
    every = [words for by in keywords for words in by.values()] if lists is None else lists
    click.echo(f"{name}: diversity {diversity(every):.3f}")
    for language, documents in sorted(data.documents.items()):
        words = [_words(by[language], language) for by in keywords if language in by]
        click.echo(f"  NPMI {language} {coherence(words, documents):+.3f} ({len(documents)} comments)")


def _words(keywords: Sequence[str], language: str) -> list[str]:
    """The words of keywords, each once: coherence is of words, however they were put together."""
    return list(dict.fromkeys(word for keyword in keywords for word in tokens(keyword, language)))


def _own_keywords(clauses: Clauses, labels: Codes) -> list[dict[str, list[str]]]:
    count = int(labels.max(initial=-1)) + 1
    return [found.by_language for found in find_keywords(count_phrases(clauses), labels, count)]


def _their_keywords(clauses: Clauses, found: Grouped) -> list[dict[str, list[str]]]:
    """BERTopic knows no languages: a topic's words stand for each that 5 % of its clauses are in."""
    languages = np.array(clauses.languages)
    spoken = []
    for group, words in enumerate(found.keywords):
        named, counts = np.unique(languages[found.labels == group], return_counts=True)
        often = named[counts >= _LANGUAGE_SHARE * counts.sum()]
        spoken.append({str(language): words for language in often})
    return spoken


class _Data:
    """Clauses with different texts; `originals` tells which sentence one is a translation of, or is empty.

    documents: language -> the words of each comment kept for `coherence`.
    """

    def __init__(self) -> None:
        self.comments = 0
        self.texts: dict[str, tuple[int, str, str]] = {}
        self.documents: dict[str, list[set[str]]] = {}

    def add(self, text: str, language: str, original: str = "") -> None:
        """The clauses of a comment."""
        for start, stop in split(text):
            self.texts.setdefault(text[start:stop], (self.comments, language, original))
        self.comments += 1

    def keep(self, text: str, language: str) -> None:
        """A comment that no topic is made of."""
        self.documents.setdefault(language, []).append(set(tokens(text, language)))

    @property
    def clauses(self) -> Clauses:
        places = np.arange(len(self.texts))
        comments = np.array([comment for comment, _, _ in self.texts.values()])
        languages = [language for _, language, _ in self.texts.values()]
        return Clauses(comments, places * 0, places * 0, places, list(self.texts), languages)

    @property
    def originals(self) -> list[str]:
        return [original for _, _, original in self.texts.values()]


def _read(paths: Sequence[Path], parallel: Path | None, wanted: int, languages: Sequence[str]) -> _Data:
    data = _Data()
    if parallel:
        for sentence, row in _translations(parallel, languages)[: wanted // 10]:
            data.add(row["text"], row["lang"], sentence)
    share = (wanted - len(data.texts)) // max(len(paths), 1)
    for path in paths:
        rows = read_lines(path)
        end = len(data.texts) + share
        for row in rows:
            data.add(row["text"], _language(row))
            if len(data.texts) >= end:
                break
        for row in islice(rows, _REFERENCE):
            data.keep(row["text"], _language(row))
    return data


def _translations(path: Path, languages: Sequence[str]) -> list[tuple[str, dict[str, Any]]]:
    """Rows of one clause, with the sentence they are translations of, in an order that mixes the domains."""
    rows = [row for row in read_lines(path) if row["lang"] in languages and len(split(row["text"])) == 1]
    named = [(translation_group(row), row) for row in rows]
    return sorted(named, key=lambda one: (text_hash(one[0]), one[1]["lang"]))


def _language(row: dict[str, Any]) -> str:
    language = row.get("lang") or (row.get("language") or {}).get("code")
    return str(language or "und")


@click.command()
@click.argument("data", nargs=-1, type=click.Path(exists=True, path_type=Path))
@click.option("--parallel", type=click.Path(exists=True, path_type=Path), help="M-ABSA.")
@click.option("--languages", default="en,pt,zh", show_default=True, help="Of --parallel.")
@click.option("--encoder", metavar="NAME|DIR", help="As in vocnlp topics.")
@click.option("--cache", type=click.Path(path_type=Path), help="As in vocnlp topics.")
@click.option("--clauses", "wanted", default=2000, show_default=True)
@click.option("--seed", default=0, show_default=True, help="Of the quarters.")
@click.option("--peer/--no-peer", default=True, help="Whether BERTopic is run.")
@click.option("--keep", type=click.Path(path_type=Path), help="Directory that keeps what BERTopic found.")
def main(
    data: Sequence[Path],
    *,
    parallel: Path | None,
    languages: str,
    encoder: str | None,
    cache: Path | None,
    wanted: int,
    seed: int,
    peer: bool,
    keep: Path | None,
) -> None:
    """Print the table."""
    read = _read(data, parallel, wanted, languages.split(","))
    clauses = read.clauses
    embedder = find_encoder(encoder, cache=cache) or Words.fit(clauses.texts, clauses.languages)
    begun = time.perf_counter()
    vectors = embedder.embed(clauses.texts, clauses.languages)
    seconds = time.perf_counter() - begun
    click.echo(f"{len(clauses)} clauses, vectors of {embedder.name} in {seconds:.0f} s")
    found = _measure("vocnlp", ours, vectors, read, seed)
    _read_out("vocnlp", _own_keywords(clauses, found.labels), read)
    if peer:
        theirs = _measure("BERTopic", kept(plain, keep), vectors, read, seed)
        _read_out("BERTopic, its keywords", _their_keywords(clauses, theirs), read, theirs.keywords)
        _read_out("BERTopic, our keywords", _own_keywords(clauses, theirs.labels), read)


if __name__ == "__main__":
    run_command(main)
