"""Nouns of this service: permissions, problems, and what screens show."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from anlanh.access.oauth.model import Client
from anlanh.access.policy import rules
from anlanh.kernel.problem import Problem
from anlanh.web.permission import Permission
from anlanh.web.texts import Text

MACHINES = frozenset(("app", "system"))
PEOPLE = frozenset(rules.load().roles) - MACHINES - {rules.PUBLIC}
"""Every role in which a person acts."""

DECIDE = Permission("authorisation.decide", PEOPLE)
"""Allow an app to see what one may see oneself."""

OPEN_APPS = Permission("authorisation.open-apps", PEOPLE)
"""See which apps one has connected, open and disconnect them."""

REVIEW = Permission("authorisation.review", frozenset(("privacy-officer",)), assurance=2, fresh=True)
"""Decide which apps may connect at all."""


class NoSuchChoice(Problem):
    issue = "value"
    says = "This choice is not among those shown."
    hint = "Load the page anew and choose once more."


class NothingTicked(Problem):
    issue = "value"
    says = "Nothing is ticked, so the app would see nothing."
    hint = "Tick what it may see, allow all of it, or do not allow it."


class NotTheirRecord(Problem):
    issue = "not-found"
    says = "There is no such patient or visit, or you may not see it."
    hint = "Open the app from the record of somebody you may see."


@dataclass(frozen=True, slots=True)
class Line:
    """One scope as people read it. `only` limits it; `weighty`: it changes something or goes on by itself."""

    scope: str
    title: Text
    may: tuple[Text, ...] = ()
    only: tuple[Text, ...] = ()
    weighty: bool = False


@dataclass(frozen=True, slots=True)
class Connected:
    """An app that somebody has connected, with all that they allowed it."""

    client: Client
    lines: tuple[Line, ...]
    people: tuple[str, ...]
    used_at: datetime
    until_at: datetime


@dataclass(frozen=True, slots=True)
class AppList:
    """What somebody sees of apps: connected ones, and those that can be opened from here."""

    connected: list[Connected] = field(default_factory=list)
    to_open: list[Client] = field(default_factory=list)
