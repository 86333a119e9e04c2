"""What needs somebody, results in plain words, and the emergency card: pure."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from anlanh.access.audit.inquiry import Inquiry
from anlanh.services.portal.model import Card, Chosen, Contact, ContactNotUnderstood, NotABloodGroup, Visit, Whose
from anlanh.services.portal.rules import card, explaining, looking, needs
from anlanh.services.record.api import (
    Banner,
    Chart,
    Due,
    DueLine,
    Flag,
    Medicine,
    MedicineLine,
    ProblemLine,
    Result,
    ResultLine,
    Source,
    Standing,
)
from anlanh.services.record.model import Bounds

AT = datetime(2026, 11, 23, 5, tzinfo=UTC)
TODAY = date(2026, 11, 23)
BANNER = Banner("an", "Ma Thị An", "1980-01-01", "female", "", "", "", "", "")
SOURCE = Source("Observation/x", 1, "Trạm Y tế Linh Sơn", AT)
CHILD = Whose("Patient/con", "Ma Văn Con", "2026-01-01", "parent")


def _result(on: str = "2026-11-20", flag: Flag = Flag.NORMAL, code: str = "718-7") -> Result:
    bounds = Bounds(Decimal(12), Decimal(17))
    line = ResultLine(SOURCE, f"http://loinc.org|{code}", "Hemoglobin", "13", Decimal(13), "g/dL", bounds, flag, on)
    return Result(line, 1)


def _medicine(until: str, *, active: bool = True) -> Medicine:
    source = Source("MedicationRequest/m", 1, "Bệnh viện A", AT)
    return Medicine(
        "Amlodipin", "", (MedicineLine(source, "Amlodipin", "", "1 viên", "", until, active, False),), False
    )


def _of(chart: Chart | None = None, **given: object) -> list[str]:
    facts: dict[str, object] = {"visits": [], "family": [], "unread": 0, "questions": [], "looked": {}, **given}
    found = needs.of(chart or Chart(BANNER), at=AT, today=TODAY, **facts)  # type: ignore[arg-type]  # facts of a test
    return [each.title.into("vi") for each in found]


def test_a_day_without_anything_needs_nobody() -> None:
    assert _of() == []


def test_an_appointment_is_urgent_only_when_it_is_near() -> None:
    far = Visit(AT + timedelta(days=30), "Tái khám", "")
    near = Visit(AT + timedelta(days=2), "Siêu âm", "")
    found = needs.of(Chart(BANNER), [far, near], [], 0, [], AT, TODAY, {})
    assert [each.tone for each in found] == ["warn", "note"]
    assert found[0].title.into("vi") == "Lịch hẹn: Siêu âm, 05:00 25/11/2026"


def test_doses_that_are_due_are_told_of_everybody_in_the_family_and_those_to_come_are_not() -> None:
    due = DueLine("SOI", "Sởi", 1, TODAY, Due.DUE)
    coming = DueLine("MR", "Sởi, rubella", 1, TODAY, Due.COMING)
    family = [(CHILD, Chart(BANNER, due=(due, coming)), {})]
    found = needs.of(Chart(BANNER, due=(coming,)), [], family, 0, [], AT, TODAY, {})
    assert [(each.title.into("vi"), each.about, each.href) for each in found] == [
        ("Tiêm chủng của Ma Văn Con: 1 mũi đến hạn", "Sởi", "/cua-toi/tiem-chung#con")
    ]


@pytest.mark.parametrize(
    ("until", "told"),
    [("2026-11-22", 0), ("2026-11-23", 1), ("2026-11-30", 1), ("2026-12-01", 0), ("", 0), ("2026", 0)],
)
def test_a_medicine_is_told_of_in_its_last_week(until: str, told: int) -> None:
    assert len(_of(Chart(BANNER, medicines=(_medicine(until),)))) == told


def test_a_medicine_that_is_ordered_anew_does_not_run_out() -> None:
    old, new = _medicine("2026-11-25"), _medicine("2026-12-25")
    both = Medicine("Amlodipin", "", (*new.lines, *old.lines), False)
    assert _of(Chart(BANNER, medicines=(both,))) == []


def test_new_results_are_counted_and_those_outside_are_not_called_an_illness() -> None:
    chart = Chart(BANNER, results=(_result(), _result(flag=Flag.HIGH), _result(on="2026-01-01")))
    assert _of(chart) == ["2 kết quả mới, 1 ngoài khoảng thường gặp"]
    assert _of(Chart(BANNER, results=(_result(),))) == ["1 kết quả mới, đều trong khoảng thường gặp"]


def test_a_result_is_new_until_its_test_or_the_list_was_looked_at() -> None:
    line, before = _result().latest, AT - timedelta(days=1)
    assert [looking.is_new(line, seen, TODAY) for seen in ({}, {"": before}, {line.key: before})] == [True] * 3
    assert [looking.is_new(line, seen, TODAY) for seen in ({"": AT}, {line.key: AT})] == [False] * 2


def test_after_the_first_look_a_result_stays_new_however_old_it_grows() -> None:
    old = _result(on="2020-01-01").latest
    assert looking.is_new(old, {"": AT - timedelta(days=1)}, TODAY)
    assert not looking.is_new(old, {}, TODAY)


def test_one_has_looked_as_far_as_the_latest_line_that_was_shown() -> None:
    assert looking.until([_result().latest]) == AT
    assert looking.until([]) is None


def test_new_results_of_a_child_stand_under_its_name_and_lead_to_them_as_that_child() -> None:
    chart = Chart(BANNER, results=(_result(), _result(code="777-3", flag=Flag.LOW)))
    both = needs.of(Chart(BANNER), [], [(CHILD, chart, {})], 0, [], AT, TODAY, {})
    assert [(each.of, each.title.into("vi"), each.href) for each in both] == [
        ("Ma Văn Con", "2 kết quả mới, 1 ngoài khoảng thường gặp", "/cua-toi/ket-qua?nguoi=con")
    ]
    seen = {"http://loinc.org|777-3": AT}
    one = needs.of(Chart(BANNER), [], [(CHILD, chart, seen)], 0, [], AT, TODAY, {})
    assert [each.href for each in one] == ["/cua-toi/dien-bien?ma=http%3A%2F%2Floinc.org%7C718-7&nguoi=con"]
    assert needs.of(Chart(BANNER), [], [(CHILD, chart, {"": AT})], 0, [], AT, TODAY, {}) == []


def test_of_a_result_without_a_range_it_is_not_said_that_it_is_usual() -> None:
    words = ResultLine(SOURCE, "k", "HBsAg", "dương tính", None, "", Bounds(), Flag.NORMAL, "2026-11-20")
    assert _of(Chart(BANNER, results=(Result(words, 1),))) == ["1 kết quả mới"]


def test_messages_and_questions_wait_after_what_is_urgent() -> None:
    asked = Inquiry("1", 1, None, "Vì sao?", AT, AT + timedelta(days=2), None, "")
    titles = _of(Chart(BANNER, medicines=(_medicine("2026-11-25"),)), unread=2, questions=[asked])
    assert titles == [
        "Amlodipin còn dùng được 2 ngày",
        "2 tin nhắn chưa đọc",
        "Câu hỏi của ông/bà được trả lời chậm nhất ngày 25/11/2026",
    ]


def test_what_is_measured_is_said_only_where_there_are_words_for_it() -> None:
    assert explaining.what("http://loinc.org|718-7") is not None
    assert explaining.what("http://loinc.org|0-0") is None
    assert explaining.what("urn:here|718-7") is None


def test_a_value_without_a_range_gets_no_verdict() -> None:
    known = _result().latest
    unknown = ResultLine(SOURCE, "k", "Cân nặng", "60", Decimal(60), "kg", Bounds(), Flag.NORMAL, "2026-11-20")
    assert explaining.usual(known) == explaining.USUAL[Flag.NORMAL]
    assert explaining.usual(unknown) is None


def test_every_verdict_but_the_usual_comes_with_advice() -> None:
    assert set(explaining.ADVICE) == set(Flag) - {Flag.NORMAL}
    assert set(explaining.USUAL) == set(Flag)


def test_a_card_shows_illnesses_only_where_they_were_chosen() -> None:
    source = Source("Condition/hiv", 1, "", AT)
    problem = ProblemLine(source, "Bệnh kín", "", Standing.PRESENT, "", "", True)
    chart = Chart(BANNER, problems=(problem,), medicines=(_medicine(""),))
    assert card.of(chart, {}, [], card.choose([], "", "", "")).problems == ()
    chosen = card.of(chart, {}, [], card.choose(["Condition/hiv", "MedicationRequest/m"], "", "", ""))
    assert chosen.problems == ("Bệnh kín",)
    assert chosen.medicines == ("Amlodipin 1 viên",)


def test_a_choice_is_kept_and_read_again() -> None:
    choice = card.choose(["Condition/a"], "O+", "Bà Lành", "0912 345 678")
    kept = card.response(choice, "Patient/an", "Patient/an", AT)
    assert card.chosen(kept) == choice
    assert card.chosen(card.response(card.choose([], "", "", ""), "Patient/an", "Patient/an", AT)) == Chosen()
    assert card.chosen(None) == Chosen()


@pytest.mark.parametrize(("name", "phone"), [("Bà Lành", ""), ("", "0912345678"), ("Bà Lành", "123")])
def test_a_contact_needs_a_name_and_a_number(name: str, phone: str) -> None:
    with pytest.raises(ContactNotUnderstood):
        card.choose([], "", name, phone)


def test_a_blood_group_is_one_of_eight() -> None:
    with pytest.raises(NotABloodGroup):
        card.choose([], "C+", "", "")


def test_a_laboratory_knows_the_blood_group_better_than_the_person() -> None:
    def found(code: str, words: str) -> dict[str, object]:
        return {"code": {"coding": [{"code": code}]}, "valueCodeableConcept": {"text": words}}

    assert card.blood([found("882-1", "AB+")]) == "AB+"
    assert card.blood([found("10331-7", "Dương tính"), found("883-9", "B")]) == "B+"
    assert card.blood([]) == ""
    made = card.of(Chart(BANNER), {}, [found("882-1", "AB+")], card.choose([], "O-", "", ""))
    assert (made.blood, made.measured) == ("AB+", True)


def test_whom_to_call_is_whom_the_person_named_then_whom_the_record_names() -> None:
    person = {"contact": [{"name": {"family": "Ma", "given": ["Văn", "Bình"]}, "relationship": [{"text": "Chồng"}],
                           "telecom": [{"system": "phone", "value": "0987"}]}, {"name": {"text": "Không số"}}]}  # fmt: skip
    made = card.of(Chart(BANNER), person, [], card.choose([], "", "Bà Lành", "0912345678"))
    assert made.contacts == (Contact("Bà Lành", "", "0912345678"), Contact("Ma Văn Bình", "Chồng", "0987"))


def test_the_square_stays_small_enough_to_be_read() -> None:
    problems = tuple(f"Bệnh rất dài số {number}" for number in range(60))
    made = Card("A", "1980", "", "", False, (), problems, (), ())
    assert len(card.square(made)) == card.MOST_IN_SQUARE
