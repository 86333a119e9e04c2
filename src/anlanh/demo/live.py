"""`anlanh demo live`: time moves in the made-up province. People come, are admitted, measured and discharged.

All state is in the record: the loop asks what is there, makes one move, and writes it in one transaction through the
normal write path. It may be stopped at any moment and started again, and runs beside the server and other users: a move
on something that was changed meanwhile is dropped.

FHIR: search, update, create
Source: invented
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import parse_qsl

from anlanh.demo import households, moves, province
from anlanh.demo.beds import BED_STATUS
from anlanh.demo.elements import Resource
from anlanh.demo.households import Person
from anlanh.demo.moves import Move
from anlanh.fhir.model import json
from anlanh.fhir.search import query as queries
from anlanh.fhir.store import find, read, write
from anlanh.fhir.store.problems import AlreadyExists, Gone, NotFound, VersionConflict
from anlanh.fhir.store.record import Record
from anlanh.kernel.problem import Problem
from anlanh.platform import work as works
from anlanh.platform.database import Database
from anlanh.platform.work import Principal, Work

PRINCIPAL = Principal("system:demo-live", "system")
BASE = "http://localhost/fhir"
LOOKED_AT = 60
"""How many of what could move are looked at."""

FEWEST, MOST_KEPT = 2, 50
"""Nobody is discharged when only so few are in hospital: one of fifty people, between these two."""


class NoProvince(Problem):
    issue = "not-found"
    says = "There is no made-up province in this record."
    hint = "Load it first: anlanh demo."


@dataclass(frozen=True, slots=True)
class World:
    """The province that is loaded."""

    people: int
    seed: int
    today: date

    def person(self, number: int) -> Person:
        """The person of that number."""
        block, at = divmod(number, households.BLOCK)
        homes = households.block(self.seed, block, self.today.toordinal())
        return [each for home in homes for each in home.members][at]


@dataclass(frozen=True, slots=True)
class Teller:
    """One move being made: the unit of work, the record, the world, the move."""

    work: Work
    record: Record
    world: World
    move: Move

    async def some(self, address: str) -> Resource | None:
        """One of the resources that a search finds, by the dice."""
        found = await self.all(address)
        return self.move.rng.choice(found) if found else None

    async def all(self, address: str) -> list[Resource]:
        """The first resources that `Type?query` finds; `{now}` in it stands for this instant."""
        kind, _, query = address.replace("{now}", f"{self.move.at:%Y-%m-%dT%H:%M:%SZ}").partition("?")
        criteria = self.record.criteria(BASE)
        pairs = parse_qsl(f"{query}&_count={LOOKED_AT}", keep_blank_values=True)
        page = await find.find(self.work, self.record, criteria, queries.read(criteria, [kind], pairs))
        return [json.decode_fast(each.content) for each in page.matches]

    async def bed_of(self, encounter: Resource) -> Resource | None:
        """The bed in which the person of a stay lies."""
        for place in encounter.get("location", ()):
            _, _, location = place["location"]["reference"].partition("/")
            if location.startswith("giuong-"):
                stored = await read.read(self.work, self.record, "Location", location)
                return _resource(stored.content)
        return None

    def whose(self, encounter: Resource) -> Person | None:
        """The person of an Encounter; None for somebody who is not of the made-up province."""
        number = encounter["subject"]["reference"].removeprefix("Patient/nguoi-")
        return self.world.person(int(number)) if number.isdecimal() and int(number) < self.world.people else None

    async def anybody(self) -> Person | None:
        """A living person who is in no open visit."""
        person = self.world.person(self.move.rng.randrange(self.world.people))
        busy = await self.all(f"Encounter?subject=Patient/{person.id}&status=arrived,triaged,in-progress")
        return None if busy or person.died or person.born > self.world.today.toordinal() - 60 else person


IN_HOSPITAL = "Encounter?status=in-progress&class=IMP&date=le{now}"


async def _admit(teller: Teller) -> list[Resource]:
    bed = await teller.some(f"Location?operational-status={BED_STATUS}|U&_sort=_id")
    person = await teller.anybody()
    return moves.admit(teller.move, person, bed) if bed and person else []


async def _discharge(teller: Teller) -> list[Resource]:
    stays = [each for each in await teller.all(IN_HOSPITAL + "&_sort=date") if teller.whose(each)]
    if len(stays) <= max(FEWEST, min(MOST_KEPT, teller.world.people // 50)):
        return []
    longest = stays[: max(1, len(stays) // 4)]
    encounter = teller.move.rng.choice(longest)
    return moves.discharge(teller.move, encounter, await teller.bed_of(encounter))


async def _clean(teller: Teller) -> list[Resource]:
    bed = await teller.some(f"Location?operational-status={BED_STATUS}|K,{BED_STATUS}|H")
    return moves.clean(bed) if bed else []


async def _arrive(teller: Teller) -> list[Resource]:
    person = await teller.anybody()
    return moves.arrive(teller.move, person) if person else []


async def _book(teller: Teller) -> list[Resource]:
    person = await teller.anybody()
    return moves.book(teller.move, person) if person else []


async def _keep(teller: Teller) -> list[Resource]:
    appointment = await teller.some("Appointment?status=booked&date=le{now}&_sort=date")
    return moves.keep(teller.move, appointment) if appointment else []


def _on_visit(address: str, move: moves.OnVisit) -> Callable[[Teller], Awaitable[list[Resource]]]:
    """A move on one of the Encounters that a search finds."""

    async def make(teller: Teller) -> list[Resource]:
        encounter = await teller.some(address)
        person = teller.whose(encounter) if encounter else None
        return move(teller.move, person, encounter) if encounter and person else []

    return make


MOVES: dict[str, tuple[float, Callable[[Teller], Awaitable[list[Resource]]]]] = {
    "admit": (2, _admit),
    "discharge": (2.2, _discharge),
    "clean": (4, _clean),
    "measure": (8, _on_visit(IN_HOSPITAL + "&_sort=-_lastUpdated", moves.measure)),
    "test": (2, _on_visit(IN_HOSPITAL, moves.test)),
    "arrive": (5, _arrive),
    "see": (5, _on_visit("Encounter?status=arrived,triaged&date=le{now}&_sort=date", moves.see)),
    "finish": (5, _on_visit("Encounter?status=in-progress&class=AMB&date=le{now}&_sort=date", moves.finish)),
    "book": (2, _book),
    "keep": (2, _keep),
}
"""Moves by name with their weights."""


async def world(database: Database, record: Record) -> World:
    """The province that is loaded.

    Raises:
        NoProvince: none is.
    """
    async with works.begin(database, PRINCIPAL, works.OPERATIONS, transaction=False) as work:
        try:
            stored = await read.read(work, record, "Group", province.STAMP)
        except (NotFound, Gone):
            raise NoProvince from None
    _, seed, year, month, day, people = json.decode_fast(stored.content)["identifier"][0]["value"].split("-")
    return World(int(people), int(seed), date(int(year), int(month), int(day)))


async def step(database: Database, record: Record, of: World, rng: random.Random, now: datetime) -> tuple[str, int]:
    """Make one move: its name, and how many resources were written (0: there was nothing to do, or it came too late).

    Each call is one transaction.
    """
    name = rng.choices(list(MOVES), [weight for weight, _ in MOVES.values()])[0]
    mark = f"s{int(now.timestamp() * 1000):x}"
    try:
        async with works.begin(database, PRINCIPAL, works.OPERATIONS, at=now) as work:
            teller = Teller(work, record, of, Move(rng, now, mark))
            found = await MOVES[name][1](teller)
            for each in found:
                version = int(each["meta"].get("versionId", 0))
                await write.put(work, record, write.prepare(record, each, each["id"]), expected=version)
    except (AlreadyExists, VersionConflict, Gone, NotFound):
        return name, 0
    return name, len(found)


async def run(
    database: Database, record: Record, *, seed: int, every_s: float, stop: asyncio.Event, clock: Callable[[], datetime],
    steps: int | None = None,
) -> Counter[str]:  # fmt: skip
    """Move until `stop` is set, or so many steps; how often each move was made. Safe to stop at any moment.

    `every_s`: seconds between moves.

    Raises:
        NoProvince: no made-up province is loaded.
    """
    of = await world(database, record)
    rng = random.Random(f"{seed}-{clock().timestamp()}")
    made: Counter[str] = Counter()
    while not stop.is_set() and (steps is None or sum(made.values()) < steps):
        name, written = await step(database, record, of, rng, clock())
        made[name if written else "nothing"] += 1
        try:
            await asyncio.wait_for(stop.wait(), every_s)
        except TimeoutError:
            continue
    return made


def _resource(content: bytes) -> Resource:
    found: dict[str, Any] = json.decode_fast(content)
    return found
