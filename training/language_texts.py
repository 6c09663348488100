"""Where the language detector's training texts come from: the corpora, and what covers other languages."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from training.corpora import licence_classes
from vocnlp.batch.labelled import read_lines
from vocnlp.errors import InputError, MissingExtraError

__all__ = [
    "Corpora",
    "Texts",
    "django_texts",
    "malay",
    "profile_texts",
    "read_corpora",
    "recipe",
    "vocabulary_texts",
]

RECIPE = Path(__file__).with_name("recipes") / "language.yaml"

Texts = dict[str, list[str]]
"""Language code -> texts in it."""

# Locale names that are other languages of ours; further regional variants are left out.
_LOCALES = {"nb": "no", "pt_BR": "pt", "zh_Hans": "", "zh_Hant": ""}
_MESSAGE = re.compile(r'^msgstr(?:\[\d\])? ((?:".*"\n)+)', re.MULTILINE)
_MARKUP = re.compile(r"%\(\w+\)[a-z]|%[a-z]|\{[^}]*\}|<[^>]*>|\\n|\\\"|&\w+;")

# A word of Malay that is at least this frequent in Indonesian comments is no evidence.
_RARE = 2e-5
# A word that is this frequent in English comments is an English one.
_COMMON = 2e-5
_PROFILE_WORDS, _VOCABULARY_WORDS = 8, 10
_LONGEST_WORD = 20


class Corpora:
    """Training rows of the corpora: `texts[language][source]`, and the licence class of each source used."""

    def __init__(self) -> None:
        self.texts: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        self.classes: dict[str, str] = {}

    def drop_english_rows(self, language: str) -> None:
        """Drop texts in Latin letters of which half the words or more are common in English comments."""
        counts = Counter(_bare(word) for text in self.all("en") for word in text.lower().split())
        common = {word for word, count in counts.items() if count > _COMMON * counts.total()}

        def english(text: str) -> bool:
            words = [_bare(word) for word in text.lower().split() if word.isascii()]
            return len(words) > 0 and 2 * sum(word in common for word in words) >= len(words)

        for source, texts in self.texts[language].items():
            self.texts[language][source] = [text for text in texts if not english(text)]

    def all(self, language: str) -> list[str]:
        """All texts of a language."""
        return [text for group in self.texts[language].values() for text in group]

    def sample(self, language: str, size: int, rng: np.random.Generator) -> list[str]:
        """At most `size` texts of a language, as evenly over its sources as they allow."""
        groups = sorted(self.texts[language].values(), key=len)
        result: list[str] = []
        for place, group in enumerate(groups):
            share = (size - len(result)) // (len(groups) - place)
            chosen = rng.permutation(len(group))[:share]
            result += [group[row] for row in chosen]
        return result


def read_corpora(data: Path, *, terms: Iterable[str] | None = None) -> Corpora:
    """Read the train files under `data/corpora`; `terms`: only of these licence classes in `data/INDEX.md`.

    Raises InputError where there are none.
    """
    classes = licence_classes(data / "INDEX.md")
    wanted = None if terms is None else set(terms)
    corpora = Corpora()
    for path in sorted((data / "corpora").glob("*/train.jsonl*")):
        source = path.parent.name
        kind = classes.get(source, "unstated")
        if wanted is not None and kind not in wanted:
            continue
        corpora.classes[source] = kind
        for row in read_lines(path):
            corpora.texts[row["lang"]][source].append(row["text"])
    if not corpora.texts:
        raise InputError(f"{data} has no corpora/*/train.jsonl.zst to learn from")
    return corpora


def recipe() -> dict[str, Any]:
    """What was written for this project: `vocabulary`, `comments` and `malay`; see the file."""
    content: dict[str, Any] = yaml.safe_load(RECIPE.read_text(encoding="utf-8"))
    return content


def vocabulary_texts(words: Sequence[str], count: int, rng: np.random.Generator) -> list[str]:
    """Pseudo-comments of words drawn from a list."""
    return [" ".join(rng.choice(words, _VOCABULARY_WORDS)) for _ in range(count)]


def django_texts() -> Texts:
    """The translations of Django's own messages (BSD licence), about 900 a language."""
    try:
        import django
    except ImportError as error:
        raise MissingExtraError("django", "train") from error
    found: dict[str, set[str]] = defaultdict(set)
    for path in Path(django.__file__).parent.glob("**/locale/*/LC_MESSAGES/django.po"):
        locale = path.parts[-3]
        code = _LOCALES.get(locale, locale)
        if not code or "_" in code:
            continue
        for quoted in _MESSAGE.findall(path.read_text(encoding="utf-8")):
            message = _MARKUP.sub(" ", "".join(line[1:-1] for line in quoted.splitlines())).strip()
            if message:
                found[code].add(message)
    return {code: sorted(messages) for code, messages in found.items()}


def profile_texts(language: str, count: int, rng: np.random.Generator) -> list[str]:
    """Pseudo-texts of words drawn letter by letter from the trigram counts of langdetect (Apache licence).

    Empty for a language of which it has no profile.
    """
    try:
        import langdetect
    except ImportError as error:
        raise MissingExtraError("langdetect", "langdetect") from error
    path = Path(langdetect.__file__).with_name("profiles") / language
    if not path.is_file():
        return []
    follow = _followers(json.loads(path.read_text(encoding="utf-8"))["freq"])
    return [" ".join(_draw(follow, rng) for _ in range(_PROFILE_WORDS)) for _ in range(count)]


Followers = dict[str, tuple[list[str], "np.ndarray[Any, Any]"]]


def _followers(frequencies: Mapping[str, int]) -> Followers:
    """Two letters (or the edge of a word) -> what follows them, with cumulated probabilities."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for gram, count in frequencies.items():
        if len(gram) == 3 or (len(gram) == 2 and gram[0] == " "):
            counts[gram[:-1].lower()][gram[-1].lower()] += count
    return {
        gram: (list(after), np.cumsum(list(after.values())) / after.total()) for gram, after in counts.items()
    }


def _draw(follow: Followers, rng: np.random.Generator) -> str:
    word = " "
    while len(word) < _LONGEST_WORD:
        letters, cumulated = follow.get(word[-2:], ([" "], np.ones(1)))
        letter = letters[int(np.searchsorted(cumulated, rng.random()))]
        if letter == " ":
            break
        word += letter
    return word.strip()


def malay(indonesian: Sequence[str], lexicon: Mapping[str, str], count: int) -> tuple[list[str], set[str]]:
    """Malay comments made of Indonesian ones by a lexicon, and the words by which they can be told.

    Only comments with at least two words that hardly occur in Indonesian are kept, so that the words both
    languages share speak for neither.
    """
    frequency: Counter[str] = Counter(_bare(word) for text in indonesian for word in text.lower().split())
    limit = _RARE * frequency.total()
    telling = {word for word in lexicon.values() if " " not in word and frequency[word] < limit}
    result: list[str] = []
    for text in indonesian:
        words = text.lower().split()
        if sum(lexicon.get(_bare(word)) in telling for word in words) >= 2:
            result.append(" ".join(lexicon.get(_bare(word), word) for word in words))
        if len(result) == count:
            break
    return result, telling


def _bare(word: str) -> str:
    return word.strip(".,!?;:()\"'")
