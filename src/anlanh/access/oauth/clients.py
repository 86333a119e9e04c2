"""Apps as rows: kept, found, reviewed, blocked.

Source: RFC 7591; RFC 6749 (2)
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import asyncpg

from anlanh.access.oauth import grants
from anlanh.access.oauth.model import CHANNEL, Client, Kind, State
from anlanh.access.oauth.problems import NoSuchApp, TooManyPending
from anlanh.access.oauth.trust import client_mark
from anlanh.platform.work import Work

COLUMNS = (
    "id, name, kind, redirect_uris, scopes, contact, purpose, secret_hash, jwks, jwks_uri, launch_uri, homepage, state,"
    " registered_at, decided_at, decided_by, reason"
)
MOST_PENDING = 200
PENDING_KEPT = timedelta(days=30)
ORDER = {State.PENDING: "registered_at, id", State.APPROVED: "name, id"}


async def register(work: Work, client: Client) -> None:
    """Keep a registration that waits for review.

    Raises:
        TooManyPending: too many wait already.
    """
    await work.connection.execute(
        "delete from oauth_client where state = 'pending' and registered_at < $1", work.at - PENDING_KEPT
    )
    waiting = await work.connection.fetchval("select count(*) from oauth_client where state = 'pending'")
    if waiting >= MOST_PENDING:
        raise TooManyPending
    await keep(work, client)


async def keep(work: Work, client: Client) -> None:
    """Keep an app, or change it. Safe to repeat. A secret that is not given stays as it is."""
    await work.connection.execute(
        f"insert into oauth_client ({COLUMNS}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15,"
        " $16, $17) on conflict (id) do update set name = excluded.name, kind = excluded.kind,"
        " redirect_uris = excluded.redirect_uris, scopes = excluded.scopes, contact = excluded.contact,"
        " purpose = excluded.purpose, secret_hash = coalesce(excluded.secret_hash, oauth_client.secret_hash),"
        " jwks = excluded.jwks, jwks_uri = excluded.jwks_uri, launch_uri = excluded.launch_uri,"
        " homepage = excluded.homepage, state = excluded.state, decided_at = excluded.decided_at,"
        " decided_by = excluded.decided_by, reason = excluded.reason",
        client.id, client.name, client.kind.value, list(client.redirect_uris), list(client.scopes), client.contact,
        client.purpose, client.secret_hash, client.jwks, client.jwks_uri, client.launch_uri, client.homepage,
        client.state.value, client.registered_at or work.at, client.decided_at, client.decided_by, client.reason,
    )  # fmt: skip
    await _tell(work)


async def find(work: Work, client_id: str) -> Client | None:
    """The app of that id, whatever its state."""
    row = await work.connection.fetchrow(f"select {COLUMNS} from oauth_client where id = $1", client_id)
    return None if row is None else _client(row)


async def acting(work: Work, client_id: str) -> Client:
    """The app of that id, which has been approved.

    Raises:
        NoSuchApp: it is not there, or not approved.
    """
    found = await find(work, client_id)
    if found is None or found.state is not State.APPROVED:
        raise NoSuchApp
    return found


async def of_state(work: Work, state: State) -> list[Client]:
    """The apps in that state: those that wait by when they came, others by name."""
    order = ORDER.get(state, ORDER[State.APPROVED])
    rows = await work.connection.fetch(
        f"select {COLUMNS} from oauth_client where state = $1 order by {order}", state.value
    )
    return [_client(row) for row in rows]


async def decide(work: Work, client_id: str, state: State, *, reason: str, scopes: Sequence[str] | None = None) -> None:
    """Approve, refuse or block an app. `scopes`: the most it may have from now on. Safe to repeat.

    When it is blocked or refused its tokens count no more, anywhere, within seconds.

    Raises:
        NoSuchApp: there is none of that id.
    """
    done = await work.connection.fetchval(
        "update oauth_client set state = $2, decided_at = $3, decided_by = $4, reason = $5,"
        " scopes = coalesce($6::text[], scopes) where id = $1 returning id",
        client_id, state.value, work.at, work.principal.subject, reason, None if scopes is None else list(scopes),
    )  # fmt: skip
    if done is None:
        raise NoSuchApp
    if state is State.APPROVED:
        await grants.put_back(work, client_mark(client_id))
    else:
        await grants.take_back(work, [client_mark(client_id)])
        await work.connection.execute(
            "update oauth_grant set revoked_at = $2 where client_id = $1 and revoked_at is null", client_id, work.at
        )
    await _tell(work)


async def _tell(work: Work) -> None:
    await work.connection.execute("select pg_notify($1, '')", CHANNEL)


def _client(row: asyncpg.Record) -> Client:
    return Client(
        row["id"], row["name"], Kind(row["kind"]), tuple(row["redirect_uris"]), tuple(row["scopes"]), row["contact"],
        row["purpose"], row["secret_hash"], row["jwks"], row["jwks_uri"], row["launch_uri"], row["homepage"],
        State(row["state"]), row["registered_at"], row["decided_at"], row["decided_by"], row["reason"],
    )  # fmt: skip
