"""Whom somebody at a desk means: what was scanned or typed into one box, as search parameters of Patient.

FHIR: search Patient
Source: docs/identity.md; NĐ 70/2024/NĐ-CP Điều 12 (QR of the identity card); QR of the paper insurance card [T]
"""

from __future__ import annotations

import re

from anlanh.fhir.vn.systems import BHXH_NUMBER, BHYT_CARD, PERSONAL_ID
from anlanh.kernel.vn import identity
from anlanh.kernel.vn.fold import words as folded
from anlanh.services.record.model import Found, NothingToFindBy, Wanted
from anlanh.services.record.rules import words
from anlanh.services.record.rules.words import Resource

SEPARATORS = re.compile(r"[\s.\-]")
PHONE = re.compile(r"(?:\+?84|0)([35789]\d{8})")
BHXH = re.compile(r"\d{10}")
YEAR = re.compile(r"(?:19|20)\d{2}")
DAY = re.compile(r"(\d{1,2})[/.\-](\d{1,2})[/.\-]((?:19|20)\d{2})")
MOST = 400
"""Letters of the longest code on a card."""


def wanted(text: str) -> Wanted:
    """What to look for. The code of an identity card (seven parts), the code of an insurance card, a number of either, a
    telephone number, or a name with the year or day of birth.

    >>> wanted("GD 4 19 9900000001").pairs
    (('identifier', 'http://fhir.vn/sid/bhyt|GD4199900000001'),)
    >>> wanted("nong van thanh 1959").pairs
    (('name', 'nong'), ('name', 'van'), ('name', 'thanh'), ('birthdate', '1959'))

    Raises:
        NothingToFindBy: it is none of these.
    """
    text = text.strip().lstrip("\ufeff")[:MOST]
    if "|" in text:
        return _scanned(text)
    bare = SEPARATORS.sub("", text).upper()
    if identity.PERSONAL_ID.fullmatch(bare):
        return Wanted((("identifier", f"{PERSONAL_ID}|{bare}"),), "personal-id")
    if identity.CARD.fullmatch(bare):
        return Wanted((("identifier", f"{BHYT_CARD}|{bare}"),), "card")
    if found := PHONE.fullmatch(bare):
        return Wanted((("phone", f"0{found[1]},+84{found[1]}"),), "phone")
    if BHXH.fullmatch(bare):
        return Wanted((("identifier", f"{BHXH_NUMBER}|{bare}"),), "card")
    return _named(text)


def _scanned(text: str) -> Wanted:
    first = text.partition("|")[0].strip().upper()
    if identity.PERSONAL_ID.fullmatch(first):
        return Wanted((("identifier", f"{PERSONAL_ID}|{first}"),), "identity-card")
    if identity.CARD.fullmatch(first):
        return Wanted((("identifier", f"{BHYT_CARD}|{first}"),), "insurance-card")
    if BHXH.fullmatch(first):
        return Wanted((("identifier", f"{BHXH_NUMBER}|{first}"),), "insurance-card")
    raise NothingToFindBy(expression="who")


def _named(text: str) -> Wanted:
    """A name with the day of birth or its year; a name alone has to have three words, or half the province has it."""
    day = DAY.search(text)
    year = YEAR.search(text)
    born = f"{day[3]}-{int(day[2]):02d}-{int(day[1]):02d}" if day else year[0] if year else ""
    rest = text.replace(day[0] if day else born, " ", 1) if born else text
    name = [each for each in folded(rest) if each.isalpha()]
    if not name or (not born and len(name) < 3):
        raise NothingToFindBy(expression="who")
    pairs = [("name", each) for each in name]
    return Wanted((*pairs, *((("birthdate", born),) if born else ())), "name")


def found(person: Resource, *, opened: bool = False) -> Found:
    """Somebody as far as is shown to identify them; the number with its middle left out."""
    number = words.identifier(person, PERSONAL_ID) or words.identifier(person, BHYT_CARD)
    address: Resource = next(iter(person.get("address", ())), {})
    return Found(
        str(person["id"]), words.called(person), str(person.get("birthDate", "")), str(person.get("gender", "unknown")),
        ", ".join(str(address[each]) for each in ("city", "state") if address.get(each)),
        f"{number[:3]}…{number[-3:]}" if len(number) > 8 else "",
        opened,
    )  # fmt: skip
