"""What a station sees of a declaration of which it was told: as much as the rules let who works there see."""

from __future__ import annotations

from dataclasses import dataclass, replace

from anlanh.access.accounts.vault import Vault
from anlanh.access.rights import kin
from anlanh.fhir.model import json
from anlanh.fhir.search.keys import rid_of
from anlanh.fhir.store.problems import Gone, NotFound
from anlanh.fhir.store.record import Record
from anlanh.platform.work import Seen, Work
from anlanh.services.declaration.actions import calling, filling, forms
from anlanh.services.declaration.actions.filling import Declared
from anlanh.services.declaration.model import Call, Caller, NoSuchDeclaration
from anlanh.services.declaration.rules import answering, deciding
from anlanh.services.declaration.store import entries


@dataclass(frozen=True, slots=True)
class Alert:
    """A declaration before the station that was told of it. `found`: None where the rules show who it is, and no more;
    `calls`: the tries to call that were noted, `call` what the last one came to."""

    caller: Caller
    found: Declared | None
    calls: tuple[Call, ...] = ()
    call: str = ""


async def opened(work: Work, record: Record, safe: Vault, alert: str) -> Alert:
    """A declaration of which the station of who acts was told; the look is written down.

    Raises:
        NoSuchDeclaration: none of this station, or it has been erased.
    """
    entry = await entries.of_alert(work, alert)
    if entry is None or entry.erased_at is not None or entry.told not in work.principal.organizations:
        raise NoSuchDeclaration
    calls = await calling.made(work, record, alert)
    if entry.person is None:
        return replace(await _of_guest(work, record, safe, entry.id), calls=calls, call=entry.call)
    caller = await _caller(work, record, entry.person)
    try:
        return Alert(caller, await filling.declared(work, record, entry.id), calls, entry.call)
    except (NotFound, Gone, NoSuchDeclaration):
        return Alert(caller, None, calls, entry.call)


async def _caller(work: Work, record: Record, person: int) -> Caller:
    stored = await entries.patient_of_key(work, record, person)
    if stored is None:
        raise NoSuchDeclaration
    return Caller(kin.called(stored), deciding.phone_of(stored), str(stored.get("birthDate", "")), str(stored["id"]))


async def _of_guest(work: Work, record: Record, safe: Vault, entry_id: str) -> Alert:
    entry, closed = await entries.one(work, entry_id), await entries.sealed(work, entry_id)
    if entry is None or closed is None:
        raise NoSuchDeclaration
    kept = json.decode(safe.open(bytes(closed)))
    work.seen.append(Seen("R", entries.TYPE, (rid_of(entries.TYPE, entry_id),), (), "told-to-facility"))
    shown = await forms.opened(work, record, entry.form, entry.version)
    typed = answering.typed_of(shown.form, kept["response"].get("item", ()))
    rule = deciding.outcome(shown.rules, kept["response"], entry.declared_at)
    found = Declared(entry, shown, rule, answering.answered(shown.form, typed), 0, "completed", "")
    return Alert(Caller(kept["name"], kept["phone"]), found)
