"""A made-up person's whole record: who they are, how they are insured, and their chart.

FHIR: all types of the record of a person
Source: the modules of `illness`
"""

from __future__ import annotations

import random
from collections.abc import Iterator

from anlanh.demo import allergies, documents, immunisation, insurance, people
from anlanh.demo import today as this_day
from anlanh.demo.beds import Bed
from anlanh.demo.body import Body
from anlanh.demo.chart import Chart
from anlanh.demo.elements import Resource
from anlanh.demo.households import Person
from anlanh.demo.illness import acute, cancer, chronic, guarded, infections, pregnancy, stays


def record(person: Person, seed: int, today: int, limit: int, bed: Bed | None = None) -> Iterator[Resource]:
    """All resources of a person. `today`: ordinal; people of number `limit` and above are not linked to.

    `bed`: where the person lies today.
    """
    rng = random.Random(f"{seed}-{person.number}")
    age = person.age(person.died or today)
    cover = insurance.cover(person, rng, age)
    yield people.patient(person, cover, rng, age, limit)
    yield from people.relations(person)
    if cover:
        yield insurance.coverage(person, cover, today)
    chart = Chart(person, rng, today, cover)
    body = Body(rng, person.female)
    allergic = allergies.write(chart)
    lasting = [*chronic.write(chart, body), *cancer.write(chart, body)]
    taken = [each["id"] for each in chart.resources if each["resourceType"] == "MedicationStatement"]
    guarded.write(chart, body)
    vaccinated = immunisation.write(chart)
    pregnancy.newborn(chart, body)
    expects = pregnancy.write(chart, body)
    infections.write(chart, body)
    acute.write(chart, body)
    stays.write(chart, body, bed)
    if bed is None:
        this_day.write(chart, body, in_care=bool(lasting) or expects)
    if lasting or person.persona:
        kinds = ("AllergyIntolerance", "Condition", "MedicationStatement", "Immunization")
        found = zip(kinds, (allergic, lasting, taken, vaccinated), strict=True)
        documents.health_record(chart, [[f"{kind}/{each}" for each in ids] for kind, ids in found])
    yield from chart.resources
