"""Topics as columns of a survey, so that `causes` weighs them as it weighs aspects."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from vocnlp.analysis.survey import Survey
from vocnlp.errors import InputError

__all__ = ["add_topics", "read_topics"]

_MOST = 20


def read_topics(path: Path) -> dict[str, Any]:
    """What `vocnlp topics` wrote; raises InputError when the file is none of its."""
    try:
        content = orjson.loads(path.read_bytes())
    except (OSError, orjson.JSONDecodeError) as error:
        raise InputError(
            f"--topics {path}: {error}; make the file with: vocnlp topics INPUT -o FILE"
        ) from error
    if not isinstance(content, dict) or not isinstance(content.get("topics"), list):
        raise InputError(f"--topics {path} holds no topics; make it with: vocnlp topics INPUT -o FILE")
    return content


def add_topics(survey: Survey, content: Mapping[str, Any]) -> tuple[str, ...]:
    """Add a yes/no column for each of the 20 largest topics, and return their names.

    yes: the comment has the topic and is neg or mix, as an aspect is a cause where it is blamed. Raises
    InputError when the topics are of other comments.
    """
    ids = survey.frame["id"].astype(str)
    of_comment = content.get("comments") or {}
    if not ids.isin(list(of_comment)).any():
        raise InputError("--topics is of other comments: none of its ids is in the input")
    unhappy = survey.frame["sentiment"].isin(("neg", "mix"))
    listed = sorted(content["topics"], key=lambda topic: -topic["comments"])[:_MOST]
    columns = {}
    for topic in listed:
        holders = [key for key, found in of_comment.items() if topic["id"] in found]
        columns[f"topic {topic['id']}: {topic['name']}"] = ids.isin(holders) & unhappy
    survey.frame = survey.frame.assign(**columns)
    return tuple(columns)
