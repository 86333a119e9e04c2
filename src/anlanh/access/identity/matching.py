"""Whether two Patients are one person: a score in bits, by Fellegi and Sunter, and rules that no score overrules.

Each feature adds log2(m / u): how much more often it is alike in this way in two records of one person (m) than of two
people (u). `tables/weights.csv` holds m and u; `benchmarks/matching.py estimate` measures them on made-up people with
planted duplicates. Chance likenesses grow with the square of the number of people and duplicates only with the number, so
that the score asked for rises by one bit when the people double.

FHIR: Patient/$match, http://hl7.org/fhir/StructureDefinition/match-grade
Source: Fellegi, Sunter: A Theory for Record Linkage, JASA 64 (1969); docs/identity.md
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import exp2, log2
from typing import Literal, TypeAlias

from anlanh.access.identity import comparing
from anlanh.access.identity.comparing import Levels
from anlanh.access.identity.person import Person

Verdict: TypeAlias = Literal["automatic", "waiting", "different"]
Weights: TypeAlias = dict[tuple[str, str], float]

MEASURED_WITH = 20_000
"""People among whom the thresholds were measured."""
AUTOMATIC_BITS = 28.0
WAITING_BITS = 19.0
"""From these scores on a pair is one person without asking, or is shown to a steward, among that many people."""

ALIKE_NAMES = frozenset(("same", "folded", "reordered", "abbreviated", "middle-missing", "typo"))
"""Names that one person may have."""
OTHER_NAMES = frozenset(("given-typo", "accents", "middle-differs", "family-differs"))
"""Names that brothers, sisters and twins have; one person only where a number says so."""
ALIKE_BIRTHS = frozenset(("same", "swapped", "slip", "year"))


@dataclass(frozen=True, slots=True)
class Scored:
    """A pair: how each feature is alike, the score in bits, and what follows from it."""

    levels: Levels
    bits: float
    verdict: Verdict

    @property
    def parts(self) -> list[tuple[str, str, float]]:
        """Feature, level and bits, for those who ask why."""
        return [(name, level, weights()[name, level]) for name, level in self.levels._asdict().items()]


def score(a: Person, b: Person, people: int = MEASURED_WITH) -> Scored:
    """Whether they are one person, in an index of so many people. The same in both directions."""
    levels = comparing.compare(a, b)
    bits = bits_of(levels)
    return Scored(levels, bits, verdict(levels, bits, people))


def bits_of(levels: Levels) -> float:
    """The score of a pair."""
    table = weights()
    found: float = sum(table[pair] for pair in zip(Levels._fields, levels, strict=True))
    return found


def verdict(levels: Levels, bits: float, people: int = MEASURED_WITH) -> Verdict:
    """What follows from levels and score."""
    numbered = levels.personal == "same" or levels.number == "same"
    if may_be_automatic(levels, numbered=numbered) and (levels.personal == "same" or bits >= automatic_from(people)):
        return "automatic"
    asked_from = waiting_from(people) if levels.name in ALIKE_NAMES | OTHER_NAMES else automatic_from(people)
    return "waiting" if numbered or bits >= asked_from else "different"


def may_be_automatic(levels: Levels, *, numbered: bool) -> bool:
    """Whether a pair like this may be one person without asking, however high its score.

    Never: two active personal numbers, or two insurance numbers and no personal number in common; names or birth dates of
    two people; a name that is nobody's.
    """
    if levels.personal in ("near", "differs") or levels.birth not in ALIKE_BIRTHS:
        return False
    if levels.number == "differs" and levels.personal != "same":
        return False
    return levels.name in ALIKE_NAMES or (numbered and levels.name in OTHER_NAMES and levels.birth == "same")


def automatic_from(people: int) -> float:
    """Bits from which on a pair is one person, among so many people."""
    return AUTOMATIC_BITS + _larger(people)


def waiting_from(people: int) -> float:
    """Bits from which on a steward is asked."""
    return WAITING_BITS + _larger(people)


def _larger(people: int) -> float:
    return max(0.0, log2(max(people, 1) / MEASURED_WITH))


def probability(bits: float, people: int = MEASURED_WITH) -> float:
    """How sure one may be, 0 to 1: even odds half-way between the two thresholds."""
    middle = (automatic_from(people) + waiting_from(people)) / 2
    return 1 / (1 + exp2(middle - bits))


@cache
def weights() -> Weights:
    """Feature and level to bits."""
    text = files("anlanh.access.identity").joinpath("tables", "weights.csv").read_text(encoding="utf-8")
    return {
        (row["feature"], row["level"]): log2(float(row["m"]) / float(row["u"]))
        for row in csv.DictReader(text.splitlines())
    }
