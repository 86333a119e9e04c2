"""What tests of accounts share: a record with people, and signing in on it."""

from __future__ import annotations

from typing import Any

from anlanh.access.accounts import ledger
from anlanh.access.accounts.ledger import Place
from anlanh.access.accounts.model import Account
from anlanh.access.accounts.oidc import Relying
from anlanh.access.accounts.sender import KeepingSender
from anlanh.access.accounts.signing_in import Accounts, Browser
from anlanh.access.accounts.vault import Vault
from anlanh.fhir.store import write
from anlanh.fhir.vn.systems import PERSONAL_ID
from anlanh.platform.work import Work
from tests.conftest import Ground

PLACE = Place("Firefox", "203.0.113.9")
BROWSER = Browser("browser-secret", None, PLACE)
PHONE = "0912345678"
VAULT = Vault(b"a key for tests")


def accounts_of(ground: Ground, **relying: Relying) -> Accounts:
    """Signing in on that record."""
    return Accounts(ground.record, VAULT, KeepingSender(), relying)


def patient(name: str, number: str, born: str, phone: str = PHONE) -> dict[str, Any]:
    """A person of the record."""
    return {
        "resourceType": "Patient",
        "id": name,
        "active": True,
        "identifier": [{"system": PERSONAL_ID, "value": number}],
        "name": [{"text": name}],
        "telecom": [{"system": "phone", "value": phone}],
        "birthDate": born,
    }


async def keep(work: Work, ground: Ground, *resources: dict[str, Any]) -> None:
    """Put them into the record."""
    for each in resources:
        await write.put(work, ground.record, write.prepare(ground.record, each, each["id"]))


async def staff(work: Work, name: str = "bac-si", *roles: str) -> Account:
    """A member of staff who works in these roles."""
    account = await ledger.staff(work, f"Practitioner/{name}", f"{name}@bv.test")
    for role in roles or ("doctor",):
        await ledger.assign(work, account.id, role, "Organization/bv-a")
    return account
