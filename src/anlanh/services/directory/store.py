"""What this service reads and writes: the directory types as anybody may see them, and a facility's own entry.

FHIR: Organization, Location, HealthcareService, Practitioner, PractitionerRole, ChargeItemDefinition, VerificationResult
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from anlanh.fhir.model import json
from anlanh.fhir.search import query as queries
from anlanh.fhir.search.keys import rid_of
from anlanh.fhir.store import find, read, write
from anlanh.fhir.store.problems import Gone, NotFound
from anlanh.fhir.store.read import Stored
from anlanh.fhir.store.record import Record
from anlanh.platform.work import Work

Resource = dict[str, Any]
Pairs = Sequence[tuple[str, str]]

MOST = 50_000
"""Resources of a type that a province's directory may hold."""

TOP_SITES = (("partof:missing", "true"),)
"""Locations that are part of no other: no buildings, wards, rooms and beds."""


async def every(work: Work, record: Record, resource_type: str, pairs: Pairs = ()) -> list[Stored]:
    """All resources of a type that fit, in order of id."""
    eyes = record.sight(work)
    if not eyes.grants("s", resource_type):
        return []
    query = queries.read(record.criteria("", eyes), (resource_type,), list(pairs))
    found = await read.current(work, record, await find.rids(work, record, query, MOST))
    return sorted(found.values(), key=lambda each: each.id)


async def one(work: Work, record: Record, resource_type: str, resource_id: str) -> Stored | None:
    """A resource as it is now; None where there is none to be seen."""
    try:
        return await read.read(work, record, resource_type, resource_id)
    except (NotFound, Gone):
        return None


async def named(work: Work, record: Record, references: set[str]) -> dict[str, Resource]:
    """The resources of these references."""
    wanted = {rid_of(*each.split("/")): each for each in sorted(references)}
    found = await read.current(work, record, sorted(wanted)) if wanted else {}
    return {wanted[rid]: resource(each) for rid, each in found.items()}


async def to_change(work: Work, record: Record, resource_type: str, resource_id: str) -> Stored:
    """The current version, held against other writers.

    Raises:
        NotFound, Gone, NotAllowed: there is none that whoever acts may change.
    """
    return await read.lock(work, record, resource_type, resource_id)


async def keep(work: Work, record: Record, changed: Resource, expected: int | None = None) -> None:
    """Write a resource under its id. `expected`: the version it must still have.

    Raises:
        VersionConflict: somebody else has written it meanwhile.
    """
    await write.put(work, record, write.prepare(record, changed, changed["id"]), expected=expected)


def resource(stored: Stored) -> Resource:
    """The content of what is stored."""
    return dict(json.decode(stored.content))
