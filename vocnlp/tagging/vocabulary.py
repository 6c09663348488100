"""A taxonomy and risk rules other than those that a pipeline was made with, applied to what it has tagged."""

from __future__ import annotations

from dataclasses import dataclass, replace

from vocnlp.schema import TaggedComment
from vocnlp.tagging.risks import RiskTagger
from vocnlp.taxonomy.taxonomy import Taxonomy
from vocnlp.text import clauses

__all__ = ["Vocabulary"]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """None leaves things as the pipeline has them.

    taxonomy: aspects that it lacks are left out.   risks: decides on risks alone, in place of the pipeline.
    """

    taxonomy: Taxonomy | None = None
    risks: RiskTagger | None = None

    @property
    def empty(self) -> bool:
        """Whether it changes nothing."""
        return self.taxonomy is None and self.risks is None

    def apply(self, record: TaggedComment) -> TaggedComment:
        """The record in these words; `versions` says which."""
        if self.taxonomy:
            known = [tag for tag in record.aspects if tag.aspect in self.taxonomy]
            named = {**record.versions, "taxonomy": self.taxonomy.version}
            record = replace(record, aspects=known, versions=named)
        if self.risks:
            found = self.risks.tag(record.text, clauses.split(record.text), record.language.code)
            record = replace(record, risks=found, versions={**record.versions, "risks": self.risks.version})
        return record
