"""Accounts, their assignments, and what happened to them: the rows behind `model`.

Nothing here decides; who may sign in is decided in `signing_in`.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import asyncpg

from anlanh.access.accounts.model import Account, Assignment, Kind
from anlanh.platform.work import Work

ACCOUNT = "id, kind, person_ref, login, handle, state, last_seen_at"
TRIES_KEPT = timedelta(days=2)
DEVICES_KEPT = timedelta(days=400)
"""So long browsers keep a cookie."""

CURRENT = "from_at <= $2 and (until_at is null or until_at > $2)"


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody is: the kind of device, from its own words, and the network address."""

    device: str
    network: str


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to an account. `what` is one of EVENTS; `by_ref` who did it, if somebody else."""

    at: datetime
    what: str
    by_ref: str | None
    device: str
    network: str


async def citizen(work: Work, person_ref: str) -> Account:
    """The account of a citizen; made when they come for the first time. Safe to repeat and to run at once."""
    await work.connection.execute(
        "insert into account (kind, person_ref, handle, created_at, last_seen_at) values ('citizen', $1, $2, $3, $3)"
        " on conflict (person_ref) do nothing",
        person_ref, secrets.token_bytes(32), work.at,
    )  # fmt: skip
    found = await of_person(work, person_ref)
    assert found is not None, "it has just been made"
    return found


async def staff(work: Work, person_ref: str, login: str) -> Account:
    """The account of a member of staff, made if there is none. Safe to repeat; the login name of the first time stays."""
    await work.connection.execute(
        "insert into account (kind, person_ref, login, handle, created_at, last_seen_at)"
        " values ('staff', $1, $2, $3, $4, $4) on conflict (person_ref) do nothing",
        person_ref, login.lower(), secrets.token_bytes(32), work.at,
    )  # fmt: skip
    found = await of_person(work, person_ref)
    assert found is not None, "it has just been made"
    return found


async def assign(
    work: Work, account_id: int, role: str, organization_ref: str, department_ref: str | None = None,
    commune_code: str | None = None, until_at: datetime | None = None,
) -> None:  # fmt: skip
    """Give somebody a role at a place from now on. Safe to repeat."""
    await work.connection.execute(
        "insert into account_assignment (account_id, role, organization_ref, department_ref, commune_code, from_at,"
        " until_at) values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing",
        account_id, role, organization_ref, department_ref, commune_code, work.at, until_at,
    )  # fmt: skip


async def of_person(work: Work, person_ref: str) -> Account | None:
    """The account of that person."""
    return _account(await _row(work, "person_ref", person_ref))


async def of_login(work: Work, login: str) -> Account | None:
    """The account with that login name, in any case of letters."""
    return _account(await _row(work, "login", login.lower()))


async def of_handle(work: Work, handle: bytes) -> Account | None:
    """The account that a passkey names."""
    return _account(await _row(work, "handle", handle))


async def of_id(work: Work, account_id: int) -> Account | None:
    """The account with that number."""
    return _account(await _row(work, "id", account_id))


async def disable(work: Work, account_id: int) -> None:
    """Close an account and end its sessions. Safe to repeat."""
    await work.connection.execute("update account set state = 'disabled' where id = $1", account_id)
    await work.connection.execute("delete from account_session where account_id = $1", account_id)


async def assignments(work: Work, account_id: int) -> list[Assignment]:
    """Those in force now, oldest first."""
    rows = await work.connection.fetch(
        "select id, role, organization_ref, department_ref, commune_code, from_at, until_at from account_assignment"
        f" where account_id = $1 and {CURRENT} order by from_at, id",
        account_id, work.at,
    )  # fmt: skip
    return [Assignment(**row) for row in rows]


async def tell(work: Work, account_id: int, what: str, place: Place, by_ref: str | None = None) -> int:
    """Write down that something happened to an account; the number of the event."""
    event_id: int = await work.connection.fetchval(
        "insert into account_event (account_id, at, what, by_ref, device, network) values ($1, $2, $3, $4, $5, $6)"
        " returning id",
        account_id, work.at, what, by_ref, place.device, place.network,
    )  # fmt: skip
    return event_id


async def events(work: Work, account_id: int, limit: int = 50) -> list[Event]:
    """What happened to an account, newest first."""
    rows = await work.connection.fetch(
        "select at, what, by_ref, device, network from account_event where account_id = $1"
        " order by at desc, id desc limit $2",
        account_id, limit,
    )  # fmt: skip
    return [Event(**row) for row in rows]


async def is_new_device(work: Work, account_id: int, key: bytes | None) -> bool:
    """Whether somebody signs in on a device on which they never did before, who has done so on others; from now on it is
    known. The first one of an account is not new, it is the only one. `key`: None for a device that many share, which is
    never known."""
    others = await work.connection.fetchval("select true from account_device where account_id = $1 limit 1", account_id)
    if key is None:
        return bool(others)
    made = await work.connection.fetchval(
        "insert into account_device (account_id, key, seen_at) values ($1, $2, $3)"
        " on conflict (account_id, key) do update set seen_at = excluded.seen_at returning xmax = 0",
        account_id, key, work.at,
    )  # fmt: skip
    return bool(others and made)


async def tidy(work: Work) -> None:
    """Forget sessions that have ended and tries of days ago. Safe to repeat; done whenever somebody signs in."""
    await work.connection.execute("delete from account_session where expires_at <= $1", work.at)
    await work.connection.execute("delete from account_try where last_at < $1", work.at - TRIES_KEPT)
    await work.connection.execute("delete from account_device where seen_at < $1", work.at - DEVICES_KEPT)
    await work.connection.execute("delete from account_message where sent_at < $1", work.at - TRIES_KEPT)


async def _row(work: Work, column: str, value: object) -> asyncpg.Record | None:
    return await work.connection.fetchrow(f"select {ACCOUNT} from account where {column} = $1", value)


def _account(row: asyncpg.Record | None) -> Account | None:
    return None if row is None else Account(**{**row, "kind": Kind(row["kind"])})
