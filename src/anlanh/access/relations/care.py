"""Care relations: what an encounter, an appointment, a referral, an episode, a team or a registration opens.

FHIR: Encounter, Appointment, ServiceRequest, EpisodeOfCare, CareTeam, Patient
Source: Luật Khám bệnh, chữa bệnh 15/2023/QH15 Điều 69; the spans below are the province's own and wait for its decision
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from anlanh.access.relations.model import FOREVER, Relation
from anlanh.fhir.search.keys import rid_of
from anlanh.fhir.search.values import NotADate, date_range, moment_of

Resource: TypeAlias = dict[str, Any]

AFTERCARE = timedelta(days=30)
"""After an encounter or an episode has ended: results arrive, questions are asked."""
BEFORE_APPOINTMENT = timedelta(days=7)
AFTER_APPOINTMENT = timedelta(days=1)
REFERRAL = timedelta(days=90)
LONG_AGO = datetime(1900, 1, 1, tzinfo=UTC)

ONGOING = frozenset(("planned", "arrived", "triaged", "in-progress", "onleave", "active", "waitlist", "onhold"))
BOOKED = frozenset(("proposed", "pending", "booked", "arrived", "checked-in", "waitlist", "fulfilled"))


def of(resource: Resource, rid: int) -> list[Relation]:
    """The relations that follow from a resource of that key; of a resource of another type none."""
    make = MADE_BY.get(resource["resourceType"])
    return list(dict.fromkeys(make(resource, rid))) if make else []


def _encounter(resource: Resource, rid: int) -> Iterator[Relation]:
    patients = rids_of([resource.get("subject")], "Patient")
    parties = parties_of(
        [resource.get("serviceProvider"), *(each.get("individual") for each in resource.get("participant", ()))]
    )
    if resource.get("status") in ONGOING:
        yield from _between(patients, parties, "encounter", LONG_AGO, FOREVER, rid)
    elif resource.get("status") == "finished":
        end = _moment(resource.get("period"), "end") or _moment(resource.get("period"), "start")
        if end is not None:
            yield from _between(patients, parties, "encounter", LONG_AGO, _shifted(end, AFTERCARE), rid)


def _appointment(resource: Resource, rid: int) -> Iterator[Relation]:
    actors = [each.get("actor") for each in resource.get("participant", ())]
    start = instant_of(resource.get("start"))
    if resource.get("status") in BOOKED and start is not None:
        yield from _between(
            rids_of(actors, "Patient"), parties_of(actors), "appointment", _shifted(start, -BEFORE_APPOINTMENT),
            _shifted(instant_of(resource.get("end")) or start, AFTER_APPOINTMENT), rid,
        )  # fmt: skip


def _referral(resource: Resource, rid: int) -> Iterator[Relation]:
    authored = instant_of(resource.get("authoredOn"))
    if resource.get("status") == "active" and authored is not None:
        patients = rids_of([resource.get("subject")], "Patient")
        yield from _between(
            patients, parties_of(resource.get("performer", ())), "referral", LONG_AGO, _shifted(authored, REFERRAL), rid
        )


def _episode(resource: Resource, rid: int) -> Iterator[Relation]:
    patients = rids_of([resource.get("patient")], "Patient")
    parties = parties_of([resource.get("managingOrganization"), resource.get("careManager")])
    if resource.get("status") in ONGOING:
        yield from _between(patients, parties, "episode", LONG_AGO, FOREVER, rid)
    elif resource.get("status") == "finished" and (end := _moment(resource.get("period"), "end")) is not None:
        yield from _between(patients, parties, "episode", LONG_AGO, _shifted(end, AFTERCARE), rid)


def _team(resource: Resource, rid: int) -> Iterator[Relation]:
    if resource.get("status") != "active":
        return
    patients = rids_of([resource.get("subject")], "Patient")
    parties = parties_of([each.get("member") for each in resource.get("participant", ())])
    until = _moment(resource.get("period"), "end") or FOREVER
    yield from _between(patients, parties, "team", LONG_AGO, until, rid)


def _registration(resource: Resource, rid: int) -> Iterator[Relation]:
    if resource.get("active") is False:
        return
    parties = parties_of([*resource.get("generalPractitioner", ()), resource.get("managingOrganization")])
    yield from _between([rid], parties, "registered", LONG_AGO, FOREVER, rid)


MADE_BY: dict[str, Callable[[Resource, int], Iterator[Relation]]] = {
    "Encounter": _encounter,
    "Appointment": _appointment,
    "ServiceRequest": _referral,
    "EpisodeOfCare": _episode,
    "CareTeam": _team,
    "Patient": _registration,
}
"""One row for each type of resource that makes a care relation."""

PARTIES = ("Organization", "Practitioner", "PractitionerRole", "HealthcareService", "Location")


def _between(
    patients: Iterable[int], parties: Iterable[int], kind: str, since: datetime, until: datetime, rid: int
) -> Iterator[Relation]:
    others = list(parties)
    for patient in patients:
        for party in others:
            yield Relation(patient, party, kind, since, until, rid)


def parties_of(references: Iterable[Any]) -> list[int]:
    """Keys of the facilities and professionals among the references."""
    given = list(references)
    return [rid for kind in PARTIES for rid in rids_of(given, kind)]


def rids_of(references: Iterable[Any], resource_type: str) -> list[int]:
    """Keys of the resources of the type among the references."""
    found = []
    for each in references:
        reference = each.get("reference") if isinstance(each, dict) else None
        kind, slash, resource_id = reference.partition("/") if isinstance(reference, str) else ("", "", "")
        if slash and kind == resource_type:
            found.append(rid_of(kind, resource_id.partition("/")[0]))
    return found


def _shifted(moment: datetime, by: timedelta) -> datetime:
    """A moment so much later or earlier; the first or last there is, when it would be outside the years 1 to 9999."""
    try:
        return moment + by
    except OverflowError:
        return FOREVER if by > timedelta() else LONG_AGO


def _moment(period: Any, end: str) -> datetime | None:
    return instant_of(period.get(end)) if isinstance(period, dict) else None


def instant_of(text: Any) -> datetime | None:
    """The last moment that a date or dateTime may mean, in UTC where it names no zone."""
    try:
        return moment_of(date_range(text, ZoneInfo("UTC"))[1]) if isinstance(text, str) else None
    except NotADate:
        return None
