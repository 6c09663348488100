"""What a batch job does, in pieces that may be repeated without harm; `api.worker` makes them durable."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, cast

import orjson
from pydantic import BaseModel, ConfigDict, Field

from api.bodies import Name
from api.jobfiles import JobFiles
from vocnlp.batch.local import chunks
from vocnlp.batch.outputs import Output
from vocnlp.batch.readers import Input, as_tagged, open_input, read_tagged
from vocnlp.batch.writers import open_writer
from vocnlp.schema import Comment, FailedComment, TaggedComment
from vocnlp.store.jobs import Job, Jobs, Kind, customer_hash

__all__ = ["Format", "JobOptions", "Progress", "Raw", "Record", "Work", "check", "told"]

Raw = Comment | FailedComment
Record = TaggedComment | FailedComment
Format = Literal["csv", "tsv", "jsonl", "parquet"]
CUSTOMER = "customer_id"
EXTENSIONS: dict[Kind, str] = {"causes": "json", "report": "html"}


class JobOptions(BaseModel):
    """What is wanted of a file. text, id, nps, csat, ces, by, time, customer: names of columns."""

    model_config = ConfigDict(extra="forbid")

    kind: Kind
    format: Format | None = Field(None, description="Of the file; by default told by Content-Type.")
    text: Name | None = None
    id: Name | None = None
    output: Literal["jsonl", "csv", "tsv", "parquet", "xlsx"] = Field("jsonl", description="Of `kind=tags`.")
    nps: Name | None = None
    csat: Name | None = None
    ces: Name | None = None
    by: list[Name] = Field([], max_length=10)
    time: Name | None = None
    customer: Name | None = Field(None, description="By default `customer_id`, where there is one.")
    locale: Literal["en", "zh"] = "en"
    title: Name | None = None

    @property
    def extension(self) -> str:
        """Of the result."""
        return EXTENSIONS.get(self.kind, self.output)


@dataclass(frozen=True, slots=True)
class Progress:
    """Comments done, and how many of them failed."""

    comments: int = 0
    failed: int = 0


class Work:
    """The pieces of work on any job.

    root: folder of the jobs' folders.   tag: gives one record for each comment of a tenant, in order.
    """

    def __init__(self, jobs: Jobs, root: Path, tag: Callable[[str, Sequence[Raw]], list[Record]]) -> None:
        self._jobs = jobs
        self._root = root
        self._tag = tag

    def files(self, id: str) -> JobFiles:
        """The folder of a job."""
        return JobFiles(self._root, id)

    def upload(self, job: Job) -> Path:
        """Where the file that was sent lies."""
        return self.files(job.id).upload(_options(job).format or "jsonl")

    def parts(self, job: Job) -> Iterator[list[Raw] | list[Record]]:
        """The comments of the file, the same parts in the same order whenever it is read."""
        options = _options(job)
        return _parts(open_input(self.upload(job)), options)

    def count(self, job: Job) -> None:
        """Count the comments of the file."""
        self._jobs.count(job.id, sum(map(len, self.parts(job))))

    def tag(self, job: Job, number: int, part: list[Raw] | list[Record], before: Progress) -> Progress | None:
        """Tag one part and keep it; None if the job is no longer to be done."""
        raw = any(isinstance(item, Comment) for item in part)
        records = self._tag(job.tenant, cast(list[Raw], part)) if raw else cast(list[Record], part)
        failed = sum(isinstance(record, FailedComment) for record in records)
        done = Progress(before.comments + len(records), before.failed + failed)
        column = _options(job).customer or CUSTOMER
        customers = {
            customer_hash(job.tenant, str(record.attributes[column]))
            for record in records
            if isinstance(record, TaggedComment) and record.attributes.get(column) is not None
        }
        if not self._jobs.advance(job.id, **asdict(done), customers=customers):
            return None
        self.files(job.id).write_part(number, records)
        return done

    def conclude(self, job: Job) -> None:
        """Make the result of all parts, without those who were erased meanwhile, and give it free."""
        options, files = _options(job), self.files(job.id)
        files.join()
        while True:
            erased = self._jobs.erasures(job.id)
            files.withdraw_results()
            if erased:
                files.keep(lambda line: not _is_of(line, options, job.tenant, erased))  # noqa: B023
            counts = _make_result(files, options)
            if self._jobs.finish(job, erased, **asdict(counts)):
                return


def check(path: Path, options: JobOptions) -> None:
    """Whether a file can be read, and holds comments; raises InputError."""
    opened = open_input(path)
    if not opened.tagged:
        opened.comments(text=options.text, id=options.id)


def told(error: Exception, folder: Path) -> str:
    """What is wrong with a file, without the place where this service keeps it."""
    return str(error).replace(f"{folder}/", "")


def _options(job: Job) -> JobOptions:
    return JobOptions.model_validate(job.options)


def _parts(opened: Input, options: JobOptions) -> Iterator[list[Raw] | list[Record]]:
    if opened.tagged:
        return chunks(cast(Iterator[Raw], map(as_tagged, opened.records())))  # cut by number alone
    return chunks(opened.comments(text=options.text, id=options.id))


def _is_of(line: bytes, options: JobOptions, tenant: str, customers: frozenset[str]) -> bool:
    value = orjson.loads(line).get("attributes", {}).get(options.customer or CUSTOMER)
    return value is not None and customer_hash(tenant, str(value)) in customers


def _make_result(files: JobFiles, options: JobOptions) -> Progress:
    """Write the result of `tagged`; how many comments it is of."""
    if options.kind == "tags":
        return _write_tags(files, options)
    from vocnlp.analysis.survey import load_survey

    score = next((name for name in ("nps", "csat", "ces") if getattr(options, name)), None)
    survey = load_survey(
        files.tagged,
        nps=options.nps,
        csat=options.csat,
        ces=options.ces,
        by=options.by,
        time=options.time,
        keep_marks=options.kind == "report",
    )
    path = files.result(options.extension)
    if options.kind == "causes":
        from vocnlp.analysis.causes import causes

        found = causes(survey, metric=score, by=options.by, time=options.time, customer=options.customer)
        with Output(path) as output, output.errors():
            output.file.write(orjson.dumps(found.to_dict(), option=orjson.OPT_SERIALIZE_NUMPY))
            output.commit()
    else:
        from vocnlp.report.build import build

        by = options.by or None
        report = build(
            survey, score=score, by=by, time=options.time, locale=options.locale, title=options.title
        )
        report.write(path)
    return Progress(len(survey) + survey.failed, survey.failed)


def _write_tags(files: JobFiles, options: JobOptions) -> Progress:
    comments = failed = 0
    # a file from which everybody was erased holds no records, and is none for the reader
    records = read_tagged(files.tagged) if files.tagged.stat().st_size else iter(())
    with open_writer(files.result(options.extension)) as writer:
        for record in records:
            writer.write(record)
            comments += 1
            failed += isinstance(record, FailedComment)
    return Progress(comments, failed)
