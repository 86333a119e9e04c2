"""Nouns of this service: permissions, problems, and what screens show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from anlanh.access.identity.merging import Merged
from anlanh.access.identity.pairs import Candidate
from anlanh.kernel.problem import Problem
from anlanh.web.permission import Permission
from anlanh.web.texts import Text

STEWARDS = frozenset(("steward",))

SEE_IDENTITIES = Permission("identity.see", STEWARDS, assurance=2)
"""See pairs that may be one person, and find people."""

JOIN_IDENTITIES = Permission("identity.join", STEWARDS, assurance=2, fresh=True)
"""Merge, undo a merge, give a personal number."""


class NothingToGoBy(Problem):
    issue = "required"
    says = "There is nothing to look for."
    hint = "Give a number, or a name with the year of birth."


class ChooseTwo(Problem):
    issue = "value"
    says = "Two different people have to be chosen."
    hint = "Put a tick at exactly two."


@dataclass(frozen=True, slots=True)
class Row:
    """One line of two Patients side by side."""

    title: Text
    left: tuple[str, ...]
    right: tuple[str, ...]
    differs: bool


@dataclass(frozen=True, slots=True)
class Side:
    """A Patient as the steward's screens name it. `ref` is its key as text, which tells nothing about the person."""

    ref: str
    id: str
    name: str
    born: str
    about: str
    updated_at: datetime
    temporary: bool


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a pair has its score: the feature, how it is alike, and its bits."""

    feature: Text
    level: Text
    bits: float


@dataclass(frozen=True, slots=True)
class Shown:
    """A pair on its page: both Patients, line by line, why it is likely, and what a merge would do. `stays` is the ref of
    the one that would stay; `refused` what stands in the way."""

    pair: Candidate | None
    sides: tuple[Side, Side]
    rows: list[Row]
    reasons: list[Reason]
    bits: float
    percent: int
    stays: str
    preview: Merged | None
    refused: Problem | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A pair in the queue."""

    pair: Candidate
    sides: tuple[Side, Side]
    percent: int
    days: int


@dataclass(frozen=True, slots=True)
class Past:
    """A merge in the list. `how` as people say it."""

    id: str
    how: Text
    by: str
    at: datetime
    source: str
    target: str
    undone_at: datetime | None
