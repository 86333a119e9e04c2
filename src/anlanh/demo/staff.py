"""People who work in the facilities: all invented, licensed as the law of 2023 asks, with their roles.

FHIR: Practitioner, PractitionerRole
Source: Luật KCB 15/2023/QH15 (licence for five years; form of its number [U])
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from anlanh.demo import facilities, names, numbers, personas, places
from anlanh.demo.elements import Resource, hl7, meta, shared_ref
from anlanh.demo.facilities import Facility
from anlanh.fhir.vn.systems import BASE, PERSONAL_ID

FIRST_NUMBER = 3_000_001
"""Numbers of staff go on where those of people end."""

NAMED_FROM = 900_000
"""Where the numbers of the personas begin among them."""

LICENCE_FROM, LICENCE_TO = "2024-06-01", "2029-05-31"

PROFESSIONS = {
    "doctor": ("BS.", "Bác sĩ", "doctor"),
    "nurse": ("ĐD.", "Điều dưỡng", "nurse"),
    "midwife": ("HS.", "Hộ sinh", "nurse"),
    "assistant": ("YS.", "Y sĩ", "doctor"),
    "pharmacist": ("DS.", "Dược sĩ", "pharmacist"),
    "technician": ("KTV.", "Kỹ thuật viên", ""),
    "clerk": ("", "Nhân viên hành chính", ""),
}
"""Prefix of the name, title, code of practitioner-role where it has one."""

LICENSED = ("doctor", "nurse", "midwife", "assistant", "pharmacist", "technician")

TEAMS = {
    "ward": ("doctor", "doctor", "nurse", "nurse"),
    "clinic": ("doctor", "nurse"),
    "support": ("technician",),
    "station": ("doctor", "assistant", "midwife", "pharmacist"),
}


@dataclass(frozen=True, slots=True)
class Worker:
    """Somebody who works in a department."""

    id: str
    number: int
    profession: str
    title: str
    facility_id: str
    department_id: str
    department_code: str
    family: str
    given: tuple[str, str]
    gender: str
    born: str

    @property
    def name(self) -> str:
        """Family name, middle name, name."""
        return " ".join((self.family, *self.given))


@cache
def workers() -> tuple[Worker, ...]:
    """Everybody, facility by facility."""
    posts = [post for facility in facilities.facilities() for post in _posts(facility)]
    return tuple(_worker(at, *post) for at, post in enumerate(posts))


def _posts(facility: Facility) -> Iterator[tuple[Facility, str, str, str]]:
    """Facility, id and code of the department, profession."""
    if facility.kind == "station":
        for profession in TEAMS["station"]:
            yield facility, f"khoa-{facility.id}-kb", "KB", profession
        return
    for department in facility.departments:
        for profession in TEAMS[department.kind]:
            yield facility, department.id, department.code, profession


def _worker(at: int, facility: Facility, department_id: str, department_code: str, profession: str) -> Worker:
    rng = random.Random(f"staff-{at}")
    women = {"midwife": 1.0, "nurse": 0.8, "pharmacist": 0.7}.get(profession, 0.45)
    gender = "female" if rng.random() < women else "male"
    zone = places.by_code()[facility.commune].zone
    number = FIRST_NUMBER + at
    year = rng.randint(1968, 2000)
    year += (year % 2 == 1) != numbers.year_is_odd(number)
    born = f"{year}-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}"
    return Worker(
        f"nhan-vien-{at + 1:04d}", number, profession, PROFESSIONS[profession][1], facility.id, department_id,
        department_code, names.family(rng, names.ethnic(rng, zone)), names.given(rng, gender), gender, born,
    )  # fmt: skip


@cache
def named() -> tuple[Worker, ...]:
    """The personas who work in the facilities."""
    found = []
    for at, (key, profession, facility_id, code, name, female, born) in enumerate(personas.STAFF):
        department_id = f"khoa-{facility_id}-{code.lower()}" if code else ""
        found.append(
            Worker(
                f"nhan-vien-{key}", FIRST_NUMBER + NAMED_FROM + at, profession, personas.TITLES[key][0], facility_id,
                department_id, code, name[0], name[1:], "female" if female else "male", born,
            )
        )  # fmt: skip
    return tuple(found)


def personal_id(worker: Worker) -> str:
    """The worker's number of twelve digits."""
    return numbers.personal_id(worker.number, "019", worker.gender == "female", int(worker.born[:4]))


@cache
def _by_department() -> dict[tuple[str, str, bool], tuple[Worker, ...]]:
    found: dict[tuple[str, str, bool], list[Worker]] = {}
    for each in (*named(), *workers()):
        prescribes = each.profession in ("doctor", "assistant")
        found.setdefault((each.facility_id, each.department_code, prescribes), []).append(each)
    return {key: tuple(each) for key, each in found.items()}


def doctor(facility_id: str, department_code: str, turn: int) -> Worker:
    """One of the doctors of a department, by turns; at a station a doctor or a doctor's assistant."""
    found = _by_department().get((facility_id, department_code, True)) or _doctors(facility_id)
    return found[turn % len(found)]


@cache
def _doctors(facility_id: str) -> tuple[Worker, ...]:
    return tuple(e for e in workers() if e.facility_id == facility_id and e.profession in ("doctor", "assistant"))


def nurse(facility_id: str, turn: int) -> Worker:
    """One of those who measure and give injections, by turns."""
    found = _nurses(facility_id)
    return found[turn % len(found)]


@cache
def _nurses(facility_id: str) -> tuple[Worker, ...]:
    found = tuple(e for e in workers() if e.facility_id == facility_id and e.profession in ("nurse", "midwife"))
    return found or tuple(e for e in workers() if e.facility_id == facility_id)


def resources() -> Iterator[Resource]:
    """A Practitioner and a PractitionerRole for each."""
    for each in (*named(), *workers()):
        yield practitioner(each)
        yield role(each)


def practitioner(worker: Worker) -> Resource:
    """Who it is, with the licence to practise where the profession needs one."""
    prefix, title, _ = PROFESSIONS[worker.profession]
    name = names.human_name(worker.family, worker.given)
    if prefix:
        name["prefix"] = [prefix]
    found: Resource = {
        "resourceType": "Practitioner",
        "id": worker.id,
        "meta": meta("Practitioner"),
        "identifier": [{"use": "official", "system": PERSONAL_ID, "value": personal_id(worker)}],
        "active": True,
        "name": [name],
        "telecom": [{"system": "phone", "value": numbers.phone(worker.number), "use": "work"}],
        "gender": worker.gender,
        "birthDate": worker.born,
    }
    if worker.profession in LICENSED:
        licence = {"system": f"{BASE}sid/gphn", "value": f"{worker.number % 1_000_000:06d}/TNG-GPHN"}
        found["identifier"].append(licence)
        found["qualification"] = [
            {
                "identifier": [licence],
                "code": {"text": title},
                "period": {"start": LICENCE_FROM, "end": LICENCE_TO},
                "issuer": shared_ref("Organization/so-y-te"),
            }
        ]
    return found


def role(worker: Worker) -> Resource:
    """Where they work, as what."""
    code = PROFESSIONS[worker.profession][2]
    found: Resource = {
        "resourceType": "PractitionerRole",
        "id": f"vai-tro-{worker.id}",
        "meta": meta("PractitionerRole"),
        "active": True,
        "practitioner": {"reference": f"Practitioner/{worker.id}", "display": worker.name},
        "organization": shared_ref(f"Organization/{worker.facility_id}"),
        "code": [hl7("practitioner-role", code, worker.title) if code else {"text": worker.title}],
    }
    if worker.department_id:
        found["location"] = [shared_ref(f"Location/{worker.department_id}")]
        if facilities.by_id()[worker.facility_id].department(worker.department_code).kind != "support":
            found["healthcareService"] = [shared_ref(f"HealthcareService/dich-vu-{worker.department_id}")]
    return found
