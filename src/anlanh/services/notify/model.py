"""Nouns of this service: a message, how it is brought to a person, a call to many, permissions and problems.

FHIR: Communication
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from anlanh.kernel.problem import Problem
from anlanh.web.permission import Permission
from anlanh.web.texts import Text, _

STAFF = frozenset(
    ("doctor", "nurse", "pharmacist", "technician", "receptionist", "cashier", "station-worker", "surveillance-officer",
     "director", "privacy-officer", "steward", "researcher")
)  # fmt: skip

READ_OWN = Permission("notify.read-own", frozenset(("citizen",)) | STAFF)
"""Read what one was told; staff, of their account; who works at a station, also what the station was told."""

CHOOSE_OWN = Permission("notify.choose-own", frozenset(("citizen",)))
"""Choose about what, and how."""

BROADCAST = Permission(
    "notify.broadcast", frozenset(("director", "surveillance-officer", "station-worker")), assurance=2
)
"""Write a call to many people, and see what became of it."""

APPROVE = Permission("notify.approve", frozenset(("director", "surveillance-officer")), assurance=2, fresh=True)
"""Approve a call that somebody else wrote."""

OVERSEE_SENDING = Permission("notify.oversee", frozenset(("director",)), assurance=2)
"""See what could not be sent, and have it tried again."""

PUSH, ZALO, SMS, EMAIL = "push", "zalo", "sms", "email"

CHANNELS: Mapping[str, Text] = {
    PUSH: _("Notification on this device"),
    ZALO: _("Zalo message"),
    SMS: _("Text message"),
    EMAIL: _("E-mail"),
}
"""The ways out of the inbox, the cheapest first."""


SEE = _("See it now")


@dataclass(frozen=True, slots=True)
class Kind:
    """What a message is about. `priority`: of FHIR, unless the message names one; `open`: its title holds nothing about
    a person and may be shown on a locked screen; `link`: where it leads when the message names no place; `staff`: only
    those at work are told of it, and it is not switched off; `button`: what leads to its place."""

    title: Text
    priority: str = "routine"
    open: bool = False
    link: str = ""
    staff: bool = False
    button: Text = SEE


KINDS: Mapping[str, Kind] = {
    "result": Kind(_("Results"), "asap"),
    "appointment": Kind(_("Appointments and turns"), "asap"),
    "reminder": Kind(_("Reminders")),
    "privacy": Kind(_("Privacy and my record"), "asap", link="/rieng-tu"),
    "account": Kind(_("My account"), "asap", link="/tai-khoan", button=_("Not me? See my devices")),
    "service": Kind(_("Public services")),
    "broadcast": Kind(_("Calls of the health authority"), open=True),
    "alert": Kind(_("Somebody may need help now"), "urgent", staff=True),
}
"""Kinds of messages by their code in Communication.category."""

OTHER_KIND = "privacy"
"""The kind of a message that names none: the program tells so of what happens to a record."""


@dataclass(frozen=True, slots=True)
class Message:
    """Something to tell one person, or the facility "Organization/x": everybody who works there has one inbox.

    `person`, `about`: "Patient/x" (about: whose data, the person themself unless named);
    `occasion` names the event: one message for each person and occasion; `focus`: the resource it is about; `link`: a path
    of this site; `priority`: routine, asap or urgent, by default that of the kind."""

    person: str
    kind: str
    title: str
    text: str
    occasion: str
    link: str = ""
    about: str = ""
    focus: str = ""
    priority: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One rung of the ladder: which channel, and how long after the message, when it is not read by then."""

    channel: str
    after: timedelta


@dataclass(frozen=True, slots=True)
class Entered:
    """A message as the tables keep it. `person`, `about`: keys of Patients, or of a facility; `read_at`: None while unread."""

    id: str
    person: int
    about: int
    kind: str
    priority: str
    told_at: datetime
    read_at: datetime | None = None
    broadcast: str | None = None


@dataclass(frozen=True, slots=True)
class Letter:
    """A message as its person sees it."""

    id: str
    kind: str
    title: str
    text: str
    link: str
    told_at: datetime
    read: bool


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of a message on one channel. `state`: a key of rules.STATES."""

    id: int
    message: str
    channel: str
    due_at: datetime
    state: str
    tries: int
    changed_at: datetime | None
    why: str


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery that this process sends now: what, to whom, where."""

    id: int
    number: int
    message: Entered
    channel: str
    addresses: tuple[str, ...]
    body: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a channel says of a try. `outcome`: sent, later (a fault that passes) or refused (one that does not);
    `receipt`: the channel's own number; `gone`: addresses that are no more."""

    outcome: str
    why: str = ""
    receipt: str = ""
    gone: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Broadcast:
    """A call to many. `station`: id of the Organization where those are registered whom it is for, empty: everywhere;
    ages in whole years, both ends included; `state`: written, approved, refused or sent."""

    id: str
    title: str
    text: str
    station: str
    age_from: int
    age_to: int
    urgent: bool
    state: str
    written_by: str
    written_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    told: int
    read: int


class UnknownKind(Problem):
    issue = "value"
    says = "There is no kind of message {kind!r}."
    hint = "Kinds of messages: {known}."


class NoSuchMessage(Problem):
    issue = "not-found"
    says = "There is no such message, or it is not yours."
    hint = "Go back to your messages."


class NothingToSay(Problem):
    issue = "required"
    says = "A call needs a heading and a text."
    hint = "Write both; the heading is what people see on a locked screen."


class AgesWrong(Problem):
    issue = "value"
    says = "The ages do not fit: from {age_from} to {age_to}."
    hint = "Give whole years from 0 to 130, the lower one first."


class FourEyes(Problem):
    issue = "forbidden"
    says = "A call is approved by somebody else than who wrote it."
    hint = "Ask a colleague who may approve calls."


class AlreadyDecided(Problem):
    issue = "conflict"
    says = "This call has been decided on before, or is not there."
    hint = "Look at it once more."


class NotASubscription(Problem):
    issue = "value"
    says = "This device gave no address for notifications that can be used."
    hint = "Try again, or use a newer browser."
