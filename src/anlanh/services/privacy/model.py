"""Nouns of this service: permissions, problems, and what screens show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from anlanh.access.audit.looks import Look
from anlanh.access.rights.kin import Kin
from anlanh.kernel.problem import Problem
from anlanh.web.permission import Permission
from anlanh.web.texts import Text

CITIZENS = frozenset(("citizen",))
EMERGENCY_ROLES = frozenset(("doctor", "nurse", "station-worker"))

KEEP_OWN_PRIVACY = Permission("privacy.keep-own", CITIZENS)
"""See who looked, choose, ask: over one's own record and those entrusted."""

ENTRUST = Permission("privacy.entrust", CITIZENS, assurance=2, fresh=True)
"""Entrust one's record to somebody."""

TAKE_COPY = Permission("privacy.take-copy", CITIZENS, assurance=2, fresh=True)
"""Take one's whole record away."""

OPEN_EMERGENCY = Permission("privacy.open-emergency", EMERGENCY_ROLES, assurance=2, fresh=True)
"""Open somebody's record in an emergency."""

SEE_EMERGENCY = Permission("privacy.see-emergency", EMERGENCY_ROLES, assurance=2)
"""See a record that one has opened so."""

OVERSEE = Permission("privacy.oversee", frozenset(("privacy-officer",)), assurance=2)
"""Review emergencies, answer questions and requests, search the log."""


class NotConfirmed(Problem):
    issue = "required"
    says = "The confirmation is missing."
    hint = "Put a tick where it says that you have looked at the person and that the need is urgent."


class NothingToFindBy(Problem):
    issue = "required"
    says = "There is nothing to find a person by."
    hint = "Give the number of the identity card or of the insurance card, or the name and the year of birth."


class PeriodTooLong(Problem):
    issue = "value"
    says = "The log is searched for at most {most} days at once, for a person or for somebody who acted."
    hint = "Name the person or who acted, and choose a shorter period."


class EmergencyEnded(Problem):
    issue = "not-found"
    says = "This emergency access has ended, or is not yours."
    hint = "Open a new one if the need is still urgent."


@dataclass(frozen=True, slots=True)
class Named:
    """A name in both languages, for what tables name."""

    vi: str
    en: str


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose record is looked at. `kin`: everybody else whose record is entrusted; `kind`: self, parent or delegate."""

    reference: str
    name: str
    born: str
    kind: str
    kin: tuple[Kin, ...]

    @property
    def own(self) -> bool:
        """Whether it is who looks."""
        return self.kind == "self"

    @property
    def id(self) -> str:
        """The logical id."""
        return self.reference.partition("/")[2]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the list, in words. `parts`: what was seen, and how many of each."""

    look: Look
    who: str
    role: Named
    deed: Text
    purpose: Text
    rule: Named
    parts: tuple[tuple[Text, int], ...]


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of the list. `machines` are folded into one line; `following`: where the next page begins, empty: nowhere."""

    lines: tuple[Line, ...]
    machines: tuple[Line, ...]
    following: str


@dataclass(frozen=True, slots=True)
class Found:
    """Somebody found, as far as is shown to identify them."""

    id: str
    name: str
    born: str
    gender: str
    place: str
    number: str


@dataclass(frozen=True, slots=True)
class Item:
    """One resource in a line of words. `standing`: of an illness or allergy."""

    reference: str
    kind: Text
    title: str
    detail: str
    on: str
    standing: Text | None


@dataclass(frozen=True, slots=True)
class Case:
    """Something that waits for the privacy officer. `late`: its time is over."""

    id: str
    person: str
    says: str
    at: datetime
    by: datetime
    late: bool
