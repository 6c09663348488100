"""What readers call aspects, risks, metrics, columns, languages and periods, and who owns an aspect."""

from __future__ import annotations

import re

from vocnlp.report.locale import Locale
from vocnlp.taxonomy.taxonomy import Taxonomy

__all__ = ["Names"]

LONG = 48  # code points of a value that are shown


class Names:
    """Names in the language of a report; what has no name there is shown as it is written in the data."""

    def __init__(self, locale: Locale, taxonomy: Taxonomy) -> None:
        self._locale = locale
        self._taxonomy = taxonomy

    def _find(self, key: str, otherwise: str) -> str:
        return self._locale(key) if self._locale.has(key) else otherwise

    def aspect(self, name: str) -> str:
        """The name of an aspect."""
        return self._taxonomy.name(name, self._locale.tag)

    def owner(self, aspect: str) -> str:
        """The department that owns an aspect; empty if the taxonomy names none."""
        return self._taxonomy.owner(aspect, self._locale.tag)

    def next_step(self, aspect: str) -> str:
        """What to do first about an aspect; empty if the taxonomy says nothing."""
        return self._taxonomy.hint(aspect, self._locale.tag)

    def risk(self, category: str) -> str:
        """The name of a risk category."""
        return self._find(f"risk.{category}", category)

    def severity(self, severity: str) -> str:
        """The name of a severity."""
        return self._find(f"severity.{severity}", severity)

    def metric(self, score: str) -> str:
        """The name of a score."""
        return self._find(f"metric.{score}", score)

    def unhappy(self, score: str) -> str:
        """The customers in the worst band of a score."""
        return self._find(f"unhappy.{score}", self._locale("unhappy.other"))

    def band(self, name: str) -> str:
        """The customers in a band of a score."""
        return self._find(f"band.{name}", name)

    def column(self, name: str) -> str:
        """The name of an attribute."""
        return self._find(f"column.{name}", name)

    def value(self, text: str) -> str:
        """A value of an attribute, cut if long; the analyses' own stand-ins, such as (missing), in words."""
        return self._find(f"value.{text}", text if len(text) <= LONG else f"{text[:LONG]}\u2026")

    def language(self, code: str) -> str:
        """The name of a language by its ISO 639-1 code."""
        return self._find(f"language.{code}", code)

    def period(self, label: str) -> str:
        """A quarter (2026Q2), month (2026-05), week (2026-05-04/2026-05-10) or day, as people write it."""
        if found := re.fullmatch(r"(\d{4})Q(\d)", label):
            return self._locale("period.quarter", year=found[1], quarter=found[2])
        if found := re.fullmatch(r"(\d{4})-(\d\d)", label):
            return self._locale("period.month", year=found[1], month=self._locale(f"month.{int(found[2])}"))
        if found := re.fullmatch(r"(\S+)/(\S+)", label):
            return self._locale("period.week", first=found[1], last=found[2])
        return label

    def day(self, iso: str) -> str:
        """A day of a chart's axis, without its year."""
        _, month, day = (int(part) for part in iso.split("-"))
        return self._locale("period.day", month=self._locale(f"month_short.{month}"), day=str(day))
