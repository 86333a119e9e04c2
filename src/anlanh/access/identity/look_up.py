"""Whom does somebody describe: candidates out of the index, as whoever asks may see them, the likeliest first.

Only what the asker may see of a Patient counts for the score, so that nobody finds out by asking what they may not read.

FHIR: Patient/$match
Source: https://hl7.org/fhir/R4/patient-operation-match.html
"""

from __future__ import annotations

from dataclasses import dataclass

from anlanh.access.identity import index, matching, person
from anlanh.access.identity.joining import Resource
from anlanh.access.identity.matching import Scored
from anlanh.fhir.model import json
from anlanh.fhir.store import read, sight
from anlanh.fhir.store.read import Stored
from anlanh.fhir.store.record import Record
from anlanh.platform.work import Work

POSSIBLE_BITS = 8.0
"""So many bits below where a steward is asked it is still possible that it is the person."""


@dataclass(frozen=True, slots=True)
class Found:
    """A Patient as it may be seen, how likely it is the one described (0 to 1), and the grade of that."""

    stored: Stored
    scored: Scored
    probability: float
    grade: str


async def likely(work: Work, record: Record, described: Resource, *, count: int, certain: bool = False) -> list[Found]:
    """At most `count` active Patients who may be the one that is described. `certain`: only those of whom one is sure."""
    wanted = person.of(described)
    people = await index.people(work)
    stored = await read.fetched(work, record, await index.sharing(work, wanted))
    eyes = record.sight(work)
    chosen = await sight.choose(work, record, eyes, "Patient", [each.rid for each in stored], "s")
    graded: list[tuple[Stored, Scored, str]] = []
    for each in stored:
        if each.rid not in chosen:
            continue
        mask = chosen[each.rid].mask
        shown = each.content if mask is None else mask.part_of("Patient", each.content)
        scored = matching.score(wanted, person.of(json.decode_fast(shown)), people)
        if grade := _grade(scored, people):
            graded.append((each, scored, grade))
    graded.sort(key=lambda found: (-found[1].bits, found[0].id))
    kept = [found for found in graded if not certain or found[2] == "certain"][:count]
    return [
        Found(sight.show(work, eyes, chosen[each.rid], each), scored, matching.probability(scored.bits, people), grade)
        for each, scored, grade in kept
    ]


def _grade(scored: Scored, people: int) -> str:
    """The code of match-grade; empty where it is certainly not the one."""
    if scored.verdict == "automatic":
        return "certain"
    if scored.verdict == "waiting":
        return "probable"
    return "possible" if scored.bits >= matching.waiting_from(people) - POSSIBLE_BITS else ""
