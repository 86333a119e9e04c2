"""Limits on trying: counted in the database before what was given is looked at, so that many tries at once do not help
and a restart forgets nothing. Each failure after the free ones closes the way twice as long.

Source: NIST SP 800-63B-4, 3.2.2 (rate limiting); OWASP Authentication Cheat Sheet
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address
from math import ceil

from anlanh.access.accounts.problems import TooManyTries
from anlanh.access.accounts.vault import Vault
from anlanh.platform.work import Work


@dataclass(frozen=True, slots=True)
class Limit:
    """`free` tries within `window`; then closed for `first`, doubled by every further try, at most `longest`."""

    free: int
    first: timedelta
    longest: timedelta
    window: timedelta = timedelta(days=1)


OF_ACCOUNT = Limit(5, timedelta(seconds=30), timedelta(hours=1))
OF_NETWORK = Limit(50, timedelta(seconds=30), timedelta(minutes=15), timedelta(hours=1))
OF_ASKING = Limit(500, timedelta(seconds=30), timedelta(minutes=15), timedelta(hours=1))
"""How many codes are asked for from one network: a hospital's waiting room is one."""

OF_CODES = Limit(3, timedelta(minutes=2), timedelta(hours=4), timedelta(hours=12))
"""How often a code is sent to one number."""


_NEW = "(case when t.first_at < $3 then 1 else t.count + 1 end)"
_COUNT = f"""
insert into account_try as t (subject, count, first_at, last_at) values ($1, 1, $2, $2)
on conflict (subject) do update set
    count = {_NEW}, last_at = $2, first_at = case when t.first_at < $3 then $2 else t.first_at end,
    closed_until = case when {_NEW} > $4
        then $2::timestamptz + least($6::interval, $5::interval * 2 ^ least({_NEW} - $4 - 1, 20)) end
where t.closed_until is null or t.closed_until <= $2
returning count
"""
"""One statement: of tries at the same moment each sees the count of the one before."""


async def count(work: Work, vault: Vault, limit: Limit, *subject: str) -> None:
    """Count one try. Runs outside a transaction, so that it stays counted whatever follows.

    Raises:
        TooManyTries: the way is closed; the try is not counted then.
    """
    key = vault.keyed_hash("try", *subject)
    tried = await work.connection.fetchval(
        _COUNT, key, work.at, work.at - limit.window, limit.free, limit.first, limit.longest
    )
    if tried is None:
        until = await work.connection.fetchval("select closed_until from account_try where subject = $1", key)
        raise TooManyTries(minutes=_minutes(work.at, until))


async def forget(work: Work, vault: Vault, *subject: str) -> None:
    """After a success the count starts anew. Safe to repeat."""
    await work.connection.execute("delete from account_try where subject = $1", vault.keyed_hash("try", *subject))


async def take_back(work: Work, safe: Vault, *subject: str) -> None:
    """A try that succeeded does not count: many people share a network. Other people's failures stay counted."""
    await work.connection.execute(
        "update account_try set count = count - 1 where subject = $1 and count > 0", safe.keyed_hash("try", *subject)
    )


def network_of(address: str) -> str:
    """The network that is counted together: one address of IPv4, a /64 of IPv6.

    >>> network_of("2001:db8:1:2:3::4"), network_of("203.0.113.9"), network_of("")
    ('2001:db8:1:2::', '203.0.113.9', '')
    """
    try:
        found = ip_address(address)
    except ValueError:
        return ""
    return str(IPv6Address(int(found) >> 64 << 64)) if isinstance(found, IPv6Address) else str(found)


def _minutes(now: datetime, until: datetime | None) -> int:
    return max(1, ceil((until - now).total_seconds() / 60)) if until else 1
