"""Everything that the routes use, made once for an application."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from pydantic import SecretStr
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request

from api.batching import Batcher, Tagger
from api.inputs import Inputs
from api.metrics import Metrics
from api.ratelimit import RateLimit
from api.shadow import Shadow
from api.vocabularies import Vocabularies
from api.watch import Watch
from api.worker import Worker
from vocnlp.alerts.dispatch import Dispatcher
from vocnlp.alerts.rules import Rulebook
from vocnlp.alerts.targets import networks
from vocnlp.schema import Comment, FailedComment, TaggedComment
from vocnlp.settings import Settings
from vocnlp.store.cases import Cases
from vocnlp.store.corrections import Corrections
from vocnlp.store.database import Database
from vocnlp.store.history import Responses
from vocnlp.store.jobs import Jobs
from vocnlp.store.keys import Keys
from vocnlp.store.outbox import Outbox
from vocnlp.store.rawtexts import RawTexts, Sealed
from vocnlp.store.repository import Answer, Repository, Submission, forget_old
from vocnlp.store.resources import Resources
from vocnlp.store.responses import Fire

__all__ = ["Service"]

Raw = Comment | FailedComment
Record = TaggedComment | FailedComment
Result = TypeVar("Result")
ANALYSES = 2
LEASE = 3  # times what a delivery may take: beside the sending there is the looking up and the writing down


@dataclass(slots=True)
class Service:
    """The parts of a running service."""

    settings: Settings
    rules: Rulebook
    database: Database
    keys: Keys
    repository: Repository
    responses: Responses
    raw_texts: RawTexts
    inputs: Inputs
    corrections: Corrections
    outbox: Outbox
    cases: Cases
    resources: Resources
    vocabularies: Vocabularies
    jobs: Jobs
    batcher: Batcher
    shadow: Shadow | None
    dispatcher: Dispatcher
    watch: Watch
    worker: Worker
    limit: RateLimit
    metrics: Metrics
    analyses: threading.BoundedSemaphore

    @classmethod
    def make(
        cls, tagger: Tagger, settings: Settings, rules: Rulebook, shadow: Shadow | None = None
    ) -> Service:
        """Put the parts together on a migrated database; raises InputError when a setting is wrong."""
        metrics = Metrics()
        database = Database(settings.database)
        raw_texts = _checked(RawTexts(database, _secret(settings.raw_text_keys)), database)
        outbox = Outbox(database, lease=timedelta(seconds=LEASE * settings.webhook_seconds))
        jobs = Jobs(database)
        resources = Resources(database)
        vocabularies = Vocabularies(resources)
        batcher = Batcher(
            tagger,
            batch=settings.batch_tokens,
            queue=settings.queue_seconds,
            observe=partial(_observe, metrics, shadow),
        )
        return cls(
            settings=settings,
            rules=rules,
            database=database,
            keys=Keys(database),
            repository=Repository(database, window=timedelta(days=settings.score_days)),
            responses=Responses(database),
            raw_texts=raw_texts,
            inputs=Inputs(settings.inputs),
            corrections=Corrections(database),
            outbox=outbox,
            cases=Cases(database),
            resources=resources,
            vocabularies=vocabularies,
            jobs=jobs,
            batcher=batcher,
            shadow=shadow,
            dispatcher=Dispatcher(
                outbox,
                rules.targets,
                allowed=networks(settings.webhook_allow),
                seconds=settings.webhook_seconds,
                hours=settings.webhook_hours,
                observe=metrics.observe_delivery,
            ),
            watch=Watch(database, outbox, rules, most=settings.causes_comments),
            worker=Worker(
                jobs,
                settings.jobs,
                database,
                batcher,
                vocabularies,
                days=settings.job_days,
                inputs=settings.inputs,
                model=settings.model,
                tidy=partial(_tidy, database, raw_texts, settings.retention_days),
            ),
            limit=RateLimit(settings.rate_limit),
            metrics=metrics,
            analyses=threading.BoundedSemaphore(ANALYSES),
        )

    def start(self) -> None:
        """Begin to tag, to deliver and, if the settings say so, to do jobs."""
        self.batcher.start()
        if self.shadow:
            self.shadow.start(lambda: self.batcher.waiting > 0)
        self.dispatcher.start()
        self.watch.start()
        if self.settings.worker:
            self.worker.start()

    def stop(self) -> None:
        """End all, and close the database."""
        if self.settings.worker:
            self.worker.stop()
        self.batcher.stop()
        if self.shadow:
            self.shadow.stop()
        self.watch.stop()
        self.dispatcher.stop()
        self.database.close()

    async def tag(self, request: Request, tenant: str, comments: Sequence[Raw]) -> list[Record]:
        """Tag comments in the words of a tenant for as long as the caller listens."""
        return await _while_connected(request, self.tag_for(tenant, comments))

    async def tag_for(self, tenant: str, comments: Sequence[Raw], *, patient: bool = False) -> list[Record]:
        """Tag comments in the words of a tenant; a patient caller waits instead of being refused."""
        records = await self.batcher.tag(comments, patient=patient)
        words = self.vocabularies.fresh(tenant)
        if words is not None and words.empty:  # mostly; a thread would cost more than it does
            return records
        return await run_in_threadpool(self.vocabularies.apply, tenant, records)

    async def store(
        self, tenant: str, comments: Sequence[Raw], records: Sequence[Record], key: str | None
    ) -> list[Record]:
        """Store what could be tagged of the comments, and say what became of each record, in order."""
        tagged = [
            (record, comment.text)
            for comment, record in zip(comments, records, strict=True)
            if isinstance(record, TaggedComment) and isinstance(comment, Comment)
        ]
        stored = iter(await run_in_threadpool(self._add, tenant, tagged, key))
        self.dispatcher.wake()
        return [next(stored) if isinstance(record, TaggedComment) else record for record in records]

    def _add(self, tenant: str, tagged: Sequence[tuple[TaggedComment, str]], key: str | None) -> list[Record]:
        submissions = [_submission(record, self.raw_texts.seal(text)) for record, text in tagged]
        return self.repository.add(tenant, submissions, fire=self._fire(tenant), key=key)

    def add_scores(
        self, tenant: str, answers: Sequence[Answer | FailedComment]
    ) -> list[tuple[Answer, int] | FailedComment]:
        """Keep scores; each answer with how many comments it has reached, or what is wrong with it."""
        good = [answer for answer in answers if isinstance(answer, Answer)]
        reached = iter(self.repository.add_scores(tenant, good, fire=self._fire(tenant)))
        self.dispatcher.wake()
        return [(answer, next(reached)) if isinstance(answer, Answer) else answer for answer in answers]

    def _fire(self, tenant: str) -> Fire:
        taxonomy = self.vocabularies.of(tenant).taxonomy
        return lambda record: self.rules.fire(tenant, record, taxonomy)


def _observe(
    metrics: Metrics, shadow: Shadow | None, records: Sequence[Record], characters: int, seconds: float
) -> None:
    metrics.observe_batch(records, characters, seconds)
    if shadow:
        shadow.offer(records)


def _checked(raw_texts: RawTexts, database: Database) -> RawTexts:
    try:
        raw_texts.check()
    finally:
        database.close()  # until it is used again: a service that is made need not be started
    return raw_texts


def _secret(value: SecretStr | None) -> str:
    return value.get_secret_value() if value else ""


def _tidy(database: Database, raw_texts: RawTexts, days: float | None) -> None:
    if days is not None:
        forget_old(database, datetime.now(UTC) - timedelta(days=days))
    raw_texts.renew()


def _submission(record: TaggedComment, raw: Sealed | None) -> Submission:
    places = record.attributes
    time = places.get("time")
    return Submission(
        record,
        datetime.fromisoformat(time) if time else datetime.now(UTC),
        places.get("response_id") or record.id,
        places.get("customer_id"),
        raw,
    )


async def _while_connected(request: Request, work: Coroutine[Any, Any, Result]) -> Result:
    """The result of the work, unless the caller leaves first; raises ClientDisconnect then."""
    task = asyncio.create_task(work)
    departure = asyncio.create_task(_departure(request))
    try:
        await asyncio.wait((task, departure), return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise ClientDisconnect
        return task.result()
    finally:
        task.cancel()
        departure.cancel()


async def _departure(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
