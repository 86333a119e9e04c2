"""The stream of the made-up province: facilities and staff, then block by block of a hundred people all that was written.

The same seed, day and number of people make the same bytes. Person k is the same in a province of any size, but for
links to people who are not in it. Every resource conforms to the package `vn.anlanh` and is labelled HTEST.

FHIR: all types of the record
Source: the modules of this package
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from anlanh.demo import beds, facilities, households, life, people, staff
from anlanh.demo.beds import Bed
from anlanh.demo.elements import MADE_UP_IDS, Resource, meta, shared_ref
from anlanh.demo.households import BLOCK, Household
from anlanh.demo.illness import stays
from anlanh.fhir.bulk.sources import Piece
from anlanh.fhir.model import json

TODAY = date(2026, 11, 20)
"""The day on which the made-up province stands still, where the caller names no other."""

SEED = 2026
EDITION = "2"
"""Raised whenever the same seed makes other people than before."""

BLOCKS_A_PART = 2


def resources(people_count: int, seed: int = SEED, today: date = TODAY) -> Iterator[Resource]:
    """The whole province of that many people, in one stream."""
    yield from institutions(people_count, seed, today)
    for number in range(blocks(people_count)):
        yield from block(number, people_count, seed, today)
    yield stamp(people_count, seed, today)


def institutions(people_count: int, seed: int = SEED, today: date = TODAY) -> Iterator[Resource]:
    """Organizations, services, prices, places, beds and staff."""
    yield from facilities.resources()
    yield from beds.resources(_occupied(people_count, seed, today.toordinal()))
    yield from staff.resources()


def _occupied(people_count: int, seed: int, today: int) -> frozenset[str]:
    """Ids of the beds in which the people of a province of that many lie."""
    found: set[str] = set()
    for number in range(blocks(people_count)):
        if not beds.slots(number):
            break
        homes = households.block(seed, number, today)
        found |= {bed.id for who, bed in _lying(homes, number, today).items() if who < people_count}
    return frozenset(found)


def _lying(homes: list[Household], number: int, today: int) -> dict[int, Bed]:
    return stays.choose([person for home in homes for person in home.members], beds.slots(number), today)


def blocks(people_count: int) -> int:
    """How many blocks so many people make; the last may be cut."""
    return -(-people_count // BLOCK)


def block(number: int, people_count: int, seed: int = SEED, today: date = TODAY) -> Iterator[Resource]:
    """Everything about the people of one block whose number is below the count."""
    day = today.toordinal()
    homes = households.block(seed, number, day)
    lying = _lying(homes, number, day)
    for home in homes:
        if home.members[0].number >= people_count:
            return
        yield people.group(home, people_count)
        for person in home.members:
            if person.number < people_count:
                yield from life.record(person, seed, day, people_count, lying.get(person.number))


def stamp(people_count: int, seed: int, today: date) -> Resource:
    """The last resource of all: what was made. Where it is there, the whole province is."""
    return {
        "resourceType": "Group",
        "id": STAMP,
        "meta": meta("Group"),
        "identifier": [{"system": f"{MADE_UP_IDS}/tinh", "value": f"{EDITION}-{seed}-{today}-{people_count}"}],
        "active": True,
        "type": "person",
        "actual": False,
        "name": "Tỉnh mẫu",
        "quantity": people_count,
        "managingEntity": shared_ref("Organization/so-y-te"),
    }


STAMP = "tinh-mau"


@dataclass(frozen=True, slots=True)
class Part:
    """Work for one process: the institutions, or some blocks. The shape of `fhir.bulk.sources.Part`."""

    people: int
    seed: int
    today: date
    first: int
    last: int

    @property
    def size(self) -> int:
        """How many people it holds, for a progress bar."""
        return max(1, min(self.people, self.last * BLOCK) - self.first * BLOCK)

    def pieces(self) -> Iterator[Piece]:
        """Its resources as JSON."""
        if self.last == 0:
            found = institutions(self.people, self.seed, self.today)
        else:
            numbers = range(self.first, self.last)
            found = (each for number in numbers for each in block(number, self.people, self.seed, self.today))
        for each in found:
            yield Piece(f"demo:{each['resourceType']}/{each['id']}", json.encode(each))


def parts(people_count: int, seed: int = SEED, today: date = TODAY) -> Iterator[Part]:
    """The whole province but for its stamp, in parts that may be made and loaded side by side."""
    yield Part(people_count, seed, today, 0, 0)
    for first in range(0, blocks(people_count), BLOCKS_A_PART):
        yield Part(people_count, seed, today, first, min(first + BLOCKS_A_PART, blocks(people_count)))
