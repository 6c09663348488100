"""The report's words and numbers in one language; the sentences are data in `messages/<code>.yaml`."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from vocnlp.errors import InputError

__all__ = ["LOCALES", "Locale", "load"]

LOCALES = ("en", "zh")
MINUS = "\u2212"


@dataclass(frozen=True, slots=True)
class Locale:
    """`messages` maps dotted keys to templates of `str.format`; `digits` are those of a score."""

    code: str
    messages: Mapping[str, str]
    digits: int = 1

    def __call__(self, key: str, /, **values: object) -> str:
        """The sentence of a key; with n=1 the key `<key>.one` is used where there is one."""
        if values.get("n") == 1 and f"{key}.one" in self.messages:
            key = f"{key}.one"
        shown = {k: self.count(v) if isinstance(v, int) else v for k, v in values.items()}
        return self.messages[key].format(**shown)

    def sentences(self, english: Iterable[str]) -> list[str]:
        """Sentences of analyses in this language, as far as `messages/sentences.yaml` knows them.

        Those that the report says elsewhere are left out.
        """
        found = (self._sentence(sentence) for sentence in english)
        return list(dict.fromkeys(sentence for sentence in found if sentence))

    def _sentence(self, english: str) -> str:
        for known in _sentences():
            if match := re.fullmatch(known["says"], english):
                if "elsewhere" in known:
                    return ""
                # only our own text is a template, not the sentence with values from the data
                return str(known[self.code]).format(**match.groupdict()) if self.code in known else english
        return english

    def header(self, key: str) -> str:
        """A key of the results as the head of a sheet or column, as a whole or word by word."""
        known = _headers().get(self.code, {})
        return known.get(key) or " ".join(known.get(word, word.replace("_", " ")) for word in key.split(" "))

    def has(self, key: str) -> bool:
        """Whether there is a sentence of this key."""
        return key in self.messages

    def count(self, value: float) -> str:
        """A whole number with thousands separated."""
        return f"{value:,.0f}"

    def score(self, value: float | None) -> str:
        """A score or a difference of scores, with a true minus sign; a dash for no value."""
        if value is None or not math.isfinite(value):
            return "\u2013"
        text = f"{abs(value):,.{self.digits}f}"
        return MINUS + text if value < 0 and float(text.replace(",", "")) else text

    def signed(self, value: float | None) -> str:
        """Like `score`, with a plus sign before a gain."""
        text = self.score(value)
        return f"+{text}" if value is not None and value > 0 and text.strip("0.,") else text

    def percent(self, share: float | None, digits: int = 0) -> str:
        """A share in [0, 1] as per cent; small ones keep a digit so that they do not read as nothing."""
        if share is None or not math.isfinite(share):
            return "\u2013"
        value = 100.0 * share
        digits = max(digits, 1) if 0 < abs(value) < 1 else digits
        return f"{value:.{digits}f}%".replace("-", MINUS)

    def interval(self, bounds: tuple[float, float], *, size: bool = False) -> str:
        """Two scores as a range; `size` drops the signs of a range that lies on one side of zero."""
        low, high = bounds
        if size and low < 0 and high <= 0:
            low, high = -high, -low
        return self("interval", low=self.score(low), high=self.score(high))

    def shares(self, bounds: tuple[float, float]) -> str:
        """Two shares as a range of per cent."""
        return self("interval", low=self.percent(bounds[0]), high=self.percent(bounds[1]))

    def chance(self, probability: float) -> str:
        """A probability; no estimate of one is certain."""
        return self("over", value="99%") if probability > 0.99 else self.percent(probability)

    def q(self, value: float | None) -> str:
        """A q- or p-value; a dash where nothing was tested."""
        if value is None or math.isnan(value):
            return "\u2013"
        return "<0.001" if value < 0.001 else f"{value:.3f}"

    @property
    def tag(self) -> str:
        """The language tag of the page."""
        return "zh-Hans" if self.code == "zh" else self.code

    def days(self, first: datetime, last: datetime) -> str:
        """A range of days."""
        return self("interval", low=first.date().isoformat(), high=last.date().isoformat())

    def join(self, parts: list[str]) -> str:
        """A list in words: a, b and c."""
        if len(parts) < 2:
            return "".join(parts)
        return self("list.last", head=self.messages["list.comma"].join(parts[:-1]), last=parts[-1])


def load(code: str, *, digits: int = 1) -> Locale:
    """The locale of a code in `LOCALES`; raises InputError for another one."""
    if code not in LOCALES:
        raise InputError(f"locale {code!r} is unknown; the report is written in {' or '.join(LOCALES)}")
    return Locale(code, _messages(code), digits)


@cache
def _sentences() -> list[dict[str, Any]]:
    text = files("vocnlp.report").joinpath("messages", "sentences.yaml").read_text(encoding="utf-8")
    return list(yaml.safe_load(text))


@cache
def _headers() -> dict[str, dict[str, str]]:
    text = files("vocnlp.report").joinpath("messages", "workbook.yaml").read_text(encoding="utf-8")
    return dict(yaml.safe_load(text))


@cache
def _messages(code: str) -> Mapping[str, str]:
    text = files("vocnlp.report").joinpath("messages", f"{code}.yaml").read_text(encoding="utf-8")
    return dict(_flatten(yaml.safe_load(text)))


def _flatten(tree: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in tree.items():
        if isinstance(value, Mapping):
            yield from _flatten(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", str(value)
