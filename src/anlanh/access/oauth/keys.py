"""The keys with which tokens are signed: one signs, all are published, those before it until their tokens have ended.

A new key is published a minute before it signs, so that every process and every app knows it by then. Private keys are
kept encrypted by the vault.

Measured (one core, 2048 bits): RS256 signs in 0.29 ms and is checked in 0.04 ms; ES256 in 0.05 and 0.08. A token is
signed once and checked by every process, and OpenID Connect wants RS256 anyway; so there is one kind of key.

Source: RFC 7517, RFC 9068; SMART App Launch 2.2 ("signing ID tokens with RSA SHA-256")
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from joserfc.jwk import KeySet, RSAKey

from anlanh.access.accounts.vault import Vault
from anlanh.access.oauth.model import CHANNEL, SKEW, TOKEN_GOOD_FOR
from anlanh.platform.database import Connection
from anlanh.platform.work import Work

ALGORITHM = "RS256"
BITS = 2048
PUBLISHED_BEFORE = timedelta(minutes=1)
KEPT_AFTER = 2 * (TOKEN_GOOD_FOR + SKEW)
LOCK = 0x4F41555448


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key, and from when on it signs."""

    kid: str
    key: RSAKey
    active_at: datetime


def signing(keys: Sequence[SigningKey], now: datetime) -> SigningKey:
    """The key that signs now: the newest one that is active."""
    return max((each for each in keys if each.active_at <= now), key=lambda each: each.active_at)


def published(keys: Sequence[SigningKey]) -> KeySet:
    """The public parts, for whoever checks a signature."""
    return KeySet([RSAKey.import_key(each.key.as_dict(private=False)) for each in keys])


async def read(connection: Connection, safe: Vault) -> tuple[SigningKey, ...]:
    """The keys in the database."""
    rows = await connection.fetch("select kid, closed, active_at from oauth_key order by active_at, kid")
    return tuple(
        SigningKey(row["kid"], RSAKey.import_key(json.loads(safe.open(row["closed"]))), row["active_at"])
        for row in rows
    )


async def first(work: Work, safe: Vault) -> None:
    """Make a key where there is none. Safe to repeat and to run at once; needs a transaction."""
    await work.connection.execute("select pg_advisory_xact_lock($1)", LOCK)
    if not await work.connection.fetchval("select exists (select from oauth_key)"):
        await _keep(work, safe, work.at)


async def rotate(work: Work, safe: Vault, *, at_once: bool = False) -> str:
    """Make a new key that signs a minute from now; its id. Keys whose tokens have all ended go.

    `at_once`: it signs now and all others go with every token they have signed; for when a key may be known to others.
    """
    await work.connection.execute("select pg_advisory_xact_lock($1)", LOCK)
    if at_once:
        await work.connection.execute(
            "with gone as (delete from oauth_key returning kid) insert into oauth_revocation (mark, until_at)"
            " select 'key:' || kid, $1 from gone on conflict do nothing",
            work.at + KEPT_AFTER,
        )
    await work.connection.execute(
        "delete from oauth_key k where exists (select from oauth_key n where n.active_at > k.active_at"
        " and n.active_at < $1)",
        work.at - KEPT_AFTER,
    )
    return await _keep(work, safe, work.at if at_once else work.at + PUBLISHED_BEFORE)


async def _keep(work: Work, safe: Vault, active_at: datetime) -> str:
    kid = secrets.token_urlsafe(9)
    key = RSAKey.generate_key(BITS, {"kid": kid, "use": "sig", "alg": ALGORITHM}, private=True)
    closed = safe.close(json.dumps(key.as_dict(private=True)))
    await work.connection.execute(
        "insert into oauth_key (kid, closed, active_at) values ($1, $2, $3)", kid, closed, active_at
    )
    await work.connection.execute("select pg_notify($1, '')", CHANNEL)
    return kid
