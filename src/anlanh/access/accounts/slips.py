"""Slips of paper with a secret that opens an account once: to enrol a member of staff, or to come back in after the
telephone or the passkey was lost. A desk gives them out after looking at a card; who did is kept for ever.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from anlanh.access.accounts import ledger, vault
from anlanh.access.accounts.model import Account
from anlanh.access.accounts.problems import SlipSpent
from anlanh.platform.work import Work

GOOD_FOR = {"enrolment": timedelta(days=3), "recovery": timedelta(hours=1)}
DOCUMENTS = ("can-cuoc", "ho-chieu", "vneid", "the-nhan-vien")
"""What the desk looked at: identity card, passport, VNeID on the telephone, staff card."""


async def issue(
    work: Work, account_id: int, kind: Literal["enrolment", "recovery"], *, organization_ref: str | None = None,
    seen_document: str | None = None,
) -> str:  # fmt: skip
    """The secret of a new slip; slips given out before for the same account are worth nothing from now on."""
    secret = vault.new_secret()
    await work.connection.execute(
        "update account_slip set expires_at = $2 where account_id = $1 and used_at is null and expires_at > $2",
        account_id, work.at,
    )  # fmt: skip
    await work.connection.execute(
        "insert into account_slip (account_id, kind, secret_hash, issued_by, organization_ref, seen_document, issued_at,"
        " expires_at) values ($1, $2, $3, $4, $5, $6, $7, $8)",
        account_id, kind, vault.hash_of(secret), work.principal.subject, organization_ref, seen_document, work.at,
        work.at + GOOD_FOR[kind],
    )  # fmt: skip
    return secret


async def redeem(work: Work, secret: str) -> Account:
    """The account that the slip opens; it is spent by it: of several at the same moment one gets it.

    Raises:
        SlipSpent: no such slip, used before, or too old.
    """
    account_id = await work.connection.fetchval(
        "update account_slip set used_at = $2 where secret_hash = $1 and used_at is null and expires_at > $2"
        " returning account_id",
        vault.hash_of(secret), work.at,
    )  # fmt: skip
    account = await ledger.of_id(work, account_id) if account_id is not None else None
    if account is None:
        raise SlipSpent
    return account
