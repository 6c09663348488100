"""Topics of clauses: what customers talk about, in their own words, with the score of those who do.

Clauses are placed by latent semantic analysis of their words (Deerwester et al. 1990), or by any
sentence-transformers encoder, and clustered and named by BERTopic (Grootendorst 2022, arXiv 2203.05794).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vocnlp.analysis.survey import Survey
from vocnlp.errors import InputError, MissingExtraError
from vocnlp.text.clauses import split
from vocnlp.text.segment import words

__all__ = ["LEAST_CLAUSES", "Topic", "Topics", "keep_ids", "topics"]

LEAST_CLAUSES = 100
"""Fewer clauses than this make no topics."""
_DIMENSIONS = 50
_REDUCED = 8
_KEYWORDS = 8
_EXAMPLES = 3
_SAME_TOPIC = 0.25


@dataclass(slots=True)
class Topic:
    """id: kept over runs by `keep_ids`.   clauses, comments: how many.   share: of all comments.

    score: of those comments, by the metric asked for.   examples: ids of comments with a typical clause.
    """

    id: int
    name: str
    keywords: list[str]
    clauses: int
    comments: int
    share: float
    sentiment: dict[str, int]
    score: float | None
    examples: list[str]


@dataclass(slots=True)
class Topics:
    """outlier_share: of the clauses, those without topic."""

    n: int
    clauses: int
    outlier_share: float
    topics: list[Topic]
    warnings: list[str] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        """As JSON holds it."""
        return asdict(self)


def topics(
    survey: Survey,
    *,
    score: str | None = None,
    encoder: Path | None = None,
    seed: int = 0,
) -> Topics:
    """Cluster the clauses of a survey's comments.

    score: name of a score column, to tell the score of each topic.
    encoder: a sentence-transformers directory.
    Raises MissingExtraError without the extra `topics`, InputError when there are no comments.
    With fewer than `LEAST_CLAUSES` clauses there are no topics and a warning says so.
    """
    texts = survey.frame["text"].tolist()
    languages = survey.frame["language"].tolist()
    rows, clauses = _clauses(texts)
    if not clauses:
        raise InputError("the input holds no comments, so it has no topics")
    if len(set(clauses)) < LEAST_CLAUSES:
        what = f"{len(set(clauses))} different clauses are too few for topics; {LEAST_CLAUSES} are the least"
        return Topics(len(survey), len(clauses), 1.0, [], [what])
    tokens = {clause: words(clause, languages[row]) for row, clause in zip(rows, clauses, strict=True)}
    labels, keywords = _cluster(clauses, tokens, encoder, seed)
    found = [_topic(survey, keywords[k], _Members(k, rows, clauses, labels), score) for k in sorted(keywords)]
    return Topics(len(survey), len(clauses), float((labels < 0).mean()), found)


class _Members:
    """The clauses of one topic: their texts, and the rows of the survey they come from."""

    def __init__(
        self, label: int, rows: NDArray[np.int64], clauses: Sequence[str], labels: NDArray[np.int64]
    ) -> None:
        places = np.flatnonzero(labels == label)
        self.label = label
        self.rows = rows[places]
        self.clauses = [clauses[place] for place in places.tolist()]

    def typical(self, keywords: Sequence[str]) -> list[int]:
        """Rows of the clauses that hold most of the keywords, short ones first, a row once."""
        known = set(keywords)
        order = sorted(
            range(len(self.clauses)),
            key=lambda k: (-sum(word in self.clauses[k].lower() for word in known), len(self.clauses[k])),
        )
        return list(dict.fromkeys(int(self.rows[k]) for k in order))


def _clauses(texts: Sequence[str]) -> tuple[NDArray[np.int64], list[str]]:
    rows, clauses = [], []
    for row, text in enumerate(texts):
        for start, end in split(text):
            clause = text[start:end].strip()
            if sum(character.isalpha() for character in clause) > 1:
                rows.append(row)
                clauses.append(clause)
    return np.array(rows, np.int64), clauses


def _cluster(
    clauses: list[str], tokens: dict[str, list[str]], encoder: Path | None, seed: int
) -> tuple[NDArray[np.int64], dict[int, list[str]]]:
    try:
        from bertopic import BERTopic
        from sklearn.cluster import HDBSCAN
        from sklearn.decomposition import PCA
        from sklearn.feature_extraction.text import CountVectorizer
    except ImportError as error:
        raise MissingExtraError("bertopic", "topics") from error
    vectors = _encode(clauses, encoder) if encoder else _semantic(clauses, tokens, seed)
    vectorizer = CountVectorizer(
        analyzer=lambda text: [w for part in text.split("\n") for w in tokens.get(part, [])]
    )
    model = BERTopic(
        embedding_model=None,
        umap_model=PCA(n_components=min(_REDUCED, vectors.shape[1]), random_state=seed),
        hdbscan_model=HDBSCAN(min_cluster_size=max(10, len(clauses) // 200), copy=True),
        vectorizer_model=vectorizer,
        top_n_words=_KEYWORDS,
    )
    found, _ = model.fit_transform(clauses, vectors)
    keywords = {
        label: [word for word, weight in model.get_topic(label) if word and weight > 0]
        for label in set(found)
        if label >= 0
    }
    return np.array(found), keywords


def _semantic(clauses: Sequence[str], tokens: dict[str, list[str]], seed: int) -> NDArray[np.float32]:
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.preprocessing import normalize

    weighted = TfidfVectorizer(
        analyzer=lambda clause: tokens[clause], min_df=2, sublinear_tf=True
    ).fit_transform(clauses)
    size = min(_DIMENSIONS, weighted.shape[1] - 1)
    vectors = TruncatedSVD(size, random_state=seed).fit_transform(weighted)
    unit: NDArray[np.float32] = normalize(vectors).astype(np.float32)
    return unit


def _encode(clauses: Sequence[str], encoder: Path) -> NDArray[np.float32]:
    try:
        from sentence_transformers import SentenceTransformer
    except ImportError as error:
        raise MissingExtraError("sentence-transformers", "topics") from error
    vectors: NDArray[np.float32] = SentenceTransformer(str(encoder)).encode(
        list(clauses), normalize_embeddings=True
    )
    return vectors


def _topic(survey: Survey, keywords: list[str], members: _Members, score: str | None) -> Topic:
    comments = np.unique(members.rows)
    frame = survey.frame.iloc[comments]
    answers = frame[score].dropna().to_numpy() if score else np.array([])
    return Topic(
        id=members.label,
        name=", ".join(keywords[:3]),
        keywords=keywords,
        clauses=len(members.clauses),
        comments=len(comments),
        share=len(comments) / len(survey),
        sentiment={str(name): int(count) for name, count in frame["sentiment"].value_counts().items()},
        score=float(survey.metric(score).score(answers)) if score and len(answers) else None,
        examples=[str(survey.frame["id"].iloc[row]) for row in members.typical(keywords)[:_EXAMPLES]],
    )


def keep_ids(found: Topics, registry: Path) -> None:
    """Give topics that share keywords with one of an earlier run its id and name, and keep them for the next.

    Pairs are matched one to one by the overlap of keywords (Jaccard), at least a quarter.
    """
    from scipy.optimize import linear_sum_assignment

    path = registry / "topics.json"
    known = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else []
    overlap = np.array(
        [[_jaccard(topic.keywords, old["keywords"]) for old in known] for topic in found.topics]
    )
    matched: dict[int, dict[str, Any]] = {}
    if overlap.size:
        pairs = zip(*linear_sum_assignment(-overlap), strict=True)
        matched = {new: known[old] for new, old in pairs if overlap[new, old] >= _SAME_TOPIC}
    fresh = max((old["id"] for old in known), default=-1)
    for place, topic in enumerate(found.topics):
        if place in matched:
            topic.id, topic.name = matched[place]["id"], matched[place]["name"]
        else:
            fresh += 1
            topic.id = fresh
    current = {
        topic.id: {"id": topic.id, "name": topic.name, "keywords": topic.keywords} for topic in found.topics
    }
    kept = [current.pop(old["id"], old) for old in known] + list(current.values())
    registry.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".new")
    temporary.write_text(json.dumps(kept, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    temporary.replace(path)


def _jaccard(one: Sequence[str], other: Sequence[str]) -> float:
    return len(set(one) & set(other)) / max(len(set(one) | set(other)), 1)
