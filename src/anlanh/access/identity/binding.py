"""A newborn or an unknown person gets the personal number: their record stays, with all its history.

FHIR: Patient.identifier
Source: NĐ 102/2025/NĐ-CP Điều 6; NĐ 70/2024/NĐ-CP Điều 12 (QR of the card)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from anlanh.access.accounts import persons
from anlanh.access.identity import joining, merging, names
from anlanh.access.identity.problems import AlreadyReplaced, NumberTaken, NumberThere
from anlanh.fhir.model import json
from anlanh.fhir.store import read, write
from anlanh.fhir.store.record import Record
from anlanh.fhir.vn.systems import PERSONAL_ID
from anlanh.kernel.vn import identity
from anlanh.kernel.vn.identity import ScannedCard
from anlanh.platform.work import Work

Resource = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Bound:
    """Whose record it is now: the id of the Patient, and of the merge where another Patient had the number already."""

    patient_id: str
    merge_id: str = ""


def read_number(text: str) -> tuple[str, ScannedCard | None]:
    """The personal number that was typed, or that stands in the scanned code of a card, and what else the card says.

    Raises:
        NotAPersonalId, NotACardCode: it is neither.
    """
    if "|" in text:
        card = identity.scanned_card(text)
        return card.personal_id, card
    return identity.personal_id(text).value, None


async def bind(work: Work, record: Record, patient_id: str, text: str) -> Bound:
    """Give the Patient the number; where another one has it, merge into that one. Safe to repeat.

    Raises:
        NotAPersonalId, NotACardCode, NotASteward, NotFound, AlreadyReplaced, NumberThere, NumberTaken: nothing is changed.
    """
    merging.allowed(work)
    number, card = read_number(text)
    stored = await read.lock(work, record, "Patient", patient_id)
    patient = json.decode(stored.content)
    if not joining.is_open(patient):
        raise AlreadyReplaced
    held = joining.active_numbers(patient)
    if number in held:
        return Bound(patient_id)
    if held:
        raise NumberThere(expression="number")
    await work.connection.execute("select pg_advisory_xact_lock(hashtextextended($1, 0))", f"personal|{number}")
    others = await persons.by_identifier(work, record, "Patient", PERSONAL_ID, number)
    if len(others) > 1:
        raise NumberTaken(expression="number")
    if others:
        other = others[0].partition("/")[2]
        done = await merging.merge(work, record, patient_id, other)
        return Bound(other, done.id)
    prepared = write.prepare(record, numbered(patient, number, card), patient_id)
    await write.put(work, record, prepared, expected=stored.version)
    return Bound(patient_id)


def numbered(patient: Resource, number: str, card: ScannedCard | None) -> Resource:
    """The Patient with the number, and with what the card says; temporary codes and the name of nobody become old. Pure."""
    result = {**patient}
    kept = [{**each, "use": "old"} if each.get("use") == "temp" else each for each in patient.get("identifier", [])]
    result["identifier"] = [{"use": "official", "system": PERSONAL_ID, "value": number}, *kept]
    if card is None:
        return result
    family, *given = card.name.split()
    name = {"use": "official", "text": card.name, "family": family, **({"given": given} if given else {})}
    said = [each for each in patient.get("name", []) if names.read(str(each.get("text", ""))) != names.read(card.name)]
    result["name"] = [name, *({**each, "use": "old"} for each in said)]
    if card.gender:
        result["gender"] = card.gender
    if card.birth_date:
        result["birthDate"] = card.birth_date.isoformat()
    if card.address and not patient.get("address"):
        result["address"] = [{"use": "home", "text": card.address}]
    return result
