"""What citizens see and do here. Each is part of one unit of work."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from anlanh.access.audit import inquiry
from anlanh.access.audit.inquiry import Inquiry
from anlanh.access.rights import kin
from anlanh.fhir.store.record import Record
from anlanh.platform.work import Work
from anlanh.services.notify import api as notify
from anlanh.services.portal import store
from anlanh.services.portal.model import Card, Chosen, Visit, Whose
from anlanh.services.portal.rules import card as cards
from anlanh.services.portal.rules import looking
from anlanh.services.portal.rules.looking import Looked
from anlanh.services.record import api as records
from anlanh.services.record.api import Chart, ReportLine, ResultLine, Section

HOME = frozenset((Section.MEDICINES, Section.IMMUNIZATIONS, Section.RESULTS))
OF_CHILDREN = frozenset((Section.IMMUNIZATIONS, Section.RESULTS))
ON_CARD = frozenset((Section.PROBLEMS, Section.MEDICINES))


@dataclass(frozen=True, slots=True)
class Day:
    """Who acts and what of theirs the day asks about: chart, appointments to come, unread messages, questions; up to where
    they have looked at their results."""

    me: Whose
    chart: Chart
    visits: tuple[Visit, ...]
    unread: int
    questions: tuple[Inquiry, ...]
    looked: Looked


async def whose(work: Work, record: Record, patient_id: str = "") -> Whose:
    """Whose record is meant: one's own, or that of somebody entrusted.

    Raises:
        NotEntrusted: of nobody who is entrusted.
    """
    others = tuple(await kin.entrusted(work, record))
    myself = work.principal.subject
    if patient_id and f"Patient/{patient_id}" != myself:
        chosen = await kin.chosen(work, record, patient_id)
        return Whose(chosen.reference, chosen.name, chosen.born, chosen.kind, others)
    person = await store.person(work, record, myself.partition("/")[2])
    return Whose(myself, kin.called(person), str(person.get("birthDate", "")), "self", others)


async def day(work: Work, record: Record) -> Day:
    """Who acts, their own chart as far as their day needs it, and what waits for them."""
    me = await whose(work, record)
    return Day(
        me,
        await records.open_chart(work, record, me.id, HOME),
        tuple(await store.visits(work, record, me.id)),
        await notify.unread(work),
        tuple(await inquiry.mine(work, me.reference)),
        await looked(work, me),
    )


async def looked(work: Work, of: Whose) -> Looked:
    """Up to where who acts has looked at the results of somebody; each of a family for themselves."""
    return await store.looked(work, store.key_of(work.principal.subject), store.key_of(of.reference))


async def note_look(work: Work, of: Whose, lines: Iterable[ResultLine | ReportLine], test: str = looking.ALL) -> None:
    """Who acts has looked at these results of somebody: at one test, or at the list of all. Safe to repeat."""
    until = looking.until(lines)
    if until is not None:
        await store.note_look(work, store.key_of(work.principal.subject), store.key_of(of.reference), test, until)


async def family(work: Work, record: Record, me: Whose) -> list[tuple[Whose, Chart, Looked]]:
    """One's children by name: their charts as far as the day of a parent needs them, up to where who acts has looked."""
    return [
        (each, await records.open_chart(work, record, each.id, OF_CHILDREN), await looked(work, each))
        for each in _children(me)
    ]


async def vaccinations(work: Work, record: Record, me: Whose) -> list[tuple[Whose, Chart]]:
    """The vaccinations of one's children, by name."""
    return [(each, await records.open_chart(work, record, each.id, (Section.IMMUNIZATIONS,))) for each in _children(me)]


async def chart(work: Work, record: Record, of: Whose, sections: Collection[Section]) -> Chart:
    """The parts of a record.

    Raises:
        NoSuchPerson: it is not open to whoever acts.
    """
    return await records.open_chart(work, record, of.id, sections)


async def appointments(work: Work, record: Record, of: Whose) -> list[Visit]:
    """Appointments that are to come, the next first."""
    return await store.visits(work, record, of.id)


async def card(work: Work, record: Record, of: Whose) -> tuple[Card, Chart, Chosen]:
    """The emergency card of a person, the parts that may be on it, and what was chosen."""
    found = await records.open_chart(work, record, of.id, ON_CARD)
    choice = cards.chosen(await store.choice(work, record, of.reference))
    person = await store.person(work, record, of.id)
    return cards.of(found, person, await store.blood(work, record, of.id), choice), found, choice


async def choose(work: Work, record: Record, of: Whose, choice: Chosen) -> None:
    """Keep what the card is to say. Safe to repeat."""
    response = cards.response(choice, of.reference, work.principal.subject, work.at)
    await store.keep(work, record, of.reference, response)


def _children(me: Whose) -> list[Whose]:
    return [Whose(each.reference, each.name, each.born, each.kind) for each in me.kin if each.kind == "parent"]
