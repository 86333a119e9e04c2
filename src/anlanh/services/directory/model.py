"""Nouns of this service: facilities with their hours, practitioners with their licences, prices by payer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from anlanh.kernel.problem import Problem
from anlanh.web.permission import Permission

CONFIRM_ENTRY = Permission("directory.confirm", frozenset(("director", "receptionist")), assurance=2)
"""Confirm or correct what the directory says of the facility at which one acts."""

Point = tuple[float, float]
"""Longitude and latitude."""


class NoSuchEntry(Problem):
    issue = "not-found"
    says = "The directory holds no such entry."
    hint = "It may have closed or moved; search for it by its name."


class NotYourFacility(Problem):
    issue = "forbidden"
    says = "This is not the facility at which you act now."
    hint = "Change the place of work, or ask somebody of that facility."


class HoursNotUnderstood(Problem):
    issue = "value"
    says = "The opening hours are not understood."
    hint = "Write them as 07:00-11:30, several with commas between; leave it empty for closed, or write 24h."


class PhoneNotUnderstood(Problem):
    issue = "value"
    says = "This is not a telephone number."
    hint = "Write 8 to 12 digits, for example 0208 3855 123."


class Kind(StrEnum):
    """What a facility is, by the words of `Organization.type`; the values are those of addresses."""

    HOSPITAL = "benh-vien"
    CENTRE = "trung-tam"
    STATION = "tram-y-te"
    PHARMACY = "nha-thuoc"
    CONTROL = "kiem-soat-benh-tat"


class Standing(StrEnum):
    """How a licence stands on a day."""

    VALID = "valid"
    EXPIRED = "expired"
    TO_COME = "to-come"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Span:
    """Open on these days (0 Monday) from `start` to `end`, minutes of the day; an end before the start: of the next day."""

    days: tuple[int, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Licence:
    """A licence to practise. `until` None: without end."""

    number: str
    title: str
    since: date | None
    until: date | None


@dataclass(frozen=True, slots=True)
class Department:
    """A department, and what it offers."""

    id: str
    name: str
    offers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Facility:
    """A facility as the public sees it. `languages`: code to name; `updated_at`: when any of it was last written."""

    id: str
    name: str
    kind: Kind
    level: str
    licence: str
    code: str
    commune: str
    address: str
    phone: str
    at: Point | None
    hours: tuple[Span, ...]
    languages: Mapping[str, str]
    wheelchair: bool
    insured: bool
    departments: tuple[Department, ...]
    updated_at: datetime
    site: str

    @property
    def reference(self) -> str:
        """As FHIR refers to it."""
        return f"Organization/{self.id}"


@dataclass(frozen=True, slots=True)
class Practice:
    """Where somebody practises, as what. `role`: id of the PractitionerRole; `active`: it still holds."""

    role: str
    facility: str
    department: str
    title: str
    active: bool
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Practitioner:
    """Somebody who practises."""

    id: str
    name: str
    licence: Licence | None
    practices: tuple[Practice, ...]
    active: bool = True


@dataclass(frozen=True, slots=True)
class Price:
    """What a service costs at a level of facilities, for a payer."""

    level: str
    payer: str
    amount_vnd: int


@dataclass(frozen=True, slots=True)
class Charge:
    """A service with its prices and from when they hold."""

    id: str
    code: str
    title: str
    group: str
    since: date | None
    until: date | None
    prices: tuple[Price, ...]


@dataclass(frozen=True, slots=True)
class Confirmation:
    """Who of a facility confirmed its entry, and when."""

    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Correction:
    """What somebody of a facility says of it."""

    phone: str
    hours: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody looks for. Empty: not asked. `open`: now or always; `here`: near to what."""

    words: str = ""
    kind: str = ""
    commune: str = ""
    open: str = ""
    insured: bool = False
    language: str = ""
    wheelchair: bool = False
    here: Point | None = None


@dataclass(frozen=True)
class Catalogue:
    """The whole directory. `words`: folded, by which each entry is found: those of its name, and all."""

    facilities: Mapping[str, Facility]
    practitioners: Mapping[str, Practitioner]
    charges: Mapping[str, Charge]
    words: Mapping[str, tuple[str, str]]
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Place:
    """A facility in a list: open now, and how far it is from where one asked, in kilometres."""

    facility: Facility
    open: bool
    away_km: float | None


@dataclass(frozen=True, slots=True)
class Found:
    """What was found: facilities first, then departments (with their facility), practitioners, services."""

    places: tuple[Place, ...]
    departments: tuple[tuple[Facility, Department], ...]
    practitioners: tuple[Practitioner, ...]
    charges: tuple[Charge, ...]
