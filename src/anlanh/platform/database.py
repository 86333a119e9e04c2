"""Connections to PostgreSQL: one bounded pool per process and tenant, and clear problems instead of hangs.

Source: https://magicstack.github.io/asyncpg/
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TYPE_CHECKING, Protocol, TypeAlias

import asyncpg

from anlanh.kernel.problem import Problem
from anlanh.kernel.settings import Settings

if TYPE_CHECKING:
    from anlanh.platform.work import Act, Work

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

OLDEST_POSTGRES = 15


class DatabaseBusy(Problem):
    issue = "throttled"
    status = 503
    says = "All database connections were in use for {limit} s."
    hint = "Try again in a moment; if it lasts, raise ANLANH_CONNECTIONS or add a server."


class DatabaseDown(Problem):
    issue = "transient"
    says = "The database does not answer."
    hint = "Nothing was written. Try again in a moment."


class QueryTooLong(Problem):
    issue = "too-costly"
    status = 503
    says = "The database stopped the query after {limit} s."
    hint = "Narrow the search (a patient, a date, a code), or use $export for large amounts."


class NotText(Problem):
    issue = "invalid"
    says = "The request holds the character U+0000, which no text may hold."
    hint = "Take it out and send the request again."


class DatabaseTooOld(Problem):
    issue = "not-supported"
    says = "The database is PostgreSQL {found}."
    hint = "Point DATABASE_URL to PostgreSQL {wanted} or later."


class Auditor(Protocol):
    """Writes down what works have seen."""

    def entry(self, act: Act) -> str | None:
        """As JSON, which the outbox carries to the log."""

    async def within(self, work: Work) -> None:
        """In the transaction of the work."""

    async def apart(self, act: Act) -> None:
        """On a connection of its own, for work that has no transaction."""


class NoAuditor:
    """Of a database that is opened by itself, in tests of the floors below `access`."""

    def entry(self, act: Act) -> str | None:
        """Nothing is kept."""
        return None

    async def within(self, work: Work) -> None:
        """Nothing is kept."""

    async def apart(self, act: Act) -> None:
        """Nothing is kept."""


class Database:
    """A pool of connections whose `search_path` is one tenant's schema. The composition root gives it its auditor."""

    def __init__(
        self,
        pool: asyncpg.Pool[asyncpg.Record],
        keyed: asyncpg.Pool[asyncpg.Record],
        reserved: asyncpg.Pool[asyncpg.Record],
        settings: Settings,
    ) -> None:
        self._pool = pool
        self._keyed = keyed
        self._reserved = reserved
        self._settings = settings
        self.auditor: Auditor = NoAuditor()

    def reserved(self) -> AbstractAsyncContextManager[Connection]:
        """The one connection kept for the auditor, who must not wait for those who wait for him. Raises as `connection`."""
        return self._borrow(self._reserved)

    def keyed(self) -> AbstractAsyncContextManager[Connection]:
        """A connection for statements that go by keys: planned once, for whatever values. Raises as `connection`."""
        return self._borrow(self._keyed)

    def connection(self) -> AbstractAsyncContextManager[Connection]:
        """A connection for as long as the block runs.

        Raises:
            DatabaseBusy: none came free in time.
            DatabaseDown: the server does not answer, or went away while working.
            QueryTooLong: a statement ran into its time limit.
            NotText: a text cannot be stored or looked for.
        """
        return self._borrow(self._pool)

    @asynccontextmanager
    async def _borrow(self, pool: asyncpg.Pool[asyncpg.Record]) -> AsyncIterator[Connection]:
        try:
            connection = await pool.acquire(timeout=self._settings.acquire_timeout_s)
        except TimeoutError:
            raise DatabaseBusy(limit=self._settings.acquire_timeout_s) from None
        except (
            OSError,
            asyncpg.PostgresConnectionError,
            asyncpg.CannotConnectNowError,
            asyncpg.InterfaceError,
            asyncpg.InternalClientError,
        ):
            raise DatabaseDown from None
        try:
            yield connection  # type: ignore[misc]  # a pool hands out proxies of Connection
        except (
            asyncpg.PostgresConnectionError,
            asyncpg.AdminShutdownError,
            asyncpg.CrashShutdownError,
            ConnectionError,
        ) as error:
            raise DatabaseDown from error
        except asyncpg.InternalClientError as error:
            # The server went away in the middle of an answer, and the protocol does not know where it stands.
            connection.terminate()
            raise DatabaseDown from error
        except asyncpg.InterfaceError as error:
            if connection.is_closed():
                raise DatabaseDown from error
            raise
        except asyncpg.CharacterNotInRepertoireError:
            raise NotText from None
        except asyncpg.QueryCanceledError:
            raise QueryTooLong(limit=self._settings.statement_timeout_s) from None
        finally:
            await pool.release(connection)

    async def close(self) -> None:
        """Give every connection back to the server."""
        await self._reserved.close()
        await self._keyed.close()
        await self._pool.close()


async def open_database(
    settings: Settings,
    url: str,
    *,
    connections: int | None = None,
) -> Database:
    """A pool on the tenant's schema; at least one connection is made at once, so that a wrong URL shows at start.

    Raises:
        DatabaseDown: the server does not answer.
        DatabaseTooOld: before PostgreSQL 15.
    """
    size = connections or settings.connections
    pool = await _pool_of(settings, url, 1, size)
    keyed = await _pool_of(settings, url, 0, size, plan_cache_mode="force_generic_plan", enable_seqscan="off")
    reserved = await _pool_of(settings, url, 0, 1, plan_cache_mode="force_generic_plan")
    database = Database(pool, keyed, reserved, settings)
    async with database.connection() as connection:
        found = connection.get_server_version().major
    if found < OLDEST_POSTGRES:
        await database.close()
        raise DatabaseTooOld(found=found, wanted=OLDEST_POSTGRES)
    return database


async def _pool_of(
    settings: Settings, url: str, least: int, most: int, **planning: str
) -> asyncpg.Pool[asyncpg.Record]:
    """By default every search is planned for its own values: the same text serves a rare code and half of all patients.
    What goes by keys never walks a table, not even one that nobody has counted yet."""
    try:
        return await asyncpg.create_pool(
            url,
            min_size=least,
            max_size=most,
            max_inactive_connection_lifetime=300,
            statement_cache_size=512,
            max_cached_statement_lifetime=0,
            reset=_leave_as_it_is,
            server_settings={
                "search_path": settings.tenant,
                "plan_cache_mode": "force_custom_plan",
                "statement_timeout": str(int(settings.statement_timeout_s * 1000)),
                "idle_in_transaction_session_timeout": str(int(settings.statement_timeout_s * 2000)),
                "application_name": "anlanh",
                **planning,
            },
        )
    except (OSError, asyncpg.PostgresError, TimeoutError) as error:
        raise DatabaseDown from error


async def _leave_as_it_is(connection: Connection) -> None:
    """No work between two users of a connection: nothing here changes session state outside a transaction."""
