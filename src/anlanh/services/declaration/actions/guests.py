"""Declaring without an account: kept apart from every record, sealed, until its writer claims it or its day comes.

What a guest holds is the receipt, a secret in an address; the database knows only its hash.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from anlanh.access.accounts import attempts, persons
from anlanh.access.accounts.attempts import Limit
from anlanh.access.accounts.vault import Vault, hash_of
from anlanh.fhir.model import json
from anlanh.fhir.store.record import Record
from anlanh.fhir.store.write import instant_text
from anlanh.platform.work import Work
from anlanh.services.declaration.actions import filling, forms, telling
from anlanh.services.declaration.actions.filling import Declared, Filled
from anlanh.services.declaration.model import Entry, Guest, NoSuchDeclaration, NotAllAnswered, WhoAreYou
from anlanh.services.declaration.rules import answering, calling, deciding
from anlanh.services.declaration.store import calls, entries

OF_GUESTS = Limit(60, timedelta(seconds=30), timedelta(minutes=15), timedelta(hours=1))
"""Declarations from one network: a school gate or a waiting room is one."""


async def count_try(work: Work, safe: Vault, network: str) -> None:
    """Count one declaration from a network, outside of any transaction.

    Raises:
        TooManyTries: too many within the hour.
    """
    await attempts.count(work, safe, OF_GUESTS, "declare", attempts.network_of(network))


def missing(guest: Guest) -> WhoAreYou | None:
    """What a guest has not yet said of themselves; None: all is there."""
    if not guest.name.strip():
        return WhoAreYou(expression="_name")
    return None if persons.normal_phone(guest.phone) else WhoAreYou(expression="_phone")


async def declare(work: Work, record: Record, safe: Vault, filled: Filled, guest: Guest, receipt: str) -> None:
    """Keep what a guest declares under a receipt. Safe to repeat: one receipt, one declaration.

    Raises:
        WhoAreYou, NotAllAnswered: something is missing; nothing is kept.
    """
    if problem := missing(guest):
        raise problem
    if wrong := answering.faults(filled.nodes):
        raise NotAllAnswered(count=len(wrong))
    if await entries.one(work, hash_of(receipt).hex()) is not None:
        return
    form = filled.open.form
    items = answering.items_of(filled.nodes)
    resource = deciding.response(form, items, "", "", "completed", instant_text(work.at))
    filling.check(record, filled.open, resource)
    rule = deciding.outcome(filled.open.rules, resource, work.at)
    entry = Entry(
        hash_of(receipt).hex(), form.name, form.version, None, "declared", work.at,
        deciding.delete_on(form, work.at, record.zone), rule.colour if rule else "", filling.commune_in(filled.typed),
    )  # fmt: skip
    station = await telling.tell_of_guest(work, record, entry, form)
    entry = replace(entry, told=station.reference, alert=entry.id) if station else entry
    kept = {"name": guest.name.strip(), "phone": persons.normal_phone(guest.phone), "response": resource}
    await entries.enter(work, entry, record.zone, safe.close(json.encode(kept).decode()))


async def declared(work: Work, record: Record, safe: Vault, receipt: str) -> Declared:
    """What follows from a guest's declaration; of its answers nothing is shown: an address may be seen by others.

    Raises:
        NoSuchDeclaration: no such receipt, or claimed, or erased.
    """
    entry = await entries.one(work, hash_of(receipt).hex())
    if entry is None or entry.erased_at is not None:
        raise NoSuchDeclaration
    opened = await forms.opened(work, record, entry.form, entry.version)
    closed = await entries.sealed(work, entry.id)
    if closed is None:
        raise NoSuchDeclaration
    kept = json.decode(safe.open(bytes(closed)))
    return Declared(entry, opened, deciding.outcome(opened.rules, kept["response"], entry.declared_at), (), 0, "", "")


async def claim(work: Work, record: Record, safe: Vault, receipt: str) -> str:
    """Make a guest's declaration one of who acts, who holds its receipt; the id in their record. Safe to repeat.

    Raises:
        NoSuchDeclaration: no such receipt, or claimed by somebody else, or erased.
    """
    entry = await entries.one(work, hash_of(receipt).hex())
    person = work.principal.subject
    response_id = deciding.id_of(receipt, person)
    if entry is None and await entries.exists(work, record, response_id):
        return response_id
    closed = await entries.sealed(work, entry.id) if entry is not None else None
    if entry is None or closed is None:
        raise NoSuchDeclaration
    kept = json.decode(safe.open(bytes(closed)))["response"]
    resource = {**kept, **{name: {"reference": person} for name in ("subject", "author", "source")}}
    await entries.put(work, record, resource, response_id, 0)
    await entries.forget(work, entry.id)
    moved = replace(entry, id=response_id, person=entries.key_of(person))
    await entries.enter(work, moved, record.zone)
    task = await calls.task(work, record, entry.alert) if entry.alert else None
    if task is not None:
        await calls.put(work, record, entry.alert, calling.about(task, response_id, person))
    return response_id
