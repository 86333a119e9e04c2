"""Words, dates and sources out of FHIR resources.

FHIR: CodeableConcept, Coding, Reference, Period, Meta
Source: https://hl7.org/fhir/R4/datatypes.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, tzinfo
from typing import Any, TypeAlias

from anlanh.services.record.model import Source

Resource: TypeAlias = dict[str, Any]
Names: TypeAlias = Mapping[str, str]
"""Reference to the name of what it points at: facilities, professionals; of an Encounter the name of its facility."""

WHEN = (
    "effectiveDateTime", "occurrenceDateTime", "performedDateTime", "authoredOn", "onsetDateTime", "recordedDate", "date",
    "dateAsserted", "issued", "occurrenceString", "onsetString",
)  # fmt: skip
"""Elements that say when, the most telling first."""

PERIODS = ("period", "effectivePeriod", "performedPeriod", "onsetPeriod")
FACILITIES = ("Organization/", "Encounter/", "Location/")


def concept(value: Any) -> str:
    """What a CodeableConcept, Coding or the first of several says, in words or else as a code.

    >>> concept([{"coding": [{"code": "I10", "display": "Tăng huyết áp"}]}])
    'Tăng huyết áp'
    """
    if isinstance(value, list):
        return next((text for text in map(concept, value) if text), "")
    if not isinstance(value, dict):
        return ""
    codings = [value, *value.get("coding", ())]
    display = next((each["display"] for each in codings if each.get("display")), "")
    return str(value.get("text") or display or next((each["code"] for each in codings if each.get("code")), ""))


def codes(value: Any, system: str = "") -> tuple[str, ...]:
    """The codes of a CodeableConcept or of several, of one system or of all."""
    listed = value if isinstance(value, list) else [value] if isinstance(value, dict) else []
    return tuple(
        str(coding["code"])
        for each in listed
        for coding in each.get("coding", ())
        if coding.get("code") and system in ("", coding.get("system"))
    )


def code(value: Any, system: str = "") -> str:
    """The first of them, or nothing."""
    return next(iter(codes(value, system)), "")


def on(resource: Mapping[str, Any], *names: str) -> str:
    """When: the first of these elements (of WHEN, when none are named) that is there, else the start of a period."""
    for name in names or WHEN:
        if isinstance(resource.get(name), str):
            return str(resource[name])
    for name in PERIODS:
        if isinstance(resource.get(name), dict) and resource[name].get("start"):
            return str(resource[name]["start"])
    return ""


def until(resource: Mapping[str, Any]) -> str:
    """The end of its period, or nothing."""
    return next((str(resource[name].get("end", "")) for name in PERIODS if isinstance(resource.get(name), dict)), "")


def references(value: Any) -> Iterator[str]:
    """Every relative reference `Type/id` in a resource, in order."""
    if isinstance(value, dict):
        found = value.get("reference")
        if isinstance(found, str) and found.count("/") == 1 and ":" not in found:
            yield found
        for name, child in value.items():
            if name != "meta":
                yield from references(child)
    elif isinstance(value, list):
        for each in value:
            yield from references(each)


def places(resource: Mapping[str, Any]) -> Iterator[str]:
    """References that tell at which facility it was made, the most telling first."""
    for name in ("serviceProvider", "custodian", "managingOrganization"):
        yield from _one(resource.get(name))
    for each in resource.get("performer", ()):
        yield from _one(each.get("actor", each))
    for name in ("encounter", "context"):
        found = resource.get(name, {})
        for each in found.get("encounter", [found]) if isinstance(found, dict) else ():
            yield from _one(each)
    for each in resource.get("author", ()) if isinstance(resource.get("author"), list) else ():
        yield from _one(each)
    yield from _one(resource.get("location"))


def _one(value: Any) -> Iterator[str]:
    reference = value.get("reference", "") if isinstance(value, dict) else ""
    if isinstance(reference, str) and reference.startswith(FACILITIES):
        yield reference


def shown(reference: Any, names: Names) -> str:
    """How what a Reference points at is called."""
    if not isinstance(reference, dict):
        return ""
    return names.get(str(reference.get("reference", "")), "") or str(reference.get("display", ""))


def source(resource: Mapping[str, Any], names: Names) -> Source:
    """Where a resource comes from. `meta.source` names the message; `#` ends the name of the sender."""
    facility = next((names[each] for each in places(resource) if names.get(each)), "")
    meta = resource.get("meta", {})
    return Source(
        f"{resource['resourceType']}/{resource['id']}", int(meta.get("versionId", 1)), facility,
        instant(str(meta.get("lastUpdated", ""))), str(meta.get("source", "")),
    )  # fmt: skip


def instant(text: str) -> datetime:
    """A FHIR instant; the beginning of time where it is none."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def moment(text: str) -> date:
    """A FHIR date or time for a drawing; of a year or a month its first day.

    >>> moment("2026-05"), moment("2026-05-03T07:30:00+07:00").hour
    (datetime.date(2026, 5, 1), 7)
    """
    if "T" in text:
        return instant(text)
    year, month, day = (*(int(each) for each in text.split("-")), 1, 1)[:3]
    return date(year, month, day)


def local(text: str, zone: tzinfo) -> str:
    """A FHIR date or time as it is on the clock of a zone; dates as they are.

    >>> from datetime import timedelta, timezone
    >>> local("2026-10-31T18:30:00Z", timezone(timedelta(hours=7)))
    '2026-11-01T01:30:00+07:00'
    """
    if "T" not in text:
        return text
    return instant(text).astimezone(zone).isoformat()


def latest_first(resources: Sequence[Resource], *names: str) -> list[Resource]:
    """In order of when, the latest first; those of the same moment by id."""
    return sorted(resources, key=lambda each: (on(each, *names), str(each.get("id", ""))), reverse=True)


def called(person: Mapping[str, Any]) -> str:
    """How a person or facility is called."""
    name = person.get("name", "")
    if isinstance(name, str):
        return name
    first: Resource = next(iter(name), {})
    written = " ".join([str(first.get("family", "")), *map(str, first.get("given", ()))]).strip()
    return str(first.get("text") or written)


def identifier(resource: Mapping[str, Any], system: str) -> str:
    """The value of its identifier of that system that is in use."""
    return next(
        (
            str(each.get("value", ""))
            for each in resource.get("identifier", ())
            if each.get("system") == system and each.get("use") != "old"
        ),
        "",
    )
