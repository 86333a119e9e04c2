"""The emergency card: what it says, how the person's choice is kept, and what the square for scanners holds.

FHIR: QuestionnaireResponse, Observation (LOINC 882-1, 883-9, 10331-7), Patient.contact
Source: https://loinc.org
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from anlanh.fhir.vn.systems import BASE
from anlanh.services.portal.model import BLOOD_GROUPS, Card, Chosen, Contact, ContactNotUnderstood, NotABloodGroup
from anlanh.services.record.api import Chart, Standing

Resource = dict[str, Any]

FORM = f"{BASE}Questionnaire/the-cap-cuu"
BLOOD_CODES = ("882-1", "883-9", "10331-7")
"""ABO and Rh together, ABO, Rh."""
MOST_IN_SQUARE = 420
"""Letters: more make a square that telephones read badly."""
DIGITS = range(9, 16)

_NAMES = uuid.UUID("3b8f6a52-0d0e-4b58-9a8e-6ac9f9c3f0d4")


def id_of(patient: str) -> str:
    """The id of the answers of "Patient/x": one for each person, so that writing is safe to repeat."""
    return str(uuid.uuid5(_NAMES, patient))


def chosen(response: Mapping[str, Any] | None) -> Chosen:
    """What the person has chosen."""
    items = {each.get("linkId"): each for each in (response or {}).get("item", ())}

    def texts(item: Mapping[str, Any], kind: str) -> list[Any]:
        return [each[kind] for each in item.get("answer", ()) if kind in each]

    lines = frozenset(str(each.get("reference")) for each in texts(items.get("lines", {}), "valueReference"))
    blood = next(iter(texts(items.get("blood", {}), "valueString")), "")
    parts = [next(iter(texts(items.get(name, {}), "valueString")), "") for name in ("contact", "phone")]
    contact = Contact(parts[0], "", parts[1]) if all(parts) else None
    return Chosen(lines, blood if blood in BLOOD_GROUPS else "", contact)


def choose(lines: Iterable[str], blood: str, name: str, phone: str) -> Chosen:
    """The choice out of what was typed.

    Raises:
        NotABloodGroup, ContactNotUnderstood: it cannot be kept so.
    """
    digits = "".join(each for each in phone if each.isdigit())
    if blood and blood not in BLOOD_GROUPS:
        raise NotABloodGroup(expression="blood")
    if bool(name) != bool(digits) or (digits and len(digits) not in DIGITS):
        raise ContactNotUnderstood(expression="phone" if name else "contact")
    return Chosen(frozenset(lines), blood, Contact(name, "", digits) if name else None)


def response(choice: Chosen, patient: str, author: str, at: datetime) -> Resource:
    """The choice as a resource."""
    answers: list[tuple[str, list[Resource]]] = [
        ("lines", [{"valueReference": {"reference": each}} for each in sorted(choice.lines)]),
        ("blood", [{"valueString": choice.blood}] if choice.blood else []),
        ("contact", [{"valueString": choice.contact.name}] if choice.contact else []),
        ("phone", [{"valueString": choice.contact.phone}] if choice.contact else []),
    ]
    return {
        "resourceType": "QuestionnaireResponse",
        "questionnaire": FORM,
        "status": "completed",
        "subject": {"reference": patient},
        "author": {"reference": author},
        "authored": f"{at:%Y-%m-%dT%H:%M:%SZ}",
        "item": [{"linkId": name, "answer": given} for name, given in answers if given] or [{"linkId": "lines"}],
    }


def of(chart: Chart, person: Mapping[str, Any], measured: Sequence[Mapping[str, Any]], choice: Chosen) -> Card:
    """The card. Illnesses and medicines are on it only where the person chose them; allergies and whom to call always."""
    found = blood(measured)
    return Card(
        chart.banner.name, chart.banner.born, chart.banner.gender, found or choice.blood, bool(found),
        tuple((each.title, each.reaction) for each in chart.allergies if each.standing is not Standing.OVER),
        tuple(each.title for each in chart.problems if each.source.reference in choice.lines),
        tuple(
            f"{each.title} {each.lines[0].dose}".strip()
            for each in chart.medicines
            if any(line.source.reference in choice.lines for line in each.lines)
        ),
        (*((choice.contact,) if choice.contact else ()), *contacts(person)),
    )  # fmt: skip


def blood(observations: Sequence[Mapping[str, Any]]) -> str:
    """The blood group as laboratories found it, the latest first; empty where none did."""
    values: dict[str, str] = {}
    for each in observations:
        words = _words(each)
        for coding in each.get("code", {}).get("coding", ()):
            values.setdefault(str(coding.get("code")), words)
    rh = {"pos": "+", "+": "+", "neg": "-", "-": "-", "dương": "+", "âm": "-"}
    sign = next((to for start, to in rh.items() if values.get("10331-7", "").lower().startswith(start)), "")
    return values.get("882-1") or (f"{values['883-9']}{sign}" if values.get("883-9") else "")


def contacts(person: Mapping[str, Any]) -> tuple[Contact, ...]:
    """Whom to call, as the Patient says."""
    found = []
    for each in person.get("contact", ()):
        phones = [str(way.get("value")) for way in each.get("telecom", ()) if way.get("system") == "phone"]
        name: Resource = each.get("name", {})
        called = str(name.get("text") or " ".join([name.get("family", ""), *name.get("given", ())]).strip())
        relation = next((str(kind["text"]) for kind in each.get("relationship", ()) if kind.get("text")), "")
        found += [Contact(called, relation, phone) for phone in phones[:1]]
    return tuple(found)


def square(card: Card) -> str:
    """What a scanner reads, in the words of the people who come first; it needs no network.

    >>> square(Card("Ma Thị Pèng", "1947-02-10", "female", "O+", True, (("Penicilin", ""),), (), (), ()))
    'CẤP CỨU: Ma Thị Pèng, 1947\\nNhóm máu: O+\\nDị ứng: Penicilin'
    """
    parts = [
        f"CẤP CỨU: {card.name}, {card.born[:4]}",
        f"Nhóm máu: {card.blood}" if card.blood else "",
        f"Dị ứng: {', '.join(name for name, _how in card.allergies)}" if card.allergies else "",
        f"Bệnh: {', '.join(card.problems)}" if card.problems else "",
        f"Thuốc: {', '.join(card.medicines)}" if card.medicines else "",
        *(f"Gọi: {each.name} {each.phone}" for each in card.contacts[:2]),
    ]
    text = "\n".join(filter(None, parts))
    return text if len(text) <= MOST_IN_SQUARE else f"{text[: MOST_IN_SQUARE - 1]}…"


def _words(observation: Mapping[str, Any]) -> str:
    value: Mapping[str, Any] = observation.get("valueCodeableConcept", {})
    coding: Mapping[str, Any] = next(iter(value.get("coding", ())), {})
    return str(value.get("text") or coding.get("display") or observation.get("valueString") or "")
