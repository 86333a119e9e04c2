"""Insurance of made-up people: nearly all have it, in the group that fits them, with a card that reads as one."""

from __future__ import annotations

import random
from statistics import mean

import pytest

from anlanh.demo import households, insurance, province
from anlanh.demo.households import Person
from anlanh.demo.insurance import Cover
from anlanh.kernel.vn import codes, identity

TODAY = province.TODAY.toordinal()

Insured = list[tuple[Person, Cover | None]]


@pytest.fixture(scope="module")
def insured() -> Insured:
    """Six thousand people with their cards."""
    people = [
        person
        for number in range(60)
        for home in households.block(province.SEED, number, TODAY)
        for person in home.members
    ]
    return [(each, insurance.cover(each, random.Random(each.number), each.age(TODAY))) for each in people]


def test_ninety_five_of_a_hundred_are_insured(insured: Insured) -> None:
    assert 0.94 <= mean(cover is not None for _, cover in insured) <= 0.98


def test_all_children_below_six_are_insured_as_children_and_nobody_else_is(insured: Insured) -> None:
    assert {each.age(TODAY) < 6 for each, cover in insured if cover and cover.object_code == "TE"} == {True}
    assert all(cover for each, cover in insured if each.age(TODAY) < 6)


def test_a_card_reads_as_one_and_says_the_group_and_benefit(insured: Insured) -> None:
    cards = [(identity.card(cover.card), cover) for _, cover in insured if cover]
    assert all((card.object_code, card.benefit) == (cover.object_code, cover.benefit) for card, cover in cards)
    assert len({card.value for card, _ in cards}) == len(cards)


def test_groups_are_those_of_the_table(insured: Insured) -> None:
    used = {cover.object_code for _, cover in insured if cover}
    assert used <= {code for code, _ in codes.BHYT_OBJECTS.rows}
    assert used >= {"TE", "HS", "HN", "CN", "DT", "HT", "DN", "GD"}


def test_the_poor_are_insured_as_poor(insured: Insured) -> None:
    poor = [cover for each, cover in insured if cover and each.household.standing == "poor" and each.age(TODAY) >= 6]
    assert {each.object_code for each in poor} == {"HN"}
