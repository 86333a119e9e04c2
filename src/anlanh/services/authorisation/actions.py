"""What people do with apps. Each is one unit of work."""

from __future__ import annotations

from collections.abc import Sequence

from anlanh.access.accounts.model import Session
from anlanh.access.oauth import authorising, clients, grants, patients, scopes
from anlanh.access.oauth.exchanging import Authority
from anlanh.access.oauth.model import Asked, Client, Context, Grant, Kind, State
from anlanh.access.oauth.patients import Choice
from anlanh.fhir.model import json
from anlanh.fhir.store import read
from anlanh.platform.work import Work
from anlanh.services.authorisation import rules
from anlanh.services.authorisation.model import AppList, Connected, NotTheirRecord


async def known(work: Work, asked: Asked, session: Session) -> Grant | None:
    """What this person allows the app already, if that is all it asks for now."""
    return authorising.remembered(asked, session, await grants.of_account(work, session.account_id))


async def whose(work: Work, authority: Authority, asked: Asked, session: Session, sought: str) -> list[Choice]:
    """The people to choose from: the one whose record the app was opened on, else those who come into question."""
    if asked.context.patient_ref:
        found = await patients.one(work, authority.record, session, asked.context.patient_ref)
        return [found] if found else []
    if not scopes.is_personal(asked.scopes):
        return []
    return await patients.choices(work, authority.record, session, sought)


async def checked_patient(work: Work, authority: Authority, session: Session, reference: str) -> str:
    """The reference, if this person may know of that patient and a citizen acts for them; empty stays empty.

    Raises:
        NotTheirRecord: they may not.
    """
    if not reference:
        return ""
    found = await patients.one(work, authority.record, session, reference)
    family = session.role != "citizen" or reference in {
        each.reference for each in await patients.choices(work, authority.record, session)
    }
    if found is None or not family:
        raise NotTheirRecord(expression="patient")
    return reference


async def launch(work: Work, authority: Authority, session: Session, client_id: str, context: Context, own: str) -> str:
    """Open an app on a record; the address to go on to.

    Raises:
        NotTheirRecord: the patient or the visit is not for this person to see.
        NoSuchApp, WrongReturn: the app cannot be opened.
    """
    patient = await checked_patient(work, authority, session, context.patient_ref)
    if context.encounter_ref:
        patient = await _patient_of_visit(work, authority, context.encounter_ref, patient)
    client = await clients.acting(work, client_id)
    return await authorising.launch(work, session, client, Context(patient, context.encounter_ref, context.intent), own)


async def apps(work: Work, authority: Authority, session: Session) -> AppList:
    """The apps of who is signed in."""
    approved = await clients.of_state(work, State.APPROVED)
    by_client: dict[str, list[Grant]] = {}
    for each in await grants.of_account(work, session.account_id):
        by_client.setdefault(each.client_id, []).append(each)
    people = await _names(work, authority, session, [each for found in by_client.values() for each in found])
    connected = [_connected(client, by_client[client.id], people) for client in approved if client.id in by_client]
    return AppList(connected, [each for each in approved if each.launch_uri and _serves(each, session)])


async def disconnect(work: Work, session: Session, client_id: str) -> int:
    """Take back all that who is signed in has allowed an app; how much it was. Safe to repeat."""
    return await grants.revoke(work, session.account_id, client_id)


def is_trusted(client: Client, asked: Asked) -> bool:
    """Whether only this app can be at the other end: it proves itself, or its address does."""
    return client.kind is not Kind.PUBLIC or asked.redirect_uri.startswith("https://")


def _serves(client: Client, session: Session) -> bool:
    return bool(rules.resource_lines(scopes.for_role(client.scopes, session.role or "")))


def _connected(client: Client, found: Sequence[Grant], people: dict[str, str]) -> Connected:
    granted = tuple(dict.fromkeys(scope for each in found for scope in each.scopes))
    names = tuple(dict.fromkeys(people.get(each.context.patient_ref, "") for each in found))
    return Connected(
        client, (*rules.resource_lines(granted), *rules.plain_lines(granted)), tuple(filter(None, names)),
        max(each.used_at for each in found), max(each.until_at for each in found),
    )  # fmt: skip


async def _names(work: Work, authority: Authority, session: Session, found: Sequence[Grant]) -> dict[str, str]:
    names = {}
    for reference in sorted({each.context.patient_ref for each in found} - {""}):
        choice = await patients.one(work, authority.record, session, reference)
        names[reference] = choice.name if choice else ""
    return names


async def _patient_of_visit(work: Work, authority: Authority, encounter_ref: str, patient_ref: str) -> str:
    kind, _, encounter_id = encounter_ref.partition("/")
    if kind != "Encounter":
        raise NotTheirRecord(expression="encounter")
    stored = await read.read(work, authority.record, "Encounter", encounter_id)
    found = str(json.decode_fast(stored.content).get("subject", {}).get("reference", ""))
    if patient_ref not in ("", found):
        raise NotTheirRecord(expression="encounter")
    return found
