"""Sites, buildings, wards, rooms and beds, and who lies where on the day the province stands still.

So that the wards of the first screens are alive, each of the first forty blocks of a hundred people has four people in
hospital, later blocks have one: the order in which beds are filled is fixed, so that a bed never has two people.

FHIR: Location (physicalType, partOf, operationalStatus)
Source: https://hl7.org/fhir/R4/location.html, https://terminology.hl7.org/CodeSystem-v2-0116.html
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache

from anlanh.demo import facilities, listing, places
from anlanh.demo.elements import Resource, concept, hl7, meta, shared_ref
from anlanh.demo.facilities import Department, Facility

BED_STATUS = "http://terminology.hl7.org/CodeSystem/v2-0116"
STATUS_NAMES = {"O": "Occupied", "U": "Unoccupied", "K": "Contaminated", "H": "Housekeeping", "C": "Closed"}
EMPTY = ("U", "U", "U", "U", "U", "U", "U", "K", "U", "U", "U", "H", "U", "U", "U", "U", "U", "U", "C", "U")
"""What an empty bed is like, by turns."""

ISOLATION = ("K11", "K12")
FULL_BLOCKS = 40
"""So many blocks are the small world that a first run shows; they have more people in hospital."""

IN_HOSPITAL = 4

SHOWN_FIRST = ("bv-a", "bvdk-bac-kan", "ttyt-dong-hy", "bv-trung-uong", "bv-c", "ttyt-dai-tu", "ttyt-ba-be")
TYPES = {"K48": "ICU", "K02": "ER", "K01": "OF", "K18": "PEDU", "K33": "HU", "K15": "PHU", "KB": "OF"}


@dataclass(frozen=True, slots=True)
class Bed:
    """A bed in a room of a ward."""

    id: str
    number: str
    room_id: str
    ward: Department


@cache
def beds() -> tuple[Bed, ...]:
    """All beds of hospitals and centres in the order in which they are filled: ward by ward in turn, so that all are in use."""
    order = {name: at for at, name in enumerate(SHOWN_FIRST)}
    found: list[tuple[tuple[int, int, str], Bed]] = []
    for facility in facilities.facilities():
        if facility.kind == "station":
            continue
        for ward in facility.departments:
            for at, bed in enumerate(_beds(ward)):
                found.append(((order.get(facility.id, 99) // 3, at, bed.id), bed))
    return tuple(bed for _, bed in sorted(found, key=lambda pair: pair[0]))


def slots(block: int) -> tuple[Bed, ...]:
    """The beds that people of this block lie in."""
    start = IN_HOSPITAL * block if block < FULL_BLOCKS else IN_HOSPITAL * FULL_BLOCKS + block - FULL_BLOCKS
    return beds()[start : start + (IN_HOSPITAL if block < FULL_BLOCKS else 1)]


def _rooms(ward: Department) -> Iterator[str]:
    return (f"buong-{ward.id.removeprefix('khoa-')}-{number}" for number in range(1, ward.rooms + 1))


def _beds(ward: Department) -> Iterator[Bed]:
    for room, room_id in enumerate(_rooms(ward), 1):
        for bed in range(1, ward.beds + 1):
            yield Bed(f"giuong-{room_id.removeprefix('buong-')}-{bed}", f"{room:02d}.{bed}", room_id, ward)


def resources(occupied: Collection[str]) -> Iterator[Resource]:
    """All Locations. `occupied`: ids of the beds that somebody lies in."""
    for number, facility in enumerate(facilities.facilities()):
        yield _site(facility, number)
        if not facility.departments:
            continue
        building = f"nha-{facility.id}"
        yield _location(building, "Nhà A", "bu", "Tòa nhà", facility.id, f"dia-diem-{facility.id}")
        for department in facility.departments:
            yield from _department(facility, department, building, occupied)


def _site(facility: Facility, number: int) -> Resource:
    commune = places.by_code()[facility.commune]
    return {
        **_location(f"dia-diem-{facility.id}", facility.name, "si", "Cơ sở", facility.id),
        **listing.open_to_people(facility.kind, number),
        "address": places.address(facility.street, facility.commune),
        "position": {"longitude": commune.longitude, "latitude": commune.latitude},
    }


def _department(
    facility: Facility, department: Department, building: str, occupied: Collection[str]
) -> Iterator[Resource]:
    physical = ("wa", "Khoa điều trị") if department.kind == "ward" else ("area", "Khu vực")
    owner = facility.id if facility.kind == "station" else department.id
    found = _location(department.id, department.name, *physical, owner, building)
    if department.code in TYPES:
        found["type"] = [hl7("v3-RoleCode", TYPES[department.code])]
    yield found
    for number, room_id in enumerate(_rooms(department), 1):
        room = _location(room_id, f"Buồng {number}", "ro", "Buồng", owner, department.id)
        if department.code in ISOLATION and number == 1:
            room["type"] = [{"text": "Buồng cách ly"}]
        yield room
    for at, bed in enumerate(_beds(department)):
        found = _location(bed.id, f"Giường {bed.number}", "bd", "Giường", owner, bed.room_id)
        status = "O" if bed.id in occupied else EMPTY[(at + len(bed.id)) % len(EMPTY)]
        found["operationalStatus"] = bed_status(status)
        yield found


def bed_status(code: str) -> Resource:
    """The operationalStatus of a bed."""
    return {"system": BED_STATUS, "code": code, "display": STATUS_NAMES[code]}


def _location(
    location_id: str, name: str, physical: str, words: str, owner: str, part_of: str | None = None
) -> Resource:
    found: Resource = {
        "resourceType": "Location",
        "id": location_id,
        "meta": meta("Location"),
        "status": "active",
        "name": name,
        "mode": "instance",
        "physicalType": concept("http://terminology.hl7.org/CodeSystem/location-physical-type", physical, text=words),
        "managingOrganization": shared_ref(f"Organization/{owner}"),
    }
    if part_of:
        found["partOf"] = shared_ref(f"Location/{part_of}")
    return found
