"""Decisions of this service: pure."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from anlanh.access.identity import communes, names
from anlanh.access.identity.matching import Scored
from anlanh.fhir.vn.systems import BHXH_NUMBER, BHYT_CARD, PERSONAL_ID
from anlanh.services.identity.model import Reason, Row, Side
from anlanh.web.texts import Text, _

Resource = dict[str, Any]

FEATURES: dict[str, Text] = {
    "name": _("Name"), "birth": _("Date of birth"), "sex": _("Sex"), "personal": _("Personal number"),
    "number": _("Insurance and other numbers"), "where": _("Telephone and place"),
}  # fmt: skip

LEVELS: dict[str, Text] = {
    "name.same": _("the same"),
    "name.folded": _("the same, one without accents"),
    "name.reordered": _("the same words in another order"),
    "name.abbreviated": _("middle name cut to a letter"),
    "name.middle-missing": _("one without a middle name"),
    "name.typo": _("one letter differs"),
    "name.given-typo": _("one letter of the given name differs: it may be two names"),
    "name.accents": _("an accent differs: it may be two names"),
    "name.middle-differs": _("another middle name"),
    "name.family-differs": _("another family name"),
    "name.given-differs": _("another given name"),
    "name.different": _("another name"),
    "birth.same": _("the same"),
    "birth.swapped": _("day and month changed places"),
    "birth.slip": _("one digit differs"),
    "birth.year": _("the same year; one knows only the year"),
    "birth.same-year": _("the same year, another day"),
    "birth.differs": _("another date"),
    "sex.same": _("the same"),
    "sex.differs": _("different"),
    "personal.same": _("the same"),
    "personal.near": _("one digit differs"),
    "personal.differs": _("different"),
    "number.same": _("the same"),
    "number.differs": _("different"),
    "where.phone": _("one telephone in common"),
    "where.home": _("the same hamlet or quarter"),
    "where.commune": _("the same commune"),
    "where.elsewhere": _("another commune"),
}
"""How a feature is alike, as a steward reads it."""
NOT_TOLD = _("not told by both")

HOW: dict[str, Text] = {
    "automatic": _("without asking"),
    "steward": _("by a steward"),
    "system": _("by an operator"),
    "message": _("by a hospital's message"),
}

SEXES: dict[str, Text] = {"male": _("Male"), "female": _("Female"), "other": _("Other"), "unknown": _("Not known")}

SYSTEMS = {PERSONAL_ID: "CCCD", BHYT_CARD: "BHYT", BHXH_NUMBER: "BHXH"}
"""Systems of identifiers as people call them; others by the end of their address."""


def side(ref: int, patient: Resource, updated_at: datetime) -> Side:
    """A Patient as the screens name it."""
    return Side(
        str(ref), str(patient["id"]), called(patient), str(patient.get("birthDate", "")), "; ".join(_addresses(patient)),
        updated_at, is_temporary(patient),
    )  # fmt: skip


def called(patient: Resource) -> str:
    """The name of a Patient as it is written."""
    return next(iter(_names(patient)), "?")


def is_temporary(patient: Resource) -> bool:
    """Whether it is a newborn or an unknown person, or at least without a personal number."""
    numbered = any(each.get("system") == PERSONAL_ID for each in patient.get("identifier", ()))
    return not numbered or all(names.read(each) is None for each in _names(patient))


def side_by_side(left: Resource, right: Resource, sexes: dict[str, str]) -> list[Row]:
    """Two Patients line by line; whether a line differs goes by what it means, not by how it is spelt. `sexes` are the
    words for sexes in the reader's language."""
    lines = (
        (_("Name"), _names, _spelt),
        (_("Date of birth"), lambda each: _one(_day(each.get("birthDate"))), _as_it_is),
        (_("Sex"), lambda each: _one(sexes.get(each.get("gender", ""), "")), _as_it_is),
        (_("Numbers"), _numbers, _as_it_is),
        (_("Telephone"), _phones, _as_it_is),
        (_("Address"), _addresses, _as_it_is),
        (_("Contact person"), _contacts, _as_it_is),
    )
    rows = []
    for title, read, meaning in lines:
        one, two = tuple(read(left)), tuple(read(right))
        rows.append(Row(title, one, two, set(map(meaning, one)) != set(map(meaning, two))))
    places = [frozenset().union(*map(communes.codes_of, each.get("address", ()))) for each in (left, right)]
    lived = [{communes.line_of(address) for address in each.get("address", ())} for each in (left, right)]
    same_place = bool(places[0] & places[1]) and lived[0] == lived[1]
    return [
        Row(row.title, row.left, row.right, row.differs and not (same_place and row.title.english == "Address"))
        for row in rows
    ]


def reasons(scored: Scored) -> list[Reason]:
    """Why a pair has its score, what counts most first."""
    found = [
        Reason(FEATURES[feature], LEVELS.get(f"{feature}.{level}", NOT_TOLD), bits)
        for feature, level, bits in scored.parts
    ]
    return sorted(found, key=lambda each: -abs(each.bits))


def days_between(earlier: datetime, later: datetime) -> int:
    """Whole days."""
    return max(0, (later - earlier).days)


def _as_it_is(text: str) -> Any:
    return text


def _spelt(text: str) -> Any:
    return names.read(text) or text


def _one(text: str) -> list[str]:
    return [text] if text else []


def _day(text: Any) -> str:
    return "/".join(reversed(str(text).split("-"))) if text else ""


def _names(patient: Resource) -> list[str]:
    found = (
        str(each.get("text") or " ".join([str(each.get("family", "")), *map(str, each.get("given", ()))])).strip()
        for each in patient.get("name", ())
    )
    return list(dict.fromkeys(filter(None, found)))


def _numbers(patient: Resource) -> list[str]:
    return [
        f"{SYSTEMS.get(each.get('system', ''), str(each.get('system', '')).rpartition('/')[2])} {each.get('value', '')}"
        + (" *" if each.get("use") == "old" else "")
        for each in patient.get("identifier", ())
    ]


def _phones(patient: Resource) -> list[str]:
    return [str(each["value"]) for each in patient.get("telecom", ()) if "value" in each]


def _addresses(patient: Resource) -> list[str]:
    return [
        str(
            each.get("text")
            or ", ".join(
                filter(None, (*each.get("line", ()), each.get("city"), each.get("district"), each.get("state")))
            )
        )
        for each in patient.get("address", ())
    ]


def _contacts(patient: Resource) -> list[str]:
    return [
        " ".join(
            filter(
                None,
                (
                    str(each.get("name", {}).get("text", "")),
                    *(str(p.get("value", "")) for p in each.get("telecom", ())),
                ),
            )
        )
        for each in patient.get("contact", ())
    ]
