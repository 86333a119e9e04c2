"""Pairs that may be one person: found by comparing whoever was written, kept with their state, decided by stewards.

FHIR: Patient, Linkage
Source: docs/identity.md
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import asyncpg

from anlanh.access.identity import index, matching, person
from anlanh.access.identity.comparing import Levels
from anlanh.access.identity.matching import Scored, Verdict
from anlanh.access.identity.person import Person
from anlanh.access.identity.problems import NoSuchPair, SamePatient
from anlanh.fhir.model import json
from anlanh.platform.work import Work

Pair = tuple[int, int]

PUT_OFF = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A pair that waits, or was decided. `one` and `two` are keys of Patients, `one` the smaller."""

    one: int
    two: int
    bits: float
    levels: Levels
    state: str
    found_at: datetime
    put_off: datetime | None
    decided_by: str | None

    @property
    def scored(self) -> Scored:
        """The pair as matching sees it."""
        verdict: Verdict = "automatic" if self.state == "automatic" else "waiting"
        return Scored(self.levels, self.bits, verdict)


def ordered(a: int, b: int) -> Pair:
    """A pair as it is kept."""
    return (a, b) if a < b else (b, a)


async def compare_due(work: Work, limit: int) -> int:
    """Compare Patients that were written with all that may be the same; how many were compared. Safe to repeat.

    Those of one batch are taken by one worker only. A pair that somebody has decided stays as it is.
    """
    rows = await work.connection.fetch(
        "select rid from person_key where due_at <= $1 order by due_at, rid limit $2 for update skip locked",
        work.at,
        limit,
    )
    due = [row["rid"] for row in rows]
    if not due:
        return 0
    people = await index.people(work)
    for rid in due:
        await _compare(work, rid, people)
    await work.connection.execute("update person_key set due_at = null where rid = any($1::bigint[])", due)
    return len(due)


async def _compare(work: Work, rid: int, people: int) -> None:
    who = (await persons(work, [rid])).get(rid)
    await work.connection.execute("delete from person_pair where (one = $1 or two = $1) and decided_at is null", rid)
    if who is None or not who.active:
        return
    others = await persons(work, await index.sharing(work, who, rid))
    found = {other: matching.score(who, each, people) for other, each in others.items() if each.active}
    likely = {other: each for other, each in found.items() if each.verdict != "different"}
    rows = [
        (*ordered(rid, other), each.bits, list(each.levels), each.verdict, work.at) for other, each in likely.items()
    ]
    await work.connection.executemany(
        "insert into person_pair (one, two, bits, levels, state, found_at) values ($1, $2, $3, $4, $5, $6)"
        " on conflict (one, two) do nothing",
        sorted(rows),
    )


async def is_clear(work: Work, pair: Pair) -> bool:
    """Whether the two are still surely one person, and so are all who are surely one of them: a record that tells little
    may fit both twins."""
    people = await index.people(work)
    group: dict[int, Person] = {}
    for rid, who in (await persons(work, pair)).items():
        others = await persons(work, await index.sharing(work, who, rid))
        group |= {other: each for other, each in others.items() if each.active and _is_sure(who, each, people)}
    members = list(group.values())
    return set(pair) <= group.keys() and all(
        _is_sure(a, b, people) for at, a in enumerate(members) for b in members[at + 1 :]
    )


def _is_sure(a: Person, b: Person, people: int) -> bool:
    return matching.score(a, b, people).verdict == "automatic"


async def persons(work: Work, rids: Sequence[int]) -> dict[int, Person]:
    """Who these Patients are, for the program's own use: nothing of it is shown."""
    rows = await work.connection.fetch(
        "select rid, content from resource where rid = any($1::bigint[]) and not deleted order by rid", list(rids)
    )
    return {row["rid"]: person.of(json.decode_fast(row["content"])) for row in rows}


async def automatic(work: Work, limit: int) -> list[Candidate]:
    """Pairs to be merged without asking, that are not merged yet."""
    rows = await work.connection.fetch(
        "select * from person_pair where state = 'automatic' and decided_at is null order by bits desc, one, two limit $1",
        limit,
    )
    return [_of(row) for row in rows]


async def waiting(work: Work, limit: int, after: tuple[float, int, int] | None = None) -> list[Candidate]:
    """Pairs that wait for a steward, the likeliest first; those put off come back after a week."""
    bits, one, two = after or (None, None, None)
    rows = await work.connection.fetch(
        "select * from person_pair where state = 'waiting' and decided_at is null and (put_off is null or put_off <= $1)"
        " and ($2::real is null or bits < $2 or (bits = $2 and (one, two) > ($3::bigint, $4::bigint)))"
        " order by bits desc, one, two limit $5",
        work.at, bits, one, two, limit,
    )  # fmt: skip
    return [_of(row) for row in rows]


async def count_waiting(work: Work) -> int:
    """How many pairs wait for a steward now."""
    found: int = await work.connection.fetchval(
        "select count(*) from person_pair where state = 'waiting' and decided_at is null"
        " and (put_off is null or put_off <= $1)",
        work.at,
    )
    return found


async def one(work: Work, pair: Pair) -> Candidate:
    """A pair that waits.

    Raises:
        NoSuchPair: it does not, or not any more.
    """
    row = await work.connection.fetchrow(
        "select * from person_pair where one = $1 and two = $2 and decided_at is null", *ordered(*pair)
    )
    if row is None:
        raise NoSuchPair
    return _of(row)


async def told_apart(work: Work, pair: Pair) -> bool:
    """Whether somebody has decided that these are two people."""
    found: bool = await work.connection.fetchval(
        "select exists (select from person_pair where one = $1 and two = $2 and state = 'different')", *pair
    )
    return found


async def decide(work: Work, pair: Pair, state: str) -> None:
    """Note that two Patients are the `same` person, or `different` people, whether the pair waited or not. Safe to repeat.

    Raises:
        SamePatient: it is one.
    """
    if pair[0] == pair[1]:
        raise SamePatient
    await work.connection.execute(
        "insert into person_pair (one, two, bits, levels, state, found_at, decided_at, decided_by)"
        " values ($1, $2, 0, '{unknown,unknown,unknown,unknown,unknown,unknown}', $3, $4, $4, $5)"
        " on conflict (one, two) do update set state = excluded.state, decided_at = excluded.decided_at,"
        " decided_by = excluded.decided_by",
        *ordered(*pair), state, work.at, work.principal.subject,
    )  # fmt: skip


async def put_off(work: Work, pair: Pair) -> None:
    """Show the pair again in a week. Safe to repeat.

    Raises:
        NoSuchPair: it does not wait.
    """
    await one(work, pair)
    await work.connection.execute(
        "update person_pair set put_off = $3 where one = $1 and two = $2", *ordered(*pair), work.at + PUT_OFF
    )


async def ask(work: Work, pair: Pair) -> None:
    """Have a steward decide a pair that could not be merged without asking. Safe to repeat."""
    await work.connection.execute(
        "update person_pair set state = 'waiting' where one = $1 and two = $2 and decided_at is null", *ordered(*pair)
    )


async def inherit(work: Work, source: int, target: int) -> None:
    """Whoever was told apart from the source is apart from the target too; other open pairs of the source are gone."""
    await work.connection.execute(
        "insert into person_pair (one, two, bits, levels, state, found_at, decided_at, decided_by)"
        " select least(x.other, $2::bigint), greatest(x.other, $2::bigint), x.bits, x.levels, x.state, x.found_at,"
        "  x.decided_at, x.decided_by"
        " from (select case when one = $1 then two else one end as other, * from person_pair"
        "  where (one = $1 or two = $1) and state = 'different' and decided_at is not null) x"
        " where x.other <> $2 on conflict (one, two) do nothing",
        source, target,
    )  # fmt: skip
    await work.connection.execute("delete from person_pair where (one = $1 or two = $1) and decided_at is null", source)


def _of(row: asyncpg.Record) -> Candidate:
    return Candidate(
        row["one"], row["two"], row["bits"], Levels(*row["levels"]), row["state"], row["found_at"], row["put_off"],
        row["decided_by"],
    )  # fmt: skip
