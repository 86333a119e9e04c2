"""How well duplicates of persons are found, and how fast.

    .venv/bin/python benchmarks/matching.py measure --people 20000 --seed 11    # recall, precision, pairs a second
    .venv/bin/python benchmarks/matching.py estimate --people 20000 --seed 1    # m and u, the rows of weights.csv

Weights are estimated with one seed and measured with others. The people are made up and so are their duplicates
(tests/access/identity/planted.py): the figures say how well the rules do on those mistakes, not how many mistakes there are.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from anlanh.access.identity import comparing, matching
from anlanh.access.identity.person import Person
from tests.access.identity import measured, planted

CHANCE_PAIRS = 3_000_000
ATTRIBUTES = ("name", "birth", "sex", "personal", "number", "where")


def estimate(people: int, seed: int) -> None:
    """Print m (in planted duplicates) and u (in pairs drawn at random) of every level."""
    world = planted.world(people, seed)
    persons = measured.persons(world)
    rng = random.Random(seed)
    keys = sorted(persons)
    same = [comparing.compare(persons[a], persons[b]) for a, b in sorted(world.same)]
    truth = {frozenset(pair) for pair in world.same}
    counted = {name: Counter(getattr(each, name) for each in same) for name in ATTRIBUTES}
    chance: dict[str, Counter[str]] = {name: Counter() for name in ATTRIBUTES}
    less: Counter[str] = Counter()
    drawn = 0
    while drawn < CHANCE_PAIRS:
        a, b = rng.choice(keys), rng.choice(keys)
        if a != b and frozenset((a, b)) not in truth:
            drawn += 1
            for name, level in comparing.compare(persons[a], persons[b])._asdict().items():
                chance[name][level] += 1
            less.update(_when_less_is_told(persons[a], persons[b]))
    print("feature,level,m,u")
    for name, levels in comparing.LEVELS.items():
        for level in levels:
            m = (counted[name][level] + 0.5) / (len(same) + 1)
            u = (chance[name][level] + 0.5) / (drawn + 1)
            if level == "unknown":
                m = u = 1.0
            elif level in LOSSES:
                m, u = 1.0, (less[level] + 0.5) / (drawn + 1)
            print(f"{name},{level},{m:.3g},{u:.3g}")


LOSSES = ("folded", "reordered", "abbreviated", "middle-missing", "year")
"""Levels where one record tells less than the other. That it does says nothing of whether they are one person, so u is the
chance that two people agree in what is left, and m is one."""


def _when_less_is_told(a: Person, b: Person) -> list[str]:
    """The losses after which two people would agree."""
    found = []
    if a.names and b.names:
        one, two = a.names[0].plain, b.names[0].plain
        if sorted((one[0], one[-1])) == sorted((two[0], two[-1])):
            found.append("middle-missing")
            if sorted(each[0] for each in one) == sorted(each[0] for each in two):
                found.append("abbreviated")
            if sorted(one) == sorted(two):
                found += ["reordered", "folded"]
    if a.born and b.born and a.born[0] == b.born[0]:
        found.append("year")
    return found


def measure(people: int, seed: int) -> None:
    """Print recall and precision at the thresholds in force and at others, and the pairs that are wrong."""
    world = planted.world(people, seed)
    started = time.perf_counter()
    persons = measured.persons(world)
    read = time.perf_counter()
    pairs = measured.scored(persons)
    done = time.perf_counter()
    found = measured.figures(world, pairs)
    print(
        f"{found.people} people, {found.true} duplicates, {len(pairs)} candidate pairs, blocking finds {found.found / found.true:.2%}"
    )
    print(
        f"reading {(read - started) / found.people * 1e6:.0f} µs a person; {len(pairs) / (done - read):.0f} pairs/s, keys included"
    )
    print(
        f"automatic: recall {found.recall:.2%}, precision {found.precision:.3%} ({found.automatic - found.automatic_right} wrong)"
    )
    print(
        f"waiting: {found.waiting}, of them right {found.waiting_right}; with them {found.reached:.2%} of the duplicates are reached"
    )
    truth = {(min(pair), max(pair)) for pair in world.same}
    print("automatic from   recall   precision")
    for bits in range(20, 40, 2):
        linked = [
            pair
            for pair, each in pairs.items()
            if matching.may_be_automatic(each.levels, numbered="same" in (each.levels.personal, each.levels.number))
            and (each.levels.personal == "same" or each.bits >= bits)
        ]
        right = sum(pair in truth for pair in linked)
        print(f"{bits:14}  {right / len(truth):7.2%}  {right / max(1, len(linked)):9.3%}")
    wrong = [pair for pair, each in pairs.items() if each.verdict == "automatic" and pair not in truth]
    for pair in wrong[:10]:
        print("wrong", pair, pairs[pair].bits, pairs[pair].levels)
    missed = Counter(
        tuple(pairs[pair].levels) if pair in pairs else ("not a candidate",)
        for pair in truth
        if pair not in pairs or pairs[pair].verdict != "automatic"
    )
    for levels, count in missed.most_common(12):
        print("not automatic", count, *levels)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("measure", "estimate"))
    parser.add_argument("--people", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=11)
    asked = parser.parse_args()
    {"measure": measure, "estimate": estimate}[asked.what](asked.people, asked.seed)


if __name__ == "__main__":
    main()
