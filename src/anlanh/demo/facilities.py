"""Where care is given: the real public institutions after the merger, a station in each commune, pharmacies, schools.

Names of public hospitals and centres are real; their codes, departments, beds and services are not: codes are of a
range that is not given out (19901-19999, 06901-06999), and there is about one bed for seven of the real ones.

FHIR: Organization, HealthcareService, ChargeItemDefinition
Source: `tables/facilities.csv`, `tables/departments.csv`, `tables/services.csv`; names from the province's public list
after 01/07/2025 [K], sites by the commune that took in the old ward [K], codes of departments QĐ 1804/QĐ-BYT năm 2026
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from anlanh.demo import listing, places
from anlanh.demo.elements import MADE_UP_IDS, Resource, concept, hl7, meta, rows, shared_ref
from anlanh.demo.places import Commune
from anlanh.fhir.vn.systems import BASE

ORGANIZATION_TYPES = {
    "govt": ("govt", "Cơ quan quản lý nhà nước"),
    "cdc": ("prov", "Trung tâm kiểm soát bệnh tật"),
    "ins": ("ins", "Cơ quan bảo hiểm xã hội"),
    "hospital": ("prov", "Bệnh viện"),
    "centre": ("prov", "Trung tâm y tế khu vực"),
    "station": ("prov", "Trạm y tế"),
    "pharmacy": ("prov", "Nhà thuốc"),
    "school": ("edu", "Trường học"),
}


LOCAL = (
    ("pharmacy", "nha-thuoc", "Nhà thuốc trung tâm"),
    ("school", "truong-mam-non", "Trường Mầm non"),
    ("school", "truong-thcs", "Trường Tiểu học và THCS"),
)
"""What else there is in each commune: kind, beginning of the id, name."""

LOCAL_OFFSETS = ((0.004, 0.002), (-0.005, 0.003), (0.002, -0.006))
"""Degrees east and north of the middle of the commune."""


@dataclass(frozen=True, slots=True)
class Department:
    """A department of a facility. `kind`: ward, clinic or support; `beds` are those in each of its `rooms`."""

    id: str
    facility_id: str
    code: str
    name: str
    kind: str
    rooms: int
    beds: int
    service: str


@dataclass(frozen=True, slots=True)
class Facility:
    """An institution with its departments."""

    id: str
    name: str
    kind: str
    code: str
    commune: str
    street: str
    departments: tuple[Department, ...]

    def department(self, code: str) -> Department:
        """The department of that code, or the one of internal medicine, or the first."""
        by_code = {each.code: each for each in self.departments}
        return by_code.get(code) or by_code.get("K03") or self.departments[0]


def station_name(commune: Commune) -> str:
    """Trạm Y tế xã …"""
    return f"Trạm Y tế {commune.name[0].lower()}{commune.name[1:]}"


@cache
def facilities() -> tuple[Facility, ...]:
    """Institutions of the province, then the stations in order of commune."""
    named = tuple(
        _facility(row["id"], row["name"], row["kind"], row["template"], row["code"], row["commune"], row["street"])
        for row in rows("facilities")
    )
    return named + stations()


@cache
def stations() -> tuple[Facility, ...]:
    """The station of each commune; those of the former Bắc Kạn have codes of the range 06."""
    found, next_code = [], {"19": 1, "06": 1}
    for commune in places.communes():
        region = "06" if commune.zone == places.FORMER_BAC_KAN else "19"
        code = f"{region}9{next_code[region]:02d}"
        next_code[region] += 1
        found.append(
            _facility(commune.station_id, station_name(commune), "station", "station", code, commune.code, "Trung tâm")
        )
    return tuple(found)


@cache
def by_id() -> dict[str, Facility]:
    """The facilities by id."""
    return {each.id: each for each in facilities()}


@cache
def nearest_hospital(commune_code: str) -> Facility:
    """The regional centre or general hospital, whichever stands nearest to the middle of the commune."""
    here = places.by_code()[commune_code]
    general = [each for each in facilities() if each.id in GENERAL or each.kind == "centre"]

    def distance(facility: Facility) -> tuple[float, str]:
        there = places.by_code()[facility.commune]
        return (here.latitude - there.latitude) ** 2 + (here.longitude - there.longitude) ** 2, facility.id

    return min(general, key=distance)


GENERAL = ("bv-trung-uong", "bv-a", "bv-c", "bvdk-bac-kan")
"""The hospitals for the whole province."""


def _facility(facility_id: str, name: str, kind: str, template: str, code: str, commune: str, street: str) -> Facility:
    departments = tuple(
        Department(
            f"khoa-{facility_id}-{row['code'].lower()}", facility_id, row["code"], row["name"], row["kind"],
            int(row["rooms"]), int(row["beds"]), row["service"],
        )
        for row in rows("departments")
        if template and row["template"] == template
    )  # fmt: skip
    return Facility(facility_id, name, kind, code, commune, street, departments)


def resources() -> Iterator[Resource]:
    """Organizations with their departments, what they offer and at what price."""
    for facility in facilities():
        yield _organization(facility)
        if facility.kind != "station":
            yield from (_department(each) for each in facility.departments)
        yield from (_service(facility, each) for each in facility.departments if each.kind != "support")
    for commune in places.communes():
        for at, (kind, prefix, words) in enumerate(LOCAL):
            yield _local(commune, kind, prefix, words)
            yield _local_site(commune, at, prefix, words)
    yield from _prices()


def _organization(facility: Facility) -> Resource:
    coding, words = ORGANIZATION_TYPES[facility.kind]
    found: Resource = {"resourceType": "Organization", "id": facility.id, "meta": meta("Organization")}
    if facility.code:
        code = {"system": f"{BASE}sid/ma-cskcb", "value": facility.code}
        found["identifier"] = [code, listing.licence(facility.code)]
    found |= {
        "active": True,
        "type": [hl7("organization-type", coding, words), *listing.level(facility.id, facility.kind)],
        "name": facility.name,
        "address": [places.address(facility.street, facility.commune)],
    }
    if facility.kind not in ("govt", "ins"):
        found["partOf"] = shared_ref("Organization/so-y-te")
    return found


def _department(department: Department) -> Resource:
    return {
        "resourceType": "Organization",
        "id": department.id,
        "meta": meta("Organization"),
        "identifier": [{"system": f"{BASE}sid/ma-khoa", "value": department.code}],
        "active": True,
        "type": [hl7("organization-type", "dept", "Khoa, phòng")],
        "name": department.name,
        "partOf": shared_ref(f"Organization/{department.facility_id}"),
    }


def _service(facility: Facility, department: Department) -> Resource:
    return {
        "resourceType": "HealthcareService",
        "id": f"dich-vu-{department.id}",
        "meta": meta("HealthcareService"),
        "active": True,
        "providedBy": shared_ref(f"Organization/{facility.id}"),
        "category": [{"text": "Nội trú" if department.kind == "ward" else "Ngoại trú"}],
        "type": [{"text": department.service}],
        "location": [shared_ref(f"Location/{department.id}")],
        "name": f"{department.service} – {facility.name}",
        **listing.welcome(facility.kind, facility.commune),
        "appointmentRequired": False,
        "availableTime": [
            {
                "daysOfWeek": ["mon", "tue", "wed", "thu", "fri"],
                "availableStartTime": "07:00:00",
                "availableEndTime": "16:30:00",
            }
        ]
        if department.kind == "clinic"
        else [{"daysOfWeek": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "allDay": True}],
    }


def _local(commune: Commune, kind: str, prefix: str, words: str) -> Resource:
    coding, title = ORGANIZATION_TYPES[kind]
    return {
        "resourceType": "Organization",
        "id": f"{prefix}-{commune.code}",
        "meta": meta("Organization"),
        "identifier": [{"system": f"{MADE_UP_IDS}/{kind}", "value": f"{prefix}-{commune.code}"}],
        "active": True,
        "type": [hl7("organization-type", coding, title)],
        "name": f"{words} {commune.name.split(' ', 1)[1]} (mẫu)",
        "address": [places.address("Trung tâm", commune.code)],
    }


def _local_site(commune: Commune, at: int, prefix: str, words: str) -> Resource:
    """Where it stands: near the middle of the commune, not all in one point."""
    east, north = LOCAL_OFFSETS[at]
    return {
        "resourceType": "Location",
        "id": f"dia-diem-{prefix}-{commune.code}",
        "meta": meta("Location"),
        "status": "active",
        "name": f"{words} {commune.name.split(' ', 1)[1]} (mẫu)",
        **listing.open_to_people(LOCAL[at][0], 1000 + int(commune.code)),
        "mode": "instance",
        "physicalType": hl7("location-physical-type", "si", "Cơ sở"),
        "position": {
            "longitude": round(commune.longitude + east, 4), "latitude": round(commune.latitude + north, 4),
        },
        "managingOrganization": shared_ref(f"Organization/{prefix}-{commune.code}"),
    }  # fmt: skip


def _prices() -> Iterator[Resource]:
    """A ChargeItemDefinition for each service, with the price at hospitals and at stations."""
    for row in rows("services"):
        prices = [
            (level, int(row[column]))
            for level, column in (("Bệnh viện", "price_hospital"), ("Trạm y tế", "price_station"))
            if row[column]
        ]
        yield {
            "resourceType": "ChargeItemDefinition",
            "id": f"gia-{row['code'].lower()}",
            "meta": meta("ChargeItemDefinition"),
            "url": f"{BASE}ChargeItemDefinition/gia-{row['code'].lower()}",
            "version": "2026",
            "title": row["name"],
            "status": "active",
            "experimental": True,
            "code": concept(f"{MADE_UP_IDS}/dich-vu", row["code"], row["name"]),
            "effectivePeriod": {"start": listing.EFFECTIVE_FROM},
            "propertyGroup": list(listing.prices(prices, row["group"])),
        }
