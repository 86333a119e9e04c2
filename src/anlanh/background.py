"""The background process of `anlanh serve`: jobs, subscriptions, and the back-fill of new search parameters.

It can be killed at any moment and goes on where it was; several may run on one database.
"""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable
from functools import partial

import asyncpg
import uvloop

from anlanh.access.audit import auditor, seal
from anlanh.access.audit.journal import Taker
from anlanh.access.identity import jobs as identity
from anlanh.access.relations import store as relations
from anlanh.access.rights import erasure, expiry
from anlanh.exchange.hl7v2 import channel as hl7
from anlanh.fhir.bulk import export, imports, job
from anlanh.fhir.store import reindex
from anlanh.fhir.store.conformance import CHANNEL
from anlanh.fhir.store.record import Record
from anlanh.fhir.subscriptions import hearing
from anlanh.fhir.subscriptions.deliver import Courier
from anlanh.fhir.subscriptions.register import Register
from anlanh.kernel.problem import Problem
from anlanh.kernel.settings import Settings
from anlanh.platform import backup
from anlanh.platform import work as works
from anlanh.platform.database import Connection, Database
from anlanh.platform.events import Listener
from anlanh.platform.jobs import worker
from anlanh.platform.postgres import EmbeddedPostgres
from anlanh.platform.work import Principal
from anlanh.portal import SERVICES
from anlanh.tenant import journal_of, open_tenant

log = logging.getLogger(__name__)

INDEXER = Principal("reindex", "system")
CONNECTIONS = 12
AGAIN_S = 1.0
PURGE_EVERY_S = 300
SEAL_LOG_EVERY_S = 5


def run(settings: Settings, url: str, base: str) -> None:
    """Work until SIGTERM. `base`: the address of the FHIR endpoint, for notifications."""
    uvloop.run(_main(settings, url, base))


async def _main(settings: Settings, url: str, base: str) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    database, own = await open_tenant(settings, url, connections=CONNECTIONS, journal=True)
    async with database.connection() as connection:
        await own.refresh(connection)
    hearings = [each for service in SERVICES for each in service.hears]
    register = Register(database, own, auditor.take_over, hearings)
    courier = Courier(register, base, settings.webhook_allow)
    changed = asyncio.Event()
    changed.set()

    async def heard(connection: Connection) -> None:
        await own.refresh(connection)
        changed.set()
        courier.plan_anew()

    messages = [hl7.channel(settings, database, own)]

    async def receive() -> None:
        messages[0] = hl7.channel(settings, database, own)
        await messages[0].run()

    async def posted(connection: Connection) -> None:
        await messages[0].heard(connection)

    listener = await Listener.open(url, settings.tenant, {CHANNEL: heard, hl7.NEWS: posted})
    parts = [
        asyncio.create_task(_again("jobs", lambda: worker.run(url, settings.tenant, _tasks(database, own, settings)))),
        asyncio.create_task(_again("subscriptions", courier.run)),
        asyncio.create_task(_again("purge", lambda: _purge(database, settings))),
        asyncio.create_task(_again("HL7 v2", receive)),
        asyncio.create_task(_again("log of backups", lambda: _seal_log(settings))),
        asyncio.create_task(_again("journal", Taker(database, journal_of(settings), auditor.add).run)),
        asyncio.create_task(_again("seal", lambda: seal.run(database, settings.data / "audit", own.zone))),
        asyncio.create_task(_again("erasure", lambda: erasure.run(database, own))),
        asyncio.create_task(_again("family", lambda: expiry.run(database, own))),
        asyncio.create_task(_again("identity", lambda: identity.run(database, own))),
        asyncio.create_task(_again("back-fill", lambda: _fill(database, own, changed))),
        *(
            asyncio.create_task(
                _again(each.name, partial(hearing.listen, database, own, each, register.bells[each.name]))
            )
            for each in hearings
        ),
        *(
            asyncio.create_task(_again(part.name, partial(part.run, database, own, settings)))
            for service in SERVICES
            for part in service.parts
        ),
    ]
    await stop.wait()
    for part in parts:
        part.cancel()
    await asyncio.gather(*parts, return_exceptions=True)
    await listener.close()
    await database.close()


def _tasks(database: Database, own: Record, settings: Settings) -> dict[str, worker.Task]:
    """Every job there is, by the name under which it is deferred."""

    async def bulk_export(job_id: str) -> None:
        await export.run(database, own, job_id, job.files_in(settings.data, job_id))

    async def bulk_import(job_id: str) -> None:
        await imports.run(database, own, job_id, settings.data)

    return {"bulk-export": bulk_export, "bulk-import": bulk_import}


async def _seal_log(settings: Settings) -> None:
    """Seal what PostgreSQL hands over for a restore to any moment, as it comes."""
    archive = EmbeddedPostgres(settings.data / "postgres").archive
    while True:
        if archive.is_dir():
            await asyncio.to_thread(backup.seal_log, archive, backup.keys_of(settings.data))
        await asyncio.sleep(SEAL_LOG_EVERY_S)


async def _purge(database: Database, settings: Settings) -> None:
    """Forget what has expired, once in a while."""
    while True:
        async with works.begin(database, INDEXER, works.OPERATIONS) as work:
            await job.purge(work.connection, settings.data, work.at)
            await relations.forget_expired(work)
        await asyncio.sleep(PURGE_EVERY_S)


async def _again(name: str, part: Callable[[], Awaitable[None]]) -> None:
    """Run a part for ever: when the database goes away it starts again."""
    while True:
        try:
            await part()
        except Problem as problem:
            log.warning(
                "A part of the background work stopped; starting it again", extra={"job": name, "reason": problem.text}
            )
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            log.exception("A part of the background work stopped; starting it again", extra={"job": name})
        except Exception:
            log.exception("A part of the background work failed; starting it again", extra={"job": name})
        await asyncio.sleep(AGAIN_S)


async def _fill(database: Database, own: Record, changed: asyncio.Event) -> None:
    """Back-fill search parameters at the start and whenever conformance resources were written."""
    while True:
        await changed.wait()
        changed.clear()
        async with works.begin(database, INDEXER, works.OPERATIONS, transaction=False) as work:
            if filled := await reindex.fill(work, own):
                log.info("Search parameters are searchable now", extra={"count": filled})
