"""Nouns of this service: permissions, problems, and what screens show."""

from __future__ import annotations

from dataclasses import dataclass

from anlanh.access.accounts.ledger import Event
from anlanh.access.accounts.model import Assignment
from anlanh.access.accounts.passkeys import Passkey
from anlanh.access.accounts.sessions import Device
from anlanh.kernel.problem import Problem
from anlanh.web.permission import EVERY_ROLE, Permission

MANAGE_KEYS = Permission("account.manage-keys", EVERY_ROLE, assurance=2, fresh=True)
"""Change how one signs in."""

HELP_AT_DESK = Permission(
    "account.help-at-desk", frozenset(("receptionist", "station-worker", "steward")), assurance=2, fresh=True
)
"""Give a slip or a card to somebody whose identity one has checked."""


class PhoneNotUnderstood(Problem):
    issue = "value"
    says = "This is not a telephone number of Viet Nam."
    hint = "Write ten digits that begin with 0, such as 0912 345 678."


class DayNotUnderstood(Problem):
    issue = "value"
    says = "This is not a day."
    hint = "Write day, month and year, such as 5/3/1985."


class NobodyWithNumber(Problem):
    issue = "not-found"
    status = 422
    says = "There is nobody with this personal number, or more than one."
    hint = "Look at the card once more; register the person first if they are new."


class NotYourself(Problem):
    issue = "business-rule"
    says = "Nobody gives out a slip or a card to themselves."
    hint = "Ask a colleague."


@dataclass(frozen=True, slots=True)
class Workplace:
    """An assignment with the name of its place."""

    assignment: Assignment
    name: str


@dataclass(frozen=True, slots=True)
class Overview:
    """What somebody sees of their own account."""

    name: str
    login: str | None
    workplaces: list[Workplace]
    devices: list[Device]
    passkeys: list[Passkey]
    has_password: bool
    has_app: bool
    events: list[Event]
