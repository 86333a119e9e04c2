"""A person's chart line by line, each line with where it comes from.

FHIR: Patient and what is in its compartment
Source: QĐ 831/QĐ-BYT; http://hl7.org/fhir/uv/ips
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import TypeAlias

from anlanh.services.record.model.foreign import Foreign
from anlanh.web.texts import Text


class Section(Enum):
    """A part of the chart, by its word in addresses."""

    ALLERGIES = "di-ung"
    PROBLEMS = "benh"
    MEDICINES = "thuoc"
    IMMUNIZATIONS = "tiem-chung"
    RESULTS = "xet-nghiem"
    MEASUREMENTS = "chi-so"
    REPORTS = "phieu-ket-qua"
    ENCOUNTERS = "luot-kham"
    PROCEDURES = "thu-thuat"
    DOCUMENTS = "giay-to"
    CARE_TEAM = "nguoi-cham-soc"


class Standing(Enum):
    """How an illness or allergy stands."""

    PRESENT = "present"
    QUIET = "quiet"
    OVER = "over"


class Flag(Enum):
    """What a result says beside its value. Source: http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"""

    NORMAL = ""
    LOW = "L"
    HIGH = "H"
    CRITICAL = "AA"
    ABNORMAL = "A"
    POSITIVE = "POS"


class Due(Enum):
    """How a vaccination to come stands."""

    OVERDUE = "overdue"
    DUE = "due"
    COMING = "coming"


@dataclass(frozen=True, slots=True)
class Source:
    """Where a line comes from: the resource and its version, the facility's name (empty: not told), when it reached the
    record, and which message or file brought it (empty: written here)."""

    reference: str
    version: int
    facility: str
    recorded_at: datetime
    message: str = ""

    @property
    def type(self) -> str:
        """The resource's type."""
        return self.reference.partition("/")[0]

    @property
    def id(self) -> str:
        """The resource's id."""
        return self.reference.partition("/")[2]


@dataclass(frozen=True, slots=True)
class ProblemLine:
    """An illness or diagnosis. `on`, `until`: FHIR dates, as exact as they are known. `listed`: on the problem list."""

    source: Source
    title: str
    code: str
    standing: Standing
    on: str
    until: str
    listed: bool
    disputed: bool = False


@dataclass(frozen=True, slots=True)
class AllergyLine:
    """An allergy or intolerance. `grave`: a reaction may endanger life."""

    source: Source
    title: str
    category: str
    grave: bool
    reaction: str
    standing: Standing
    on: str


@dataclass(frozen=True, slots=True)
class MedicineLine:
    """A medicine as one facility ordered it, or as the person takes it. `atc` may be empty."""

    source: Source
    title: str
    atc: str
    dose: str
    on: str
    until: str
    active: bool
    taken: bool


@dataclass(frozen=True, slots=True)
class Medicine:
    """All lines of one substance, the latest first. `twice`: active from more than one facility at once."""

    title: str
    atc: str
    lines: tuple[MedicineLine, ...]
    twice: bool

    @property
    def active(self) -> bool:
        """Whether it is taken now, as far as the record knows."""
        return any(each.active for each in self.lines)


@dataclass(frozen=True, slots=True)
class ImmunizationLine:
    """A dose that was given. `vaccine`: code of the national programme, or empty."""

    source: Source
    title: str
    vaccine: str
    dose: int | None
    on: str
    lot: str


@dataclass(frozen=True, slots=True)
class DueLine:
    """A dose of the national programme that is to come: from when it may be given."""

    vaccine: str
    title: str
    dose: int
    due_on: date
    standing: Due


@dataclass(frozen=True, slots=True)
class Bounds:
    """A reference range; None: open to that side."""

    low: Decimal | None = None
    high: Decimal | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class ResultLine:
    """A result or measurement. `key`: system and code, as `series` takes them. `value` in words; `number`: of a quantity;
    `parts`: names and values of what has components."""

    source: Source
    key: str
    title: str
    value: str
    number: Decimal | None
    unit: str
    bounds: Bounds
    flag: Flag
    on: str
    parts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Result:
    """The latest result of one thing that is measured, and how many there are among those looked at."""

    latest: ResultLine
    times: int


@dataclass(frozen=True, slots=True)
class Point:
    """One value in a course."""

    on: str
    number: Decimal
    flag: Flag
    source: Source


@dataclass(frozen=True, slots=True)
class Series:
    """The course of one thing in one unit, the oldest first. `bounds`: those of the latest."""

    key: str
    title: str
    unit: str
    points: tuple[Point, ...]
    bounds: Bounds


@dataclass(frozen=True, slots=True)
class ReportLine:
    """A report of an examination."""

    source: Source
    title: str
    conclusion: str
    on: str
    results: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EncounterLine:
    """A visit or stay. `kind`: outpatient, stay, emergency, at home; `done`: it is over."""

    source: Source
    kind: Text
    title: str
    reason: str
    diagnoses: tuple[str, ...]
    on: str
    until: str
    done: bool


@dataclass(frozen=True, slots=True)
class ProcedureLine:
    """Something that was done."""

    source: Source
    title: str
    on: str


@dataclass(frozen=True, slots=True)
class DocumentLine:
    """A paper. `about`: what it says of itself."""

    source: Source
    title: str
    about: str
    on: str


@dataclass(frozen=True, slots=True)
class CareTeamLine:
    """Who looks after the person: somebody or a facility, as what, since when."""

    source: Source
    name: str
    role: str
    on: str
    phone: str = ""


Line: TypeAlias = (
    ProblemLine | AllergyLine | MedicineLine | ImmunizationLine | ResultLine | ReportLine | EncounterLine
    | ProcedureLine | DocumentLine | CareTeamLine
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Banner:
    """Who this is, and what everybody has to know before anything else. `allergies`: those that are present, the grave
    first; `alerts`: warnings of the record in words. `number`, `card`: in full, for those who may see them."""

    id: str
    name: str
    born: str
    gender: str
    number: str
    card: str
    phone: str
    address: str
    keeper: str
    died: str = ""
    allergies: tuple[AllergyLine, ...] = ()
    alerts: tuple[str, ...] = ()

    @property
    def reference(self) -> str:
        """Patient/[id]."""
        return f"Patient/{self.id}"


@dataclass(frozen=True, slots=True)
class Chart:
    """A person's record as far as it was asked for, each part the latest first. `more`: parts that hold more than is
    here. Parts that were not asked for are empty."""

    banner: Banner
    problems: tuple[ProblemLine, ...] = ()
    allergies: tuple[AllergyLine, ...] = ()
    medicines: tuple[Medicine, ...] = ()
    immunizations: tuple[ImmunizationLine, ...] = ()
    due: tuple[DueLine, ...] = ()
    results: tuple[Result, ...] = ()
    measurements: tuple[Result, ...] = ()
    reports: tuple[ReportLine, ...] = ()
    encounters: tuple[EncounterLine, ...] = ()
    procedures: tuple[ProcedureLine, ...] = ()
    documents: tuple[DocumentLine, ...] = ()
    care_team: tuple[CareTeamLine, ...] = ()
    more: Collection[Section] = frozenset()


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the timeline."""

    on: str
    kind: Section
    title: str
    about: str
    source: Source
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Timeline:
    """What happened, the latest first. `before`: the day from which older ones are asked for, empty: there are none."""

    events: tuple[Event, ...]
    before: str
    facilities: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was done to a line: by whom, what, when."""

    at: datetime
    who: str
    what: str


@dataclass(frozen=True, slots=True)
class Origin:
    """All that is known of where a line comes from. `on`: when it happened; `author`: who wrote it; `visit`: reference of
    the visit in which it was written, empty: none."""

    title: str
    on: str
    source: Source
    author: str
    visit: str
    numbers: tuple[str, ...]
    trail: tuple[Step, ...]
    made_up: bool


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper with its content. `text`: what it says, when it is plain text; `document`: the same, when it is a FHIR document
    of another system."""

    line: DocumentLine
    media: str
    content: bytes = field(repr=False)
    text: str = ""
    document: Foreign | None = None
