"""Verbs: read the directory, search it, confirm one's own entry.

The whole directory of a province (some thousand entries, nobody's personal data) is held ready in memory for a minute: what
anybody may see is the same for everybody. A page about one entry reads it anew.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from anlanh.fhir.store.read import Stored
from anlanh.fhir.store.record import Record
from anlanh.kernel.vn import boundaries, codes
from anlanh.platform.work import Work
from anlanh.services.directory import store
from anlanh.services.directory.model import (
    Catalogue,
    Charge,
    Confirmation,
    Correction,
    Facility,
    NoSuchEntry,
    Practitioner,
)
from anlanh.services.directory.rules import confirming, licences, reading, searching

Resource = dict[str, Any]

FRESH = timedelta(minutes=1)
"""So old the list may be. What a facility corrects is on its own page at once."""

GROUPS = dict(codes.COST_GROUPS.rows)


@dataclass
class _Held:
    """The directory of one record, and whoever makes it anew."""

    record: Record
    catalogue: Catalogue | None = None
    making: asyncio.Lock = field(default_factory=asyncio.Lock)


_held: list[_Held] = []
"""At most one: a process serves one record."""


async def catalogue(work: Work, record: Record) -> Catalogue:
    """The whole directory as it was at most a minute ago. `work` is that of anybody."""
    if not _held or _held[0].record is not record:
        _held[:] = [_Held(record)]
    held = _held[0]
    async with held.making:
        if held.catalogue is None or work.at - held.catalogue.made_at > FRESH:
            held.catalogue = await _made(work, record)
        return held.catalogue


def forget() -> None:
    """Make the list anew at the next look: in this process, after an entry was corrected."""
    _held.clear()


async def facility(work: Work, record: Record, facility_id: str) -> Facility:
    """A facility as it is now.

    Raises:
        NoSuchEntry: there is none of that id, or it is no place of care.
    """
    stored = await store.one(work, record, "Organization", facility_id)
    if stored is None:
        raise NoSuchEntry
    of = (("organization", f"Organization/{facility_id}"),)
    sites = await store.every(work, record, "Location", (*of, *store.TOP_SITES))
    departments = await store.every(work, record, "Organization", (("partof", f"Organization/{facility_id}"),))
    services = await store.every(work, record, "HealthcareService", of)
    found = _facility(stored, sites, departments, services)
    if found is None:
        raise NoSuchEntry
    return found


async def practitioner(work: Work, record: Record, practitioner_id: str) -> Practitioner:
    """Somebody who practises, as it is now.

    Raises:
        NoSuchEntry: there is nobody of that id, or they do not practise.
    """
    stored = await store.one(work, record, "Practitioner", practitioner_id)
    roles = await store.every(work, record, "PractitionerRole", (("practitioner", f"Practitioner/{practitioner_id}"),))
    found = reading.practitioner(store.resource(stored), map(store.resource, roles)) if stored else None
    if found is None:
        raise NoSuchEntry
    return found


async def practitioners_of(work: Work, record: Record, facility_id: str) -> list[Practitioner]:
    """Those who practise at a facility, by name; of each their practices there."""
    of = (("organization", f"Organization/{facility_id}"),)
    roles = [store.resource(each) for each in await store.every(work, record, "PractitionerRole", of)]
    return _people(roles, await store.named(work, record, {each["practitioner"]["reference"] for each in roles}))


async def charge(work: Work, record: Record, charge_id: str) -> Charge:
    """A service with its prices, as it is now.

    Raises:
        NoSuchEntry: there is none of that id.
    """
    stored = await store.one(work, record, "ChargeItemDefinition", charge_id)
    if stored is None:
        raise NoSuchEntry
    return reading.charge(store.resource(stored), GROUPS)


async def confirmation(work: Work, record: Record, facility_id: str) -> Confirmation | None:
    """Who confirmed the entry of a facility last; None: nobody yet."""
    stored = await store.one(work, record, "VerificationResult", confirming.id_of(facility_id))
    return confirming.read(store.resource(stored)) if stored else None


async def site(work: Work, record: Record, facility_id: str) -> tuple[Resource, int]:
    """The Location that holds hours and telephone of a facility, and its version.

    Raises:
        NoSuchEntry: it has none.
    """
    found = await facility(work, record, facility_id)
    stored = await store.one(work, record, "Location", found.site) if found.site else None
    if stored is None:
        raise NoSuchEntry
    return store.resource(stored), stored.version


async def confirm(work: Work, record: Record, facility_id: str, wanted: Correction, expected: int) -> None:
    """Say that the entry of one's own facility is right, with these hours and this telephone. Safe to repeat.

    Raises:
        VersionConflict: somebody changed the entry after version `expected`.
        NotAllowed, NotFound: it is not one's own facility.
    """
    there, _version = await site(work, record, facility_id)
    changed = confirming.corrected(there, wanted)
    if changed != there:
        await store.keep(work, record, changed, expected)
    who = work.principal.subject
    named = (await store.named(work, record, {who})).get(who, {})
    await store.keep(work, record, confirming.made(facility_id, who, reading.name_of(named), work.at))
    work.after_commit.append(forget)


async def is_licensed(work: Work, record: Record, practitioner_role_id: str, on: date) -> bool:
    """Whether people may be given an appointment with whoever holds that role, on that day. False for one there is not."""
    stored = await store.one(work, record, "PractitionerRole", practitioner_role_id)
    role = store.resource(stored) if stored else {}
    reference = str(role.get("practitioner", {}).get("reference", ""))
    people = await store.named(work, record, {reference}) if reference.count("/") == 1 else {}
    found = reading.practitioner(people[reference], [role]) if reference in people else None
    return found is not None and licences.is_bookable(found, found.practices[0], on)


async def _made(work: Work, record: Record) -> Catalogue:
    organizations = await store.every(work, record, "Organization")
    sites = _by(await store.every(work, record, "Location", store.TOP_SITES), "managingOrganization")
    services = _by(await store.every(work, record, "HealthcareService"), "providedBy")
    departments = _by(organizations, "partOf")
    facilities = {}
    for each in organizations:
        of = f"Organization/{each.id}"
        found = _facility(each, sites[of], departments[of], services[of])
        if found is not None:
            facilities[found.id] = found
        await asyncio.sleep(0)
    roles = [store.resource(each) for each in await store.every(work, record, "PractitionerRole")]
    people = {f"Practitioner/{e.id}": store.resource(e) for e in await store.every(work, record, "Practitioner")}
    practitioners = {each.id: each for each in _people(roles, people)}
    charges = {
        each.id: reading.charge(store.resource(each), GROUPS)
        for each in await store.every(work, record, "ChargeItemDefinition")
    }
    return Catalogue(facilities, practitioners, charges, _words(facilities, practitioners, charges), work.at)


def _facility(
    organization: Stored, sites: list[Stored], departments: list[Stored], services: list[Stored]
) -> Facility | None:
    updated_at = max(each.updated_at for each in (organization, *sites, *services))
    read = [[store.resource(each) for each in of] for of in (sites, departments, services)]
    return reading.facility(store.resource(organization), read[0], read[1], read[2], updated_at)


def _by(found: Iterable[Stored], element: str) -> dict[str, list[Stored]]:
    """Resources by what one of their references names."""
    groups: dict[str, list[Stored]] = defaultdict(list)
    for each in found:
        groups[str(store.resource(each).get(element, {}).get("reference", ""))].append(each)
    return groups


def _people(roles: list[Resource], people: dict[str, Resource]) -> list[Practitioner]:
    of: dict[str, list[Resource]] = defaultdict(list)
    for each in roles:
        of[str(each.get("practitioner", {}).get("reference", ""))].append(each)
    found = [reading.practitioner(people[name], practices) for name, practices in of.items() if name in people]
    return sorted(
        (each for each in found if each is not None), key=lambda each: (each.name.rpartition(" ")[2], each.id)
    )


def _words(
    facilities: dict[str, Facility], practitioners: dict[str, Practitioner], charges: dict[str, Charge]
) -> dict[str, tuple[str, str]]:
    communes = boundaries.commune_names()
    named = [(e.id, e.name, f"{communes.get(e.commune, '')} {e.code}") for e in facilities.values()]
    within = [
        (of.id, " ".join((of.name, *of.offers)), each.name) for each in facilities.values() for of in each.departments
    ]
    people = [(each.id, each.name, " ".join(_places(each, facilities))) for each in practitioners.values()]
    return searching.index([*named, *within, *people, *((e.id, e.title, e.group) for e in charges.values())])


def _places(who: Practitioner, facilities: dict[str, Facility]) -> list[str]:
    return [facilities[of.facility].name for of in who.practices if of.facility in facilities]
