"""The unit of work: who acts, why, at what instant, on which connection, in which transaction, and what was seen.

Every function that touches a person's data takes one. There is no other way to a connection of a tenant. What the work
saw or changed is told to the auditor of the database before anybody gets to know it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from anlanh.platform.database import Connection, Database

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import asyncpg

TREATMENT = "TREAT"
OPERATIONS = "HOPERAT"
"""Purposes of use. Source: http://terminology.hl7.org/ValueSet/v3-PurposeOfUse"""

Deed: TypeAlias = Literal["C", "R", "U", "D", "E"]
"""Create, read, update, delete, execute. Source: http://hl7.org/fhir/audit-event-action"""


@dataclass(frozen=True, slots=True)
class Principal:
    """Who acts, as the token or the session says.

    `subject` is a reference (`Practitioner/x`, `Patient/y`) or `kind:name` of a machine; `role` the role it acts in;
    `organizations` those it works for there; `patient` the person it is, or was launched for; `client` the app it uses;
    `scopes` limit what the app may do (None: nothing but the role does); `programmes` are the sensitive categories that
    it treats; `assurance` 1 for one factor, 2 for two; `purpose` why it acts, unless the work says otherwise.
    """

    subject: str
    role: str
    organizations: tuple[str, ...] = ()
    patient: str = ""
    client: str = ""
    scopes: tuple[str, ...] | None = None
    programmes: tuple[str, ...] = ()
    assurance: int = 1
    purpose: str = TREATMENT

    def __hash__(self) -> int:  # of what tells most apart: it is asked several times for every request
        return hash((self.subject, self.role, self.client, self.patient))


class Seen(NamedTuple):
    """Resources of a type that were seen or changed. `patients`: keys of those whose data they are; `rule`: what allowed it."""

    deed: Deed
    type: str
    rids: Sequence[int]
    patients: Sequence[int]
    rule: str


@dataclass(frozen=True, slots=True)
class Occasion:
    """On what occasion the work is done: the request's id, what it asked for, and from which network address."""

    request: str = ""
    interaction: str = ""
    query: str = ""
    network: str = ""


NO_OCCASION = Occasion()


@dataclass(slots=True, kw_only=True)
class Act:
    """What somebody does for a reason at one instant (aware UTC, cut to milliseconds as FHIR instants are served), and
    what they get to see of it."""

    principal: Principal
    purpose: str
    at: datetime
    occasion: Occasion = NO_OCCASION
    seen: list[Seen] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Work(Act):
    """One request or job, on its connection; `transaction`: whether all its statements hold together; `keyed`: whether
    they are planned once for all values."""

    connection: Connection
    transaction: bool
    keyed: bool
    database: Database
    after_commit: list[Callable[[], None]] = field(default_factory=list)

    async def by_key(self, sql: str, *values: object) -> list[asyncpg.Record]:
        """The rows of a statement that goes by keys: planned once, unless the work is planned for its values."""
        return await self.connection.fetch(sql, *values)

    async def by_values(self, sql: str, *values: object) -> list[asyncpg.Record]:
        """The rows of a statement that is to be planned for the values it has."""
        if not self.keyed:
            return await self.connection.fetch(sql, *values)
        async with self.database.connection() as connection:
            return await connection.fetch(sql, *values)

    def entry(self) -> str | None:
        """What is to be written down with a statement that stands alone, in the same breath, as JSON for the outbox; in
        a transaction the end of it does."""
        if self.transaction or not self.seen:
            return None
        entry, self.seen = self.database.auditor.entry(self), []
        return entry


def instant(now: datetime | None = None) -> datetime:
    """The moment cut to milliseconds. The one place where the program asks the clock for a record's time."""
    moment = now or datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


@asynccontextmanager
async def begin(
    database: Database,
    principal: Principal,
    purpose: str,
    *,
    transaction: bool = True,
    at: datetime | None = None,
    occasion: Occasion | None = None,
    keyed: bool = False,
) -> AsyncIterator[Work]:
    """One unit of work on one connection. All of it is written, or none of it.

    With `transaction=False` every statement stands alone: for work that is a single statement, and for reading. With
    `keyed` its statements are planned once for all values: for work that goes by keys. What was seen is written down in
    the transaction, or else before the block is left.

    Raises:
        NotAudited: it could not be written down; so nothing of it may be shown.
    """
    async with database.keyed() if keyed else database.connection() as connection:
        work = Work(
            principal=principal,
            purpose=purpose,
            at=instant(at),
            occasion=occasion or NO_OCCASION,
            connection=connection,
            transaction=transaction,
            keyed=keyed,
            database=database,
        )
        if transaction:
            async with connection.transaction():
                yield work
                if work.seen:
                    await database.auditor.within(work)
                    work.seen = []
        else:
            yield work
    if work.seen:
        await database.auditor.apart(work)
    for call in work.after_commit:
        call()
