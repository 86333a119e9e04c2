"""Made-up people with planted duplicates, and with pairs that only look like duplicates: what matching is measured on.

On top of the people of the made-up province. How often what goes wrong is an assumption, written down in `SLIPS`; nobody
has counted it in the province's registers.

Source: invented; docs/identity.md
"""

from __future__ import annotations

import copy
import csv
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from anlanh.demo import households, insurance, people
from anlanh.fhir.vn.systems import BHXH_NUMBER, BHYT_CARD, PERSONAL_ID
from anlanh.kernel.vn.fold import fold

Patient = dict[str, Any]

TODAY = date(2026, 11, 20).toordinal()
DUPLICATES = 0.06
TWINS = 0.006
NAMESAKES = 0.01

SLIPS = {
    "no personal number": 0.36, "personal number mistyped": 0.004,
    "no insurance": 0.15, "other card of the same number": 0.20,
    "no phone": 0.12, "new phone": 0.14, "phone of the family": 0.14,
    "no accents": 0.20, "no middle name": 0.05, "middle name cut": 0.03, "reversed": 0.03, "mistyped": 0.03, "i for y": 0.04,
    "only year": 0.05, "first of January": 0.02, "day for month": 0.02, "birth mistyped": 0.02,
    "sex wrong": 0.004, "sex missing": 0.03,
    "old commune": 0.30, "moved": 0.06, "no address": 0.06, "no hamlet": 0.15,
}  # fmt: skip
"""What is different in a second registration, and how often; several at once, independently."""


@dataclass
class World:
    """Patients by id, and the pairs of ids that are one person."""

    patients: dict[str, Patient] = field(default_factory=dict)
    same: set[tuple[str, str]] = field(default_factory=set)


def world(count: int, seed: int) -> World:
    """So many people of the made-up province, and their duplicates."""
    rng = random.Random(f"planted/{seed}")
    found = World()
    for number in range(-(-count // households.BLOCK)):
        for home in households.block(seed, number, TODAY):
            members = [_patient(person, rng) for person in home.members]
            phone = next((each["telecom"][0] for each in members if "telecom" in each), None)
            for each in members:
                if "telecom" not in each and phone and rng.random() < 0.8:
                    each["telecom"] = [phone]
                found.patients[each["id"]] = each
            if rng.random() < TWINS * len(members):
                twin = _twin(members[-1], rng)
                found.patients[twin["id"]] = twin
    for each in list(found.patients.values()):
        if rng.random() < NAMESAKES:
            other = _namesake(each, rng)
            found.patients[other["id"]] = other
    for each in list(found.patients.values()):
        if rng.random() < DUPLICATES:
            again = second(each, rng)
            found.patients[again["id"]] = again
            found.same.add((each["id"], again["id"]))
    return found


def _patient(person: households.Person, rng: random.Random) -> Patient:
    age = person.age(TODAY)
    made = copy.deepcopy(people.patient(person, insurance.cover(person, rng, age), rng, age, 0))
    if rng.random() < (0.3 if age < 6 else 0.03):
        made["identifier"] = [each for each in made["identifier"] if each["system"] != PERSONAL_ID]
    return made


NEAR_NAMES = (("Hà", "Hạ"), ("Lan", "Loan"), ("Hiền", "Hiển"), ("Dung", "Dũng"), ("Anh", "Ánh"), ("Thu", "Thư"))


def _twin(patient: Patient, rng: random.Random) -> Patient:
    """A sister or brother born on the same day, with a name that may be nearly the same."""
    twin = _other(patient, "sinh-doi", rng)
    name = twin["name"][0]
    dice = rng.random()
    if dice < 0.35:
        one, two = rng.choice(NEAR_NAMES)
        patient["name"][0] = _named(name["family"], [name["given"][0], one])
        twin["name"] = [_named(name["family"], [name["given"][0], two])]
    elif dice < 0.6:
        middle = rng.choice([each for each in ("Bảo", "Gia", "Minh", "Ngọc") if each != name["given"][0]])
        twin["name"] = [_named(name["family"], [middle, name["given"][1]])]
    else:
        given = rng.choice([each for each in ("Khánh", "Linh", "Phúc", "Trang", "Long") if each != name["given"][1]])
        twin["name"] = [_named(name["family"], [name["given"][0], given])]
    return twin


def _namesake(patient: Patient, rng: random.Random) -> Patient:
    """Somebody else of the same name: a child named after a parent, or a stranger of nearly the same age close by."""
    other = _other(patient, "trung-ten", rng)
    year = int(patient["birthDate"][:4])
    if rng.random() < 0.4:
        other["birthDate"] = f"{year + rng.randint(18, 35)}{patient['birthDate'][4:]}"
    else:
        other["birthDate"] = f"{year + rng.choice((-1, 0, 0, 1))}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}"
        other["telecom"] = [{"system": "phone", "value": f"095{rng.randrange(10**7):07}"}]
        other["address"][0]["line"] = [f"Xóm {rng.randint(1, 18)}"]
    return other


def _other(patient: Patient, what: str, rng: random.Random) -> Patient:
    """A person of their own, with numbers of their own."""
    other = copy.deepcopy(patient)
    other["id"] = f"{patient['id']}-{what}"
    for each in other["identifier"]:
        keep = {PERSONAL_ID: 6, BHYT_CARD: 5, BHXH_NUMBER: 2}[each["system"]]
        tail = rng.randrange(10 ** (len(each["value"]) - keep))
        each["value"] = f"{each['value'][:keep]}{tail:0{len(each['value']) - keep}}"
    card = next((each for each in other["identifier"] if each["system"] == BHYT_CARD), None)
    for each in other["identifier"]:
        if each["system"] == BHXH_NUMBER and card:
            each["value"] = card["value"][-10:]
    return other


def _named(family: str, given: list[str]) -> dict[str, Any]:
    return {"use": "official", "text": " ".join((family, *given)), "family": family, "given": given}


def second(patient: Patient, rng: random.Random) -> Patient:
    """The same person registered once more, somewhere else, by somebody else."""
    again = copy.deepcopy(patient)
    again["id"] = f"{patient['id']}-lan-2"
    again.pop("contact", None) if rng.random() < 0.5 else None
    happens = {name: rng.random() < chance for name, chance in SLIPS.items()}
    again["identifier"] = list(_numbers(again["identifier"], happens, rng))
    _phones(again, happens, rng)
    again["name"] = [_misnamed(again["name"][0], happens, rng)]
    again["birthDate"] = _misdated(again["birthDate"], happens, rng)
    if happens["sex missing"]:
        del again["gender"]
    elif happens["sex wrong"]:
        again["gender"] = "male" if again["gender"] == "female" else "female"
    _readdress(again, happens, rng)
    return again


def _numbers(
    identifiers: list[dict[str, Any]], happens: dict[str, bool], rng: random.Random
) -> Iterator[dict[str, Any]]:
    for each in identifiers:
        if each["system"] == PERSONAL_ID:
            if happens["no personal number"]:
                continue
            if happens["personal number mistyped"]:
                at = rng.randint(6, 11)
                wrong = str((int(each["value"][at]) + rng.randint(1, 9)) % 10)
                each["value"] = each["value"][:at] + wrong + each["value"][at + 1 :]
        elif happens["no insurance"]:
            continue
        elif happens["other card of the same number"]:
            if each["system"] == BHXH_NUMBER:
                continue
            each["value"] = f"DN4{each['value'][3:]}"
        yield each


def _phones(patient: Patient, happens: dict[str, bool], rng: random.Random) -> None:
    contact = patient.get("contact", [{}])[0].get("telecom")
    if happens["no phone"]:
        patient.pop("telecom", None)
        patient.pop("contact", None)
    elif happens["phone of the family"] and contact:
        patient["telecom"] = contact
    elif happens["new phone"]:
        patient["telecom"] = [{"system": "phone", "value": f"095{rng.randrange(10**7):07}"}]
        patient.pop("contact", None)


def _misnamed(name: dict[str, Any], happens: dict[str, bool], rng: random.Random) -> dict[str, Any]:
    family, given = name["family"], list(name["given"])
    if happens["no middle name"]:
        given = given[-1:]
    elif happens["middle name cut"]:
        given[0] = f"{given[0][0]}."
    if happens["i for y"]:
        given = [each.replace("y", "i").replace("ý", "í") for each in given]
    if happens["mistyped"]:
        at = rng.randrange(len(given))
        word = given[at]
        place = rng.randrange(len(word))
        given[at] = word[:place] + rng.choice("aeghinortu") + word[place + (rng.random() < 0.6) :]
    words = [*given, family] if happens["reversed"] else [family, *given]
    text = " ".join(words)
    if happens["no accents"]:
        text = fold(text).upper()
    return {"text": text}


def _misdated(born: str, happens: dict[str, bool], rng: random.Random) -> str:
    year, month, day = born.split("-")
    if happens["only year"]:
        return year
    if happens["first of January"]:
        return f"{year}-01-01"
    if happens["day for month"] and int(day) <= 12:
        return f"{year}-{day}-{month}"
    if happens["birth mistyped"]:
        if rng.random() < 0.5:
            return f"{year[:3]}{(int(year[3]) + rng.randint(1, 9)) % 10}-{month}-{day}"
        return f"{year}-{month}-{int(day) // 10}{rng.randint(1, 8)}" if int(day) < 28 else born
    return born


@cache
def _old_communes() -> dict[str, list[dict[str, str]]]:
    text = (
        files("anlanh.kernel.vn").joinpath("tables", "communes_old_to_new_thai_nguyen.csv").read_text(encoding="utf-8")
    )
    found: dict[str, list[dict[str, str]]] = {}
    for row in csv.DictReader(text.splitlines()):
        found.setdefault(row["new_commune_code"], []).append(row)
    return found


def _readdress(patient: Patient, happens: dict[str, bool], rng: random.Random) -> None:
    address = patient["address"][0]
    code = address["extension"][1]["valueCoding"]["code"]
    if happens["no address"]:
        del patient["address"]
        return
    if happens["moved"]:
        patient["address"] = [{"line": [f"Tổ {rng.randint(1, 20)}"], "city": "Phường Ba Đình", "state": "Hà Nội"}]
        return
    if happens["old commune"] and code in _old_communes():
        row = rng.choice(_old_communes()[code])
        address = {"line": address["line"], "city": row["old_commune"], "district": row["old_district"]}
    elif rng.random() < 0.4:
        address = {"line": address["line"], "city": address["city"], "state": "Thái Nguyên"}
    if happens["no hamlet"]:
        address = {name: value for name, value in address.items() if name != "line"}
    patient["address"] = [address]
