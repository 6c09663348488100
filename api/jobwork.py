"""What a batch job does, in pieces that may be repeated without harm; `api.worker` makes them durable."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import cast

import orjson

from api.inputs import Inputs
from api.jobfiles import JobFiles
from api.joboptions import JobOptions, Plan, plan_of
from api.jobresults import Progress, make_result
from vocnlp.batch.local import chunks
from vocnlp.batch.readers import Input, as_tagged, open_input
from vocnlp.schema import Comment, FailedComment, TaggedComment
from vocnlp.store.history import Responses
from vocnlp.store.jobs import Job, Jobs, customer_hash

__all__ = ["Progress", "Raw", "Record", "Work", "check", "told"]

Raw = Comment | FailedComment
Record = TaggedComment | FailedComment
CUSTOMER = "customer_id"
NAMES_AT_ONCE = 10_000


class Work:
    """The pieces of work on any job.

    root: folder of the jobs' folders.   inputs: folders from which files may be taken.   responses: what is
    stored.   model: whose vectors find topics.   tag: gives a record for each comment of a tenant, in order.
    """

    def __init__(
        self,
        jobs: Jobs,
        root: Path,
        *,
        inputs: Inputs,
        responses: Responses,
        model: str,
        tag: Callable[[str, Sequence[Raw]], list[Record]],
    ) -> None:
        self._jobs = jobs
        self._root = root
        self._inputs = inputs
        self._responses = responses
        self._model = model
        self._tag = tag

    def files(self, id: str) -> JobFiles:
        """The folder of a job."""
        return JobFiles(self._root, id)

    def fetch(self, job: Job) -> bool:
        """Bring what the job is about into its folder; whether it is tagged already, being what is stored."""
        plan, files = plan_of(job), self.files(job.id)
        if plan.stored:
            if not files.tagged.exists():
                files.write_tagged(self._export(job, plan))
            return True
        upload = self._upload(job)
        if plan.file and not upload.exists():
            files.copy(self._inputs.find(job.tenant, plan.file), upload)
        return False

    def _export(self, job: Job, plan: Plan) -> Iterator[bytes]:
        """What is stored, as lines; the job is told of all customers in it before its file is there."""
        span = plan.stored
        assert span is not None  # noqa: S101  the caller has looked
        customers: set[str] = set()
        count = 0
        for response in self._responses.each(job.tenant, since=span.since, until=span.until):
            yield orjson.dumps(response.timed()) + b"\n"
            count += 1
            if response.customer is not None:
                customers.add(customer_hash(job.tenant, response.customer))
            if len(customers) >= NAMES_AT_ONCE:
                self._jobs.advance(job.id, comments=count, failed=0, customers=customers)
                customers.clear()
        self._jobs.advance(job.id, comments=count, failed=0, customers=customers)
        self._jobs.count(job.id, count)

    def _upload(self, job: Job) -> Path:
        return self.files(job.id).upload(plan_of(job).format or "jsonl")

    def parts(self, job: Job) -> Iterator[list[Raw] | list[Record]]:
        """The comments of the file, the same parts in the same order whenever it is read."""
        return _parts(open_input(self._upload(job)), plan_of(job))

    def count(self, job: Job) -> None:
        """Count the comments of the file."""
        self._jobs.count(job.id, sum(map(len, self.parts(job))))

    def tag(self, job: Job, number: int, part: list[Raw] | list[Record], before: Progress) -> Progress | None:
        """Tag one part and keep it; None if the job is no longer to be done."""
        raw = any(isinstance(item, Comment) for item in part)
        records = self._tag(job.tenant, cast(list[Raw], part)) if raw else cast(list[Record], part)
        failed = sum(isinstance(record, FailedComment) for record in records)
        done = Progress(before.comments + len(records), before.failed + failed)
        column = plan_of(job).customer or CUSTOMER
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
        plan, files = plan_of(job), self.files(job.id)
        files.join()
        while True:
            erased = self._jobs.erasures(job.id)
            files.withdraw_results()
            if erased:
                files.keep(lambda line: not _is_of(line, plan, job.tenant, erased))  # noqa: B023
            counts = make_result(files, plan, model=self._model)
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


def _parts(opened: Input, options: JobOptions) -> Iterator[list[Raw] | list[Record]]:
    if opened.tagged:
        return chunks(cast(Iterator[Raw], map(as_tagged, opened.records())))  # cut by number alone
    return chunks(opened.comments(text=options.text, id=options.id))


def _is_of(line: bytes, options: JobOptions, tenant: str, customers: frozenset[str]) -> bool:
    value = orjson.loads(line).get("attributes", {}).get(options.customer or CUSTOMER)
    return value is not None and customer_hash(tenant, str(value)) in customers
