"""Made-up people: the same from the same seed, shaped like the province, numbered like nobody."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from statistics import mean

import pytest

from anlanh.demo import households, numbers, province
from anlanh.demo.households import Household, Person
from anlanh.kernel.vn import identity

TODAY = province.TODAY.toordinal()
BLOCKS = 200


@pytest.fixture(scope="module")
def homes() -> list[Household]:
    """The households of twenty thousand people."""
    return [home for number in range(BLOCKS) for home in households.block(province.SEED, number, TODAY)]


@pytest.fixture(scope="module")
def people(homes: list[Household]) -> list[Person]:
    """Twenty thousand people."""
    return [person for home in homes for person in home.members]


def share(people: list[Person], of: Callable[[Person], bool]) -> float:
    return mean(of(each) for each in people)


def test_people_are_numbered_without_a_gap(people: list[Person]) -> None:
    assert [each.number for each in people] == list(range(BLOCKS * households.BLOCK))


def test_the_age_pyramid_is_that_of_the_province(people: list[Person]) -> None:
    assert 0.235 <= share(people, lambda each: each.age(TODAY) < 15) <= 0.275
    assert 0.075 <= share(people, lambda each: each.age(TODAY) >= 65) <= 0.105
    assert 0.49 <= share(people, lambda each: each.female) <= 0.53


def test_households_have_three_and_a_half_people(homes: list[Household]) -> None:
    assert 3.2 <= mean(len(home.members) for home in homes) <= 3.7


@pytest.mark.parametrize(("ethnic", "low", "high"), [("01", 0.5, 0.64), ("02", 0.16, 0.23), ("07", 0.05, 0.09)])
def test_ethnic_groups_have_their_shares(people: list[Person], ethnic: str, low: float, high: float) -> None:
    assert low <= share(people, lambda each: each.ethnic == ethnic) <= high


def test_six_or_seven_of_a_thousand_die_in_a_year(people: list[Person]) -> None:
    assert 0.009 <= share(people, lambda each: each.died > 0) <= 0.018


def test_no_two_people_share_a_number(people: list[Person]) -> None:
    assert len({each.personal_id for each in people}) == len(people)
    assert len({numbers.phone(each.number) for each in people}) == len(people)


def test_two_people_a_million_apart_are_not_born_in_the_same_year() -> None:
    assert all(numbers.year_is_odd(each) != numbers.year_is_odd(each + numbers.MILLION) for each in range(1000))


def test_a_personal_number_says_sex_and_year(people: list[Person]) -> None:
    read = [(identity.personal_id(each.personal_id), each) for each in people[:2000]]
    assert all((number.likely_gender, number.likely_year) == (who.gender, born(who)) for number, who in read)


def born(person: Person) -> int:
    return date.fromordinal(person.born).year


def test_parents_are_older_than_their_children(people: list[Person]) -> None:
    pairs = [(parent, each) for each in people for parent in (each.mother, each.father) if parent]
    assert pairs
    assert all(child.born - parent.born > 15 * 365 for parent, child in pairs)
    assert all(child in parent.children for parent, child in pairs)


def test_another_seed_makes_other_people() -> None:
    one, other = (households.block(seed, 5, TODAY)[0].members[0].name for seed in (1, 2))
    assert one != other
