"""The results of jobs, made of the tagged records in their folders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from api.jobfiles import JobFiles
from api.joboptions import Plan
from vocnlp.batch.outputs import Output
from vocnlp.batch.readers import read_tagged
from vocnlp.batch.writers import open_writer
from vocnlp.schema import FailedComment

if TYPE_CHECKING:
    from vocnlp.analysis.survey import Survey

__all__ = ["Progress", "make_result"]


@dataclass(frozen=True, slots=True)
class Progress:
    """Comments done, and how many of them failed."""

    comments: int = 0
    failed: int = 0


def make_result(files: JobFiles, plan: Plan, *, model: str) -> Progress:
    """Write the result of `files.tagged`; how many comments it is of.

    model: whose vectors find topics. Raises VocnlpError for what cannot be analysed.
    """
    if plan.kind == "tags":
        return _tags(files, plan)
    from vocnlp.analysis.survey import load_survey

    survey = load_survey(
        files.tagged,
        nps=plan.nps,
        csat=plan.csat,
        ces=plan.ces,
        by=plan.by,
        time=plan.time,
        keep_marks=plan.kind == "report",
    )
    if plan.kind == "report":
        _report(survey, files, plan)
    else:
        found = {"causes": _causes, "topics": _topics, "trends": _trends}[plan.kind](survey, plan, model)
        with Output(files.result(plan.extension)) as output, output.errors():
            output.file.write(orjson.dumps(found, option=orjson.OPT_SERIALIZE_NUMPY, default=str))
            output.commit()
    return Progress(len(survey) + survey.failed, survey.failed)


def _tags(files: JobFiles, plan: Plan) -> Progress:
    comments = failed = 0
    # a file from which everybody was erased holds no records, and is none for the reader
    records = read_tagged(files.tagged) if files.tagged.stat().st_size else iter(())
    with open_writer(files.result(plan.extension)) as writer:
        for record in records:
            writer.write(record)
            comments += 1
            failed += isinstance(record, FailedComment)
    return Progress(comments, failed)


def _report(survey: Survey, files: JobFiles, plan: Plan) -> None:
    from vocnlp.report.build import build

    report = build(
        survey, score=plan.score, by=plan.by or None, time=plan.time, locale=plan.locale, title=plan.title
    )
    report.write(files.result(plan.extension))


def _causes(survey: Survey, plan: Plan, _: str) -> dict[str, Any]:
    from vocnlp.analysis.causes import causes

    return causes(survey, metric=plan.score, by=plan.by, time=plan.time, customer=plan.customer).to_dict()


def _topics(survey: Survey, plan: Plan, model: str) -> dict[str, Any]:
    from vocnlp.analysis.topics import topics

    return topics(survey, score=plan.score, model=model).to_dict()


def _trends(survey: Survey, plan: Plan, _: str) -> dict[str, Any]:
    from vocnlp.analysis.trends import trends
    from vocnlp.errors import InputError

    if plan.time is None:
        raise InputError("trends need a column of times: give `time`")
    by = plan.by[0] if plan.by else None
    metric = survey.metric(plan.score)
    return trends(survey, metric, time=plan.time, every=plan.every, by=by, timezone=plan.timezone).to_dict()
