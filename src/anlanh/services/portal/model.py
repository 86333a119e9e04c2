"""Nouns of this service: whose pages these are, what needs somebody, and what an emergency card says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from anlanh.access.rights.kin import Kin
from anlanh.kernel.problem import Problem
from anlanh.web.permission import Permission
from anlanh.web.texts import Text

CITIZENS = frozenset(("citizen",))

SEE_OWN = Permission("portal.see-own", CITIZENS)
"""See one's own day and record, and those of the people entrusted."""

CHOOSE_CARD = Permission("portal.choose-card", CITIZENS)
"""Choose what an emergency card says."""

BLOOD_GROUPS = ("A+", "A-", "B+", "B-", "AB+", "AB-", "O+", "O-")


class NotABloodGroup(Problem):
    issue = "value"
    says = "This is not a blood group."
    hint = "Choose one of the list, or leave it open."


class ContactNotUnderstood(Problem):
    issue = "value"
    says = "The contact lacks a name or a telephone number."
    hint = "Give both, or neither; a telephone number has 9 to 15 digits."


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose record is looked at. `kind`: self, parent or delegate; `kin`: everybody whose record is entrusted."""

    reference: str
    name: str
    born: str
    kind: str
    kin: tuple[Kin, ...] = ()

    @property
    def own(self) -> bool:
        """Whether it is who looks."""
        return self.kind == "self"

    @property
    def id(self) -> str:
        """The logical id."""
        return self.reference.partition("/")[2]

    @property
    def query(self) -> str:
        """What addresses of their pages end with."""
        return "" if self.own else f"?nguoi={self.id}"


@dataclass(frozen=True, slots=True)
class Visit:
    """An appointment that is to come."""

    at: datetime
    title: str
    place: str


@dataclass(frozen=True, slots=True)
class Need:
    """Something that needs somebody today. `about`: words of the record; `tone`: note, warn; the most urgent first;
    `of`: the name of the child whose news it is."""

    title: Text
    about: str
    href: str
    icon: str
    tone: str
    of: str = ""


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom to call."""

    name: str
    relation: str
    phone: str


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a person wants on the card: references of illnesses and medicines, what they say of their blood group, whom to
    call beside those of the record."""

    lines: frozenset[str] = frozenset()
    blood: str = ""
    contact: Contact | None = None


@dataclass(frozen=True, slots=True)
class Card:
    """An emergency card. `measured`: the blood group is of a laboratory, not of the person's own words."""

    name: str
    born: str
    gender: str
    blood: str
    measured: bool
    allergies: tuple[tuple[str, str], ...]
    problems: tuple[str, ...]
    medicines: tuple[str, ...]
    contacts: tuple[Contact, ...]
