"""How well matching finds planted duplicates: candidates by blocking, each pair scored, counted against the truth."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from anlanh.access.identity import blocking, matching, person
from anlanh.access.identity.matching import Scored
from anlanh.access.identity.person import Person
from tests.access.identity.planted import World

MOST_SHARING = 100
"""People with one key; a key of more says nothing and is passed over, as in the index."""

Pair = tuple[str, str]


@dataclass(frozen=True)
class Figures:
    """Counts of pairs. `found`: true duplicates among the candidates; `waiting_right`: true ones shown to a steward."""

    people: int
    true: int
    found: int
    automatic: int
    automatic_right: int
    waiting: int
    waiting_right: int

    @property
    def recall(self) -> float:
        """Of the duplicates, the part linked without asking."""
        return self.automatic_right / self.true

    @property
    def precision(self) -> float:
        """Of the automatic links, the part that is right."""
        return self.automatic_right / max(1, self.automatic)

    @property
    def reached(self) -> float:
        """Of the duplicates, the part linked or shown to a steward."""
        return (self.automatic_right + self.waiting_right) / self.true


def persons(world: World) -> dict[str, Person]:
    """The persons of a world."""
    return {key: person.of(each) for key, each in world.patients.items()}


def candidates(people: dict[str, Person]) -> Iterator[Pair]:
    """Pairs that share a key, each once, the smaller id first."""
    blocks: defaultdict[int, list[str]] = defaultdict(list)
    for key in sorted(people):
        for block in blocking.keys_of(people[key]):
            blocks[block].append(key)
    seen: set[Pair] = set()
    for block in blocks.values():
        if len(block) > MOST_SHARING:
            continue
        for at, one in enumerate(block):
            for two in block[at + 1 :]:
                if (one, two) not in seen:
                    seen.add((one, two))
                    yield one, two


def scored(people: dict[str, Person]) -> dict[Pair, Scored]:
    """Every candidate pair with its score."""
    count = len(people)
    return {pair: matching.score(people[pair[0]], people[pair[1]], count) for pair in candidates(people)}


def figures(world: World, pairs: dict[Pair, Scored]) -> Figures:
    """What came of it."""
    truth = {(min(pair), max(pair)) for pair in world.same}
    automatic = {pair for pair, each in pairs.items() if each.verdict == "automatic"}
    waiting = {pair for pair, each in pairs.items() if each.verdict == "waiting"}
    return Figures(
        len(world.patients), len(truth), len(truth & pairs.keys()), len(automatic), len(automatic & truth), len(waiting),
        len(waiting & truth),
    )  # fmt: skip
