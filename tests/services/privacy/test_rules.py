"""Words and pages of the list: pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from anlanh.access.audit.looks import Look
from anlanh.access.policy import rules as policy
from anlanh.services.privacy import rules

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)


def look(number: int, role: str = "doctor", **types: int) -> Look:
    """A look, the older the smaller its number."""
    at = NOW - timedelta(hours=100 - number)
    return Look(
        number, at, at, 1, "Practitioner/x", "BS. X", role, "Organization/h", "Bệnh viện H", "", "R", "TREAT", "treatment",
        types or {"Patient": 1}, "", "", role in ("app", "system"), False,
    )  # fmt: skip


def test_a_line_says_it_in_words_people_use() -> None:
    line = rules.line(look(1, Condition=2, Observation=1, MolecularSequence=1, BodyStructure=2))
    assert (line.role.vi, line.rule.vi, line.purpose.into("vi")) == (
        "Bác sĩ",
        "Đang khám, chữa bệnh tại cơ sở",
        "khám, chữa bệnh",
    )
    assert [(title.into("vi"), count) for title, count in line.parts] == [
        ("Bệnh tật, chẩn đoán", 2), ("Kết quả xét nghiệm, chỉ số đo", 1), ("Phần khác của hồ sơ", 3),
    ]  # fmt: skip


def test_every_purpose_of_every_role_has_words() -> None:
    purposes = {each for role in policy.load().roles.values() for each in role.purposes}
    assert purposes <= set(rules.PURPOSES)


def test_what_is_shown_first_of_a_record_has_words() -> None:
    assert {*rules.ITEM_TYPES, *rules.EMERGENCY_TYPES} <= set(rules.TYPES)


def test_pages_follow_each_other_without_a_gap_and_programs_are_folded_into_the_first() -> None:
    looks = [look(number) for number in range(90, 0, -1)]
    looks.insert(3, look(87, "system"))
    seen: list[int] = []
    place, page = None, 0
    first = rules.paged(looks, None, 0, None)
    assert [each.look.seq for each in first.machines] == [87]
    following = first.following
    seen += [each.look.seq for each in first.lines]
    while following:
        place, page = rules.unmark(following)
        found = rules.paged(looks, None, page, place)
        assert found.machines == ()
        seen += [each.look.seq for each in found.lines]
        following = found.following
    assert seen == list(range(90, 0, -1))
    assert place == (looks[0].last_at, looks[0].seq + 1)


def test_where_the_window_of_the_log_ends_the_next_page_begins() -> None:
    window = (NOW, 5)
    assert rules.unmark(rules.paged([look(1)], window, 0, None).following) == (window, 0)


@pytest.mark.parametrize("text", ["", "x", "é", "AAAA.1", "MjAyNg.2", "MjAyNg.-1", "...."])
def test_an_address_that_is_none_of_ours_leads_to_the_beginning(text: str) -> None:
    assert rules.unmark(text) == (None, 0)


def test_a_resource_is_told_in_a_line() -> None:
    pressure = {
        "resourceType": "Observation", "id": "o", "code": {"text": "Huyết áp"}, "effectiveDateTime": "2026-11-01",
        "component": [{"code": {"text": "Tâm thu"}, "valueQuantity": {"value": 150, "unit": "mmHg"}}],
    }  # fmt: skip
    item = rules.item(pressure)
    assert (item.reference, item.title, item.detail, item.on) == (
        "Observation/o",
        "Huyết áp",
        "Tâm thu 150 mmHg",
        "2026-11-01",
    )
    cold = {"resourceType": "Condition", "id": "c", "code": {"coding": [{"code": "J00"}]},
            "clinicalStatus": {"coding": [{"code": "resolved"}]}}  # fmt: skip
    item = rules.item(cold)
    assert item.standing is not None
    assert (item.title, item.standing.into("vi")) == ("J00", "đã khỏi")


def test_what_was_prescribed_every_month_is_one_line() -> None:
    monthly = [
        rules.item({"resourceType": "MedicationRequest", "id": str(month), "authoredOn": f"2026-{month:02}-01",
                    "medicationCodeableConcept": {"text": "Amlodipin"}})
        for month in range(1, 10)
    ]  # fmt: skip
    assert [each.on for each in rules.latest(monthly)] == ["2026-09-01"]
