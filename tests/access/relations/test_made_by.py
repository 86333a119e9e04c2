"""Relations as they follow from resources: pure, by example."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from anlanh.access.policy import rules
from anlanh.access.relations import care, family
from anlanh.access.relations.model import FOREVER
from anlanh.fhir.search.keys import rid_of
from tests.access.stage import AN, HOSPITAL, encounter, parent, person

NOW = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "kinds"), [("in-progress", 1), ("arrived", 1), ("cancelled", 0), ("entered-in-error", 0)]
)
def test_an_encounter_opens_while_it_lasts(status: str, kinds: int) -> None:
    assert len(care.of(encounter("e", AN, HOSPITAL, status), 1)) == kinds


def test_an_encounter_opens_to_the_facility_and_to_each_participant() -> None:
    doctor = {"individual": {"reference": "Practitioner/d"}}
    found = care.of(encounter("e", AN, HOSPITAL, participant=[doctor, doctor]), 1)
    assert {each.party for each in found} == {rid_of("Organization", "hospital"), rid_of("Practitioner", "d")}
    assert {each.until for each in found} == {FOREVER}


def test_a_finished_encounter_opens_for_thirty_days_more() -> None:
    done = encounter("e", AN, HOSPITAL, "finished", period={"end": "2026-11-01T10:00:00+07:00"})
    assert care.of(done, 1)[0].until.date() == date(2026, 12, 1)


def test_impossible_dates_open_nothing() -> None:
    assert care.of(encounter("e", AN, HOSPITAL, "finished", period={"end": "0000-99-99"}), 1) == []


def test_an_end_that_nobody_will_see_is_for_ever() -> None:
    done = encounter("e", AN, HOSPITAL, "finished", period={"end": "9999-12-31T23:59:59+07:00"})
    assert care.of(done, 1)[0].until == FOREVER
    actors = [{"actor": {"reference": each}} for each in (AN, HOSPITAL)]
    booked = {"resourceType": "Appointment", "status": "booked", "participant": actors, "start": "0001-01-02T00:00:00Z"}
    assert care.of(booked, 1)[0].since == care.LONG_AGO


def test_parents_see_until_eighteen_and_sensitive_things_less_long() -> None:
    categories = rules.load().categories
    found = family.of(parent("m", "Patient/c", "Patient/m"), 1, 2, date(2012, 2, 29), 3, categories.values())
    ends = {each.kind: each.until.date() for each in found}
    assert ends["parent"] == date(2030, 3, 1)
    assert ends["parent:reproductive-health"] == date(2025, 3, 1)
    assert "parent:violence" not in ends


def test_an_aunt_is_no_guardian() -> None:
    aunt = parent("m", "Patient/c", "Patient/m")
    aunt["relationship"][0]["coding"][0]["code"] = "AUNT"
    assert not family.is_guardian(aunt)


def test_registration_follows_the_patient() -> None:
    found = care.of(person("a", "1990-01-01", generalPractitioner=[{"reference": "Organization/s"}]), 7)
    assert [(each.patient, each.kind) for each in found] == [(7, "registered")]
