"""What is known of a made-up person before the first visit: Patient, household, parents and children.

Parents and children point to each other in both ways: RelatedPerson of the child (mother, father) and of the parent
(son, daughter), each with the personal number of whom it is, and `Patient.link` from that person to it. So a parent's
right to act for a child below fifteen can be derived, and ends by itself.

FHIR: Patient, Group, RelatedPerson
Source: QĐ 831/QĐ-BYT [K]; https://hl7.org/fhir/R4/patient.html#links
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import cache

from anlanh.demo import names, numbers, places
from anlanh.demo.elements import MADE_UP_IDS, Resource, coded, day, hl7, meta, rows, shared_ref
from anlanh.demo.households import Household, Person
from anlanh.demo.insurance import Cover
from anlanh.fhir.vn.systems import BHXH_NUMBER, BHYT_CARD, PERSONAL_ID
from anlanh.kernel.vn import codes

ROLE_NAMES = dict(codes.TO_HEAD_OF_HOUSEHOLD.rows)
PARENTS = {True: ("MTH", "Mẹ", "me"), False: ("FTH", "Cha", "cha")}
CHILDREN = {True: ("DAUC", "Con gái"), False: ("SONC", "Con trai")}
SPOUSES = {True: ("WIFE", "Vợ"), False: ("HUSB", "Chồng")}
STANDINGS = {"poor": "Hộ nghèo", "near-poor": "Hộ cận nghèo", "other": "Hộ khác"}

OCCUPATIONS = {
    "urban": (("82", 26), ("52", 18), ("71", 9), ("83", 8), ("41", 8), ("23", 6), ("51", 8), ("75", 9), ("72", 8)),
    "rural": (("63", 46), ("61", 14), ("82", 12), ("71", 9), ("52", 7), ("83", 4), ("92", 8)),
}
"""Codes at level 2 of QĐ 34/2020/QĐ-TTg with weights, illustrative."""

NONE = "00"


@cache
def _occupation_names() -> dict[str, str]:
    return {row["code"]: row["name_vi"] for row in rows("occupations_qd34_2020", "anlanh.kernel.vn")}


def patient(person: Person, cover: Cover | None, rng: random.Random, age: int, limit: int) -> Resource:
    """The Patient. Links to people of number `limit` and above are left out."""
    home, key = person.household, person.number
    station = shared_ref(f"Organization/{home.commune.station_id}")
    identifiers = [{"use": "official", "system": PERSONAL_ID, "value": person.personal_id}]
    if cover:
        identifiers.append({"system": BHYT_CARD, "value": cover.card})
        identifiers.append({"system": BHXH_NUMBER, "value": numbers.bhxh_number(key)})
    occupation = _occupation(person, rng, age)
    found: Resource = {
        "resourceType": "Patient",
        "id": person.id,
        "meta": meta("Patient"),
        "extension": [
            coded("dan-toc", "dan-toc", person.ethnic, names.ETHNIC_NAMES[person.ethnic]),
            coded("nghe-nghiep", "nghe-nghiep", occupation, _occupation_names()[occupation]),
            coded("quan-he-chu-ho", "quan-he-chu-ho", person.role, ROLE_NAMES[person.role]),
        ],
        "identifier": identifiers,
        "active": True,
        "name": [names.human_name(person.family, person.given)],
        "gender": person.gender,
        "birthDate": day(person.born),
        "address": [places.address(home.line, home.commune.code, "home")],
        "generalPractitioner": [station],
        "managingOrganization": station,
    }
    if age >= numbers.PHONE_FROM:
        found["telecom"] = [{"system": "phone", "value": numbers.phone(key), "use": "mobile"}]
    if person.died:
        found["deceasedDateTime"] = day(person.died)
    elif contact := _contact(person, age):
        found["contact"] = [contact]
    if person.spouse:
        found["maritalStatus"] = hl7("v3-MaritalStatus", "M")
    if links := [
        {"other": {"reference": f"RelatedPerson/{each}"}, "type": "seealso"} for each in _links(person, limit)
    ]:
        found["link"] = links
    return found


def _occupation(person: Person, rng: random.Random, age: int) -> str:
    if age < 18 or age > 68:
        return NONE
    table = OCCUPATIONS["urban" if person.household.commune.urban else "rural"]
    return rng.choices([code for code, _ in table], [weight for _, weight in table])[0]


def _contact(person: Person, age: int) -> Resource | None:
    """Whom to call: a child's mother or father, else the spouse, else a child."""
    near: tuple[Person, tuple[str, str]] | None = None
    if (parent := person.mother or person.father) and age < 18:
        near = parent, PARENTS[parent.female][:2]
    elif person.spouse:
        near = person.spouse, SPOUSES[person.spouse.female]
    elif person.children:
        near = person.children[0], CHILDREN[person.children[0].female]
    if near is None:
        return None
    other, (code, words) = near
    return {
        "relationship": [_next_of_kin(code, words)],
        "name": {"text": other.name},
        "telecom": [{"system": "phone", "value": numbers.phone(other.number)}],
    }


@cache
def _next_of_kin(code: str, words: str) -> Resource:
    coding = [*hl7("v2-0131", "N")["coding"], *hl7("v3-RoleCode", code)["coding"]]
    return {"coding": coding, "text": words}


def _links(person: Person, limit: int) -> Iterator[str]:
    """Ids of the RelatedPersons that are this person."""
    for child in person.children:
        if child.number < limit:
            yield f"{PARENTS[person.female][2]}-{child.number:06d}"
    for parent in (person.mother, person.father):
        if parent and parent.number < limit:
            yield f"con-{parent.number:06d}-{parent.children.index(person) + 1}"


def relations(person: Person) -> Iterator[Resource]:
    """The RelatedPersons of this person: parents and children."""
    for parent in (person.mother, person.father):
        if parent:
            code, words, prefix = PARENTS[parent.female]
            yield _related(f"{prefix}-{person.number:06d}", person, parent, code, words)
    for at, child in enumerate(person.children, 1):
        yield _related(f"con-{person.number:06d}-{at}", person, child, *CHILDREN[child.female])


def _related(related_id: str, of: Person, who: Person, code: str, words: str) -> Resource:
    found: Resource = {
        "resourceType": "RelatedPerson",
        "id": related_id,
        "meta": meta("RelatedPerson"),
        "identifier": [{"use": "official", "system": PERSONAL_ID, "value": who.personal_id}],
        "active": not who.died,
        "patient": {"reference": f"Patient/{of.id}"},
        "relationship": [hl7("v3-RoleCode", code, words)],
        "name": [{"text": who.name, "family": who.family, "given": list(who.given)}],
        "gender": who.gender,
        "birthDate": day(who.born),
    }
    if who.role != "con":
        found["telecom"] = [{"system": "phone", "value": numbers.phone(who.number), "use": "mobile"}]
    return found


def group(home: Household, limit: int) -> Resource:
    """The household as a Group of its members."""
    head = home.members[0]
    members = [each for each in home.members if each.number < limit]
    return {
        "resourceType": "Group",
        "id": f"ho-{head.number:06d}",
        "meta": meta("Group"),
        "identifier": [{"system": f"{MADE_UP_IDS}/ho", "value": f"HO-{home.commune.code}-{head.number:06d}"}],
        "active": True,
        "type": "person",
        "actual": True,
        "code": {"text": "Hộ gia đình"},
        "name": f"Hộ {'bà' if head.female else 'ông'} {head.name}",
        "quantity": len(members),
        "managingEntity": shared_ref(f"Organization/{home.commune.station_id}"),
        "characteristic": [
            {
                "code": {"text": "Loại hộ"},
                "valueCodeableConcept": {"text": STANDINGS[home.standing]},
                "exclude": False,
            }
        ],
        "member": [{"entity": {"reference": f"Patient/{each.id}"}, "inactive": bool(each.died)} for each in members],
    }
