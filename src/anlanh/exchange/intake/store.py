"""Locks, so that two senders do not make the same person, and nobody the same document twice.

Source: https://www.postgresql.org/docs/18/explicit-locking.html#ADVISORY-LOCKS
"""

from __future__ import annotations

from collections.abc import Sequence

from anlanh.fhir.search.keys import hash64
from anlanh.platform.work import Work


async def hold_people(work: Work, tokens: Sequence[str]) -> None:
    """Wait for others who are about to make the same people, until the transaction ends; REST's conditional create too."""
    await hold(work, [f"condition:Patient?identifier={token}" for token in tokens])


async def hold(work: Work, names: Sequence[str]) -> None:
    """Wait for others who hold one of these names, until the transaction ends; all wait in the same order."""
    await work.connection.execute(
        "select pg_advisory_xact_lock(k) from (select k from unnest($1::bigint[]) k order by k) s",
        sorted(hash64(name) for name in names),
    )
