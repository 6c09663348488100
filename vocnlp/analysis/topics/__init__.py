"""Topics of clauses: what customers talk about, in their own words, with the score of those who do.

Method and sources: docs/topics.md. The parts: `clauses` (units), `embed` and `words` (vectors), `engines` and
`cluster` (groups), `terms`, `names` and `namer`, `themes` (topics of topics, map), `emerging` (over time),
`found` (topics to be read), `registry` and `changes` (topics over runs), `drift`, `find` (a run),
`uncovered` (what the taxonomy lacks), `columns` (topics as causes).
"""

from vocnlp.analysis.topics.find import LEAST_CLAUSES, place, topics
from vocnlp.analysis.topics.result import Quote, Theme, Topic, Topics

__all__ = ["LEAST_CLAUSES", "Quote", "Theme", "Topic", "Topics", "place", "topics"]
