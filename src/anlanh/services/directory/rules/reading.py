"""From resources to entries of the directory: pure, and forgiving of what is missing.

FHIR: Organization, Location, HealthcareService, Practitioner, PractitionerRole, ChargeItemDefinition
Source: https://hl7.org/fhir/R4/organization.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from anlanh.services.directory.model import (
    Charge,
    Department,
    Facility,
    Kind,
    Licence,
    Practice,
    Practitioner,
    Price,
)
from anlanh.services.directory.rules import hours, licences

Resource = dict[str, Any]

KINDS = {
    "Bệnh viện": Kind.HOSPITAL,
    "Trung tâm y tế khu vực": Kind.CENTRE,
    "Trạm y tế": Kind.STATION,
    "Nhà thuốc": Kind.PHARMACY,
    "Trung tâm kiểm soát bệnh tật": Kind.CONTROL,
}
"""The words of Organization.type; other organisations (schools, offices) are not places of care."""

LEVEL = "Cấp "
INSURANCE = "Bảo hiểm y tế"
WHEELCHAIR = "xe lăn"
NOT_PRACTISING = ("Nhân viên hành chính",)


def facility(
    organization: Resource, sites: Sequence[Resource], departments: Sequence[Resource], services: Sequence[Resource],
    updated_at: datetime,
) -> Facility | None:  # fmt: skip
    """A facility from what belongs to it; None where it is no place of care, or closed."""
    types = [str(each.get("text", "")) for each in organization.get("type", ())]
    kind = next((KINDS[each] for each in types if each in KINDS), None)
    if kind is None or organization.get("active") is False:
        return None
    site = next((each for each in sites if "position" in each), sites[0] if sites else {})
    position, address = site.get("position"), (organization.get("address") or [{}])[0]
    telecom = [*site.get("telecom", ()), *organization.get("telecom", ())]
    return Facility(
        id=organization["id"],
        name=str(organization.get("name", "")),
        kind=kind,
        level=next((each for each in types if each.startswith(LEVEL)), ""),
        licence=_identifier(organization, "sid/gphd"),
        code=_identifier(organization, "sid/ma-cskcb"),
        commune=_commune(address),
        address=str(address.get("text", "")),
        phone=next((str(each.get("value", "")) for each in telecom if each.get("system") == "phone"), ""),
        at=(float(position["longitude"]), float(position["latitude"])) if position else None,
        hours=hours.of(site),
        languages=_languages(services),
        wheelchair=any(WHEELCHAIR in _text(of) for each in services for of in each.get("characteristic", ())),
        insured=any(_text(of) == INSURANCE for each in services for of in each.get("program", ())),
        departments=_departments(departments, services),
        updated_at=updated_at,
        site=str(site.get("id", "")),
    )


def practitioner(resource: Resource, roles: Iterable[Resource]) -> Practitioner | None:
    """Somebody who practises; None for those who work there as something else."""
    practices = [practice(each) for each in roles]
    if not practices or all(each.title in NOT_PRACTISING for each in practices):
        return None
    return Practitioner(
        resource["id"], name_of(resource), licence(resource), tuple(practices), resource.get("active") is not False
    )


def practice(role: Resource) -> Practice:
    """Where and as what."""
    period = role.get("period", {})
    return Practice(
        role["id"],
        _id(role.get("organization")),
        _id(_first(role.get("location", ()))),
        next((_text(each) for each in role.get("code", ())), ""),
        role.get("active") is not False,
        _day(period.get("start")),
        _day(period.get("end")),
    )


def licence(resource: Resource) -> Licence | None:
    """The licence of a Practitioner that holds longest."""
    found = [
        Licence(
            str(_first(each.get("identifier", ())).get("value", "")),
            _text(each.get("code", {})),
            _day(each.get("period", {}).get("start")),
            _day(each.get("period", {}).get("end")),
        )
        for each in resource.get("qualification", ())
    ]
    return licences.latest(found)


def charge(resource: Resource, groups: Mapping[str, str]) -> Charge:
    """A service with its prices; a group of prices says level and payer as its first two conditions."""
    found, group = [], ""
    for each in resource.get("propertyGroup", ()):
        where = [str(of.get("description", "")) for of in each.get("applicability", ())]
        for part in each.get("priceComponent", ()):
            level, payer = (*where, "", "")[:2]
            found.append(Price(level, payer, int(Decimal(str(part.get("amount", {}).get("value", 0))))))
            group = group or groups.get(str(_coding(part.get("code", {})).get("code", "")), "")
    period = resource.get("effectivePeriod", {})
    return Charge(
        resource["id"], str(_coding(resource.get("code", {})).get("code", "")), str(resource.get("title", "")), group,
        _day(period.get("start")), _day(period.get("end")), tuple(found),
    )  # fmt: skip


def _departments(departments: Sequence[Resource], services: Sequence[Resource]) -> tuple[Department, ...]:
    """Those that are Organizations; where there are none, as in a station, the services stand for them."""
    offers: dict[str, list[str]] = {}
    for each in services:
        place = _id(_first(each.get("location", ())))
        offers.setdefault(place, []).extend(_text(of) for of in each.get("type", ()))
    if departments:
        made = (
            Department(each["id"], str(each.get("name", "")), tuple(offers.get(each["id"], ()))) for each in departments
        )
        return tuple(sorted(made, key=lambda each: each.id))
    return tuple(Department(place, "; ".join(words), ()) for place, words in sorted(offers.items()) if words)


def _languages(services: Sequence[Resource]) -> dict[str, str]:
    spoken = [of for each in services for of in each.get("communication", ())]
    return {str(_coding(of).get("code", "")): _text(of) for of in spoken if _coding(of).get("code")}


def _commune(address: Resource) -> str:
    codings = [
        e.get("valueCoding", {}) for e in address.get("extension", ()) if str(e.get("url", "")).endswith("/ma-xa")
    ]
    return next((str(each.get("code", "")) for each in codings), "")


def _identifier(resource: Resource, ending: str) -> str:
    found = [each for each in resource.get("identifier", ()) if str(each.get("system", "")).endswith(ending)]
    return str(found[0].get("value", "")) if found else ""


def name_of(resource: Resource) -> str:
    """Title and name of a Practitioner; empty where it has none."""
    name = _first(resource.get("name", ()))
    words = " ".join([str(name.get("family", "")), *name.get("given", ())]).strip() or str(name.get("text", ""))
    return " ".join([*name.get("prefix", ()), words]).strip()


def _text(concept: Resource) -> str:
    coding = _coding(concept)
    return str(concept.get("text") or coding.get("display") or coding.get("code") or "")


def _coding(concept: Resource) -> Resource:
    return _first(concept.get("coding", ()))


def _first(found: Sequence[Resource]) -> Resource:
    return found[0] if found else {}


def _id(reference: Resource | None) -> str:
    return str((reference or {}).get("reference", "")).rpartition("/")[2]


def _day(text: str | None) -> date | None:
    """The day a FHIR date or dateTime names; of a year or a month the first."""
    return date.fromisoformat((text + "-01-01")[:10] if len(text) == 4 else (text + "-01")[:10]) if text else None
