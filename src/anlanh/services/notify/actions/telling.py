"""Telling somebody something: into the inbox first, everything else follows from there."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from anlanh.fhir.store.record import Record
from anlanh.fhir.store.write import instant_text
from anlanh.platform.work import Work
from anlanh.services.notify import rules
from anlanh.services.notify.model import Entered, Message
from anlanh.services.notify.store import messages, people


async def tell(work: Work, record: Record, message: Message, *, broadcast: str | None = None) -> str:
    """Put a message into the inbox of a person, and plan how they hear of it; the id of its Communication.

    Safe to repeat, also at once from several processes: one message for each person and occasion. Whoever acts need not
    be allowed to write to that person. In the transaction of the work: told if and only if that holds.

    Raises:
        UnknownKind: of a kind that is not there.
    """
    message_id = rules.id_of(message.person, message.occasion)
    resource = rules.resource(message, instant_text(work.at))
    if await messages.write_down(work, record, resource, message_id):
        about = messages.key_of(message.about or message.person)
        await _enter(work, record, resource, message_id, work.at, about, broadcast)
    return message_id


async def take_in(work: Work, record: Record, message_id: str) -> None:
    """Take a Communication that somebody else wrote to a person (another part, another system) into the inbox.

    Safe to repeat. One that was sent long ago is kept as read: it is history, not news.
    """
    found = await messages.communication(work, record, message_id)
    if found is None:
        await messages.forget(work, message_id)
        return
    person = rules.recipient(found)
    if person:
        sent_at = datetime.fromisoformat(str(found["sent"]))
        await _enter(work, record, found, message_id, sent_at, messages.key_of(person), None)


async def results(work: Work, record: Record, report_id: str) -> list[str]:
    """Tell a person, and the parents who may see it, that a DiagnosticReport is there or was put right; ids of messages.

    Safe to repeat. Old reports that are read in are not told of.
    """
    report = await people.report(work, record, report_id)
    told = rules.told_of(report) if report else None
    person = str(report.get("subject", {}).get("reference", "")) if report else ""
    if report is None or told is None or not person.startswith("Patient/"):
        return []
    issued = report.get("issued")
    if not rules.is_fresh(datetime.fromisoformat(str(issued)) if issued else None, work.at):
        return []
    title, text, occasion = told
    text = text.format(name=await people.name_of(work, record, person))
    parents = await people.shared_with(work, record, person, "DiagnosticReport", report_id)
    return [
        await tell(
            work, record,
            Message(each, "result", title, text, occasion, rules.result_page(person, each), person,
                    f"DiagnosticReport/{report_id}"),
        )
        for each in (person, *parents)
    ]  # fmt: skip


async def _enter(
    work: Work, record: Record, resource: dict[str, Any], message_id: str, sent_at: datetime, about: int,
    broadcast: str | None,
) -> None:  # fmt: skip
    priority = rules.priority_in(resource)
    fresh = rules.is_fresh(sent_at, work.at)
    read_at = None if fresh and not resource.get("received") else sent_at
    person = messages.key_of(resource["recipient"][0]["reference"])
    entered = Entered(message_id, person, about, rules.kind_in(resource), priority, sent_at, read_at, broadcast)
    await messages.enter(work, entered, rules.planned(priority, sent_at, record.zone) if read_at is None else [])
