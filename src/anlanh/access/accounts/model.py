"""Nouns of accounts: who may sign in, in which roles, and what a session is.

FHIR: Patient, Practitioner, PractitionerRole, Organization
Source: TCVN 14423:2026 (idle accounts, lock-out, second factor); NIST SP 800-63B-4 (assurance, sessions)
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from anlanh.access import principals
from anlanh.platform.work import Principal

CITIZEN = "citizen"
"""The role of everyone who acts for themselves or their family."""

IDLE_DAYS = timedelta(days=45)
"""After so long without signing in an account of staff closes. Source: TCVN 14423:2026"""

FRESH = timedelta(minutes=5)
"""How long after proving oneself anew a sensitive act is allowed."""


class Kind(StrEnum):
    """For whom the account is."""

    CITIZEN = "citizen"
    STAFF = "staff"


class Method(StrEnum):
    """How somebody proved who they are."""

    VNEID = "vneid"
    PHONE = "phone"
    CARD = "card"
    PASSKEY = "passkey"
    PASSWORD = "password"  # noqa: S105  # the name of a method
    PASSWORD_TOTP = "password+totp"  # noqa: S105
    ORGANISATION = "organisation"
    RECOVERY = "recovery"


ASSURANCE = {
    Method.VNEID: 2,
    Method.PHONE: 1,
    Method.CARD: 1,
    Method.PASSKEY: 2,
    Method.PASSWORD: 1,
    Method.PASSWORD_TOTP: 2,
    Method.ORGANISATION: 2,
    Method.RECOVERY: 2,
}
"""1: one factor, 2: two factors, or one that asks for the person itself, as the desk does that gives out a slip."""


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who may sign in. `person_ref` is `Patient/x` or `Practitioner/x`; `handle` is what passkeys know them by."""

    id: int
    kind: Kind
    person_ref: str
    login: str | None
    handle: bytes
    state: str
    last_seen_at: datetime


@dataclass(frozen=True, slots=True)
class MadeUp:
    """A made-up person to sign in as, where people are made up."""

    key: str
    name: str
    title_vi: str
    title_en: str
    personal_id: str


@dataclass(frozen=True, slots=True)
class Assignment:
    """A member of staff in a role: where, and from when until when. References are `Organization/x`."""

    id: int
    role: str
    organization_ref: str
    department_ref: str | None
    commune_code: str | None
    from_at: datetime
    until_at: datetime | None


@dataclass(frozen=True, slots=True)
class Lifetime:
    """A session ends after `idle` without use, and after `whole` in any case."""

    idle: timedelta
    whole: timedelta


LIFETIMES = {
    Kind.STAFF: Lifetime(timedelta(minutes=30), timedelta(hours=12)),
    Kind.CITIZEN: Lifetime(timedelta(days=7), timedelta(days=30)),
}


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who is signed in on one device. `key` is the hash under which the database knows the cookie."""

    id: int
    key: bytes
    account_id: int
    kind: Kind
    person_ref: str
    assignment: Assignment | None
    method: Method
    assurance: int
    started_at: datetime
    stepped_up_at: datetime
    expires_at: datetime

    @property
    def role(self) -> str | None:
        """The role in which they act; None for staff who have not chosen one yet."""
        if self.kind is Kind.CITIZEN:
            return CITIZEN
        return self.assignment.role if self.assignment else None

    def is_fresh(self, now: datetime) -> bool:
        """Whether they proved themselves within the last minutes."""
        return now - self.stepped_up_at < FRESH


def principal_of(session: Session) -> Principal:
    """Who acts in this session, as the floors below know it.

    Raises:
        LookupError: staff who have not chosen yet in which role they act.
        UnknownRole: the assignment's role is not one of the policy.
    """
    if session.role is None:
        raise LookupError("no role has been chosen")
    place = session.assignment
    return principals.principal(
        session.person_ref,
        session.role,
        organizations=(place.organization_ref,) if place else (),
        patient=session.person_ref if session.kind is Kind.CITIZEN else "",
        assurance=session.assurance,
    )
