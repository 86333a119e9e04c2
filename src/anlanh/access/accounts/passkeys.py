"""Passkeys: keys that a device keeps and uses only after it has recognised its owner. Nothing secret reaches the server.

Source: https://www.w3.org/TR/webauthn-3/
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from urllib.parse import urlsplit

import webauthn
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)
from webauthn.registration.verify_registration_response import VerifiedRegistration

from anlanh.access.accounts import ledger, vault
from anlanh.access.accounts.model import Account
from anlanh.access.accounts.problems import NoSuchThing, PasskeyNotAccepted
from anlanh.platform.work import Work

GOOD_FOR = timedelta(minutes=5)
NAME = "An Lành"
LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class Passkey:
    """A passkey of somebody, under the name they gave it."""

    id: int
    name: str
    created_at: datetime
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class Party:
    """This site as devices know it: `origin` scheme and host."""

    origin: str

    @property
    def host(self) -> str:
        """The name to which passkeys are tied."""
        return urlsplit(self.origin).hostname or ""

    @property
    def possible(self) -> bool:
        """Passkeys are tied to a name: there are none for a bare network address."""
        try:
            ip_address(self.host)
        except ValueError:
            return True
        return False


async def offer_new(work: Work, party: Party, account: Account, title: str, browser: str) -> str:
    """What a browser needs to make a passkey for this account, as JSON."""
    rows = await work.connection.fetch(
        "select credential_id from account_passkey where account_id = $1 order by id", account.id
    )
    options = webauthn.generate_registration_options(
        rp_id=party.host,
        rp_name=NAME,
        user_id=account.handle,
        user_name=account.login or title,
        user_display_name=title,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=row["credential_id"]) for row in rows],
    )
    await _remember(work, options.challenge, browser, account.id)
    return webauthn.options_to_json(options)


async def accept(work: Work, party: Party, account: Account, answer: str, browser: str) -> VerifiedRegistration:
    """The passkey that a browser made, to be kept. Runs outside a transaction, so that a question stays spent.

    Raises:
        PasskeyNotAccepted: not asked for, or not made as it should be.
    """
    challenge = _challenge_of(answer)
    await _spend(work, challenge, browser, account.id)
    try:
        return webauthn.verify_registration_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=party.host,
            expected_origin=party.origin,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError):
        raise PasskeyNotAccepted from None


async def keep(work: Work, account: Account, made: VerifiedRegistration, name: str) -> None:
    """Keep a passkey under a name. Safe to repeat."""
    await work.connection.execute(
        "insert into account_passkey (account_id, credential_id, public_key, sign_count, name, created_at)"
        " values ($1, $2, $3, $4, $5, $6) on conflict (credential_id) do nothing",
        account.id, made.credential_id, made.credential_public_key, made.sign_count, name[:LONGEST_NAME] or NAME, work.at,
    )  # fmt: skip


async def offer_use(work: Work, party: Party, browser: str) -> str:
    """What a browser needs to use any passkey for this site, as JSON."""
    options = webauthn.generate_authentication_options(
        rp_id=party.host, user_verification=UserVerificationRequirement.REQUIRED
    )
    await _remember(work, options.challenge, browser, None)
    return webauthn.options_to_json(options)


async def use(work: Work, party: Party, answer: str, browser: str) -> Account:
    """The account whose passkey answered.

    Raises:
        PasskeyNotAccepted: unknown, taken off, copied, of another site, or its owner was not recognised.
    """
    challenge = _challenge_of(answer)
    await _spend(work, challenge, browser, None)
    row = await work.connection.fetchrow(
        "select id, account_id, public_key, sign_count from account_passkey where credential_id = $1",
        _credential_of(answer),
    )
    if row is None:
        raise PasskeyNotAccepted
    try:
        used = webauthn.verify_authentication_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=party.host,
            expected_origin=party.origin,
            credential_public_key=row["public_key"],
            credential_current_sign_count=row["sign_count"],
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError):
        raise PasskeyNotAccepted from None
    await work.connection.execute(
        "update account_passkey set sign_count = $2, last_used_at = $3 where id = $1",
        row["id"], used.new_sign_count, work.at,
    )  # fmt: skip
    account = await ledger.of_id(work, row["account_id"])
    if account is None:
        raise PasskeyNotAccepted
    return account


async def kept(work: Work, account_id: int) -> list[Passkey]:
    """Somebody's passkeys, oldest first."""
    rows = await work.connection.fetch(
        "select id, name, created_at, last_used_at from account_passkey where account_id = $1 order by id", account_id
    )
    return [Passkey(**row) for row in rows]


async def take_off(work: Work, account_id: int, passkey_id: int) -> None:
    """Take one's own passkey off.

    Raises:
        NoSuchThing: it is not there.
    """
    found = await work.connection.fetchval(
        "delete from account_passkey where account_id = $1 and id = $2 returning id", account_id, passkey_id
    )
    if found is None:
        raise NoSuchThing


async def _remember(work: Work, challenge: bytes, browser: str, account_id: int | None) -> None:
    await work.connection.execute("delete from account_challenge where created_at < $1", work.at - GOOD_FOR)
    await work.connection.execute(
        "insert into account_challenge (challenge, browser, account_id, created_at) values ($1, $2, $3, $4)",
        challenge, vault.hash_of(browser), account_id, work.at,
    )  # fmt: skip


async def _spend(work: Work, challenge: bytes, browser: str, account_id: int | None) -> None:
    """Each question is answered once, in the browser that was asked."""
    found = await work.connection.fetchval(
        "delete from account_challenge where challenge = $1 and browser = $2 and account_id is not distinct from $3"
        " and created_at > $4 returning 1",
        challenge, vault.hash_of(browser), account_id, work.at - GOOD_FOR,
    )  # fmt: skip
    if found is None:
        raise PasskeyNotAccepted


def _challenge_of(answer: str) -> bytes:
    try:
        said = json.loads(webauthn.base64url_to_bytes(_part(json.loads(answer), "response", "clientDataJSON")))
        return webauthn.base64url_to_bytes(_part(said, "challenge"))
    except (ValueError, TypeError):
        raise PasskeyNotAccepted from None


def _credential_of(answer: str) -> bytes:
    try:
        return webauthn.base64url_to_bytes(_part(json.loads(answer), "rawId"))
    except (ValueError, TypeError):
        raise PasskeyNotAccepted from None


def _part(value: object, *names: str) -> str:
    for name in names:
        value = value.get(name) if isinstance(value, Mapping) else None
    if not isinstance(value, str):
        raise PasskeyNotAccepted
    return value
