"""Batch jobs as durable workflows (DBOS), in this process, whichever process took them up before.

Jobs that wait in the database are handed to DBOS under their own ids, so that handing over twice starts
nothing twice. A worker holds a lock on a file of its own for as long as it lives: what a dead one had begun
is put back into the queue by any other. DBOS is started when there is something to do.
"""

from __future__ import annotations

import fcntl
import logging
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any, TypeVar

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionError

from api.batching import Batcher, OverloadedError
from api.inputs import Inputs
from api.jobfiles import stray
from api.jobwork import Progress, Raw, Record, Work, told
from api.vocabularies import Vocabularies
from vocnlp.errors import VocnlpError
from vocnlp.store.database import Database
from vocnlp.store.history import Responses
from vocnlp.store.jobs import Job, Jobs

__all__ = ["Worker"]

AT_ONCE = 2  # jobs; a small one need not wait for a large one
POLL = 0.5
SWEEP = 10.0
HOUSEKEEPING = 3600.0
PATIENCE = 1.0
LONGEST_STOP = 3.0
STRAY = timedelta(days=1)
QUEUE = "jobs"
WORKFLOWS_AT_ONCE = 500
VERSION = "1"  # of the steps of `_run`: workflows of another version are left alone

log = logging.getLogger(__name__)
Result = TypeVar("Result")


class _StoppedError(BaseException):
    """The worker ends; no `Exception`, since the workflow has not failed: it goes on elsewhere or later."""


class Worker:
    """Does jobs in threads of its own, between `start` and `stop`; one may be at work in a process.

    root: folder of the jobs; workers on other machines must see the same.   database: on SQLite the state of
    the workflows lies under `root`.   days: after which a finished job is forgotten.   inputs, model: see
    `Work`.   tidy: is called once an hour too.
    """

    def __init__(
        self,
        jobs: Jobs,
        root: Path,
        database: Database,
        batcher: Batcher,
        vocabularies: Vocabularies,
        *,
        days: float,
        inputs: Path | None = None,
        model: str = "default",
        tidy: Callable[[], None] = lambda: None,
    ) -> None:
        self._jobs = jobs
        self._root = root
        self._database = database
        self._batcher = batcher
        self._vocabularies = vocabularies
        self._days = timedelta(days=days)
        self._tidy_too = tidy
        self._work = Work(
            jobs, root, inputs=Inputs(inputs), responses=Responses(database), model=model, tag=self._tag
        )
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._name = uuid.uuid4().hex
        self._lock: IO[bytes] | None = None
        self._workflow: Callable[[str, int], None] | None = None
        self._active: set[str] = set()
        self._swept = self._kept = float("-inf")
        self._thread = threading.Thread(target=self._watch, name="jobs", daemon=True)

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def stop(self) -> None:
        """End after the part under way, if that ends soon; another worker, or a restart, does the rest."""
        self._stopping.set()
        self._wake.set()
        self._thread.join()
        end = time.monotonic() + LONGEST_STOP
        while self._active and time.monotonic() < end:
            time.sleep(0.02)
        if self._workflow and not self._active:
            from dbos import DBOS

            DBOS.destroy(destroy_registry=True)
        if self._lock and not self._active:
            self._lock.close()

    @property
    def busy(self) -> bool:
        """Whether a job is at work, perhaps longer than `stop` would wait."""
        return bool(self._active)

    def wake(self) -> None:
        """Look for new jobs now instead of at the next poll."""
        self._wake.set()

    def _watch(self) -> None:
        while not self._stopping.is_set():
            self._wake.clear()
            try:
                self._look()
            except Exception:  # the database or the disk may be away for a while; jobs wait
                log.exception("cannot look for jobs")
            self._wake.wait(POLL)

    def _look(self) -> None:
        now = time.monotonic()
        if now - self._kept > HOUSEKEEPING:
            self._kept = now
            self._tidy()
        if not self._jobs.unfinished():
            return
        from dbos import DBOS, SetWorkflowID

        if self._workflow is None:
            self._workflow = self._launch()
        if now - self._swept > SWEEP:
            self._swept = now
            self._sweep()
        for id, round in self._jobs.queued():
            with SetWorkflowID(f"{id}.{round}"):
                DBOS.enqueue_workflow(QUEUE, self._workflow, id, round)

    def _launch(self) -> Callable[[str, int], None]:
        """Start DBOS as the executor whose lock this process holds; the workflow of a job."""
        from dbos import DBOS

        self._lock = self._lock or _held(self._lock_path(self._name))
        DBOS.destroy(destroy_registry=True)  # what a start that failed has left
        sqlite = self._database.dialect == "sqlite"
        DBOS(
            config={
                "name": "vocnlp",
                "system_database_url": f"sqlite:///{self._root.resolve()}/workflows.db"
                if sqlite
                else self._database.url,
                "executor_id": self._name,
                "application_version": VERSION,
                "enable_otlp": False,
                "log_level": "WARNING",
            }
        )

        @DBOS.workflow(name="job", max_recovery_attempts=None)
        def workflow(id: str, round: int) -> None:
            self._run(id, round)

        DBOS.launch()
        DBOS.register_queue(QUEUE, worker_concurrency=AT_ONCE, polling_interval_sec=POLL)
        return workflow

    def _sweep(self) -> None:
        """Put back what workers had begun that are dead: nobody holds their locks."""
        from dbos import DBOS

        for path in self._lock_path("x").parent.glob("*.lock"):
            if path.stem != self._name and (lock := _held(path)):
                with lock:
                    DBOS._recover_pending_workflows([path.stem])
                    path.unlink(missing_ok=True)

    def _lock_path(self, name: str) -> Path:
        return self._root / "workers" / f"{name}.lock"

    def _tidy(self) -> None:
        """Forget jobs of long ago, and files without a job, such as of uploads that were broken off."""
        self._tidy_too()
        if self._workflow:
            self._forget_workflows()
        for id in self._jobs.expire(datetime.now(UTC) - self._days):
            self._work.files(id).remove()
        left = stray(self._root, (datetime.now(UTC) - STRAY).timestamp())
        for id in {*left} - self._jobs.known(left):
            self._work.files(id).remove()

    def _forget_workflows(self) -> None:
        """Remove what DBOS remembers of workflows that ended long ago."""
        from dbos import DBOS

        before = (datetime.now(UTC) - self._days).isoformat()
        while old := DBOS.list_workflows(
            completed_before=before, load_input=False, load_output=False, limit=WORKFLOWS_AT_ONCE
        ):
            DBOS.delete_workflows([workflow.workflow_id for workflow in old])

    def _run(self, id: str, round: int) -> None:
        """The workflow of one round of a job; DBOS remembers the steps that are done."""
        self._active.add(id)
        try:
            self._do(id, round)
        finally:
            self._active.discard(id)

    def _do(self, id: str, round: int) -> None:
        from dbos import error as dbos_error

        job = self._patiently(self._jobs.begin, id, round)
        files = self._work.files(id)
        if job is None:  # cancelled, or killed after its end
            files.remove_upload()
            return
        try:
            if round == 0 and not self._tag_all(job):
                return
            self._step("conclude", self._work.conclude, job)
            files.remove_upload()
        except dbos_error.DBOSException:  # DBOS speaks to itself: another process has this workflow
            raise
        except VocnlpError as error:
            self._fail(id, told(error, files.folder))
        except Exception as error:
            log.exception("job %s failed", id)
            self._fail(id, f"the service made a mistake ({type(error).__name__}); its log tells more")

    def _tag_all(self, job: Job) -> bool:
        """Tag what is not tagged yet; False if the job is no longer to be done."""
        if self._patiently(self._work.fetch, job):
            return True
        self._step("count", self._work.count, job)
        progress: Progress | None = Progress()
        for number, part in enumerate(self._work.parts(job)):
            if self._stopping.is_set():
                raise _StoppedError
            progress = self._step("tag", self._work.tag, job, number, part, progress)
            if progress is None:
                return False
        return True

    def _fail(self, id: str, why: str) -> None:
        self._patiently(self._jobs.fail, id, why)
        self._work.files(id).remove()

    def _step(self, name: str, work: Callable[..., Result], *arguments: Any) -> Result:
        """One step: done once, and what it gave is remembered."""
        from dbos import DBOS

        return DBOS.run_step({"name": name}, lambda: self._patiently(work, *arguments))

    def _patiently(self, work: Callable[..., Result], *arguments: Any) -> Result:
        """Do it again for as long as the database is away."""
        while not self._stopping.is_set():
            try:
                return work(*arguments)
            except (DBAPIError, NoConnectionError):
                log.exception("the database is away; a job waits for it")
                self._stopping.wait(PATIENCE)
        raise _StoppedError

    def _tag(self, tenant: str, comments: Sequence[Raw]) -> list[Record]:
        """Tag beside the requests of callers, which take turns with it, in the words of the tenant."""
        try:
            records = self._batcher.submit(comments, patient=True).result()
        except (OverloadedError, CancelledError) as error:  # the service ends
            raise _StoppedError from error
        return self._vocabularies.apply(tenant, records)


def _held(path: Path) -> IO[bytes] | None:
    """The file, locked by this process until it is closed; None if another one holds it."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    file = path.open("ab")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        return None
    return file
