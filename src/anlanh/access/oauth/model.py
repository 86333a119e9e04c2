"""Nouns of the authorisation server: apps, what they ask for, and what somebody has allowed them.

Source: https://hl7.org/fhir/smart-app-launch/STU2.2/app-launch.html, RFC 6749
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from anlanh.platform.work import OPERATIONS, Principal

SERVICE = Principal("service:authorisation", "system", purpose=OPERATIONS)
"""Who acts while an app is known, but not yet for whom it acts."""

CHANNEL = "anlanh_oauth"
"""Notified when keys, revocations or apps have changed: every process reads them anew."""

AUTHORIZE, TOKEN, INTROSPECT = "/oauth/authorize", "/oauth/token", "/oauth/introspect"
REVOKE, REGISTER, JWKS, STYLE = "/oauth/revoke", "/oauth/register", "/oauth/jwks.json", "/oauth/style.json"
CONSENT = "/cho-phep"
"""The screen on which people decide; the rest are endpoints for programs."""

REQUEST_GOOD_FOR = timedelta(minutes=10)
CODE_GOOD_FOR = timedelta(seconds=60)
LAUNCH_GOOD_FOR = timedelta(minutes=5)
TOKEN_GOOD_FOR = timedelta(minutes=15)
BACKEND_TOKEN_GOOD_FOR = timedelta(minutes=5)
"""Source: SMART Backend Services, "should be no more than five minutes"."""

SKEW = timedelta(seconds=60)
"""How far clocks of others may be off."""

ALLOWED_DAYS = (1, 30, 90, 365)
"""For how many days somebody may let an app come back by itself."""


class Kind(StrEnum):
    """How an app proves that it is the one."""

    PUBLIC = "public"
    SYMMETRIC = "confidential-symmetric"
    ASYMMETRIC = "confidential-asymmetric"


class State(StrEnum):
    """Whether an app may act."""

    PENDING = "pending"
    APPROVED = "approved"
    REFUSED = "refused"
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True)
class Client:
    """An app as it is registered. `scopes` are the most it may ever get; `purpose` why a backend service acts;
    `jwks` its public keys as JSON, or `jwks_uri` where they are."""

    id: str
    name: str
    kind: Kind
    redirect_uris: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    contact: str = ""
    purpose: str = "TREAT"
    secret_hash: bytes | None = None
    jwks: str | None = None
    jwks_uri: str | None = None
    launch_uri: str | None = None
    homepage: str | None = None
    state: State = State.PENDING
    registered_at: datetime | None = None
    decided_at: datetime | None = None
    decided_by: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Context:
    """From where in a patient's record an app was opened. References as `Patient/x`; empty: nowhere."""

    patient_ref: str = ""
    encounter_ref: str = ""
    intent: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """What an app asks for, checked, waiting for somebody to decide. `account_id`: only this person may."""

    client_id: str
    redirect_uri: str
    scopes: tuple[str, ...]
    state: str
    nonce: str
    challenge: str
    launched: bool
    context: Context
    account_id: int | None
    prompt: str
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class Grant:
    """What somebody has allowed an app. `session_id` where it ends with the session, `assignment_id` for staff."""

    id: int
    client_id: str
    account_id: int
    assignment_id: int | None
    session_id: int | None
    person_ref: str
    scopes: tuple[str, ...]
    context: Context
    assurance: int
    signed_in_at: datetime
    allowed_at: datetime
    until_at: datetime
    used_at: datetime
