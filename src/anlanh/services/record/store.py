"""The narrow searches of which a chart is made: one for each type, the latest first, so many and no more.

FHIR: search by patient, read
Source: https://hl7.org/fhir/R4/search.html
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from weakref import WeakKeyDictionary

import asyncpg

from anlanh.fhir.model import json
from anlanh.fhir.search import query as queries
from anlanh.fhir.search.keys import rid_of
from anlanh.fhir.store import find, read, sight
from anlanh.fhir.store.problems import Gone, NotFound
from anlanh.fhir.store.record import Record
from anlanh.fhir.terminology.service import Terminology
from anlanh.platform.work import Work
from anlanh.services.record.model import Link, NoSuchPerson
from anlanh.services.record.rules import words
from anlanh.services.record.rules.words import Resource

NEWEST = {
    "AllergyIntolerance": "-date", "Condition": "-recorded-date", "MedicationRequest": "-authoredon",
    "MedicationStatement": "-effective", "Immunization": "-date", "Observation": "-date", "DiagnosticReport": "-date",
    "Encounter": "-date", "Procedure": "-date", "DocumentReference": "-date", "Composition": "-date", "CareTeam": "-date",
    "EpisodeOfCare": "-date", "Flag": "-date", "FamilyMemberHistory": "-date", "Coverage": "-_lastUpdated",
    "RelatedPerson": "-_lastUpdated", "Provenance": "-recorded",
}  # fmt: skip
"""Type to how its resources are put in order, the latest first."""

NAMED = frozenset(("Organization", "Practitioner", "PractitionerRole", "Location", "Medication", "RelatedPerson"))
"""Types whose name is shown where something refers to them."""

MOST_DISPLAYS = 20_000
_DISPLAYS: WeakKeyDictionary[Terminology, dict[tuple[str, str], str | None]] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class Listed:
    """Resources of one search, and where the next page begins; empty: nowhere."""

    resources: tuple[Resource, ...] = ()
    next: str = ""


async def person(work: Work, record: Record, patient_id: str) -> Resource:
    """The Patient, whole.

    Raises:
        NoSuchPerson: there is none, or whoever acts may see no more of it than who it is.
    """
    if patient_id not in await open_among(work, record, [patient_id]):
        raise NoSuchPerson
    try:
        return dict(json.decode_fast((await read.read(work, record, "Patient", patient_id)).content))
    except (NotFound, Gone):
        raise NoSuchPerson from None


async def open_among(work: Work, record: Record, patient_ids: Iterable[str]) -> set[str]:
    """Ids of those people of whom whoever acts may see more than who they are."""
    by_rid = {rid_of("Patient", each): each for each in patient_ids}
    chosen = await sight.choose(work, record, record.sight(work), "Patient", sorted(by_rid), "r")
    return {by_rid[rid] for rid, grant in chosen.items() if grant.mask is None}


async def people(work: Work, record: Record, pairs: Sequence[tuple[str, str]], most: int) -> list[Resource]:
    """Patients that meet the parameters."""
    criteria = record.criteria("", record.sight(work))
    query = queries.read(criteria, ("Patient",), [*pairs, ("_count", str(most))])
    page = await find.find(work, record, criteria, query)
    return [json.decode_fast(each.content) for each in page.matches]


async def newest(
    work: Work, record: Record, resource_type: str, patient_id: str, most: int,
    pairs: Iterable[tuple[str, str]] = (), cursor: str = "",
) -> Listed:  # fmt: skip
    """The latest resources of a type about a person, at most so many; nothing where whoever acts may see none of that type."""
    eyes = record.sight(work)
    if not eyes.grants("s", resource_type):
        return Listed()
    criteria = record.criteria("", eyes)
    asked = [
        ("patient", patient_id), *pairs, ("_sort", NEWEST[resource_type]), ("_count", str(most)),
        *([("_cursor", cursor)] if cursor else []),
    ]  # fmt: skip
    page = await find.find(work, record, criteria, queries.read(criteria, (resource_type,), asked))
    found = tuple(_worded(record, json.decode_fast(each.content)) for each in page.matches)
    return Listed(found, page.next or "")


async def keys(
    work: Work, record: Record, resource_type: str, pairs: Sequence[tuple[str, str]], most: int
) -> list[int]:
    """Keys of the resources that meet the parameters."""
    criteria = record.criteria("", record.sight(work))
    return sorted(await find.rids(work, record, queries.read(criteria, (resource_type,), list(pairs)), most))


async def current(work: Work, record: Record, wanted: Sequence[int]) -> dict[int, Resource]:
    """The resources of these keys as they are now."""
    found = await read.current(work, record, wanted)
    return {rid: json.decode_fast(each.content) for rid, each in found.items()}


async def one(work: Work, record: Record, resource_type: str, resource_id: str) -> Resource:
    """One resource, as whoever acts may see it.

    Raises:
        NotFound, Gone: there is none that they may see.
    """
    return _worded(record, json.decode_fast((await read.read(work, record, resource_type, resource_id)).content))


async def provenances(work: Work, record: Record, reference: str) -> list[Resource]:
    """Who did what to a resource, as far as it was written down, the latest first."""
    eyes = record.sight(work)
    if not eyes.grants("s", "Provenance"):
        return []
    criteria = record.criteria("", eyes)
    asked = [("target", reference), ("_sort", "-recorded"), ("_count", "20")]
    page = await find.find(work, record, criteria, queries.read(criteria, ("Provenance",), asked))
    return [json.decode_fast(each.content) for each in page.matches]


async def referred(work: Work, record: Record, references: Iterable[str]) -> dict[str, Resource]:
    """What references `Type/id` point at, as far as whoever acts may see it."""
    wanted = {rid_of(*each.split("/")): each for each in references if each.count("/") == 1}
    found = await read.current(work, record, sorted(wanted))
    return {wanted[rid]: _worded(record, json.decode_fast(each.content)) for rid, each in found.items()}


async def names(work: Work, record: Record, resources: Iterable[Resource]) -> dict[str, str]:
    """What the resources' references are called: facilities, professionals, places, medicines; an Encounter by its
    facility. In two steps, one statement each."""
    listed = list(resources)
    pointed = {each for resource in listed for each in words.references(resource)}
    encounters = {each["id"]: each for each in listed if each["resourceType"] == "Encounter"}
    unknown = {each for each in pointed if each.startswith("Encounter/") and each[10:] not in encounters}
    stays = await referred(work, record, unknown) if unknown else {}
    stays |= {f"Encounter/{name}": each for name, each in encounters.items()}
    keepers = {name: str(each.get("serviceProvider", {}).get("reference", "")) for name, each in stays.items()}
    wanted = {each for each in pointed if each.partition("/")[0] in NAMED} | set(filter(None, keepers.values()))
    found = await referred(work, record, wanted) if wanted else {}
    called = {name: _name(each) for name, each in found.items()}
    places = {
        name: called.get(str(each.get("managingOrganization", {}).get("reference", "")), called[name])
        for name, each in found.items()
        if each["resourceType"] == "Location"
    }
    return called | places | {name: called.get(each, "") for name, each in keepers.items()}


def _name(resource: Resource) -> str:
    if resource["resourceType"] == "Medication":
        return words.concept(resource.get("code"))
    return words.called(resource)


def _worded(record: Record, resource: Resource) -> Resource:
    """The resource with the displays that its codes have here, where it brings no words of its own."""
    for value in resource.values():
        _word(record, value)
    return resource


def _word(record: Record, value: Any) -> None:
    if isinstance(value, list):
        for each in value:
            _word(record, each)
    elif isinstance(value, dict):
        codings = value.get("coding")
        if isinstance(codings, list):
            if not value.get("text") and not any(each.get("display") for each in codings):
                _display(record, codings)
        else:
            for each in value.values():
                if isinstance(each, dict | list):
                    _word(record, each)


def _display(record: Record, codings: Sequence[dict[str, Any]]) -> None:
    for each in codings:
        if found := _display_of(record.conformance.terminology, str(each.get("system", "")), str(each.get("code", ""))):
            each["display"] = found
            return


def _display_of(terminology: Terminology, system: str, code: str) -> str | None:
    """The display of a code, kept for as long as the terminology is in force."""
    known = _DISPLAYS.setdefault(terminology, {})
    if len(known) > MOST_DISPLAYS:
        known.clear()
    if (system, code) not in known:
        known[system, code] = terminology.display(system, code)
    return known[system, code]


async def keep_link(
    work: Work, link_id: str, patient_id: str, expires_at: datetime, passcode: bytes | None, file: bytes
) -> None:
    """Keep a sealed summary until then; those that have ended go."""
    await work.connection.execute("delete from record_link where expires_at < $1", work.at)
    await work.connection.execute(
        "insert into record_link (id, person, made_by, made_at, expires_at, passcode, file) values ($1, $2, $3, $4, $5, $6, $7)",
        link_id, rid_of("Patient", patient_id), work.principal.subject, work.at, expires_at, passcode, file,
    )  # fmt: skip


async def links(work: Work, patient_id: str) -> list[Link]:
    """Links of a person that are good, the latest first."""
    rows = await work.connection.fetch(
        "select id, made_at, expires_at, passcode is not null as guarded, opened, tries from record_link"
        " where person = $1 and expires_at > $2 order by made_at desc, id",
        rid_of("Patient", patient_id), work.at,
    )  # fmt: skip
    return [Link(**row) for row in rows]


async def drop_link(work: Work, patient_id: str, link_id: str) -> None:
    """End a link of a person. Safe to repeat."""
    await work.connection.execute(
        "delete from record_link where id = $1 and person = $2", link_id, rid_of("Patient", patient_id)
    )


async def try_link(work: Work, link_id: str) -> asyncpg.Record | None:
    """Take one try of a link that is good: its person, passcode, file and the tries left; None: there is none so."""
    return await work.connection.fetchrow(
        "update record_link set tries = tries - 1 where id = $1 and expires_at > $2 and tries > 0"
        " returning person, passcode, file, tries",
        link_id, work.at,
    )  # fmt: skip


async def opened_link(work: Work, link_id: str) -> None:
    """Count an opening, and give the try back."""
    await work.connection.execute(
        "update record_link set opened = opened + 1, tries = tries + 1 where id = $1", link_id
    )
