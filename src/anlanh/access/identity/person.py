"""What of a Patient tells who it is, in a form in which two can be compared.

FHIR: Patient
Source: standards of identification: NĐ 102/2025/NĐ-CP Điều 6, QĐ 1351/QĐ-BHXH
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from anlanh.access.accounts.persons import normal_phone
from anlanh.access.identity import communes, names
from anlanh.access.identity.names import Name
from anlanh.fhir.vn.systems import BHXH_NUMBER, BHYT_CARD, PERSONAL_ID
from anlanh.kernel.vn import identity
from anlanh.kernel.vn.fold import fold

_DATE = re.compile(r"(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?")

Day = tuple[int, int, int]
"""Year, month, day; 0 where it is not known."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who a Patient is. `personal`: active personal numbers, `once`: those that were; `insurance`: social insurance
    numbers; `others`: `system|value` of every further identifier; `phones`: their own and those of whom to call;
    `communes`: of today; `lines`: hamlets and quarters."""

    names: tuple[Name, ...]
    born: Day | None
    sex: str
    personal: frozenset[str]
    once: frozenset[str]
    insurance: frozenset[str]
    others: frozenset[str]
    phones: frozenset[str]
    communes: frozenset[str]
    lines: frozenset[str]
    active: bool = True


def of(patient: dict[str, Any]) -> Person:
    """The person of a Patient, whole or masked; what is not understood counts as not told."""
    personal: dict[bool, set[str]] = {True: set(), False: set()}
    insurance: set[str] = set()
    others: set[str] = set()
    for each in patient.get("identifier", ()):
        system, value = each.get("system", ""), str(each.get("value", "")).strip()
        if not value:
            continue
        if system == PERSONAL_ID:
            digits = re.sub(r"[ .]", "", value)
            if identity.PERSONAL_ID.fullmatch(digits):
                personal[each.get("use") != "old"].add(digits)
        elif system in (BHYT_CARD, BHXH_NUMBER):
            insurance.add(re.sub(r"\D", "", value)[-10:])
        elif system:
            others.add(f"{system}|{fold(value)}")
    addresses = [each for each in patient.get("address", ()) if each.get("use") != "old"]
    contacts = [point for each in patient.get("contact", ()) for point in each.get("telecom", ())]
    return Person(
        names=tuple(dict.fromkeys(name for each in patient.get("name", ()) if (name := names.read(_text(each))))),
        born=_day(patient.get("birthDate")),
        sex=patient.get("gender", "") if patient.get("gender") in ("male", "female") else "",
        personal=frozenset(personal[True]),
        once=frozenset(personal[False]),
        insurance=frozenset(insurance),
        others=frozenset(others),
        phones=frozenset(filter(None, map(_phone, (*patient.get("telecom", ()), *contacts)))),
        communes=frozenset(code for each in addresses for code in communes.codes_of(each)),
        lines=frozenset(line for each in addresses if (line := communes.line_of(each))),
        active=patient.get("active", True) and not is_replaced(patient),
    )


def is_replaced(patient: dict[str, Any]) -> bool:
    """Whether another Patient stands in its place."""
    return any(each.get("type") == "replaced-by" for each in patient.get("link", ()))


def _text(name: dict[str, Any]) -> str:
    return str(name.get("text") or " ".join([str(name.get("family", "")), *map(str, name.get("given", ()))])).strip()


def _phone(point: dict[str, Any]) -> str | None:
    return normal_phone(str(point.get("value", ""))) if point.get("system") in ("phone", "sms") else None


def _day(text: Any) -> Day | None:
    match = _DATE.fullmatch(text) if isinstance(text, str) else None
    return (int(match[1]), int(match[2] or 0), int(match[3] or 0)) if match else None
