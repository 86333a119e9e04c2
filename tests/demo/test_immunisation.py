"""Vaccinations follow the calendar: never too early, never too close, never after today."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from anlanh.demo import immunisation, province

TODAY = province.TODAY.isoformat()

Resource = dict[str, Any]


@pytest.fixture(scope="module")
def doses() -> list[tuple[date, Resource]]:
    """Day of birth and Immunization of the children of a thousand people."""
    found = [each for number in range(10) for each in province.block(number, 1000)]
    born = {each["id"]: date.fromisoformat(each["birthDate"]) for each in found if each["resourceType"] == "Patient"}
    given = [each for each in found if each["resourceType"] == "Immunization"]
    return [(born[each["patient"]["reference"].removeprefix("Patient/")], each) for each in given]


def code(dose: Resource) -> tuple[str, int]:
    return dose["vaccineCode"]["coding"][0]["code"], dose["protocolApplied"][0]["doseNumberPositiveInt"]


def on(dose: Resource) -> date:
    return date.fromisoformat(dose["occurrenceDateTime"][:10])


def test_no_dose_is_given_too_early_or_after_today(doses: list[tuple[date, Resource]]) -> None:
    ages = {(each.vaccine, each.number): each.age for each in immunisation.CALENDAR}
    early = [dose["id"] for born, dose in doses if (on(dose) - born).days < ages.get(code(dose), 0)]
    assert early == []
    assert all(dose["occurrenceDateTime"][:10] <= TODAY for _, dose in doses)


def test_two_doses_of_a_vaccine_are_far_enough_apart(doses: list[tuple[date, Resource]]) -> None:
    apart = {(each.vaccine, each.number): each.interval for each in immunisation.CALENDAR}
    given = {(dose["patient"]["reference"], *code(dose)): on(dose) for _, dose in doses}
    pairs = [
        (day - given[who, vaccine, number - 1], apart.get((vaccine, number), 28))
        for (who, vaccine, number), day in given.items()
        if (who, vaccine, number - 1) in given and vaccine != "UV"
    ]
    assert len(pairs) > 300
    assert all(between.days >= least for between, least in pairs)


def test_no_dose_is_given_before_the_one_before_it(doses: list[tuple[date, Resource]]) -> None:
    given = {(dose["patient"]["reference"], *code(dose)) for _, dose in doses}
    later = [(who, vaccine, number) for who, vaccine, number in given if number > 1 and vaccine != "DPT"]
    assert [each for each in later if (each[0], each[1], each[2] - 1) not in given] == []


def test_every_vaccine_of_the_calendar_is_given(doses: list[tuple[date, Resource]]) -> None:
    assert {code(dose)[0] for _, dose in doses} >= {each.vaccine for each in immunisation.CALENDAR if not each.girls}


def test_a_lot_has_not_expired_on_the_day(doses: list[tuple[date, Resource]]) -> None:
    assert all(dose["expirationDate"] > dose["occurrenceDateTime"][:10] for _, dose in doses)
