"""The worker: takes jobs out of the queue, runs them, tries again what failed, takes over from workers that died.

Source: https://procrastinate.readthedocs.io/en/stable/howto/production/retry_stalled_jobs.html
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeAlias

import procrastinate
from procrastinate.exceptions import ConnectorException

from anlanh.platform.jobs import QUEUE
from anlanh.platform.metrics import JOBS

log = logging.getLogger(__name__)

Task: TypeAlias = Callable[..., Awaitable[None]]
"""Takes the job's arguments by name. Raising means: try again later."""

AT_ONCE = 4
POLL_S = 1.0
HEARTBEAT_S = 2.0
DEAD_AFTER_S = 10.0
LOOK_EVERY_S = 2.0
TRIES = 12
PAUSE_S = 5
"""The second try comes after this many seconds, each further one that much later."""
KEPT_H = 24 * 7


async def run(url: str, tenant: str, tasks: Mapping[str, Task]) -> None:
    """Work until cancelled. Every task may be run twice and must bear it."""
    logging.getLogger("procrastinate").setLevel(logging.WARNING)
    connector = procrastinate.PsycopgConnector(
        conninfo=url, min_size=1, max_size=3, kwargs={"options": f"-c search_path={tenant}"}
    )
    app = procrastinate.App(connector=connector)
    for name, task in tasks.items():
        retry = procrastinate.RetryStrategy(max_attempts=TRIES, linear_wait=PAUSE_S)
        app.task(name=name, queue=QUEUE, retry=retry)(_counted(name, task))
    async with app.open_async():
        rescue = asyncio.create_task(_rescue(app))
        try:
            await app.run_worker_async(
                queues=[QUEUE], concurrency=AT_ONCE, install_signal_handlers=False, shutdown_graceful_timeout=5,
                fetch_job_polling_interval=POLL_S,
                update_heartbeat_interval=HEARTBEAT_S, stalled_worker_timeout=DEAD_AFTER_S,
            )  # fmt: skip
        finally:
            rescue.cancel()


def _counted(name: str, task: Task) -> Task:
    async def run_task(**arguments: Any) -> None:
        try:
            await task(**arguments)
        except asyncio.CancelledError:
            raise
        except Exception:
            JOBS.labels(name, "failed").inc()
            log.exception("A job failed", extra={"job": name})
            raise
        JOBS.labels(name, "succeeded").inc()

    return run_task


async def _rescue(app: procrastinate.App) -> None:
    """Give jobs of dead workers back to the queue; once an hour, forget jobs long done."""
    forget_at = 0.0
    while True:
        try:
            for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=DEAD_AFTER_S):
                log.warning("A worker died; its job is taken up again", extra={"job": job.task_name})
                await app.job_manager.retry_job(job)
            if time.monotonic() > forget_at:
                await app.job_manager.delete_old_jobs(KEPT_H, include_failed=True, include_cancelled=True)
                forget_at = time.monotonic() + 3600
        except ConnectorException:
            log.warning("Jobs: the database does not answer; trying again")
        await asyncio.sleep(LOOK_EVERY_S)
