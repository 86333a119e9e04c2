"""Columns to meanings, cells to values, rows to resources. Pure.

FHIR: Bundle, Patient, Immunization, Observation, Encounter, Condition
Source: docs/exchange-files.md
"""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn

from anlanh.exchange.files.problems import BadCell, MissingCell, NoNumber, NothingMeant
from anlanh.exchange.files.tables import (
    BY_NAME,
    EVENTS,
    LOINC,
    MEANINGS,
    MEASURES,
    SEX_WORDS,
    SEXES,
    UCUM,
    WHO,
    WITHOUT_NUMBER,
)
from anlanh.fhir.vn.systems import BHYT_CARD, CVX, ICD10, PERSONAL_ID
from anlanh.kernel.problem import Problem
from anlanh.kernel.vn import identity
from anlanh.kernel.vn.fold import fold

Resource = dict[str, Any]

SEED = uuid.UUID("e8f5a3a4-6a70-5b4b-8d3f-7f2f0b3a9c55")
TERMINOLOGY = "http://terminology.hl7.org/CodeSystem/"
OLDEST = 1900
EXCEL_EPOCH = date(1899, 12, 30)
_DAY = re.compile(r"(\d{1,2})[/.\- ](\d{1,2})[/.\- ](\d{4})(?: .*)?")
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[ T].*)?")
_MONTH = re.compile(r"(\d{1,2})[/.\-](\d{4})")
_ICD10 = re.compile(r"[A-Z]\d{2}(?:\.?[\dA-Z]{1,4})?")
_PRESSURE = re.compile(r"(\d{2,3})\s*[/\-]\s*(\d{2,3})")
_PHONE = re.compile(r"(?:\+84|84|0)(\d{9,10})")


@dataclass(frozen=True)
class Line:
    """A row as it will be: its number in the file, what was understood, and what was not."""

    number: int
    values: Mapping[str, Any] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


def guess(header: Sequence[str]) -> dict[int, str]:
    """Which column means what, by its header without accents; each meaning once, the most exact header first."""
    folded = [re.sub(r"[^a-z0-9]+", " ", fold(each)).strip() for each in header]
    found: dict[int, str] = {}
    taken: set[str] = set()
    for exact in (True, False):
        for meaning in MEANINGS:
            for word in meaning.headers:
                at = next(
                    (number for number, said in enumerate(folded) if number not in found and _means(said, word, exact)),
                    None,
                )
                if at is not None and meaning.name not in taken:
                    found[at] = meaning.name
                    taken.add(meaning.name)
    return found


def _means(said: str, word: str, exact: bool) -> bool:
    return said == word if exact else len(word) > 3 and f" {word} " in f" {said} "


def check(columns: Mapping[int, str]) -> None:
    """Whether columns say who is meant.

    Raises:
        NothingMeant: no name, or neither a number nor what tells who it is without one.
    """
    meant = set(columns.values())
    if "name" not in meant:
        raise NothingMeant(why="there is no name")
    if not meant & set(WHO) and not meant >= set(WITHOUT_NUMBER):
        raise NothingMeant(why="there is no number")


def line(row: Sequence[str], columns: Mapping[int, str], number: int, today: date) -> Line:
    """A row read by its columns."""
    values: dict[str, Any] = {}
    problems: list[Problem] = []
    for at, name in sorted(columns.items()):
        text = row[at].strip() if at < len(row) else ""
        if not text:
            continue
        try:
            values[name] = READERS.get(name, _plain)(name, text, today)
        except (BadCell, identity.NotACard, identity.NotAPersonalId):
            problems.append(BadCell(column=BY_NAME[name].vi))
    if "pressure" in values:
        values["systolic"], values["diastolic"] = values.pop("pressure")
    missing = [name for name in ("name",) if name not in values]
    if not problems and not is_numbered(values) and not _is_known_without(values):
        problems.append(NoNumber())
    if "date" not in values and any(name in values for name in EVENTS):
        missing.append("date")
    known_bad = {str(each.facts.get("column")) for each in problems}
    problems += [MissingCell(column=BY_NAME[name].vi) for name in missing if BY_NAME[name].vi not in known_bad]
    return Line(number, values, tuple(problems))


def is_numbered(values: Mapping[str, Any]) -> bool:
    """Whether a row gives a number of the person."""
    return any(name in values for name in WHO)


def _is_known_without(values: Mapping[str, Any]) -> bool:
    return all(name in values for name in WITHOUT_NUMBER) and len(values["birth"]) == len("2026-01-01")


def described(values: Mapping[str, Any]) -> Resource:
    """Whom a row describes, to look for somebody without a number."""
    return _patient({name: value for name, value in values.items() if name not in WHO}, "")


def temporary(values: Mapping[str, Any], scope: str) -> Resource:
    """The identifier of somebody without a number, until a steward binds one or finds who it is. The same name, birth date,
    sex and commune have the same one."""
    told = "|".join((fold(values["name"]), values["birth"], values["sex"], fold(values["commune"])))
    return {"use": "temp", "system": f"{scope}:tam", "value": hashlib.sha256(told.encode()).hexdigest()[:16].upper()}


def _plain(name: str, text: str, today: date) -> str:
    return text


def _birth(name: str, text: str, today: date) -> str:
    """A day, a month, or a year alone; a number from Excel is a day."""
    if text.isdigit() and OLDEST <= int(text) <= today.year:
        return text
    if found := _MONTH.fullmatch(text):
        return f"{found[2]}-{int(found[1]):02d}" if 1 <= int(found[1]) <= 12 else _bad(name, text)
    return _day(name, text, today)


def _day(name: str, text: str, today: date) -> str:
    """dd/mm/yyyy, yyyy-mm-dd, or a day as Excel counts; not in the future, not before 1900."""
    try:
        if found := _DAY.fullmatch(text):
            day = date(int(found[3]), int(found[2]), int(found[1]))
        elif found := _ISO.fullmatch(text):
            day = date(int(found[1]), int(found[2]), int(found[3]))
        elif text.isdigit() and len(text) == len("45000"):
            day = EXCEL_EPOCH + timedelta(days=int(text))
        else:
            return _bad(name, text)
    except ValueError:
        return _bad(name, text)
    return day.isoformat() if day.year >= OLDEST and day <= today else _bad(name, text)


def _sex(name: str, text: str, today: date) -> str:
    return SEXES.get(fold(text)) or _bad(name, text)


def _personal_id(name: str, text: str, today: date) -> str:
    """A spreadsheet that took it for a number has lost its first zero."""
    digits = re.sub(r"\D", "", text)
    return identity.personal_id(digits.zfill(12) if len(digits) == 11 else text).value


def _card(name: str, text: str, today: date) -> str:
    return identity.card(text).value


def _phone(name: str, text: str, today: date) -> str:
    digits = re.sub(r"[^\d+]", "", text)
    found = _PHONE.fullmatch(digits if digits.startswith(("0", "+", "84")) else f"0{digits}")
    return f"0{found[1]}" if found else _bad(name, text)


def _measure(name: str, text: str, today: date) -> Decimal:
    measure = MEASURES[name]
    try:
        value = Decimal(text.replace(",", ".").removesuffix(measure.unit).removesuffix(measure.unit.lower()).strip())
    except InvalidOperation:
        _bad(name, text)
    if name == "height" and 0 < value < 3:
        value *= 100
    return value if measure.low <= value <= measure.high else _bad(name, text)


def _pressure(name: str, text: str, today: date) -> tuple[Decimal, Decimal]:
    found = _PRESSURE.match(text)
    if found is None:
        _bad(name, text)
    high, low = _measure("systolic", found[1], today), _measure("diastolic", found[2], today)
    return (high, low) if low < high else _bad(name, text)


def _icd10(name: str, text: str, today: date) -> str:
    code = text.upper().replace(" ", "").partition(";")[0]
    if _ICD10.fullmatch(code) is None:
        _bad(name, text)
    return code if "." in code or len(code) == 3 else f"{code[:3]}.{code[3:]}"


def _number(name: str, text: str, today: date) -> int:
    found = re.search(r"\d+", text)
    return int(found[0]) if found and 1 <= int(found[0]) <= 20 else _bad(name, text)


def _bad(name: str, text: str) -> NoReturn:
    raise BadCell(column=BY_NAME[name].vi)


READERS: dict[str, Callable[[str, str, date], Any]] = {
    "birth": _birth, "date": _day, "sex": _sex, "personal_id": _personal_id, "card": _card, "phone": _phone,
    "pressure": _pressure, "icd10": _icd10, "dose": _number, **dict.fromkeys(MEASURES, _measure),
}  # fmt: skip
"""How cells are read; others are text."""


def said(values: Mapping[str, Any], name: str) -> str:
    """A value as people here write it; "" where there is none."""
    if name == "pressure" and "systolic" in values:
        return f"{values['systolic']}/{values['diastolic']}"
    value = values.get(name)
    if name in ("birth", "date") and value:
        return "/".join(reversed(value.split("-")))
    if value is None:
        return ""
    return SEX_WORDS.get(value, "") if name == "sex" else str(value)


def to_bundle(
    values: Mapping[str, Any], scope: str, performer: str | None, patient: Resource | None = None
) -> Resource:
    """What a row says, as a Bundle. `scope`: the system of numbers of the sender's own; `performer`: who did it, such as
    `Organization/x`; `patient`: the person, where that is not what the row itself says. The same row makes the same
    Bundle."""
    entries: list[Resource] = []
    key = hashlib.sha256(repr(sorted(values.items())).encode()).hexdigest()

    def add(resource: Resource) -> dict[str, str]:
        url = f"urn:uuid:{uuid.uuid5(SEED, f'{key}|{len(entries)}')}"
        entries.append({"fullUrl": url, "resource": resource})
        return {"reference": url}

    subject = add(patient or _patient(values, scope))
    day: str = values.get("date", "")
    who = [{"reference": performer}] if performer else []
    if "vaccine" in values:
        add(_immunization(values, subject, day, who))
    stay = add(_encounter(values, subject, day, performer)) if "icd10" in values or "diagnosis" in values else None
    if stay is not None:
        add(_condition(values, subject, stay, day))
    if "systolic" in values and "diastolic" in values:
        parts = [
            {"code": _coded(name), "valueQuantity": _quantity(name, values[name])} for name in ("systolic", "diastolic")
        ]
        panel = {"coding": [{"system": LOINC, "code": "85354-9", "display": "Blood pressure panel"}]}
        add(_observation(panel, subject, stay, day, who) | {"component": parts})
    for name in MEASURES:
        alone = name not in ("systolic", "diastolic") or not ("systolic" in values and "diastolic" in values)
        if name in values and alone:
            add(
                _observation(_coded(name), subject, stay, day, who, name)
                | {"valueQuantity": _quantity(name, values[name])}
            )
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


def _patient(values: Mapping[str, Any], scope: str) -> Resource:
    numbers = (("personal_id", PERSONAL_ID), ("card", BHYT_CARD), ("own_number", scope))
    family, _, given = values["name"].partition(" ")
    name = {"use": "official", "text": values["name"], "family": family} | ({"given": [given]} if given else {})
    found: Resource = {
        "resourceType": "Patient", "name": [name],
        "identifier": [{"system": system, "value": values[each]} for each, system in numbers if each in values],
    }  # fmt: skip
    if "birth" in values:
        found["birthDate"] = values["birth"]
    if "sex" in values:
        found["gender"] = values["sex"]
    if "phone" in values:
        found["telecom"] = [{"system": "phone", "value": values["phone"], "use": "mobile"}]
    if "address" in values or "commune" in values:
        line_of = {"line": [values["address"]]} if "address" in values else {}
        city = {"city": values["commune"]} if "commune" in values else {}
        found["address"] = [{"use": "home", **line_of, **city, "country": "VN"}]
    return found


def _immunization(values: Mapping[str, Any], subject: Resource, day: str, who: list[Resource]) -> Resource:
    text = values["vaccine"]
    vaccine = {"coding": [{"system": CVX, "code": text}]} if text.isdigit() and len(text) <= 3 else {"text": text}
    dose = {"protocolApplied": [{"doseNumberPositiveInt": values["dose"]}]} if "dose" in values else {}
    lot = {"lotNumber": values["lot"]} if "lot" in values else {}
    performers = {"performer": [{"actor": each} for each in who]} if who else {}
    return {"resourceType": "Immunization", "status": "completed", "vaccineCode": vaccine, "patient": subject,
            "occurrenceDateTime": day, "primarySource": True, **lot, **performers, **dose}  # fmt: skip


def _encounter(values: Mapping[str, Any], subject: Resource, day: str, performer: str | None) -> Resource:
    provider = {"serviceProvider": {"reference": performer}} if performer else {}
    return {"resourceType": "Encounter", "status": "finished", "subject": subject, "period": {"start": day, "end": day},
            "class": {"system": f"{TERMINOLOGY}v3-ActCode", "code": "AMB"}, **provider}  # fmt: skip


def _condition(values: Mapping[str, Any], subject: Resource, stay: Resource, day: str) -> Resource:
    code: Resource = {"coding": [{"system": ICD10, "code": values["icd10"]}]} if "icd10" in values else {}
    if "diagnosis" in values:
        code["text"] = values["diagnosis"]
    return {
        "resourceType": "Condition", "subject": subject, "encounter": stay, "code": code, "recordedDate": day,
        "clinicalStatus": {"coding": [{"system": f"{TERMINOLOGY}condition-clinical", "code": "active"}]},
        "category": [{"coding": [{"system": f"{TERMINOLOGY}condition-category", "code": "encounter-diagnosis"}]}],
    }  # fmt: skip


def _observation(
    code: Resource, subject: Resource, stay: Resource | None, day: str, who: list[Resource], name: str = ""
) -> Resource:
    kind = "laboratory" if name == "glucose" else "vital-signs"
    within = {"encounter": stay} if stay is not None else {}
    return {"resourceType": "Observation", "status": "final", "code": code, "subject": subject, **within, "effectiveDateTime": day,
            "category": [{"coding": [{"system": f"{TERMINOLOGY}observation-category", "code": kind}]}],
            **({"performer": who} if who else {})}  # fmt: skip


def _coded(name: str) -> Resource:
    measure = MEASURES[name]
    return {"coding": [{"system": LOINC, "code": measure.code, "display": measure.display}]}


def _quantity(name: str, value: Decimal) -> Resource:
    return {"value": value, "unit": MEASURES[name].unit, "system": UCUM, "code": MEASURES[name].ucum}
