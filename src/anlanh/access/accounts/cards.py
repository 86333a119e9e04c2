"""Printed cards for people without a telephone: a QR code with a random secret, and a PIN that they chose at the desk.

The card alone opens nothing; it is taken back by giving out another one or by revoking it.
"""

from __future__ import annotations

import asyncio

from anlanh.access.accounts import attempts, ledger, passwords, vault
from anlanh.access.accounts.model import Account
from anlanh.access.accounts.problems import NotRecognised, PinNotGood
from anlanh.access.accounts.vault import Vault
from anlanh.platform.work import Work

PREFIX = "anlanh-the:"
"""What the QR code begins with, so that a scanner's text is told from any other."""

PIN_DIGITS = 6
ROW = "01234567890"


async def issue(work: Work, account_id: int, pin: str, *, organization_ref: str | None = None) -> str:
    """What the QR code of a new card holds; the card before is revoked.

    Raises:
        PinNotGood: the PIN is too easy.
    """
    check_pin(pin)
    secret = vault.new_secret()
    hashed = await asyncio.to_thread(passwords.HASHER.hash, pin)
    await revoke(work, account_id)
    await work.connection.execute(
        "insert into account_card (account_id, secret_hash, pin_hash, issued_by, organization_ref, issued_at)"
        " values ($1, $2, $3, $4, $5, $6)",
        account_id, vault.hash_of(secret), hashed, work.principal.subject, organization_ref, work.at,
    )  # fmt: skip
    return PREFIX + secret


async def revoke(work: Work, account_id: int) -> None:
    """Make the card of an account worth nothing. Safe to repeat."""
    await work.connection.execute(
        "update account_card set revoked_at = $2 where account_id = $1 and revoked_at is null", account_id, work.at
    )


async def use(work: Work, safe: Vault, scanned: str, pin: str) -> Account:
    """The account of a card and its PIN. Runs outside a transaction, so that a wrong try stays counted.

    Raises:
        TooManyTries: too many PINs for this card.
        NotRecognised: the card or the PIN is not right.
    """
    secret = scanned.strip().removeprefix(PREFIX)
    await attempts.count(work, safe, attempts.OF_ACCOUNT, "card", secret)
    row = await work.connection.fetchrow(
        "select account_id, pin_hash from account_card where secret_hash = $1 and revoked_at is null",
        vault.hash_of(secret),
    )
    right = await asyncio.to_thread(passwords.matches, row["pin_hash"] if row else passwords.NOBODY, pin)
    account = await ledger.of_id(work, row["account_id"]) if row and right else None
    if account is None:
        raise NotRecognised
    await attempts.forget(work, safe, "card", secret)
    return account


def check_pin(pin: str) -> None:
    """Refuse what is guessed first.

    Raises:
        PinNotGood: not six digits, all alike, or in a row.
    """
    in_a_row = pin in ROW or pin[::-1] in ROW
    if len(pin) != PIN_DIGITS or not (pin.isascii() and pin.isdigit()) or len(set(pin)) == 1 or in_a_row:
        raise PinNotGood(expression="pin")
