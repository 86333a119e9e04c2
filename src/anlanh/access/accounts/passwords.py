"""Passwords and one-time codes of an app, for staff. A password alone is one factor; with the app's code it is two.

Source: RFC 9106 (Argon2), RFC 6238 (TOTP); NIST SP 800-63B-4, 3.1.1; TCVN 14423:2026 (14 characters without a second
factor)
"""

from __future__ import annotations

import asyncio
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, TypeAlias

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from zxcvbn import zxcvbn

from anlanh.access.accounts.problems import CodeReused, NotRecognised, PasswordTooWeak
from anlanh.access.accounts.vault import Vault
from anlanh.platform.work import Work

LEAST = 14
LONGEST = 128
GOOD = 3
"""Of zxcvbn, 0 to 4: safely unguessable, even where hashes were stolen; its lists hold the passwords that leaked most."""
STEP_S: Final = 30
HASHER = PasswordHasher()
NOBODY = HASHER.hash("nobody has this password")
"""Looked at where there is no account, so that it takes as long."""


Fault: TypeAlias = Literal["short", "long", "named", "guessed"]


@dataclass(frozen=True, slots=True)
class Strength:
    """How strong a password is: `score` of zxcvbn, 0 to 4; `length` in characters; what stands against it, if anything does."""

    score: int
    length: int
    fault: Fault | None


def strength(password: str, login: str | None) -> Strength:
    """How strong it is for the account of that login name.

    >>> strength("mật khẩu 1", None), strength("ngựa đúng pin kẹp giấy vở", "hạnh@bv").fault
    (Strength(score=3, length=10, fault='short'), None)
    """
    plain = unicodedata.normalize("NFC", password)
    name = str(login or "").partition("@")[0].lower()
    if len(plain) > LONGEST:
        return Strength(0, len(plain), "long")
    score = int(zxcvbn(plain, user_inputs=[name, "anlanh"], max_length=LONGEST)["score"]) if plain else 0
    faults: tuple[tuple[bool, Fault], ...] = (
        (len(plain) < LEAST, "short"), (bool(name) and name in plain.lower(), "named"), (score < GOOD, "guessed"),
    )  # fmt: skip
    return Strength(score, len(plain), next((fault for holds, fault in faults if holds), None))


def check_strength(password: str, login: str | None) -> None:
    """Refuse what is guessed first.

    Raises:
        PasswordTooWeak: too short, few different characters, or the login name in it.
    """
    if strength(password, login).fault is not None:
        raise PasswordTooWeak(least=LEAST, expression="password")


async def set_password(work: Work, account_id: int, password: str, login: str | None) -> None:
    """Give the account this password instead of any other. Safe to repeat.

    Raises:
        PasswordTooWeak: see `check_strength`.
    """
    check_strength(password, login)
    hashed = await asyncio.to_thread(HASHER.hash, unicodedata.normalize("NFC", password))
    await work.connection.execute(
        "insert into account_password (account_id, hash, changed_at) values ($1, $2, $3)"
        " on conflict (account_id) do update set hash = excluded.hash, changed_at = excluded.changed_at",
        account_id, hashed, work.at,
    )  # fmt: skip


async def is_right(work: Work, account_id: int | None, password: str) -> bool:
    """Whether it is the account's password. Takes as long where there is no account or no password."""
    hashed = await work.connection.fetchval("select hash from account_password where account_id = $1", account_id)
    right = await asyncio.to_thread(matches, hashed or NOBODY, password)
    return right and hashed is not None


def matches(hashed: str, secret: str) -> bool:
    """Whether a secret that somebody chose is the one of this hash. Takes tens of milliseconds, on purpose."""
    try:
        return HASHER.verify(hashed, unicodedata.normalize("NFC", secret)[:LONGEST])
    except (Argon2Error, InvalidHashError):
        return False


async def has_password(work: Work, account_id: int) -> bool:
    """Whether the account has a password."""
    return bool(await work.connection.fetchval("select 1 from account_password where account_id = $1", account_id))


async def has_totp(work: Work, account_id: int) -> bool:
    """Whether the account has an app that makes codes."""
    return bool(await work.connection.fetchval("select 1 from account_totp where account_id = $1", account_id))


def new_totp() -> str:
    """A secret to be shared with an app, in base 32."""
    return pyotp.random_base32()


def totp_address(secret: str, login: str) -> str:
    """What the app reads out of the QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name="An Lành")


def step_of(secret: str, code: str, now: datetime) -> int | None:
    """The time step whose code this is: the present one, the one before or the one after; None where it is none."""
    totp, present = pyotp.TOTP(secret), int(now.timestamp()) // STEP_S
    steps = (present, present - 1, present + 1)
    return next((step for step in steps if totp.verify(code, for_time=step * STEP_S)), None)


async def add_totp(work: Work, safe: Vault, account_id: int, secret: str, code: str) -> None:
    """Share the secret for good, once its app has shown a right code; instead of any other.

    Raises:
        NotRecognised: the code is not of this secret.
    """
    step = step_of(secret, code, work.at)
    if step is None:
        raise NotRecognised(expression="code")
    await work.connection.execute(
        "insert into account_totp (account_id, secret, last_step, created_at) values ($1, $2, $3, $4)"
        " on conflict (account_id) do update set secret = excluded.secret, last_step = excluded.last_step,"
        " created_at = excluded.created_at",
        account_id, safe.close(secret), step, work.at,
    )  # fmt: skip


async def check_totp(work: Work, safe: Vault, account_id: int, code: str) -> None:
    """Take a code of the app; each is good once, of several at the same moment for one.

    Raises:
        CodeReused: right, and the last one that was used.
        NotRecognised: wrong, or older.
    """
    row = await work.connection.fetchrow("select secret, last_step from account_totp where account_id = $1", account_id)
    step = step_of(safe.open(row["secret"]), code, work.at) if row else None
    taken = step and await work.connection.fetchval(
        "update account_totp set last_step = $2 where account_id = $1 and last_step < $2 returning 1", account_id, step
    )
    if not taken:
        raise (
            CodeReused(expression="code", step=step)
            if row and row["last_step"] == step
            else NotRecognised(expression="code")
        )
