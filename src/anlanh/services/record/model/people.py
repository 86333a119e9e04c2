"""Who may do what here, what can go wrong, and people as they are found.

FHIR: Patient
"""

from __future__ import annotations

from dataclasses import dataclass

from anlanh.kernel.problem import Problem
from anlanh.web.permission import Permission

CARE_ROLES = frozenset(("doctor", "nurse", "station-worker", "pharmacist", "technician"))

FIND_PERSON = Permission("record.find-person", CARE_ROLES | {"receptionist"}, assurance=2)
"""Find a person, as far as identifying them needs."""

SEE_RECORD = Permission("record.see", CARE_ROLES, assurance=2)
"""Open the record of somebody in one's care; the rules decide whose, and what of it."""

HAND_ON = Permission("record.hand-on", frozenset(("doctor", "nurse", "station-worker", "citizen")))
"""Hand the summary on to another hospital: as a sealed link, for a while."""

SUM_UP = Permission("record.sum-up", CARE_ROLES | {"citizen"})
"""The summary and the health book: of somebody in one's care, of oneself, of those entrusted."""


class NothingToFindBy(Problem):
    issue = "required"
    says = "This does not tell whom to look for."
    hint = "Scan a card, or type a number of a card, a telephone number, or the name with the year of birth."


class NoSuchPerson(Problem):
    issue = "not-found"
    status = 404
    says = "There is no such record, or it is not open to you."
    hint = "Find the person again; in an emergency open the record by emergency access."


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for, as it was scanned or typed: search parameters of Patient, and what they were read from."""

    pairs: tuple[tuple[str, str], ...]
    kind: str


@dataclass(frozen=True, slots=True)
class Found:
    """Somebody found. `open`: their record is open to whoever looks."""

    id: str
    name: str
    born: str
    gender: str
    place: str
    number: str
    open: bool = False
