"""A made-up person's whole record: who they are, how they are insured, and their chart.

FHIR: all types of the record of a person
Source: the modules of `illness`
"""

from __future__ import annotations

import random
from collections.abc import Iterator

from anlanh.demo import insurance, people
from anlanh.demo.body import Body
from anlanh.demo.chart import Chart
from anlanh.demo.elements import Resource
from anlanh.demo.households import Person
from anlanh.demo.illness import acute, chronic


def record(person: Person, seed: int, today: int, limit: int) -> Iterator[Resource]:
    """All resources of a person. `today`: ordinal; people of number `limit` and above are not linked to."""
    rng = random.Random(f"{seed}-{person.number}")
    age = person.age(person.died or today)
    cover = insurance.cover(person, rng, age)
    yield people.patient(person, cover, rng, age, limit)
    yield from people.relations(person)
    if cover:
        yield insurance.coverage(person, cover, today)
    chart = Chart(person, rng, today, cover)
    body = Body(rng, person.female)
    chronic.write(chart, body)
    acute.write(chart, body)
    yield from chart.resources
