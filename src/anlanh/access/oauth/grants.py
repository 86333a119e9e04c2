"""What people have allowed, and the codes and refresh tokens that come of it. Everything of value is kept as a hash.

A code or refresh token is taken by one statement: of many who bring it at once, one gets it. Whoever brings it again
shows that two know it; then all that came of it is taken back.

Source: RFC 6749 (4.1.2, 10.5), RFC 9700 (4.14), OAuth 2.1 (4.3.1)
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

import asyncpg

from anlanh.access.accounts import vault
from anlanh.access.oauth.model import CHANNEL, CODE_GOOD_FOR, SKEW, TOKEN_GOOD_FOR, Asked, Context, Grant
from anlanh.access.oauth.problems import GrantSpent
from anlanh.access.oauth.trust import grant_mark
from anlanh.platform.work import Work

KEPT_AFTER = timedelta(days=400)
"""How long it can be seen what was allowed and taken back."""

_GRANT = (
    "select g.id, g.client_id, g.account_id, g.assignment_id, g.session_id, a.person_ref, g.scopes, g.patient_ref,"
    " g.encounter_ref, g.intent, g.assurance, g.signed_in_at, g.allowed_at, g.until_at, g.used_at"
    " from oauth_grant g join account a on a.id = g.account_id"
)
_IN_FORCE = (
    "g.revoked_at is null and g.until_at > $2 and a.state = 'active'"
    " and (g.assignment_id is null or exists (select from account_assignment p where p.id = g.assignment_id"
    " and p.from_at <= $2 and (p.until_at is null or p.until_at > $2)))"
    " and (g.session_id is null or exists (select from account_session s where s.id = g.session_id and s.expires_at > $2))"
)
"""Not taken back, not too old; the account, the place of work and the session it hangs on are still there."""


@dataclass(frozen=True, slots=True)
class Redeemed:
    """A code that was taken: what it stands for."""

    grant: Grant
    redirect_uri: str
    challenge: str
    nonce: str


async def allow(work: Work, grant: Grant) -> int:
    """Write down what somebody has allowed; its number."""
    return int(
        await work.connection.fetchval(
            "insert into oauth_grant (client_id, account_id, assignment_id, session_id, scopes, patient_ref, encounter_ref,"
            " intent, assurance, signed_in_at, allowed_at, until_at, used_at)"
            " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $11) returning id",
            grant.client_id, grant.account_id, grant.assignment_id, grant.session_id, list(grant.scopes),
            grant.context.patient_ref, grant.context.encounter_ref, grant.context.intent, grant.assurance,
            grant.signed_in_at, grant.allowed_at, grant.until_at,
        )
    )  # fmt: skip


async def new_code(work: Work, grant_id: int, asked: Asked) -> str:
    """A code that the app can redeem once within a minute."""
    code = vault.new_secret()
    await work.connection.execute(
        "insert into oauth_code (hash, grant_id, redirect_uri, challenge, nonce, made_at) values ($1, $2, $3, $4, $5, $6)",
        vault.hash_of(code), grant_id, asked.redirect_uri, asked.challenge, asked.nonce, work.at,
    )  # fmt: skip
    return code


async def redeem(work: Work, code: str) -> Redeemed:
    """Take a code; whatever is wrong with the rest of the request, it is spent.

    Raises:
        GrantSpent: unknown, too old, or used; in the last case all that came of it is taken back.
    """
    row = await work.connection.fetchrow(
        "update oauth_code set used_at = $2 where hash = $1 and used_at is null"
        " returning grant_id, redirect_uri, challenge, nonce, made_at",
        vault.hash_of(code), work.at,
    )  # fmt: skip
    if row is None:
        await _used_again(work, "oauth_code", code)
        raise GrantSpent
    if row["made_at"] + CODE_GOOD_FOR <= work.at:
        raise GrantSpent
    return Redeemed(await in_force(work, row["grant_id"]), row["redirect_uri"], row["challenge"], row["nonce"])


async def new_refresh(work: Work, grant_id: int, scopes: Iterable[str]) -> str:
    """A refresh token, good once."""
    token = vault.new_secret()
    await work.connection.execute(
        "insert into oauth_refresh (hash, grant_id, scopes, made_at) values ($1, $2, $3, $4)",
        vault.hash_of(token), grant_id, list(scopes), work.at,
    )  # fmt: skip
    return token


async def grant_of_refresh(work: Work, token: str) -> Grant | None:
    """What a refresh token belongs to, used or not; None where it is none, or no longer in force."""
    found = await work.connection.fetchval("select grant_id from oauth_refresh where hash = $1", vault.hash_of(token))
    return None if found is None else await _find(work, found)


async def take_refresh(work: Work, token: str) -> tuple[Grant, tuple[str, ...]]:
    """Take a refresh token: what was allowed, and the scopes it carries.

    Raises:
        GrantSpent: unknown, no longer in force, or used; in the last case all that came of it is taken back.
    """
    row = await work.connection.fetchrow(
        "update oauth_refresh set used_at = $2 where hash = $1 and used_at is null returning grant_id, scopes",
        vault.hash_of(token), work.at,
    )  # fmt: skip
    if row is None:
        await _used_again(work, "oauth_refresh", token)
        raise GrantSpent
    return await in_force(work, row["grant_id"]), tuple(row["scopes"])


async def in_force(work: Work, grant_id: int) -> Grant:
    """What was allowed under that number.

    Raises:
        GrantSpent: it is no longer so.
    """
    found = await _find(work, grant_id)
    if found is None:
        raise GrantSpent
    return found


async def of_account(work: Work, account_id: int) -> list[Grant]:
    """What somebody allows now, last used first."""
    rows = await work.connection.fetch(
        f"{_GRANT} where g.account_id = $1 and {_IN_FORCE} order by g.used_at desc, g.id desc", account_id, work.at
    )
    return [_grant(row) for row in rows]


async def used(work: Work, grant_id: int) -> None:
    """Remember when an app last got a token."""
    await work.connection.execute("update oauth_grant set used_at = $2 where id = $1", grant_id, work.at)


async def revoke(work: Work, account_id: int, client_id: str) -> int:
    """Take back all that somebody has allowed an app; how much it was. It counts everywhere within seconds."""
    rows = await work.connection.fetch(
        "update oauth_grant set revoked_at = $3 where account_id = $1 and client_id = $2 and revoked_at is null"
        " returning id",
        account_id, client_id, work.at,
    )  # fmt: skip
    await take_back(work, [grant_mark(row["id"]) for row in rows])
    return len(rows)


async def revoke_one(work: Work, grant_id: int) -> None:
    """Take back one thing that was allowed, with all its tokens. Safe to repeat."""
    await work.connection.execute(
        "update oauth_grant set revoked_at = $2 where id = $1 and revoked_at is null", grant_id, work.at
    )
    await take_back(work, [grant_mark(grant_id)])


async def take_back(work: Work, marks: Iterable[str]) -> None:
    """From now on tokens with one of these marks count no more, in any process. Safe to repeat."""
    await work.connection.execute("delete from oauth_revocation where until_at < $1", work.at)
    await work.connection.execute(
        "insert into oauth_revocation (mark, until_at) select unnest($1::text[]), $2"
        " on conflict (mark) do update set until_at = excluded.until_at",
        list(marks), work.at + TOKEN_GOOD_FOR + SKEW,
    )  # fmt: skip
    await work.connection.execute("select pg_notify($1, '')", CHANNEL)


async def put_back(work: Work, mark: str) -> None:
    """Tokens with this mark count again, if they have not ended. Safe to repeat."""
    await work.connection.execute("delete from oauth_revocation where mark = $1", mark)


async def tidy(work: Work) -> None:
    """Forget what has ended. Safe to repeat; done whenever somebody allows something."""
    for table, column in (("oauth_request", "asked_at"), ("oauth_launch", "launched_at")):
        await work.connection.execute(f"delete from {table} where {column} < $1", work.at - timedelta(hours=1))
    await work.connection.execute("delete from oauth_assertion where until_at < $1", work.at)
    old = "select id from oauth_grant where until_at < $1 or revoked_at < $1"
    for table in ("oauth_code", "oauth_refresh"):
        await work.connection.execute(f"delete from {table} where grant_id in ({old})", work.at - KEPT_AFTER)
    await work.connection.execute(f"delete from oauth_grant where id in ({old})", work.at - KEPT_AFTER)


async def _used_again(work: Work, table: str, secret: str) -> None:
    grant_id = await work.connection.fetchval(f"select grant_id from {table} where hash = $1", vault.hash_of(secret))
    if grant_id is not None:
        await revoke_one(work, grant_id)


async def _find(work: Work, grant_id: int) -> Grant | None:
    row = await work.connection.fetchrow(f"{_GRANT} where g.id = $1 and {_IN_FORCE}", grant_id, work.at)
    return None if row is None else _grant(row)


def _grant(row: asyncpg.Record) -> Grant:
    return Grant(
        row["id"], row["client_id"], row["account_id"], row["assignment_id"], row["session_id"], row["person_ref"],
        tuple(row["scopes"]), Context(row["patient_ref"], row["encounter_ref"], row["intent"]), row["assurance"],
        row["signed_in_at"], row["allowed_at"], row["until_at"], row["used_at"],
    )  # fmt: skip
