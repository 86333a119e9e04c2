"""Telling a health station of a red declaration, in the transaction of the declaration: told if and only if that holds.

The message names nobody. Whoever opens it at the station sees of the declaration what the rules let them see.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from anlanh.access.identity import communes
from anlanh.fhir.store.record import Record
from anlanh.fhir.store.write import instant_text
from anlanh.platform.work import Work
from anlanh.services.declaration.model import URGENT, Entry, Form, Station
from anlanh.services.declaration.rules import calling, deciding
from anlanh.services.declaration.store import calls, entries, stations
from anlanh.services.notify import api as notify

PAGE = "/khai-bao/tram"


async def tell_of(work: Work, record: Record, entry: Entry, form: Form, patient: dict[str, Any]) -> Station | None:
    """Tell the station where a person is registered, else that of the commune where they are or live, of what they
    declared; the station, None: it is not red, or there is none that may know. Safe to repeat: one is told, once."""
    if entry.colour != URGENT:
        return None
    before = await entries.one(work, entry.id)
    if before is not None and before.told:
        return await stations.named(work, record, before.told)
    registered = await stations.of_registration(work, record, patient)
    if registered is not None:
        if not await stations.may_see(work, record, registered, entry.id):
            return None
        whose = f"Patient/{patient['id']}"
        return await _tell(work, record, entry, form, registered, deciding.TOLD_OF_REGISTERED, whose)
    living = [code for address in patient.get("address", ()) for code in sorted(communes.codes_of(address))]
    near = None if form.labels else await _near(work, record, [entry.commune, *living])
    if near is None:
        return None
    return await _tell(work, record, entry, form, near, deciding.TOLD_OF_RESIDENT, f"Patient/{patient['id']}")


async def tell_of_guest(work: Work, record: Record, entry: Entry, form: Form) -> Station | None:
    """Tell the station of the commune that a guest gave; None: it is not red, none was given, or the form is sensitive.
    Safe to repeat."""
    if entry.colour != URGENT or form.labels:
        return None
    near = await _near(work, record, [entry.commune])
    return await _tell(work, record, entry, form, near, deciding.TOLD_OF_GUEST) if near else None


async def _near(work: Work, record: Record, codes: list[str]) -> Station | None:
    for code in dict.fromkeys(filter(None, codes)):
        if found := await stations.of_commune(work, record, code):
            return found
    return None


async def remind(work: Work, record: Record, entry: Entry, about: str) -> None:
    """Tell the station once more: nobody has called. `about`: "Patient/x", empty of a guest. Safe to repeat."""
    at = (entry.told_at or entry.declared_at).astimezone(record.zone)
    text = calling.REMINDER.format(at=f"{at:%H:%M %d/%m/%Y}")
    occasion = f"declaration {entry.alert} not called"
    message = notify.Message(entry.told, "alert", calling.REMINDED, text, occasion, f"{PAGE}/{entry.alert}", about)
    await notify.tell(work, record, message)


async def _tell(
    work: Work, record: Record, entry: Entry, form: Form, station: Station, words: str, about: str = ""
) -> Station:
    text = f"{words} {deciding.TO_DO}"
    message = notify.Message(
        station.reference, "alert", deciding.TOLD, text, f"declaration {entry.id}", f"{PAGE}/{entry.id}", about
    )
    await notify.tell(work, record, message)
    told = replace(entry, told=station.reference, alert=entry.id)
    await calls.ask(work, record, entry.id, calling.task(told, form.labels, about, instant_text(work.at)))
    return station
