"""Puts signing in together for one process: providers, simulators where people are made up, keys, and the sender."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import httpx

from anlanh.access import tokens
from anlanh.access.accounts import providers
from anlanh.access.accounts.model import Kind, MadeUp
from anlanh.access.accounts.oidc import Provider, Relying
from anlanh.access.accounts.sender import KeepingSender
from anlanh.access.accounts.signing_in import Accounts
from anlanh.access.accounts.vault import Vault
from anlanh.access.vneid_simulator.provider import Simulator
from anlanh.fhir.store.record import Record
from anlanh.fhir.vn.systems import PERSONAL_ID
from anlanh.kernel.settings import Settings
from anlanh.platform.database import Connection

SIMULATED_BELOW = "/mo-phong/"
"""Where the pages of simulators are served."""

STAFF_SIMULATOR = "so-y-te"


@dataclass(frozen=True)
class SigningIn:
    """Signing in, and the simulators whose pages are to be served (none where people are real)."""

    accounts: Accounts
    simulators: tuple[Simulator, ...]


async def assemble(
    settings: Settings,
    connection: Connection,
    record: Record,
    citizens: Sequence[MadeUp] = (),
    staff: Sequence[MadeUp] = (),
) -> SigningIn:
    """What one process needs. `citizens`, `staff`: made-up people, taken only where the settings say that it is a demo."""
    safe = Vault.of(settings.data)
    known = [each for each in (providers.vneid(settings),) if each is not None]
    known += await providers.of_organisations(connection, safe)
    relying = {each.id: Relying(each) for each in known}
    simulators: list[Simulator] = []
    if settings.demo:
        key = tokens.key_of(settings.data, "simulators").raw_value
        wanted = ((providers.VNEID, "VNeID", Kind.CITIZEN, citizens), (STAFF_SIMULATOR, "Sở Y tế", Kind.STAFF, staff))
        for provider_id, title, kind, people in wanted:
            if provider_id not in relying:
                simulator = Simulator(title, SIMULATED_BELOW + provider_id, "anlanh", people, key)
                simulators.append(simulator)
                relying[provider_id] = _simulated(simulator, provider_id, kind)
    made_up = {each.path.removeprefix(SIMULATED_BELOW): list(each.people.values()) for each in simulators}
    accounts = Accounts(record, safe, KeepingSender(), relying, made_up)
    return SigningIn(accounts, tuple(simulators))


def _simulated(simulator: Simulator, provider_id: str, kind: Kind) -> Relying:
    provider = Provider(
        provider_id, simulator.title, kind, simulator.issuer, "anlanh", None, providers.CLAIM, PERSONAL_ID
    )
    return Relying(provider, httpx.ASGITransport(simulator.app))
