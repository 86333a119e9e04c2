"""Background jobs in PostgreSQL: deferred inside the transaction that needs them, run by the background process.

A job is there if and only if the transaction that asked for it was committed. The tables are procrastinate's, in the
tenant's own schema; a request never opens a second connection for them. A job may run twice: its worker can be killed
after the work and before the note that it is done. Every task is written so that this does no harm.

Source: https://procrastinate.readthedocs.io/
"""

from __future__ import annotations

from typing import Any

import msgspec

from anlanh.platform.work import Work

QUEUE = "jobs"


async def defer(work: Work, task: str, *, lock: str | None = None, **arguments: Any) -> int:
    """Ask for a job in the transaction of `work`; its number. Of jobs with one `lock` only one runs at a time, in order.

    `arguments` are JSON values. Not safe to repeat: each call is one more job.
    """
    found: int = await work.connection.fetchval(
        "select (procrastinate_defer_jobs_v1(array[row($1, $2, 0, $3, null, $4::text::jsonb, null)"
        "::procrastinate_job_to_defer_v1]))[1]",
        QUEUE, task, lock, msgspec.json.encode(arguments).decode(),
    )  # fmt: skip
    return found
