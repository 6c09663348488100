"""How good are topics? Ours and plain BERTopic's on the same vectors of the same clauses.

    python -m evaluation.topics DATA... [--parallel FILE] [--encoder NAME|DIR] [--clauses 2000] [--seed 0]

DATA: labelled or tagged comments (.jsonl, .jsonl.zst).   --parallel: M-ABSA, whose rows are translations of
each other. Prints outlier share, diversity (Dieng et al. 2020), coherence (NPMI within clauses, per language;
Lau et al. 2014), stability (adjusted mutual information of two runs on the clauses that both saw: each sees
two thirds), and how often two translations of one sentence have the same topic.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray

from vocnlp.analysis.topics.cache import text_hash
from vocnlp.analysis.topics.clauses import Clauses
from vocnlp.analysis.topics.cluster import cluster
from vocnlp.analysis.topics.embed import find_encoder
from vocnlp.analysis.topics.find import smallest
from vocnlp.analysis.topics.names import find_keywords
from vocnlp.analysis.topics.terms import tokens
from vocnlp.analysis.topics.words import Words
from vocnlp.batch.labelled import read_lines
from vocnlp.text.clauses import split

__all__ = ["coherence", "diversity", "main", "same_topic", "stability"]

Codes = NDArray[np.int64]
Floats = NDArray[np.float32]
Grouping = Callable[[Floats, Clauses], Codes]
"""Vectors [U, W] of clauses -> [U] topic of each, -1 for none."""

_TOP = 8


def ours(vectors: Floats, clauses: Clauses) -> Codes:
    """As `vocnlp topics` does it."""
    return cluster(vectors, smallest=smallest(clauses)).nearest(vectors)[0]


def plain(vectors: Floats, clauses: Clauses) -> Codes:
    """BERTopic as it comes, seeded."""
    from bertopic import BERTopic
    from umap import UMAP

    reducer = UMAP(n_neighbors=15, n_components=5, min_dist=0.0, metric="cosine", random_state=0)
    found, _ = BERTopic(embedding_model=None, umap_model=reducer).fit_transform(clauses.texts, vectors)
    return np.asarray(found, np.int64)


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


def stability(group: Grouping, vectors: Floats, clauses: Clauses, seed: int) -> float:
    """Adjusted mutual information of two runs on the third that both saw; no topic counts as one."""
    from sklearn.metrics import adjusted_mutual_info_score

    third = np.random.default_rng(seed).integers(3, size=len(clauses.texts))
    runs = []
    for left_out in (0, 2):
        labels = np.full(len(third), -1, np.int64)
        seen = third != left_out
        labels[seen] = group(vectors[seen], clauses.select(seen[clauses.which]))
        runs.append(labels[third == 1])
    return float(adjusted_mutual_info_score(*runs))


def same_topic(labels: Codes, originals: Sequence[str]) -> tuple[float, int]:
    """Share of pairs of translations of one original that have the same topic, and the number of pairs."""
    by_original: dict[str, list[int]] = {}
    for place, original in enumerate(originals):
        if original:
            by_original.setdefault(original, []).append(int(labels[place]))
    pairs = [pair for found in by_original.values() for pair in combinations(found, 2)]
    return float(np.mean([a == b >= 0 for a, b in pairs])) if pairs else float("nan"), len(pairs)


def keywords_of(clauses: Clauses, labels: Codes) -> list[dict[str, list[str]]]:
    """Of each topic, by language; the same for both, so that groups are compared and not the words chosen."""
    return [found.by_language for found in find_keywords(clauses, labels, int(labels.max(initial=-1)) + 1)]


def _words(keywords: Sequence[str], language: str) -> list[str]:
    """The words of keywords, each once: coherence is of words, however they were put together."""
    return list(dict.fromkeys(word for keyword in keywords for word in tokens(keyword, language)))


def _measure(name: str, group: Grouping, vectors: Floats, data: _Data, seed: int) -> None:
    labels = group(vectors, data.clauses)
    found = keywords_of(data.clauses, labels)
    click.echo(f"{name}: {len(found)} topics, {(labels < 0).mean():.1%} of clauses in none")
    click.echo(f"  diversity {diversity([w for by in found for w in by.values()]):.3f}")
    for language in sorted(set(data.clauses.languages)):
        words = [_words(by[language], language) for by in found if language in by]
        documents = [
            set(tokens(text, language))
            for text, spoken in zip(data.clauses.texts, data.clauses.languages, strict=True)
            if spoken == language
        ]
        click.echo(f"  NPMI {language} {coherence(words, documents):+.3f} ({len(documents)} clauses)")
    click.echo(f"  stability (AMI) {stability(group, vectors, data.clauses, seed):.3f}")
    share, pairs = same_topic(labels, data.originals)
    click.echo(f"  translations in one topic {share:.1%} of {pairs} pairs")


class _Data:
    """Clauses with different texts; `originals` tells which sentence one is a translation of, or is empty."""

    def __init__(self) -> None:
        self.texts: dict[str, tuple[str, str]] = {}

    def add(self, text: str, language: str, original: str = "") -> None:
        self.texts.setdefault(text, (language, original))

    @property
    def clauses(self) -> Clauses:
        places = np.arange(len(self.texts))
        languages = [language for language, _ in self.texts.values()]
        return Clauses(places, places * 0, places * 0, places, list(self.texts), languages)

    @property
    def originals(self) -> list[str]:
        return [original for _, original in self.texts.values()]


def _read(paths: Sequence[Path], parallel: Path | None, wanted: int, languages: Sequence[str]) -> _Data:
    data = _Data()
    if parallel:
        for sentence, row in _translations(parallel, languages)[: wanted // 2]:
            data.add(row["text"], row["lang"], sentence)
    share = (wanted - len(data.texts)) // max(len(paths), 1)
    for path in paths:
        end = len(data.texts) + share
        for row in read_lines(path):
            for start, stop in split(row["text"]):
                data.add(row["text"][start:stop], _language(row))
            if len(data.texts) >= end:
                break
    return data


def _translations(path: Path, languages: Sequence[str]) -> list[tuple[str, dict[str, Any]]]:
    """Rows of one clause, with the sentence they are translations of, in an order that mixes the domains."""
    rows = [row for row in read_lines(path) if row["lang"] in languages and len(split(row["text"])) == 1]
    named = [(row["id"].replace(f"/{row['lang']}/", "/*/"), row) for row in rows]
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
@click.option("--seed", default=0, show_default=True, help="Of the thirds.")
def main(
    data: Sequence[Path],
    *,
    parallel: Path | None,
    languages: str,
    encoder: str | None,
    cache: Path | None,
    wanted: int,
    seed: int,
) -> None:
    """Print the table."""
    read = _read(data, parallel, wanted, languages.split(","))
    clauses = read.clauses
    embedder = find_encoder(encoder, cache=cache) or Words.fit(clauses.texts, clauses.languages)
    vectors = embedder.embed(clauses.texts, clauses.languages)
    click.echo(f"{len(clauses)} clauses, vectors of {embedder.name}")
    _measure("vocnlp", ours, vectors, read, seed)
    _measure("BERTopic", plain, vectors, read, seed)


if __name__ == "__main__":
    main()
