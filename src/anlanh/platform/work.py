"""The unit of work: who acts, why, at what instant, on which connection, in which transaction.

Every function that touches a person's data takes one. There is no other way to a connection of a tenant.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from anlanh.platform.database import Connection, Database

if TYPE_CHECKING:
    from collections.abc import Callable

TREATMENT = "TREAT"
OPERATIONS = "HOPERAT"
"""Purposes of use. Source: http://terminology.hl7.org/ValueSet/v3-PurposeOfUse"""


@dataclass(frozen=True, slots=True)
class Principal:
    """Who acts: the subject of the token, and the role in which it was issued."""

    subject: str
    role: str


@dataclass(slots=True)
class Work:
    """One request or job. `at` is its one instant, aware UTC, cut to milliseconds as FHIR instants are served."""

    principal: Principal
    purpose: str
    at: datetime
    connection: Connection
    after_commit: list[Callable[[], None]] = field(default_factory=list)


def instant(now: datetime | None = None) -> datetime:
    """The moment cut to milliseconds. The one place where the program asks the clock for a record's time."""
    moment = now or datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


@asynccontextmanager
async def begin(
    database: Database, principal: Principal, purpose: str, *, transaction: bool = True, at: datetime | None = None
) -> AsyncIterator[Work]:
    """One unit of work on one connection. All of it is written, or none of it.

    With `transaction=False` every statement stands alone: for work that is a single statement, and for reading.
    """
    async with database.connection() as connection:
        work = Work(principal, purpose, instant(at), connection)
        if transaction:
            async with connection.transaction():
                yield work
        else:
            yield work
    for call in work.after_commit:
        call()
