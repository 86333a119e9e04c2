"""From what an app asks for to what somebody decides: the authorisation endpoint without HTTP.

FHIR: SMART App Launch 2.2, EHR launch and standalone launch
Source: https://hl7.org/fhir/smart-app-launch/STU2.2/app-launch.html, RFC 6749 (4.1), RFC 9207, RFC 9700
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import asyncpg

from anlanh.access.accounts import vault
from anlanh.access.accounts.model import Session
from anlanh.access.oauth import clients, grants, redirects, scopes
from anlanh.access.oauth.model import (
    ALLOWED_DAYS,
    CONSENT,
    LAUNCH_GOOD_FOR,
    REQUEST_GOOD_FOR,
    Asked,
    Client,
    Context,
    Grant,
)
from anlanh.access.oauth.problems import (
    AccessDenied,
    ChoosePatient,
    ForSomebodyElse,
    LaunchSpent,
    NeedsPkce,
    NoScopeLeft,
    NotInRequest,
    OAuthProblem,
    RequestSpent,
    WrongAudience,
    WrongResponseType,
    WrongReturn,
)
from anlanh.access.oauth.trust import FHIR
from anlanh.fhir.store.record import Record
from anlanh.platform.work import Work

LEVELS = ("patient", "user")
ONLINE_GOOD_FOR = timedelta(days=1)
_CHALLENGE = re.compile(r"[A-Za-z0-9_\-]{43}")
_LONGEST = 1024
_KNOWN = (
    "client_id", "redirect_uri", "response_type", "scope", "state", "aud", "code_challenge", "code_challenge_method",
    "nonce", "launch", "prompt",
)  # fmt: skip
Form = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Begun:
    """Where the browser goes next: to the screen on which somebody decides, or back to the app with an error."""

    location: str


async def begin(work: Work, record: Record, form: Form, own: str) -> Begun:
    """Look at what an app asks for, keep it, and say where to go on. `own` is the address of this server.

    Raises:
        NoSuchApp, WrongReturn, NotInRequest: nobody may be sent back to the app; people are told here.
    """
    facts = _once(form)
    client = await clients.acting(work, facts.get("client_id", ""))
    redirect_uri = facts.get("redirect_uri", "")
    if not redirects.matches(client.redirect_uris, redirect_uri):
        raise WrongReturn
    try:
        asked = await _checked(work, record, client, redirect_uri, facts, own)
    except OAuthProblem as problem:
        return Begun(back_with(problem, redirect_uri, facts.get("state", ""), own))
    handle = vault.new_secret()
    await work.connection.execute(
        "insert into oauth_request (handle, client_id, redirect_uri, scopes, state, nonce, challenge, launched,"
        " patient_ref, encounter_ref, intent, account_id, prompt, asked_at)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
        vault.hash_of(handle), asked.client_id, asked.redirect_uri, list(asked.scopes), asked.state, asked.nonce,
        asked.challenge, asked.launched, asked.context.patient_ref, asked.context.encounter_ref, asked.context.intent,
        asked.account_id, asked.prompt, asked.asked_at,
    )  # fmt: skip
    return Begun(redirects.with_query(CONSENT, ma=handle))


async def waiting(work: Work, handle: str, session: Session) -> tuple[Client, Asked]:
    """What an app asks of who is signed in.

    Raises:
        RequestSpent: it was decided, or is too old.
        ForSomebodyElse: the app was opened by somebody else.
        NoSuchApp: the app has been blocked meanwhile.
    """
    row = await work.connection.fetchrow(
        "select * from oauth_request where handle = $1 and asked_at > $2",
        vault.hash_of(handle),
        work.at - REQUEST_GOOD_FOR,
    )
    if row is None:
        raise RequestSpent
    asked = _asked(row)
    if asked.account_id not in (None, session.account_id):
        raise ForSomebodyElse
    return await clients.acting(work, asked.client_id), asked


async def approve(
    work: Work, handle: str, session: Session, own: str, *, kept: Sequence[str], patient_ref: str, until_at: datetime
) -> str:
    """Allow it; the address at the app to go on to. `kept`: the scopes that stay; `patient_ref`: whose record, which
    must have been looked up for this person; `until_at`: how long the app may come back by itself.

    Raises:
        RequestSpent, ForSomebodyElse, NoSuchApp: as `waiting`; of two who decide at once, one gets it.
        ChoosePatient: a patient has to be known.
        NoScopeLeft: nothing is left of what was asked for.
    """
    _client, asked = await waiting(work, handle, session)
    granted = scopes.chosen(offered(asked, session), kept)
    if not granted:
        raise NoScopeLeft
    personal = scopes.is_personal(granted)
    patient = asked.context.patient_ref or (patient_ref if personal else "")
    if personal and not patient:
        raise ChoosePatient(expression="patient")
    await _take(work, handle)
    online = scopes.OFFLINE not in granted
    grant = Grant(
        0, asked.client_id, session.account_id, session.assignment.id if session.assignment else None,
        session.id if online else None, session.person_ref, granted,
        Context(patient, asked.context.encounter_ref, asked.context.intent), session.assurance, session.started_at,
        work.at, min(work.at + ONLINE_GOOD_FOR, session.expires_at) if online else until_at, work.at,
    )  # fmt: skip
    await grants.tidy(work)
    code = await grants.new_code(work, await grants.allow(work, grant), asked)
    return redirects.with_query(asked.redirect_uri, code=code, state=asked.state, iss=own)


async def deny(work: Work, handle: str, session: Session, own: str, problem: OAuthProblem | None = None) -> str:
    """Do not allow it; the address at the app, which learns only that.

    Raises:
        RequestSpent, ForSomebodyElse, NoSuchApp: as `waiting`.
    """
    _client, asked = await waiting(work, handle, session)
    await _take(work, handle)
    return back_with(problem or AccessDenied(), asked.redirect_uri, asked.state, own)


def until(at: datetime, days: int) -> datetime:
    """When what is allowed for so many days ends; a day, for a number that is not offered."""
    return at + timedelta(days=days if days in ALLOWED_DAYS else 1)


def offered(asked: Asked, session: Session) -> tuple[str, ...]:
    """What of the scopes asked for the role of this person may have at all."""
    return scopes.for_role(asked.scopes, session.role or "")


def remembered(asked: Asked, session: Session, found: Sequence[Grant]) -> Grant | None:
    """What this person allows the app already, if that is all it asks for now."""
    place = session.assignment.id if session.assignment else None
    wanted = offered(asked, session)
    context = asked.context
    return next(
        (
            each for each in found
            if each.client_id == asked.client_id and each.assignment_id == place and scopes.covers(each.scopes, wanted)
            and (not context.patient_ref or context.patient_ref == each.context.patient_ref)
        ),
        None,
    )  # fmt: skip


async def launch(work: Work, session: Session, client: Client, context: Context, own: str) -> str:
    """Open an app on a patient's record; the address at the app. Good once, for five minutes, for this person.

    Raises:
        WrongReturn: the app cannot be opened from here.
    """
    if client.launch_uri is None:
        raise WrongReturn
    handle = vault.new_secret()
    await work.connection.execute(
        "insert into oauth_launch (handle, client_id, account_id, patient_ref, encounter_ref, intent, launched_at)"
        " values ($1, $2, $3, $4, $5, $6, $7)",
        vault.hash_of(handle), client.id, session.account_id, context.patient_ref, context.encounter_ref, context.intent,
        work.at,
    )  # fmt: skip
    return redirects.with_query(client.launch_uri, iss=own + FHIR, launch=handle)


def back_with(problem: OAuthProblem, redirect_uri: str, state: str, own: str) -> str:
    """The address at the app that tells it of a problem."""
    return redirects.with_query(
        redirect_uri, error=problem.error, error_description=f"{problem.text} {problem.way_out}", state=state, iss=own
    )


async def _checked(
    work: Work, record: Record, client: Client, redirect_uri: str, facts: Mapping[str, str], own: str
) -> Asked:
    if facts.get("response_type") != "code":
        raise WrongResponseType
    if not facts.get("state"):
        raise NotInRequest(name="state", wanted="a random value of at least 122 bits")
    if facts.get("aud", "").rstrip("/") != own + FHIR:
        raise WrongAudience(base=own + FHIR)
    if facts.get("code_challenge_method") != "S256" or not _CHALLENGE.fullmatch(facts.get("code_challenge", "")):
        raise NeedsPkce
    wanted = scopes.asked(facts.get("scope", ""), client.scopes, LEVELS, scopes.PLAIN)
    wanted = tuple(each for each in wanted if scopes.searchable(record.criteria(own + FHIR), each))
    if not wanted:
        raise NoScopeLeft
    launched = "launch" in facts or scopes.LAUNCH in wanted
    context, account_id = Context(), None
    if launched:
        context, account_id = await _launched(work, client, facts.get("launch", ""))
    return Asked(
        client.id, redirect_uri, wanted, facts["state"], facts.get("nonce", ""), facts["code_challenge"], launched,
        context, account_id, facts.get("prompt", ""), work.at,
    )  # fmt: skip


async def _launched(work: Work, client: Client, handle: str) -> tuple[Context, int]:
    row = await work.connection.fetchrow(
        "delete from oauth_launch where handle = $1 and client_id = $2 and launched_at > $3"
        " returning patient_ref, encounter_ref, intent, account_id",
        vault.hash_of(handle), client.id, work.at - LAUNCH_GOOD_FOR,
    )  # fmt: skip
    if row is None:
        raise LaunchSpent
    return Context(row["patient_ref"], row["encounter_ref"], row["intent"]), row["account_id"]


async def _take(work: Work, handle: str) -> None:
    taken = await work.connection.fetchval(
        "delete from oauth_request where handle = $1 returning client_id", vault.hash_of(handle)
    )
    if taken is None:
        raise RequestSpent


def _once(form: Form) -> dict[str, str]:
    """The parameters, each of which may be there once. Source: RFC 6749 (3.1)."""
    facts: dict[str, str] = {}
    for name, value in form:
        if name in facts or (name in _KNOWN and len(value) > _LONGEST * (8 if name == "scope" else 1)):
            raise NotInRequest(name=name[:40], wanted="no longer than needed")
        facts[name] = value
    return facts


def _asked(row: asyncpg.Record) -> Asked:
    return Asked(
        row["client_id"], row["redirect_uri"], tuple(row["scopes"]), row["state"], row["nonce"], row["challenge"],
        row["launched"], Context(row["patient_ref"], row["encounter_ref"], row["intent"]), row["account_id"],
        row["prompt"], row["asked_at"],
    )  # fmt: skip
