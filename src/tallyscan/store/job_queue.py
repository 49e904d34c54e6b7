"""The work queue of many machines: jobs of procrastinate on PostgreSQL, each for a scan whose own row stays the truth.

A scan is claimed under the job that led to it. While its worker lives that job is `doing`; when the worker gives no
sign of life any more, the job is given to the next (`look_after`), and with it the claim. A claim whose lease ran out
gets a new job. So job and row never disagree about who may read: whoever holds the row's job.

procrastinate's part that works is asynchronous: it has a thread with a loop of its own.
"""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from typing import Any, TypeVar

import structlog
from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job, Notification, Status
from psycopg_pool import PoolTimeout
from sqlalchemy import URL, and_, func, or_, select, text
from sqlalchemy.orm import Session

from tallyscan.errors import Unavailable
from tallyscan.store.claimant import this_process
from tallyscan.store.database import Database
from tallyscan.store.jobs import QUEUE, TASK, defer
from tallyscan.store.postgresql import driver_arguments
from tallyscan.store.tables import ScanRow
from tallyscan.store.work_queue import Claim, claim_row, put_back, whole_is_unread

_T = TypeVar("_T")
_ANSWER_SECONDS = 30.0
_SILENT_BEATS = 3
_FORGOTTEN_SECONDS = 86_400.0  # a worker that was cut off for a day gets a new number when it comes back
_MOST_MENDED = 200

_log = structlog.get_logger(__name__)


class JobQueue:
    """See `DatabaseQueue`. `claim` is for one thread; it connects when it is called first."""

    def __init__(
        self,
        database: Database,
        url: URL,
        *,
        lease_seconds: float,
        max_attempts: int,
        heartbeat_seconds: float = 10.0,
    ) -> None:
        self._database = database
        self._url = url
        self._lease = timedelta(seconds=lease_seconds)
        self._max_attempts = max_attempts
        self._heartbeat_seconds = heartbeat_seconds
        self._claimant = this_process()
        self._wake: Callable[[], None] = lambda: None
        self._loop: _LoopThread | None = None
        self._app: App | None = None
        self._number: int | None = None
        self._fetched: Job | None = None
        self._one_connects = threading.Lock()

    def claim(self) -> Claim | None:
        """The scan of the most pressing job, or None. Raises `Unavailable`."""
        while (job := self._fetched or self._fetch()) is not None:
            self._fetched = job  # until it is known what becomes of it
            with self._database.write() as session:
                claim = self._claim(session, job)
            self._fetched = None
            if claim is not None:
                return claim
            self._finish(job.id)
        return None

    def put_back(self, claim: Claim, *, delay_seconds: float = 0.0, reason: str | None, counts: bool) -> None:
        """See `DatabaseQueue`; it waits under a new job."""
        with self._database.write() as session:
            now = _now(session)
            held = put_back(session, claim, now, delay_seconds=delay_seconds, reason=reason, counts=counts)
            row = session.get(ScanRow, claim.scan_id)
            now_of_another = not held and row is not None and row.job == claim.job
        if not now_of_another:
            self._finish(claim.job)

    def done(self, claim: Claim) -> None:
        """Its reading is saved: the job has nothing left to say."""
        with self._database.read() as session:
            row = session.get(ScanRow, claim.scan_id)
            now_of_another = row is not None and row.job == claim.job
        if not now_of_another:
            self._finish(claim.job)

    def look_after(self) -> int:
        """Give the jobs of silent workers to others, and a job to what has none; gives how many there were.

        One process at a time should do so, for all. Raises `Unavailable`.
        """
        return self._run(self._take_over) + self._defer_missing()

    def call_when_there_is_work(self, wake: Callable[[], None]) -> None:
        """Called from another thread when a job is there, whichever machine it came from."""
        self._wake = wake

    def close(self) -> None:
        """What it fetched and did not claim goes to others."""
        if self._loop is None:
            return
        try:
            if self._fetched is not None and self._app is not None:
                self._loop.call(self._app.job_manager.retry_job(self._fetched))
            if self._number is not None and self._app is not None:
                self._loop.call(self._app.job_manager.unregister_worker(self._number))
        except (ConnectorException, PoolTimeout, TimeoutError) as error:
            _log.warning("left the queue without a word", reason=str(error))
        self._loop.close(self._app.close_async() if self._app is not None else None)
        self._loop = self._app = self._number = None

    def _claim(self, session: Session, job: Job) -> Claim | None:
        """None where the job has nothing to do: the scan is read, another reads it, or it has another job for later."""
        row = session.get(ScanRow, str(job.task_kwargs["scan_id"]), with_for_update=True)
        now = _now(session)
        if row is None or not self._is_free(session, row, job, now):
            return None
        return claim_row(session, row, self._claimant, now, self._max_attempts, job=job.id)

    def _is_free(self, session: Session, row: ScanRow, job: Job, now: datetime) -> bool:
        if row.state == "reading":
            run_out = row.claimed_at is None or row.claimed_at < now - self._lease
            return row.job == job.id or run_out
        if row.state != "received" or (row.not_before is not None and row.not_before > now):
            return False
        unread = select(ScanRow.id).where(ScanRow.id == row.id, whole_is_unread())
        return session.execute(unread).first() is None

    async def _take_over(self, app: App) -> int:
        silent_seconds = _SILENT_BEATS * self._heartbeat_seconds
        silent = list(
            await app.job_manager.get_stalled_jobs(queue=QUEUE, seconds_since_heartbeat=silent_seconds)
        )
        for job in silent:
            _log.warning("job taken over", job=job.id, scan=job.task_kwargs["scan_id"], worker=job.worker_id)
            await app.job_manager.retry_job(job)
        await app.job_manager.prune_stalled_workers(_FORGOTTEN_SECONDS)
        return len(silent)

    def _defer_missing(self) -> int:
        """What waits without a job, as it was here before the queue or comes from a backup; and claims that ran out."""
        has_job = "SELECT 1 FROM procrastinate_jobs WHERE task_name = :task AND args->>'scan_id' = scans.id"
        waits = and_(
            ScanRow.state == "received", text(f"NOT EXISTS ({has_job} AND status IN ('todo', 'doing'))")
        )
        run_out = and_(
            ScanRow.state == "reading",
            ScanRow.claimed_at < func.timezone("UTC", func.clock_timestamp()) - self._lease,
            text(f"NOT EXISTS ({has_job} AND status = 'todo')"),
        )
        missing = select(ScanRow).where(or_(waits, run_out), ~whole_is_unread()).limit(_MOST_MENDED)
        with self._database.read() as session:
            found = session.execute(missing.with_only_columns(ScanRow.id), {"task": TASK}).first()
        if found is None:
            return 0
        with self._database.write() as session:
            rows = session.execute(missing, {"task": TASK}).scalars().all()
            defer(session, rows)
            return len(rows)

    def _fetch(self) -> Job | None:
        try:
            return self._run(self._fetch_as_worker)
        except Unavailable:
            self._number = None  # the server may have forgotten this worker
            raise

    async def _fetch_as_worker(self, app: App) -> Job | None:
        if self._number is None:
            self._number = await app.job_manager.register_worker()
        return await app.job_manager.fetch_job([QUEUE], self._number)

    def _finish(self, job: int | None) -> None:
        """It is gone, unless it is so already: others finish what they find done."""
        if job is None:
            return
        try:
            self._run(
                lambda app: app.job_manager.finish_job_by_id_async(job, Status.SUCCEEDED, delete_job=True)
            )
        except Unavailable as error:
            _log.info("job not finished", job=job, reason=error.reason)

    def _run(self, ask: Callable[[App], Coroutine[Any, Any, _T]]) -> _T:
        try:
            loop, app = self._connected()
            return loop.call(ask(app))
        except (ConnectorException, PoolTimeout, TimeoutError) as error:
            raise Unavailable(f"The queue does not answer: {error.__cause__ or error}.") from error

    def _connected(self) -> tuple["_LoopThread", App]:
        with self._one_connects:
            if self._loop is None or self._app is None:
                self._loop = self._loop or _LoopThread()
                self._app = self._connect(self._loop)
            return self._loop, self._app

    def _connect(self, loop: "_LoopThread") -> App:
        arguments, patience = driver_arguments(self._url), _ANSWER_SECONDS / 2
        app = App(connector=PsycopgConnector(kwargs=arguments, min_size=1, max_size=3, timeout=patience))
        loop.call(_opened(app))
        loop.begin(self._beat(app))
        loop.begin(self._listen(app))
        return app

    async def _beat(self, app: App) -> None:
        """As long as this process lives and reaches the database, its jobs stay its own."""
        while True:
            await asyncio.sleep(self._heartbeat_seconds)
            try:
                if self._number is not None:
                    await app.job_manager.update_heartbeat(self._number)
            except Exception as error:  # noqa: BLE001 - an endless loop: logged, and tried again
                _log.warning("no sign of life given", reason=str(error.__cause__ or error))

    async def _listen(self, app: App) -> None:
        """A hint and nothing more: without it a job is found at the next look."""

        async def told(*, channel: str, notification: Notification) -> None:  # noqa: ARG001
            self._wake()

        while True:
            try:
                await app.job_manager.listen_for_jobs(on_notification=told, queues=[QUEUE])
            except Exception as error:  # noqa: BLE001 - as above
                _log.info("not listening", reason=str(error.__cause__ or error))
            await asyncio.sleep(1)


def _now(session: Session) -> datetime:
    """By the database's clock, which is the same for all: that of one machine may be wrong, and a claim that it made
    an hour ago by its clock has not run out.
    """
    now: datetime = session.execute(select(func.clock_timestamp())).scalar_one()
    return now


async def _opened(app: App) -> None:
    await app.open_async()


class _LoopThread:
    """An asyncio loop in a thread of its own, which others ask."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._tasks: list[asyncio.Task[None]] = []
        self._thread = threading.Thread(target=self._loop.run_forever, name="job queue", daemon=True)
        self._thread.start()

    def call(self, asked: Coroutine[Any, Any, _T]) -> _T:
        """What it gives. Raises `TimeoutError`; then it is given up."""
        answer = asyncio.run_coroutine_threadsafe(asked, self._loop)
        try:
            return answer.result(_ANSWER_SECONDS)
        except TimeoutError:
            answer.cancel()
            raise

    def begin(self, endless: Coroutine[Any, Any, None]) -> None:
        """It runs until the end."""
        self._loop.call_soon_threadsafe(lambda: self._tasks.append(self._loop.create_task(endless)))

    def close(self, last: Coroutine[Any, Any, None] | None) -> None:
        """End what runs, then do the last."""

        async def end() -> None:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            if last is not None:
                await last

        self.call(end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
