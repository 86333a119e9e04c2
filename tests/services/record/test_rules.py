"""Resources become lines: words, order, what belongs together, what is out of range, what is due."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from anlanh.fhir.vn.systems import BHYT_CARD, PERSONAL_ID
from anlanh.services.record.model import Due, Event, Flag, ImmunizationLine, NothingToFindBy, Section, Source, Standing
from anlanh.services.record.rules import finding, immunizations, lines, medicines, results, timeline, words

TODAY = date(2026, 11, 23)
NAMES = {
    "Organization/a": "Bệnh viện A",
    "Organization/b": "Trạm B",
    "Encounter/at-a": "Bệnh viện A",
    "Encounter/at-b": "Trạm B",
}
ATC = "http://www.whocc.no/atc"
LOINC = "http://loinc.org"
UCUM = "http://unitsofmeasure.org"
VIET_NAM = timezone(timedelta(hours=7))
CARD = "019185001234|091234567|Nguyễn Thị Hoa|05031985|Nữ|Tổ 5, Phan Đình Phùng, Thái Nguyên|12052021"


def request(
    name: str, title: str, at: str, status: str = "active", atc: str = "", on: str = "2026-11-01"
) -> dict[str, Any]:
    """A prescription at a facility."""
    coding = {"coding": [{"system": ATC, "code": atc}]} if atc else {}
    return {
        "resourceType": "MedicationRequest", "id": name, "status": status, "authoredOn": on,
        "medicationCodeableConcept": {"text": title, **coding}, "encounter": {"reference": f"Encounter/{at}"},
    }  # fmt: skip


def observation(name: str, value: str, unit: str = "mmol/L", on: str = "2026-11-01", **more: Any) -> dict[str, Any]:
    """A glucose."""
    return {
        "resourceType": "Observation", "id": name, "status": "final", "effectiveDateTime": on,
        "code": {"coding": [{"system": LOINC, "code": "14771-0"}], "text": "Glucose máu lúc đói"},
        "valueQuantity": {"value": Decimal(value), "unit": unit, "system": UCUM, "code": unit}, **more,
    }  # fmt: skip


def dose(vaccine: str, number: int, on: str) -> ImmunizationLine:
    """A dose that was given."""
    source = Source("Immunization/x", 1, "Trạm B", datetime(2026, 1, 1, tzinfo=UTC))
    return ImmunizationLine(source, vaccine, vaccine, number, on, "")


def condition(name: str, code: str, status: str, on: str, category: str = "encounter-diagnosis") -> dict[str, Any]:
    """A diagnosis."""
    return {
        "resourceType": "Condition", "id": name, "code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": code}]},
        "clinicalStatus": {"coding": [{"code": status}]}, "recordedDate": on, "category": [{"coding": [{"code": category}]}],
    }  # fmt: skip


def test_one_substance_from_two_facilities_is_one_medicine_and_is_flagged() -> None:
    found = medicines.reconciled(
        [
            request("1", "Amlodipin 5 mg", "at-a", atc="C08CA01"),
            request("2", "Amlor 5mg", "at-b", atc="C08CA01", on="2026-11-02"),
            request("3", "Metformin 850 mg", "at-a", atc="A10BA02"),
        ],
        NAMES, TODAY,
    )  # fmt: skip
    assert [(each.title, each.twice, len(each.lines)) for each in found] == [
        ("Amlor 5mg", True, 2),
        ("Metformin 850 mg", False, 1),
    ]


def test_what_one_facility_prescribes_again_is_not_flagged() -> None:
    again = [request("1", "Losartan 50 mg", "at-a"), request("2", "Losartan 100 mg", "at-a", on="2026-11-20")]
    assert [(each.title, each.twice) for each in medicines.reconciled(again, NAMES, TODAY)] == [
        ("Losartan 100 mg", False)
    ]


def test_medicines_that_are_taken_now_stand_before_those_that_ended() -> None:
    both = [
        request("1", "Aspirin", "at-a", "completed", on="2026-11-22"),
        request("2", "Insulin", "at-a", on="2020-01-01"),
    ]
    assert [(each.title, each.active) for each in medicines.reconciled(both, NAMES, TODAY)] == [
        ("Insulin", True),
        ("Aspirin", False),
    ]


def test_a_line_says_from_which_facility_and_which_message_it_comes() -> None:
    made = request("1", "Aspirin", "at-b") | {
        "meta": {"versionId": "3", "lastUpdated": "2026-11-01T02:00:00Z", "source": "urn:his:b#MSG7"}
    }
    assert words.source(made, NAMES) == Source(
        "MedicationRequest/1", 3, "Trạm B", datetime(2026, 11, 1, 2, tzinfo=UTC), "urn:his:b#MSG7"
    )


@pytest.mark.parametrize(
    ("more", "flag"),
    [
        ({}, Flag.NORMAL),
        ({"referenceRange": [{"low": {"value": 3}, "high": {"value": 6}}]}, Flag.HIGH),
        ({"referenceRange": [{"low": {"value": 8}}]}, Flag.LOW),
        ({"referenceRange": [{"high": {"value": 6}}], "interpretation": [{"coding": [{"code": "N"}]}]}, Flag.NORMAL),
        ({"interpretation": [{"coding": [{"code": "HH"}]}]}, Flag.CRITICAL),
    ],
)
def test_what_the_laboratory_says_goes_before_what_its_range_says(more: dict[str, Any], flag: Flag) -> None:
    assert results.line(observation("1", "7.10", **more), NAMES).flag is flag


def test_a_value_keeps_its_digits_and_a_pressure_is_two_values() -> None:
    pressure = {
        "resourceType": "Observation", "id": "p", "status": "final", "code": {"text": "Huyết áp"},
        "component": [
            {"code": {"text": "tâm thu"}, "valueQuantity": {"value": 150, "unit": "mm[Hg]", "code": "mm[Hg]"}},
            {"code": {"text": "tâm trương"}, "valueQuantity": {"value": 90, "unit": "mm[Hg]", "code": "mm[Hg]"}},
        ],
    }  # fmt: skip
    assert results.line(observation("1", "7.10"), NAMES).value == "7,10"
    made = results.line(pressure, NAMES)
    assert (made.value, made.unit) == ("150/90", "mmHg")
    assert [each.title for each in results.course([pressure], NAMES)] == ["tâm thu", "tâm trương"]


def test_a_course_is_in_one_unit_and_leaves_out_what_cannot_be_put_into_it() -> None:
    measured = [
        observation("1", "5.0", on="2026-01-01"),
        observation("2", "6000", "umol/L", on="2026-02-01"),
        observation("3", "110", "mg/dL", on="2026-03-01"),
        observation("4", "7.0", on="2026-04-01"),
    ]
    (course,) = results.course(measured, NAMES)
    assert [(each.on, each.number) for each in course.points] == [
        ("2026-01-01", Decimal("5.0")),
        ("2026-02-01", Decimal("6")),
        ("2026-04-01", Decimal("7.0")),
    ]


def test_of_each_thing_measured_the_latest_stands_for_all() -> None:
    (made,) = results.latest(
        results.of([observation("1", "5", on="2026-01-01"), observation("2", "6", on="2026-05-01")], NAMES)
    )
    assert (made.latest.value, made.times) == ("6", 2)


def test_the_next_dose_is_due_when_old_enough_and_long_enough_after_the_one_before() -> None:
    given = [dose("DPT-VGB-HIB", 1, "2026-09-01"), dose("DPT-VGB-HIB", 2, "2026-11-10")]
    found = {each.vaccine: each for each in immunizations.due(given, "2026-06-20", "female", TODAY)}
    assert (found["DPT-VGB-HIB"].dose, found["DPT-VGB-HIB"].due_on) == (3, date(2026, 12, 8))
    assert found["DPT-VGB-HIB"].standing is Due.COMING
    assert found["BOPV"].standing is Due.OVERDUE
    assert found["IPV"].standing is Due.DUE
    assert "VGB0" not in found


def test_nothing_is_due_for_grown_ups_or_where_the_day_of_birth_is_not_known() -> None:
    assert immunizations.due([], "1980-01-01", "female", TODAY) == ()
    assert immunizations.due([], "2026", "female", TODAY) == ()


def test_a_diagnosis_of_several_visits_is_one_line_and_the_problem_list_comes_first() -> None:
    found = lines.problems(
        [
            condition("1", "J00", "resolved", "2026-01-01"),
            condition("2", "J00", "resolved", "2026-05-01"),
            condition("3", "I10", "active", "2026-09-01"),
            condition("4", "I10", "active", "2020-01-01", "problem-list-item"),
        ],
        NAMES,
    )
    assert [(each.source.id, each.standing) for each in found] == [("4", Standing.PRESENT), ("2", Standing.OVER)]


@pytest.mark.parametrize(
    ("typed", "pairs"),
    [
        (CARD, (("identifier", f"{PERSONAL_ID}|019185001234"),)),
        ("019 185 001 234", (("identifier", f"{PERSONAL_ID}|019185001234"),)),
        ("gd4199900000001", (("identifier", f"{BHYT_CARD}|GD4199900000001"),)),
        ("GD4199900000001|4e677579e1bb856e|05/03/1985|2|...|$", (("identifier", f"{BHYT_CARD}|GD4199900000001"),)),
        ("0912 345 678", (("phone", "0912345678,+84912345678"),)),
        ("+84912345678", (("phone", "0912345678,+84912345678"),)),
        ("Nông Văn Thành 1959", (("name", "nong"), ("name", "van"), ("name", "thanh"), ("birthdate", "1959"))),
        ("nong thanh 12/4/1959", (("name", "nong"), ("name", "thanh"), ("birthdate", "1959-04-12"))),
        ("nong van thanh", (("name", "nong"), ("name", "van"), ("name", "thanh"))),
    ],
)
def test_one_box_understands_cards_numbers_telephones_and_names(typed: str, pairs: tuple[tuple[str, str], ...]) -> None:
    assert finding.wanted(typed).pairs == pairs


@pytest.mark.parametrize("typed", ["", "1959", "Thành", "nong thanh", "a|b|c", "12345"])
def test_what_could_be_half_the_province_is_not_looked_for(typed: str) -> None:
    with pytest.raises(NothingToFindBy):
        finding.wanted(typed)


def event(name: str, on: str, facility: str = "Trạm B") -> Event:
    """An event of the timeline."""
    return Event(
        on, Section.ENCOUNTERS, name, "", Source(f"Encounter/{name}", 1, facility, datetime(2026, 1, 1, tzinfo=UTC))
    )


def test_a_timeline_goes_no_farther_back_than_all_is_known() -> None:
    found = [event("a", "2026-05-03"), event("b", "2026-05-02"), event("c", "2026-05-01"), event("d", "2024-01-01")]
    made = timeline.together(found, ["2026-05-01"], "", 40, VIET_NAM)
    assert ([each.title for each in made.events], made.before) == (["a", "b"], "2026-05-02")


def test_days_of_the_timeline_are_those_of_the_clock_here() -> None:
    made = timeline.together(
        [event("a", "2026-10-31T18:00:00Z"), event("b", "2026-11-01T08:00:00+07:00")], [], "", 1, VIET_NAM
    )
    assert ([each.title for each in made.events], made.before) == (["b", "a"], "2026-11-01")


def test_a_timeline_of_one_facility_keeps_the_place_of_the_whole() -> None:
    found = [event("a", "2026-05-03"), event("b", "2026-05-02", "Bệnh viện A")]
    made = timeline.together(found, [], "Bệnh viện A", 40, VIET_NAM)
    assert ([each.title for each in made.events], made.facilities) == (["b"], ("Bệnh viện A", "Trạm B"))
