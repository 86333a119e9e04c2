"""Forms read, filled in, reckoned, put together and decided on: pure."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from anlanh.fhir.store import record as records
from anlanh.services.declaration.model import FormNotUsable, Rule
from anlanh.services.declaration.rules import answering, deciding, reading
from anlanh.services.declaration.store import forms
from tests.services.declaration.forms import EXTENSION, form, option, question, when

NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)
SHIPPED = {each["url"].rpartition("/")[2]: each for each in forms.shipped()}
VALIDATOR = records.new("Asia/Ho_Chi_Minh").validator
WITHOUT_SOURCE = {"sot-ho-hap": ["Tím tái, li bì, lú lẫn, hoặc không uống được"]}
"""Urgent lines that rest on no guideline, and cite none: the guideline on these signs is for children."""
FORMS = [name for name, each in SHIPPED.items() if each["resourceType"] == "Questionnaire"]


def typed(**answers: Any) -> dict[str, tuple[str, ...]]:
    """What was typed; `_` for `-` in names."""
    return {
        name.replace("_", "-"): tuple(value) if isinstance(value, list | tuple) else (str(value),)
        for name, value in answers.items()
    }


def nodes(questionnaire: dict[str, Any], answers: dict[str, tuple[str, ...]]) -> dict[str, answering.Node]:
    """The nodes of a form by key."""
    return {each.key: each for each in answering.flat(answering.answered(reading.form_of(questionnaire), answers))}


def outcome(name: str, **answers: Any) -> Rule:
    """What follows from a shipped form."""
    found = reading.form_of(SHIPPED[name])
    given = answering.reckoned(found, typed(**answers), NOW)
    response = deciding.response(
        found, answering.items_of(answering.answered(found, given)), "", "", "completed", "2026-11-23"
    )
    rule = deciding.outcome(reading.rules_of(SHIPPED[f"quy-tac-{name}"]), response, NOW)
    assert rule
    return rule


def colour(name: str, **answers: Any) -> str:
    """Which colour that is."""
    return outcome(name, **answers).colour


@pytest.mark.parametrize(
    ("kind", "text", "answer"),
    [
        ("boolean", "true", {"valueBoolean": True}),
        ("integer", "-3", {"valueInteger": -3}),
        ("decimal", "38,5", {"valueDecimal": Decimal("38.5")}),
        ("quantity", "62.0", {"valueQuantity": {"value": Decimal("62.0")}}),
        ("date", "05/03/1985", {"valueDate": "1985-03-05"}),
        ("dateTime", "2026-11-23", {"valueDateTime": "2026-11-23"}),
        ("time", "14:05", {"valueTime": "14:05:00"}),
        ("string", "Hà", {"valueString": "Hà"}),
        ("text", "Hà", {"valueString": "Hà"}),
        ("url", "https://x.vn", {"valueUri": "https://x.vn"}),
        ("open-choice", "khác", {"valueString": "khác"}),
    ],
)
def test_what_is_typed_becomes_an_answer_of_its_type(kind: str, text: str, answer: dict[str, Any]) -> None:
    found = nodes(form(question("q", kind)), {"q": (text,)})["q"]
    assert (found.answers, found.fault) == ((answer,), None)


@pytest.mark.parametrize(
    ("kind", "text"),
    [("boolean", "maybe"), ("integer", "3.5"), ("decimal", "NaN"), ("date", "31/02/2026"), ("time", "25:00"),
     ("url", "javascript:x"), ("dateTime", "soon"), ("choice", "unknown"), ("string", "x" * 2001)],
)  # fmt: skip
def test_what_is_no_answer_is_said_beside_the_question(kind: str, text: str) -> None:
    found = nodes(form(question("q", kind, answerOption=[option("a")])), {"q": (text,)})["q"]
    assert found.fault
    assert found.values == (text,)


def test_bounds_are_kept() -> None:
    bounds = [{"url": f"{EXTENSION}minValue", "valueInteger": 0}, {"url": f"{EXTENSION}maxValue", "valueInteger": 130}]
    asked = form(question("q", "integer", extension=bounds))
    assert [bool(nodes(asked, {"q": (each,)})["q"].fault) for each in ("-1", "0", "130", "131")] == [
        True,
        False,
        False,
        True,
    ]


def test_a_question_is_asked_only_when_its_condition_holds_and_its_answer_goes_with_it() -> None:
    asked = form(question("fever"), question("since", "date", required=True, enableWhen=[when("fever")]))
    found = reading.form_of(asked)
    yes = answering.answered(found, typed(fever="true"))
    no = answering.answered(found, typed(fever="false", since="2026-11-20"))
    assert (list(answering.faults(yes)), list(answering.faults(no))) == (["since"], [])
    assert [each["linkId"] for each in answering.items_of(no)] == ["fever"]


@pytest.mark.parametrize(
    ("condition", "value", "asked"),
    [
        (when("n", ">", answerInteger=5), "6", True),
        (when("n", ">", answerInteger=5), "5", False),
        (when("n", "<=", answerInteger=5), "5", True),
        (when("n", "!=", answerInteger=5), "5", False),
        (when("n", "exists", answerBoolean=True), "", False),
        (when("n", "exists", answerBoolean=False), "", True),
    ],
)
def test_conditions_compare_as_fhir_says(condition: dict[str, Any], value: str, asked: bool) -> None:
    found = nodes(form(question("n", "integer"), question("q", enableWhen=[condition])), {"n": (value,)})
    assert found["q"].enabled is asked


def test_of_several_conditions_all_or_any_count() -> None:
    both = [when("a"), when("b")]
    asked = form(
        question("a"), question("b"), question("all", enableWhen=both, enableBehavior="all"),
        question("any", enableWhen=both, enableBehavior="any"),
    )  # fmt: skip
    found = nodes(asked, typed(a="true", b="false"))
    assert (found["all"].enabled, found["any"].enabled) == (False, True)


def test_what_depends_on_a_question_that_is_not_asked_is_not_asked_either() -> None:
    asked = form(question("a"), question("b", enableWhen=[when("a")]), question("c", enableWhen=[when("b")]))
    assert not nodes(asked, typed(a="false", b="true"))["c"].enabled


def test_each_round_of_a_group_looks_at_its_own_answers_first() -> None:
    group = question(
        "g", "group", repeats=True, item=[question("was"), question("where", "string", enableWhen=[when("was")])]
    )
    found = nodes(form(group), {"g:0:was": ("true",), "g:1:was": ("false",), "g:1:where": ("x",)})
    assert (found["g:0:where"].enabled, found["g:1:where"].enabled) == (True, False)


def test_what_is_kept_comes_back_as_it_was_typed() -> None:
    group = question("g", "group", repeats=True, item=[question("n", "integer"), question("d", "date")])
    asked = reading.form_of(form(question("c", "choice", repeats=True, answerOption=[option("a"), option("b")]), group))
    given = {"c": ("a", "b"), "g:0:n": ("3",), "g:1:n": ("4",), "g:1:d": ("2026-11-23",)}
    assert answering.typed_of(asked, answering.items_of(answering.answered(asked, given))) == given


def test_a_form_reckons_its_own_score() -> None:
    expression = "%resource.repeat(item).answer.value.extension('http://hl7.org/fhir/StructureDefinition/ordinalValue').value.aggregate($this + $total, 0)"  # noqa: E501
    calculated = [{"url": f"{reading.SDC}calculatedExpression", "valueExpression": {"expression": expression}}]
    points = [option("no", 0), option("much", 3)]
    asked = form(
        question("a", "choice", answerOption=points), question("b", "choice", answerOption=points),
        question("sum", "integer", extension=calculated, readOnly=True),
    )  # fmt: skip
    assert answering.reckoned(reading.form_of(asked), typed(a="much", b="much"), NOW)["sum"] == ("6",)


def test_what_the_record_knows_is_filled_in() -> None:
    patient = {
        "resourceType": "Patient", "birthDate": "1960-02-03", "address": [{"city": "Xã Phú Đình", "line": ["Xóm 3"]}],
        "telecom": [{"system": "phone", "value": "0912345678"}],
    }  # fmt: skip
    found = answering.prefilled(reading.form_of(SHIPPED["sot-ho-hap"]), patient, NOW)
    assert found == typed(tuoi="66", xa="Xã Phú Đình", dia_chi="Xóm 3", dien_thoai="0912345678")


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"purpose": ""}, "purpose"),
        ({"extension": []}, "days"),
        ({"extension": [{"url": reading.DELETE_AFTER, "valueInteger": 4000}]}, "days"),
        ({"url": "https://elsewhere/Questionnaire/x"}, "url"),
        ({"item": [question("a"), question("a")]}, "twice"),
        ({"item": [question("a", "attachment")]}, "attachment"),
        ({"item": [question("a", enableWhen=[when("b")]), question("b")]}, "before"),
        ({"item": [question("a", "choice")]}, "answerOption"),
    ],
)
def test_a_form_that_does_not_tell_people_what_they_must_know_is_not_published(wrong: dict[str, Any], why: str) -> None:
    with pytest.raises(FormNotUsable, match=why):
        reading.check(form(question("q"), **wrong))


@pytest.mark.parametrize("name", FORMS)
def test_the_forms_that_come_with_the_program_are_good(name: str) -> None:
    found = reading.check(SHIPPED[name])
    plan = SHIPPED[f"quy-tac-{name}"]
    assert [each.text for one in (SHIPPED[name], plan) for each in VALIDATOR.validate(one) if each.fails] == []
    lines = reading.rules_of(plan)
    assert (plan["version"], lines[-1].expression, lines[-1].colour) == (found.version, "", "green")
    assert all(each.when and each.title and each.advice for each in lines)
    without = [each.when for each in lines if each.colour in ("red", "orange") and not each.source]
    assert without == WITHOUT_SOURCE.get(name, [])


@pytest.mark.parametrize(
    ("name", "answers", "wanted"),
    [
        ("sot-ho-hap", {"tuoi": 30, "sot": "false", "ho": "false", "benh_nen": "false", "tiep_xuc": "false"}, "green"),
        ("sot-ho-hap", {"tuoi": 30, "sot": "true", "ho": "true", "benh_nen": "false", "tiep_xuc": "false"}, "yellow"),
        ("sot-ho-hap", {"tuoi": 70, "sot": "true", "ho": "true", "benh_nen": "false", "tiep_xuc": "false"}, "orange"),
        ("sot-ho-hap", {"tuoi": 30, "sot": "true", "nhiet_do": "39", "ho": "false"}, "orange"),
        ("sot-ho-hap", {"tuoi": 30, "sot": "false", "ho": "true", "dau_hieu": ["kho-tho", "tim-tai"]}, "red"),
        ("sot-xuat-huyet", {"tuoi": 20, "sot": "false"}, "green"),
        ("sot-xuat-huyet", {"tuoi": 20, "sot": "true"}, "yellow"),
        ("sot-xuat-huyet", {"tuoi": 20, "sot": "true", "co_thai": "true"}, "orange"),
        ("sot-xuat-huyet", {"tuoi": 20, "sot": "true", "canh_bao": ["dau-bung"]}, "orange"),
        ("sot-xuat-huyet", {"tuoi": 20, "sot": "true", "canh_bao": ["dau-bung", "lanh-chi"]}, "red"),
        ("tay-chan-mieng", {"tuoi_thang": 30, "sot": "false"}, "green"),
        ("tay-chan-mieng", {"tuoi_thang": 30, "sot": "false", "noi_phong": ["tay"]}, "yellow"),
        ("tay-chan-mieng", {"tuoi_thang": 30, "sot": "true", "sot_cao": "true", "noi_phong": ["tay"]}, "orange"),
        ("tay-chan-mieng", {"tuoi_thang": 30, "sot": "true", "nang": ["co-giat"]}, "red"),
        ("phq-9", {f"phq_{n}": "0" for n in range(1, 10)}, "green"),
        ("phq-9", {f"phq_{n}": "1" for n in range(1, 9)} | {"phq_9": "0", "phq_1": "3"}, "yellow"),
        ("phq-9", {f"phq_{n}": "2" for n in range(1, 9)} | {"phq_9": "0"}, "orange"),
        ("phq-9", {f"phq_{n}": "0" for n in range(1, 9)} | {"phq_9": "1"}, "red"),
    ],
)
def test_the_advice_follows_from_the_answers(name: str, answers: dict[str, Any], wanted: str) -> None:
    assert colour(name, **answers) == wanted


def test_what_is_kept_stands_before_the_validator_of_the_engine() -> None:
    found = reading.form_of(SHIPPED["tay-chan-mieng"])
    given = typed(tuoi_thang="30", sot="false", noi_phong=["tay", "mieng"], di_hoc="false", xa="Linh Sơn")
    items = answering.items_of(answering.answered(found, given))
    response = deciding.response(found, items, "Patient/a", "Patient/m", "completed", "2026-11-23")
    good = VALIDATOR.validate(deciding.checkable(SHIPPED["tay-chan-mieng"], response))
    assert [each.text for each in good if each.fails] == []
    del response["item"][0]["item"][0]
    bad = VALIDATOR.validate(deciding.checkable(SHIPPED["tay-chan-mieng"], response))
    assert [each.text for each in bad if each.fails] != []


def test_two_people_s_answers_go_together_and_what_differs_is_shown() -> None:
    base, theirs = typed(a="1", b="1", c="1"), typed(a="2", b="1", c="2", d="4")
    both = deciding.merged(base, theirs, typed(a="1", b="3", c="3"))
    assert both.answers == typed(a="2", b="3", c="3", d="4")
    assert both.conflicts == typed(c="2")


def test_a_field_left_empty_takes_nothing_from_who_filled_it_and_one_made_empty_does() -> None:
    both = deciding.merged(typed(b="1"), typed(a="2", b="1"), typed(a="", b=""))
    assert (both.answers, both.conflicts) == (typed(a="2"), {})


def test_the_first_rule_that_is_true_counts_and_a_broken_one_does_not() -> None:
    lines = [
        Rule("", each, name, "", "", "") for name, each in (("red", "item.foo("), ("orange", "false"), ("green", ""))
    ]
    found = deciding.outcome(lines, {"resourceType": "QuestionnaireResponse"}, NOW)
    assert found
    assert found.colour == "green"


def test_the_day_of_erasure_is_counted_here_not_in_london() -> None:
    found = reading.form_of(SHIPPED["sot-ho-hap"])
    late = datetime(2026, 11, 23, 18, tzinfo=UTC)
    assert deciding.delete_on(found, late, ZoneInfo("Asia/Ho_Chi_Minh")) == date(2026, 12, 24)


def test_a_red_outcome_cites_the_guideline_for_children_only_for_children() -> None:
    sick = {"sot": "false", "ho": "true", "dau_hieu": ["li-bi"]}
    child, grown = outcome("sot-ho-hap", tuoi=4, **sick), outcome("sot-ho-hap", tuoi=30, **sick)
    assert (child.colour, grown.colour, child.advice) == ("red", "red", grown.advice)
    assert "IMCI" in child.source
    assert grown.source == ""


@pytest.mark.parametrize("name", ["sot-ho-hap", "sot-xuat-huyet", "phq-9"])
def test_shipped_forms_address_nobody_as_a_friend(name: str) -> None:
    found = reading.form_of(SHIPPED[name])
    assert " bạn" not in " ".join([found.purpose, *(each.text for each in reading.walk(found.items))])


@pytest.mark.parametrize(
    ("others", "opens"),
    [
        ([], True),
        ([("1.0.0", "active")], True),
        ([("1.0.0", "retired")], False),
        ([("2.0.0", "active")], False),
        ([("1.0.0", "retired"), ("1.0.5", "active")], True),
    ],
)
def test_a_shipped_version_opens_unless_the_form_was_closed_or_is_newer_here(
    others: list[tuple[str, str]], opens: bool
) -> None:
    assert reading.opens("1.1.0", [{"version": each, "status": status} for each, status in others]) is opens
