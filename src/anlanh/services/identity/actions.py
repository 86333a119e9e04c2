"""What a steward does: see what waits, decide, find, merge, undo, give a number. Each is one unit of work."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from anlanh.access.accounts import persons
from anlanh.access.identity import binding, index, joining, matching, merges, merging, pairs, person
from anlanh.access.identity.binding import Bound
from anlanh.access.identity.matching import Scored
from anlanh.access.identity.merging import Unmerged
from anlanh.access.identity.pairs import Pair
from anlanh.access.identity.problems import NoSuchPair
from anlanh.fhir.model import json
from anlanh.fhir.search import query as queries
from anlanh.fhir.search.keys import rid_of
from anlanh.fhir.store import find, read
from anlanh.fhir.store.read import Stored
from anlanh.fhir.store.record import Record
from anlanh.kernel.problem import Problem
from anlanh.platform.work import Work
from anlanh.services.identity import rules
from anlanh.services.identity.model import NothingToGoBy, Past, Shown, Side, Waiting

PAGE = 20
MOST_FOUND = 30


async def queue(work: Work, record: Record, after: tuple[float, int, int] | None) -> tuple[int, list[Waiting]]:
    """How many pairs wait, and a page of them."""
    found = await pairs.waiting(work, PAGE, after)
    patients = await _patients(work, record, [rid for each in found for rid in (each.one, each.two)])
    people = await index.people(work)
    shown = [
        Waiting(
            each, (_side(patients[each.one]), _side(patients[each.two])),
            round(100 * matching.probability(each.bits, people)), rules.days_between(each.found_at, work.at),
        )
        for each in found
        if each.one in patients and each.two in patients
    ]  # fmt: skip
    return await pairs.count_waiting(work), shown


async def pair(work: Work, record: Record, wanted: Pair, sexes: dict[str, str]) -> Shown:
    """Two Patients side by side, whether they wait in the queue or were chosen by hand.

    Raises:
        NoSuchPair: one of them is not there.
    """
    patients = await _patients(work, record, wanted)
    if len(patients) < 2:
        raise NoSuchPair
    left, right = (patients[rid] for rid in pairs.ordered(*wanted))
    one, two = json.decode(left.content), json.decode(right.content)
    people = await index.people(work)
    scored = matching.score(person.of(one), person.of(two), people)
    stays, goes = joining.survivor(one, two)
    preview, refused = None, None
    try:
        preview = await merging.merge(work, record, goes["id"], stays["id"], preview=True)
    except Problem as problem:
        refused = problem
    return Shown(
        await _open_pair(work, wanted), (_side(left), _side(right)), rules.side_by_side(one, two, sexes),
        rules.reasons(scored), scored.bits, _percent(scored, people), str(rid_of("Patient", stays["id"])), preview, refused,
    )  # fmt: skip


def _percent(scored: Scored, people: int) -> int:
    return round(100 * matching.probability(scored.bits, people))


async def _open_pair(work: Work, wanted: Pair) -> Any:
    try:
        return await pairs.one(work, wanted)
    except NoSuchPair:
        return None


async def join(work: Work, record: Record, wanted: Pair, stays: int) -> str:
    """Merge the two; `stays` is the key of the one that stays. The id of the merge.

    Raises:
        NoSuchPair, and as `merging.merge`.
    """
    patients = await _patients(work, record, wanted)
    if len(patients) < 2 or stays not in patients:
        raise NoSuchPair
    target = patients.pop(stays)
    (source,) = patients.values()
    return (await merging.merge(work, record, source.id, target.id)).id


async def search(work: Work, record: Record, number: str, name: str, year: str) -> list[Side]:
    """People by a number of theirs, or by name and year of birth, those that were merged away left out.

    Raises:
        NothingToGoBy: neither is given.
    """
    asked = [("identifier", number)] if number else [("name", word) for word in name.split()]
    if not asked:
        raise NothingToGoBy(expression="number")
    if year and not number:
        asked.append(("birthdate", year))
    criteria = record.criteria("", record.sight(work))
    query = queries.read(criteria, ("Patient",), [*asked, ("_count", str(MOST_FOUND))])
    page = await find.find(work, record, criteria, query)
    return [_side(each) for each in page.matches if joining.is_open(json.decode_fast(each.content))]


async def one(work: Work, record: Record, ref: int) -> Side:
    """One Patient.

    Raises:
        NoSuchPair: it is not there.
    """
    found = (await _patients(work, record, [ref])).get(ref)
    if found is None:
        raise NoSuchPair
    return _side(found)


async def bind(work: Work, record: Record, ref: int, text: str) -> Bound:
    """Give a personal number. Raises as `binding.bind`."""
    return await binding.bind(work, record, (await one(work, record, ref)).id, text)


async def past(work: Work, record: Record, before: tuple[Any, str] | None) -> list[Past]:
    """Merges, newest first, a page of them."""
    found = await merges.latest(work, PAGE, before)
    patients = await _patients(work, record, [rid for each in found for rid in (each.source, each.target)])
    named = {rid: rules.called(json.decode_fast(each.content)) for rid, each in patients.items()}
    names = {
        each.merged_by: await persons.name_of(work, record, each.merged_by) for each in found if "/" in each.merged_by
    }
    return [
        Past(
            each.id, rules.HOW[each.how], names.get(each.merged_by, ""), each.merged_at, named.get(each.source, "?"),
            named.get(each.target, "?"), each.undone_at,
        )
        for each in found
    ]  # fmt: skip


async def take_back(work: Work, record: Record, merge_id: str) -> Unmerged:
    """Undo a merge. Raises as `merging.unmerge`."""
    return await merging.unmerge(work, record, merge_id)


def _side(stored: Stored) -> Side:
    return rules.side(stored.rid, json.decode_fast(stored.content), stored.updated_at)


async def _patients(work: Work, record: Record, rids: Sequence[int]) -> dict[int, Stored]:
    found = await read.current(work, record, rids)
    return {rid: each for rid, each in found.items() if each.type == "Patient"}
