"""Who may practise on a day: the licence decides, and whether the post still holds. Nobody else can be booked.

FHIR: Practitioner.qualification, PractitionerRole
Source: Luật KCB 15/2023/QH15 Điều 7 (no practice without a licence), Điều 27 (it holds for five years)
"""

from __future__ import annotations

from datetime import date

from anlanh.services.directory.model import Licence, Practice, Practitioner, Standing


def standing(licence: Licence | None, on: date) -> Standing:
    """How a licence stands on that day; its last day counts."""
    if licence is None or not licence.number:
        return Standing.MISSING
    if licence.since is not None and on < licence.since:
        return Standing.TO_COME
    if licence.until is not None and on > licence.until:
        return Standing.EXPIRED
    return Standing.VALID


def is_bookable(who: Practitioner, practice: Practice, on: date) -> bool:
    """Whether people may be given an appointment with them there on that day."""
    begun = practice.since is None or practice.since <= on
    ended = practice.until is not None and practice.until < on
    return who.active and practice.active and begun and not ended and standing(who.licence, on) is Standing.VALID


def latest(licences: list[Licence]) -> Licence | None:
    """The licence that counts: the one that holds longest."""
    return max(licences, key=lambda each: (each.until or date.max, each.number), default=None)
