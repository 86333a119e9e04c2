"""Nouns of this service: a form and its questions, what was answered, what follows; permissions and problems.

FHIR: Questionnaire, QuestionnaireResponse, PlanDefinition
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeAlias

from anlanh.kernel.problem import Problem
from anlanh.web.permission import Permission
from anlanh.web.texts import Text, _

KEEP_OWN = Permission("declaration.keep-own", frozenset(("citizen",)))
"""Declarations of oneself and of those entrusted: go on, change, see what became of them."""

MANAGE_FORMS = Permission(
    "declaration.manage-forms", frozenset(("surveillance-officer", "station-worker", "director")), assurance=2
)
"""Publish forms and new versions, print posters, see counts."""

ANSWER_ALERTS = Permission("declaration.answer-alerts", frozenset(("station-worker",)), assurance=2)
"""See the declarations of which the own station was told at once."""

URGENT = "red"
"""The colour of which the station is told."""

Answers: TypeAlias = Mapping[str, tuple[str, ...]]
"""What was typed, by the key of a question: its linkId, in the second round of a repeating group `group:1:linkId`."""

COLOURS: Mapping[str, tuple[Text, str]] = {
    "red": (_("Red: now"), "bad"),
    "orange": (_("Orange: today"), "warn"),
    "yellow": (_("Yellow: watch closely"), "note"),
    "green": (_("Green: at home"), "good"),
}
"""What follows from a declaration, the most urgent first: word, kind of badge."""


@dataclass(frozen=True, slots=True)
class CallKind:
    """What may become of a call. `words`: what the record says; `status` of the Task."""

    title: Text
    words: str
    status: str
    tone: str


CALLS: Mapping[str, CallKind] = {
    "called": CallKind(_("Called"), "Đã gọi", "completed", "good"),
    "not-reached": CallKind(_("Could not be reached yet"), "Chưa gọi được", "in-progress", "warn"),
    "sent-to-emergency": CallKind(_("Sent on to emergency care"), "Đã chuyển cấp cứu", "completed", "good"),
}
"""What a station notes of a call to whoever declared something red, by the code in Task.businessStatus."""


@dataclass(frozen=True, slots=True)
class Call:
    """A try to call, as it was noted."""

    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class Option:
    """An answer to choose. `key` is what a form sends, `answer` the value[x] that is kept."""

    key: str
    label: str
    answer: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Condition:
    """When a question is asked: another one, how it is compared, and with which value[x]."""

    question: str
    operator: str
    answer: Any


@dataclass(frozen=True, slots=True)
class Item:
    """A question, group or text of a form. `when`: it is asked when all of them hold (any: `when_any`)."""

    link_id: str
    kind: str
    text: str
    help: str = ""
    required: bool = False
    repeats: bool = False
    read_only: bool = False
    hidden: bool = False
    options: tuple[Option, ...] = ()
    when: tuple[Condition, ...] = ()
    when_any: bool = False
    low: Any = None
    high: Any = None
    max_length: int = 2000
    unit: Mapping[str, Any] | None = None
    calculated: str = ""
    initial: str = ""
    items: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True)
class Form:
    """A version of a form. `name` is the end of its url and its address; `days` until what was declared is erased;
    `labels` make what is declared sensitive; `variables` are FHIRPath by name."""

    id: str
    name: str
    url: str
    version: str
    status: str
    title: str
    about: str
    purpose: str
    days: int
    sources: str
    labels: tuple[Mapping[str, str], ...]
    variables: tuple[tuple[str, str], ...]
    items: tuple[Item, ...]

    @property
    def canonical(self) -> str:
        """Its url with the version."""
        return f"{self.url}|{self.version}"


@dataclass(frozen=True, slots=True)
class Node:
    """A question as it stands now. `values` what was typed, `answers` the value[x] of it, `fault` what is wrong with it;
    `number` which round of a repeating group."""

    item: Item
    key: str
    enabled: bool
    values: tuple[str, ...] = ()
    answers: tuple[Mapping[str, Any], ...] = ()
    fault: Text | None = None
    children: tuple[Node, ...] = ()
    number: int = 0


@dataclass(frozen=True, slots=True)
class Rule:
    """A line of the rules of a form: when (in words, and as FHIRPath), then which colour, what to do, on which source."""

    when: str
    expression: str
    colour: str
    title: str
    advice: str
    source: str


@dataclass(frozen=True, slots=True)
class Guest:
    """Who declares without an account."""

    name: str
    phone: str


@dataclass(frozen=True, slots=True)
class Entry:
    """What is counted and kept of a declaration besides its answers: it stays as the proof when they are erased.

    `person`: key of the Patient, None of a guest; `state`: begun, declared; `told`: "Organization/x" of the station that
    was told, `alert` the name under which it opens it; `call`: what the station noted last, a key of CALLS or empty.
    """

    id: str
    form: str
    version: str
    person: int | None
    state: str
    declared_at: datetime
    delete_on: date
    colour: str
    commune: str
    erased_at: datetime | None = None
    told: str = ""
    alert: str = ""
    told_at: datetime | None = None
    call: str = ""
    call_at: datetime | None = None
    reminded_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Merged:
    """Two people's answers put together; `conflicts` are keys that both changed, with what the other wrote."""

    answers: dict[str, tuple[str, ...]]
    conflicts: dict[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Station:
    """A health station. `reference`: "Organization/x"; `phone`: empty where none is known."""

    reference: str
    name: str
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who declared, as the station may know them: `record` the id of the Patient, empty of a guest; `born` a FHIR date."""

    name: str
    phone: str = ""
    born: str = ""
    record: str = ""


Number: TypeAlias = int | Decimal


class NoSuchForm(Problem):
    issue = "not-found"
    says = "There is no such form, or it is not open any more."
    hint = "Choose one from the list of declarations."


class NoSuchDeclaration(Problem):
    issue = "not-found"
    says = "There is no such declaration, or it has been erased."
    hint = "Look at your declarations; what is past its day is erased for good."


class NoSuchCall(Problem):
    issue = "required"
    says = "It is not said what became of the call."
    hint = "Choose one: called, could not be reached yet, or sent on to emergency care."


class NotAllAnswered(Problem):
    issue = "required"
    says = "{count} questions need another look."
    hint = "They are marked below."


class WhoAreYou(Problem):
    issue = "required"
    says = "Name and telephone are needed when one declares without an account."
    hint = "Give your name and a telephone number of ten digits, or sign in."


class SomebodyElseWrote(Problem):
    issue = "conflict"
    says = "Somebody else of your family has changed this declaration meanwhile."
    hint = "Both are put together below, nothing is lost. Look at what is marked, and send it once more."


class FormNotUsable(Problem):
    issue = "invariant"
    says = "This form cannot be published: {why}."
    hint = "Correct the Questionnaire and send it again."


class VersionTaken(Problem):
    issue = "conflict"
    says = "Version {version} of this form has been published before with other content."
    hint = "Published versions never change; give it a new version."
