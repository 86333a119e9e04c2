"""Is the made-up province like a real one? Bands about published figures; docs/demo.md says where they are from."""

from __future__ import annotations

from collections import defaultdict
from statistics import mean, median
from typing import Any

import pytest

from anlanh.demo import households, province
from anlanh.demo.households import Person
from anlanh.demo.illness import infections

PEOPLE = 8000
"""Beyond the first forty blocks, so that the planted small world is half of it."""

TODAY = province.TODAY.toordinal()
A_YEAR_AGO = str(province.TODAY.replace(year=province.TODAY.year - 1))

Resource = dict[str, Any]


class World:
    """What is counted of a province."""

    def __init__(self) -> None:
        self.people: dict[str, Person] = {
            f"Patient/{each.id}": each
            for number in range(province.blocks(PEOPLE))
            for home in households.block(province.SEED, number, TODAY)
            for each in home.members
        }
        self.ill: dict[str, set[str]] = defaultdict(set)
        self.onsets: list[tuple[str, str, str]] = []
        self.visits: dict[str, int] = defaultdict(int)
        self.pressures: list[tuple[int, int]] = []
        self.doses: dict[str, set[str]] = defaultdict(set)
        for each in province.resources(PEOPLE):
            COUNT.get(each["resourceType"], _nothing)(self, each)

    def share(self, code: str, least: int, most: int = 120) -> float:
        """Of the living of these ages, those with the diagnosis."""
        fitting = [ref for ref, who in self.people.items() if not who.died and least <= who.age(TODAY) <= most]
        return mean(ref in self.ill[code] for ref in fitting)


def _condition(world: World, resource: Resource) -> None:
    code = resource["code"]["coding"][0]["code"]
    world.ill[code].add(resource["subject"]["reference"])
    world.onsets.append((code, resource["onsetDateTime"], resource["subject"]["reference"]))


def _encounter(world: World, resource: Resource) -> None:
    world.visits[resource["class"]["code"]] += resource["period"]["start"][:10] > A_YEAR_AGO


def _observation(world: World, resource: Resource) -> None:
    if parts := resource.get("component"):
        systolic, diastolic = (each["valueQuantity"]["value"] for each in parts)
        world.pressures.append((systolic, diastolic))


def _immunization(world: World, resource: Resource) -> None:
    world.doses[resource["vaccineCode"]["coding"][0]["code"]].add(resource["patient"]["reference"])


def _nothing(world: World, resource: Resource) -> None:
    return


COUNT = {
    "Condition": _condition,
    "Encounter": _encounter,
    "Observation": _observation,
    "Immunization": _immunization,
}


@pytest.fixture(scope="module")
def world() -> World:
    """A province of eight thousand, counted."""
    return World()


@pytest.mark.parametrize(
    ("code", "from_age", "low", "high"),
    [
        ("I10", 18, 0.10, 0.19),
        ("E11.9", 18, 0.025, 0.055),
        ("J44.9", 40, 0.012, 0.042),
        ("F20.9", 18, 0.002, 0.008),
        ("B24", 18, 0.001, 0.006),
        ("A15.0", 18, 0.002, 0.009),
    ],
)
def test_diagnosed_illnesses_are_as_frequent_as_is_known(
    world: World, code: str, from_age: int, low: float, high: float
) -> None:
    assert low <= world.share(code, from_age) <= high


def test_people_see_a_doctor_twice_a_year_and_stay_in_hospital_once_in_ten(world: World) -> None:
    assert 1.5 <= world.visits["AMB"] / PEOPLE <= 2.2
    assert 0.07 <= world.visits["IMP"] / PEOPLE <= 0.15


def test_births_are_as_many_as_is_known(world: World) -> None:
    newborn = [each for each in world.people.values() if each.born > TODAY - 365]
    assert 0.009 <= len(newborn) / PEOPLE <= 0.017


def test_blood_pressures_are_those_of_living_people(world: World) -> None:
    systolic = [each for each, _ in world.pressures]
    assert 115 <= median(systolic) <= 135
    assert all(70 <= high <= 240 and 35 <= low <= high - 15 for high, low in world.pressures)


def test_nine_of_ten_children_are_vaccinated_against_measles(world: World) -> None:
    due = [ref for ref, who in world.people.items() if 400 < TODAY - who.born < 1100]
    assert 0.85 <= mean(ref in world.doses["SOI"] for ref in due) <= 0.97


@pytest.mark.parametrize("outbreak", infections.PLANTED, ids=lambda each: f"{each.disease} {each.commune}")
def test_a_planted_outbreak_stands_out_from_other_weeks(world: World, outbreak: infections.Outbreak) -> None:
    code = infections.INFECTIONS[outbreak.disease].diagnosis[0]
    first, last = (
        str(province.TODAY.fromordinal(TODAY - outbreak.began_days_ago + days)) for days in (0, outbreak.lasted_days)
    )
    here = [day for found, day, who in world.onsets if found == code and commune(world, who) == outbreak.commune]
    inside = sum(first <= day <= last for day in here)
    assert inside >= 5
    assert inside / outbreak.lasted_days > 3 * (len(here) - inside) / (infections.YEARS * 365)


def commune(world: World, who: str) -> str:
    return world.people[who].household.commune.code


def test_dengue_comes_in_summer_and_autumn(world: World) -> None:
    months = [int(day[5:7]) for code, day, _ in world.onsets if code == "A97.0"]
    assert mean(6 <= month <= 11 for month in months) > 0.75
