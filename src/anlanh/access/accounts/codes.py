"""One-time codes sent to a telephone: six digits, five minutes, five tries, one use, only in the browser that asked.

A code is made for every number that is asked for, so that nothing shows whether somebody has it; it is sent only to a
number of the record. Who of those who share the number has come is told by the date of birth, given with the code, so
that one has to have the telephone before any guess at a person can be made.

Source: NIST SP 800-63B-4, 3.1.3 (out-of-band); OWASP Forgot Password Cheat Sheet (no enumeration)
"""

from __future__ import annotations

import hmac
import secrets
from datetime import timedelta

from anlanh.access.accounts import attempts, vault
from anlanh.access.accounts.problems import CodeSpent, NotRecognised
from anlanh.access.accounts.sender import Sender
from anlanh.access.accounts.vault import Vault
from anlanh.platform.work import Work

GOOD_FOR = timedelta(minutes=5)
TRIES = 5
DIGITS = 6
TEXT = "{code} la ma dang nhap An Lanh, dung trong 5 phut. Khong dua ma nay cho bat ky ai."
"""Without signs on the letters: so it fits one text message."""


async def ask(work: Work, safe: Vault, sender: Sender, phone: str, browser: str, network: str, *, known: bool) -> str:
    """Make a code for a number and send it if the number is `known`; the ticket with which it is redeemed.

    Raises:
        TooManyTries: too many codes for this number or this network.
    """
    await attempts.count(work, safe, attempts.OF_CODES, "code", phone)
    await attempts.count(work, safe, attempts.OF_ASKING, "code-network", attempts.network_of(network))
    ticket, code = vault.new_secret(), f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
    async with work.connection.transaction():
        await work.connection.execute("delete from account_code where created_at < $1", work.at - timedelta(days=1))
        await work.connection.execute(
            "insert into account_code (id, phone, code_hash, browser, created_at) values ($1, $2, $3, $4, $5)",
            vault.hash_of(ticket), phone, safe.keyed_hash("code", ticket, code), vault.hash_of(browser), work.at,
        )  # fmt: skip
        if known:
            await sender.send(work, phone, TEXT.format(code=code))
    return ticket


async def check(work: Work, safe: Vault, ticket: str, code: str, browser: str) -> str:
    """The number of a right code, which is not spent by it. Runs outside a transaction, so that a try stays counted.

    Raises:
        CodeSpent: no such code, too old, used, or tried too often.
        NotRecognised: the code is wrong.
    """
    row = await work.connection.fetchrow(
        "update account_code set tries = tries + 1 where id = $1 and browser = $2 and created_at > $3 and tries < $4"
        " and used_at is null returning phone, code_hash",
        vault.hash_of(ticket), vault.hash_of(browser), work.at - GOOD_FOR, TRIES,
    )  # fmt: skip
    if row is None:
        raise CodeSpent
    if not hmac.compare_digest(row["code_hash"], safe.keyed_hash("code", ticket, code)):
        raise NotRecognised(expression="code")
    phone: str = row["phone"]
    return phone


async def spend(work: Work, ticket: str) -> None:
    """Use a checked code up: of several at the same moment one may.

    Raises:
        CodeSpent: it was used meanwhile.
    """
    found = await work.connection.fetchval(
        "update account_code set used_at = $2 where id = $1 and used_at is null returning 1",
        vault.hash_of(ticket), work.at,
    )  # fmt: skip
    if found is None:
        raise CodeSpent
