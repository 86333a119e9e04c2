"""Numbers and cards that identify people in Viet Nam: personal number, its QR code, insurance card.

What a number seems to say (sex, year of birth) is a hint for a warning and never a fact: numbers stay when the sex or
the year in the civil register is corrected.

FHIR: Patient.identifier, Coverage.identifier
Source: NĐ 102/2025/NĐ-CP Điều 6 (the health identifier is the personal number; its structure [K]),
NĐ 70/2024/NĐ-CP Điều 12 (QR), QĐ 1351/QĐ-BHXH (card) [K]
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from anlanh.kernel.problem import Problem

PERSONAL_ID = re.compile(r"\d{12}")
CARD = re.compile(r"([A-Z]{2})([1-5])(\d{2})(\d{10})")
FIRST_CENTURY = 1900
SEXES = {"nam": "male", "nữ": "female"}
LEAST_PARTS = 6


class NotAPersonalId(Problem):
    issue = "value"
    says = "A personal number has twelve digits."
    hint = "Type the number as it is on the card, or scan the card."


class NotACard(Problem):
    issue = "value"
    says = "An insurance card number has two letters and thirteen digits."
    hint = "Type the number as it is on the card; the ten-digit social insurance number goes into its own field."


class NotACardCode(Problem):
    issue = "value"
    says = "The scanned text is not that of an identity card."
    hint = "Scan the QR code on the front of the card again, or type the number."


@dataclass(frozen=True)
class PersonalId:
    """A personal number taken apart. `province` is the three-digit code of where the birth was registered."""

    value: str
    province: str
    likely_gender: str
    likely_year: int


@dataclass(frozen=True)
class Card:
    """An insurance card number taken apart."""

    value: str
    object_code: str
    benefit: str
    province: str
    bhxh_number: str


@dataclass(frozen=True)
class ScannedCard:
    """What the QR code of an identity card says. The day of birth is missing where it is not known in full."""

    personal_id: str
    old_id: str | None
    name: str
    birth_date: date | None
    gender: str | None
    address: str
    issued_on: date | None


def personal_id(text: str) -> PersonalId:
    """Take a personal number apart; spaces and dots between digits do not count.

    >>> personal_id("019185001234").likely_year
    1985

    Raises:
        NotAPersonalId: it has not twelve digits.
    """
    value = re.sub(r"[ .]", "", text.strip())
    if PERSONAL_ID.fullmatch(value) is None:
        raise NotAPersonalId
    century, odd = divmod(int(value[3]), 2)
    return PersonalId(value, value[:3], "female" if odd else "male", FIRST_CENTURY + 100 * century + int(value[4:6]))


def card(text: str) -> Card:
    """Take an insurance card number apart, in any case and with or without spaces.

    >>> card("gd 4 19 9900000001").benefit
    '4'

    Raises:
        NotACard: it has not that form.
    """
    value = re.sub(r"[\s.-]", "", text).upper()
    found = CARD.fullmatch(value)
    if found is None:
        raise NotACard
    return Card(value, *found.groups())


def scanned_card(text: str) -> ScannedCard:
    """Read the QR code of an identity card. Parts that are not known yet, after the seventh, are let go.

    Raises:
        NotACardCode: it is none.
    """
    parts = [part.strip() for part in text.strip().lstrip("\ufeff").split("|")]
    if len(parts) < LEAST_PARTS or PERSONAL_ID.fullmatch(parts[0]) is None:
        raise NotACardCode
    number, old, name, born, sex, address = parts[:LEAST_PARTS]
    issued = parts[LEAST_PARTS] if len(parts) > LEAST_PARTS else ""
    return ScannedCard(
        number, old or None, " ".join(name.split()), _day(born), SEXES.get(sex.lower()), address, _day(issued)
    )


def _day(text: str) -> date | None:
    """A day written ddMMyyyy, with or without separators; None where a part is 00 or missing."""
    digits = re.sub(r"\D", "", text)
    try:
        return date(int(digits[4:8]), int(digits[2:4]), int(digits[:2]))
    except ValueError:
        return None
