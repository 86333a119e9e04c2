"""This service's part of the made-up province: accounts of the personas, so that one can sign in as any of them.

Source: `anlanh.demo.personas`
"""

from __future__ import annotations

from collections.abc import Sequence

from anlanh.access.accounts import ledger
from anlanh.access.accounts.model import MadeUp
from anlanh.demo import personas
from anlanh.demo.personas import Persona
from anlanh.platform.work import Work

ROLES: dict[str, tuple[str, ...]] = {
    "doctor": ("doctor",),
    "nurse": ("nurse",),
    "emergency-doctor": ("doctor",),
    "station-worker": ("station-worker",),
    "receptionist": ("receptionist",),
    "laboratory": ("technician",),
    "pharmacist": ("pharmacist",),
    "surveillance-officer": ("surveillance-officer",),
    "director": ("director", "doctor"),
    "privacy-officer": ("privacy-officer",),
    "data-steward": ("steward",),
}
"""Persona to the roles in which they work. The director has two, to choose between."""

DOMAIN = "anlanh.example"


def citizens() -> Sequence[MadeUp]:
    """Those of the personas who have grown up: a child does not sign in."""
    return [_made_up(each) for each in personas.everybody().values() if not each.role and each.key != "child"]


def staff() -> Sequence[MadeUp]:
    """Those who work."""
    return [_made_up(each) for each in personas.everybody().values() if each.key in ROLES]


async def fill(work: Work) -> None:
    """Accounts and places of work of those who work. Safe to repeat."""
    for each in personas.everybody().values():
        for role in ROLES.get(each.key, ()):
            account = await ledger.staff(work, each.reference, f"{each.key}@{DOMAIN}")
            await ledger.assign(work, account.id, role, each.facility)


def _made_up(each: Persona) -> MadeUp:
    return MadeUp(each.key, each.name, each.title_vi, each.title_en, each.personal_id)
