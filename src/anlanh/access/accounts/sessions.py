"""Sessions in the database: who is signed in, on which device, until when.

The cookie holds 256 random bits; the database only their hash. Whoever signs in or proves themselves anew gets a new
cookie, so that a cookie planted before is worth nothing.

Source: OWASP Session Management Cheat Sheet; NIST SP 800-63B-4, 5
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import asyncpg

from anlanh.access.accounts import vault
from anlanh.access.accounts.ledger import Place
from anlanh.access.accounts.model import ASSURANCE, LIFETIMES, Account, Assignment, Kind, Method, Session
from anlanh.access.accounts.problems import NoAssignment, NoSuchThing
from anlanh.platform.database import Connection
from anlanh.platform.work import Work

SEEN_EVERY = timedelta(minutes=1)
"""How exactly it is known when a session was last used; a write for every page would cost more than it tells."""

_WHOLE = (
    "select s.id, s.key, s.account_id, a.kind, a.person_ref, s.method, s.assurance, s.started_at, s.seen_at,"
    " s.stepped_up_at, s.expires_at, s.assignment_id, g.role, g.organization_ref, g.department_ref, g.commune_code,"
    " g.from_at, g.until_at from account_session s join account a on a.id = s.account_id"
    " left join account_assignment g on g.id = s.assignment_id"
    " where s.key = $1 and s.expires_at > $2 and a.state = 'active' and (g.until_at is null or g.until_at > $2)"
)


@dataclass(frozen=True, slots=True)
class Device:
    """A device on which somebody is signed in."""

    id: int
    method: Method
    started_at: datetime
    seen_at: datetime
    device: str
    network: str


async def start(
    work: Work, account: Account, method: Method, assignment: Assignment | None, place: Place, *, instead_of: str | None
) -> str:
    """Sign somebody in; the new cookie. `instead_of`: the cookie that this browser had, whose session ends."""
    if instead_of:
        await end(work, instead_of)
    cookie = vault.new_secret()
    await work.connection.execute(
        "insert into account_session (key, account_id, assignment_id, method, assurance, started_at, seen_at, expires_at,"
        " stepped_up_at, device, network) values ($1, $2, $3, $4, $5, $6, $6, $7, $6, $8, $9)",
        vault.hash_of(cookie), account.id, assignment.id if assignment else None, method.value, ASSURANCE[method],
        work.at,
        work.at + LIFETIMES[account.kind].whole, place.device, place.network,
    )  # fmt: skip
    return cookie


async def of_cookie(connection: Connection, cookie: str, now: datetime) -> Session | None:
    """The session of a cookie, or None where it has ended: signed out, too old, unused too long, or the account closed."""
    row = await connection.fetchrow(_WHOLE, vault.hash_of(cookie), now)
    if row is None or row["seen_at"] < now - LIFETIMES[Kind(row["kind"])].idle:
        return None
    if row["seen_at"] < now - SEEN_EVERY:
        await connection.execute("update account_session set seen_at = $2 where id = $1", row["id"], now)
        await connection.execute("update account set last_seen_at = $2 where id = $1", row["account_id"], now)
    return _session(row)


async def step_up(work: Work, session: Session, method: Method) -> str:
    """Somebody proved themselves anew; the new cookie. The old one is worth nothing from now on.

    Raises:
        NoSuchThing: the session has ended meanwhile.
    """
    cookie = vault.new_secret()
    found = await work.connection.fetchval(
        "update account_session set key = $3, assurance = greatest(assurance, $4), stepped_up_at = $5, seen_at = $5"
        " where id = $1 and key = $2 returning id",
        session.id, session.key, vault.hash_of(cookie), ASSURANCE[method], work.at,
    )  # fmt: skip
    if found is None:
        raise NoSuchThing
    return cookie


async def act_as(work: Work, session: Session, assignment_id: int) -> str:
    """Act in one of one's own assignments; the new cookie.

    Raises:
        NoAssignment: it is not theirs, or not in force.
    """
    cookie = vault.new_secret()
    found = await work.connection.fetchval(
        "update account_session s set key = $3, assignment_id = g.id from account_assignment g"
        " where s.id = $1 and g.id = $2 and g.account_id = s.account_id and g.from_at <= $4"
        " and (g.until_at is null or g.until_at > $4) returning s.id",
        session.id, assignment_id, vault.hash_of(cookie), work.at,
    )  # fmt: skip
    if found is None:
        raise NoAssignment
    return cookie


async def end(work: Work, cookie: str) -> None:
    """Sign out. Safe to repeat."""
    await work.connection.execute("delete from account_session where key = $1", vault.hash_of(cookie))


async def end_one(work: Work, account_id: int, session_id: int) -> None:
    """Sign out one device of one's own. Safe to repeat."""
    await work.connection.execute(
        "delete from account_session where account_id = $1 and id = $2", account_id, session_id
    )


async def end_others(work: Work, account_id: int, kept: int | None) -> int:
    """Sign out all devices but one; how many. After a password was changed or a slip redeemed nobody else stays in."""
    done = await work.connection.execute(
        "delete from account_session where account_id = $1 and id is distinct from $2", account_id, kept
    )
    return int(done.split()[-1])


async def devices(work: Work, account_id: int) -> list[Device]:
    """Where somebody is signed in, last used first."""
    rows = await work.connection.fetch(
        "select s.id, s.method, s.started_at, s.seen_at, s.device, s.network, a.kind from account_session s"
        " join account a on a.id = s.account_id where s.account_id = $1 and s.expires_at > $2"
        " order by s.seen_at desc, s.id",
        account_id, work.at,
    )  # fmt: skip
    return [
        Device(row["id"], Method(row["method"]), row["started_at"], row["seen_at"], row["device"], row["network"])
        for row in rows
        if row["seen_at"] >= work.at - LIFETIMES[Kind(row["kind"])].idle
    ]


def _session(row: asyncpg.Record) -> Session:
    place = None
    if row["assignment_id"] is not None:
        place = Assignment(
            row["assignment_id"], row["role"], row["organization_ref"], row["department_ref"], row["commune_code"],
            row["from_at"], row["until_at"],
        )  # fmt: skip
    return Session(
        row["id"], row["key"], row["account_id"], Kind(row["kind"]), row["person_ref"], place, Method(row["method"]),
        row["assurance"], row["started_at"], row["stepped_up_at"], row["expires_at"],
    )  # fmt: skip
