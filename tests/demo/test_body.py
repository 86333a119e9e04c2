"""Bodies and dice: what is measured fits age and sex, what happens comes as often and when it should."""

from __future__ import annotations

import random
from collections import Counter
from datetime import date
from statistics import mean

import pytest

from anlanh.demo import dice
from anlanh.demo.body import Body


def bodies(female: bool, count: int = 400) -> list[Body]:
    return [Body(random.Random(number), female) for number in range(count)]


@pytest.mark.parametrize(
    ("age", "female", "kilograms"), [(0, False, 3.2), (1, True, 8.5), (5, False, 17.6), (40, True, 52), (40, False, 60)]
)
def test_people_weigh_what_people_of_their_age_weigh(age: float, female: bool, kilograms: float) -> None:
    assert mean(each.weight(age) / 10 for each in bodies(female)) == pytest.approx(kilograms, rel=0.1)


@pytest.mark.parametrize(("age", "female", "centimetres"), [(1, False, 75), (10, True, 137), (30, False, 166)])
def test_people_are_as_tall_as_people_of_their_age(age: float, female: bool, centimetres: float) -> None:
    assert mean(each.height(age) / 10 for each in bodies(female)) == pytest.approx(centimetres, rel=0.03)


def test_blood_pressure_rises_with_age_and_falls_with_treatment() -> None:
    def systolic(age: float, hypertensive: bool, treated: bool) -> float:
        found = bodies(False)
        for each in found:
            each.hypertensive, each.treated = hypertensive, treated
        return mean(each.pressure(age)[0] for each in found)

    assert systolic(8, False, False) < systolic(25, False, False) < systolic(70, False, False) < 135
    assert systolic(60, True, True) < systolic(60, True, False)
    assert systolic(60, True, False) > 142


def test_fever_quickens_the_pulse() -> None:
    assert mean(e.pulse(30, 2) - e.pulse(30) for e in bodies(True)) == pytest.approx(20, abs=2)


@pytest.mark.parametrize("often", [0.1, 1.0, 4.0])
def test_things_happen_as_often_as_their_mean_says(often: float) -> None:
    rng = random.Random(1)
    assert mean(dice.count(rng, often) for _ in range(4000)) == pytest.approx(often, rel=0.12)


def test_days_come_in_their_season_and_between_the_two_days() -> None:
    rng = random.Random(1)
    first, last = date(2024, 1, 1).toordinal(), date(2025, 12, 31).toordinal()
    days = [dice.day(rng, first, last, "dengue") for _ in range(2000)]
    months = Counter(date.fromordinal(each).month for each in days)
    assert first <= min(days)
    assert max(days) <= last
    assert months[9] > 5 * (months[1] + months[2])
