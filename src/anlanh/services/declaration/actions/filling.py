"""Filling in: prefill, go on, put together what two people wrote, declare. Answers are the declarer's own words: they are
written in their name, under the rules for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from anlanh.access.identity import communes
from anlanh.access.rights import kin
from anlanh.access.rights.kin import Kin
from anlanh.fhir.store.problems import Gone, NotFound, VersionConflict, VersionNotFound
from anlanh.fhir.store.record import Record
from anlanh.fhir.store.write import instant_text
from anlanh.platform.work import Work
from anlanh.services.declaration.actions import forms, telling
from anlanh.services.declaration.actions.forms import Open
from anlanh.services.declaration.model import (
    Answers,
    Entry,
    Form,
    Node,
    NoSuchDeclaration,
    NotAllAnswered,
    Rule,
    SomebodyElseWrote,
)
from anlanh.services.declaration.rules import answering, deciding
from anlanh.services.declaration.store import calls, entries

SHOWN = 100
COMMUNE = "xa"
"""The linkId under which forms ask in which commune somebody is; counts go by it."""


@dataclass(frozen=True, slots=True)
class Filled:
    """A form as it stands before somebody. `response_id` and `version` of what is saved, empty and 0 of what is not;
    `conflicts`: what somebody else wrote where both did, by key."""

    open: Open
    typed: dict[str, tuple[str, ...]]
    nodes: tuple[Node, ...]
    response_id: str = ""
    version: int = 0
    conflicts: dict[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Declared:
    """A declaration: its row, its form, what follows from it, its answers (none when erased)."""

    entry: Entry
    open: Open
    rule: Rule | None
    nodes: tuple[Node, ...]
    version: int
    status: str
    person: str


def show(work: Work, opened: Open, typed: Answers) -> Filled:
    """A form with what was typed and what it reckons itself."""
    found = answering.reckoned(opened.form, typed, work.at)
    return Filled(opened, found, answering.answered(opened.form, found))


async def family(work: Work, record: Record) -> list[Kin]:
    """Those for whom who acts may declare: children."""
    return [each for each in await kin.entrusted(work, record) if each.kind == "parent"]


async def begin(work: Work, record: Record, opened: Open, person: str) -> Filled:
    """A form with what the record knows of "Patient/x" filled in; or, where one was begun before, that one."""
    for entry in await entries.of_person(work, entries.key_of(person), SHOWN):
        if entry.form == opened.form.name and entry.state == "begun" and entry.erased_at is None:
            return await again(work, record, entry.id)
    known = answering.prefilled(opened.form, await entries.patient(work, record, person), work.at)
    return show(work, opened, known)


async def again(work: Work, record: Record, response_id: str) -> Filled:
    """A declaration that is saved, to go on or to change it.

    Raises:
        NoSuchDeclaration: there is none.
    """
    found, version, opened = await _saved(work, record, response_id)
    shown = show(work, opened, answering.typed_of(opened.form, found.get("item", ())))
    return Filled(opened, shown.typed, shown.nodes, response_id, version)


async def save(work: Work, record: Record, filled: Filled, person: str, key: str, *, finished: bool) -> str:
    """Keep what was typed for "Patient/x": as declared (`finished`), or to go on later; the id. Safe to repeat: a page's
    `key` makes one declaration, whoever sends it however often.

    Raises:
        NotAllAnswered: something is missing or wrong; nothing is kept. `SomebodyElseWrote`: see `meet`.
    """
    if finished and (wrong := answering.faults(filled.nodes)):
        raise NotAllAnswered(count=len(wrong))
    response_id = filled.response_id or deciding.id_of(key, person)
    if not filled.version and await entries.exists(work, record, response_id):
        return response_id
    status = await _status(work, record, filled, finished=finished)
    resource = deciding.response(
        filled.open.form,
        answering.items_of(filled.nodes),
        person,
        work.principal.subject,
        status,
        instant_text(work.at),
    )
    check(record, filled.open, resource)
    try:
        await entries.put(work, record, resource, response_id, filled.version)
    except VersionConflict:
        raise SomebodyElseWrote from None
    rule = deciding.outcome(filled.open.rules, resource, work.at) if finished else None
    entry = Entry(
        response_id, filled.open.form.name, filled.open.form.version, entries.key_of(person),
        "declared" if finished else "begun", work.at, deciding.delete_on(filled.open.form, work.at, record.zone),
        rule.colour if rule else "", commune_in(filled.typed),
    )  # fmt: skip
    await entries.enter(work, await _with_told(work, record, entry, filled.open.form, person), record.zone)
    return response_id


async def meet(work: Work, record: Record, mine: Filled) -> Filled:
    """What somebody else saved since `mine` was opened, put together with `mine`: nothing of either is lost.

    Raises:
        NoSuchDeclaration: it is gone.
    """
    theirs, version, opened = await _saved(work, record, mine.response_id)
    form = opened.form
    base: dict[str, tuple[str, ...]] = {}
    if mine.version:
        try:
            before, _ = await entries.response(work, record, mine.response_id, mine.version)
            base = answering.typed_of(form, before.get("item", ()))
        except (NotFound, Gone, VersionNotFound):
            base = {}
    both = deciding.merged(base, answering.typed_of(form, theirs.get("item", ())), mine.typed)
    shown = show(work, opened, both.answers)
    return Filled(opened, shown.typed, shown.nodes, mine.response_id, version, both.conflicts)


async def declared(work: Work, record: Record, response_id: str) -> Declared:
    """A declaration of who acts or of somebody entrusted, with what follows from it.

    Raises:
        NoSuchDeclaration: there is none, or it is erased.
    """
    entry = await entries.one(work, response_id)
    found, version, opened = await _saved(work, record, response_id)
    if entry is None:
        raise NoSuchDeclaration
    typed = answering.typed_of(opened.form, found.get("item", ()))
    rule = deciding.outcome(opened.rules, found, entry.declared_at)
    return Declared(
        entry, opened, rule if entry.state == "declared" else None, answering.answered(opened.form, typed), version,
        str(found.get("status", "")), str(found.get("subject", {}).get("reference", "")),
    )  # fmt: skip


async def mine(work: Work, record: Record, people: list[str]) -> dict[str, list[Entry]]:
    """Declarations by person ("Patient/x"), the newest first; those that are erased are there with their day."""
    return {each: await entries.of_person(work, entries.key_of(each), SHOWN) for each in people}


async def erase(work: Work, record: Record, response_id: str) -> None:
    """Erase a declaration of one's own or of a child now, before its day, for good.

    Raises:
        NoSuchDeclaration: there is none.
    """
    await _saved(work, record, response_id)
    entry = await entries.one(work, response_id)
    if entry is None:
        raise NoSuchDeclaration
    actor, work.principal = work.principal, entries.ERASER
    try:
        await entries.erase(work, record, entry)
    finally:
        work.principal = actor


async def follow(work: Work, record: Record, response_id: str) -> None:
    """Have the row of a declaration say what the record says: of whom it is, or that it is gone. Safe to repeat."""
    try:
        found, _version = await entries.response(work, record, response_id)
    except (NotFound, Gone):
        entry = await entries.one(work, response_id)
        if entry is not None and entry.alert:
            await calls.erase(work, record, entry.alert)
        await entries.note_erased(work, response_id)
        return
    person = str(found.get("subject", {}).get("reference", ""))
    if person.startswith("Patient/"):
        await entries.follow(work, response_id, person)


def commune_in(typed: Mapping[str, tuple[str, ...]]) -> str:
    """The code of the commune that was typed, or the words where it is not known; empty where nothing was."""
    words = next(iter(typed.get(COMMUNE, ())), "")
    return min(communes.codes_of({"city": words}), default="") if words else ""


def check(record: Record, opened: Open, resource: dict[str, Any]) -> None:
    """See that the engine takes it, with its form inside.

    Raises:
        FormNotUsable: it does not, though pages found nothing wrong: the form contradicts itself.
    """


async def _with_told(work: Work, record: Record, entry: Entry, form: Form, person: str) -> Entry:
    """The row with the station that is told of it; what was told stays told, whatever is changed later."""
    station = await telling.tell_of(work, record, entry, form, await entries.patient(work, record, person))
    before = await entries.one(work, entry.id)
    if station is None:
        return replace(entry, told=before.told, alert=before.alert) if before else entry
    return replace(entry, told=station.reference, alert=entry.id)


async def _status(work: Work, record: Record, filled: Filled, *, finished: bool) -> str:
    if not finished:
        return "in-progress"
    if not filled.version:
        return "completed"
    before, _ = await entries.response(work, record, filled.response_id)
    return "amended" if before.get("status") in ("completed", "amended") else "completed"


async def _saved(work: Work, record: Record, response_id: str) -> tuple[dict[str, Any], int, Open]:
    try:
        found, version = await entries.response(work, record, response_id)
    except (NotFound, Gone):
        raise NoSuchDeclaration from None
    url, _, number = str(found.get("questionnaire", "")).partition("|")
    return found, version, await forms.opened(work, record, url.rpartition("/")[2], number)
