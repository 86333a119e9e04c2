"""Answers against their questionnaire."""

from __future__ import annotations

from typing import Any

import pytest

from anlanh.fhir.model import definitions
from anlanh.fhir.validate import Validator

FORM = "http://an.example/form"
EXT = "http://hl7.org/fhir/StructureDefinition/"


def answers(*values: dict[str, Any], link: str = "q") -> list[dict[str, Any]]:
    return [{"linkId": link, "answer": list(values)}]


def said(
    questions: list[dict[str, Any]], items: list[dict[str, Any]], status: str = "completed"
) -> set[tuple[str, str]]:
    """Rules broken and their places, below the response."""
    form = {"resourceType": "Questionnaire", "url": FORM, "status": "active", "item": questions}
    response = {"resourceType": "QuestionnaireResponse", "questionnaire": FORM, "status": status, "item": items}
    issues = Validator(definitions.load(), [form]).validate(response)
    return {(issue.rule, issue.expression.removeprefix("QuestionnaireResponse.")) for issue in issues if issue.fails}


def question(kind: str, **properties: Any) -> list[dict[str, Any]]:
    return [{"linkId": "q", "type": kind, **properties}]


def extended(kind: str, name: str, **value: Any) -> list[dict[str, Any]]:
    return question(kind, repeats=True, extension=[{"url": EXT + name, **value}])


OPTIONS = [{"valueCoding": {"system": "urn:a", "code": "1"}}, {"valueCoding": {"system": "urn:a", "code": "2"}}]


@pytest.mark.parametrize(
    ("questions", "value", "issue"),
    [
        (question("integer"), {"valueString": "3"}, ("answer-type", "item[0].answer[0].value")),
        (question("group"), {"valueString": "3"}, ("answer-to-no-question", "item[0]")),
        (question("display"), {"valueString": "3"}, ("answer-to-no-question", "item[0]")),
        (
            question("choice", answerOption=OPTIONS),
            {"valueCoding": {"system": "urn:a", "code": "3"}},
            ("answer-not-option", "item[0].answer[0]"),
        ),
        (
            question("choice", answerOption=OPTIONS),
            {"valueString": "3"},
            ("answer-no-option-of-type", "item[0].answer[0]"),
        ),
        (
            question("choice", answerValueSet="http://hl7.org/fhir/ValueSet/administrative-gender"),
            {"valueCoding": {"system": "http://hl7.org/fhir/administrative-gender", "code": "x"}},
            ("answer-not-in-value-set", "item[0].answer[0]"),
        ),
        (question("string", maxLength=2), {"valueString": "abc"}, ("answer-too-long", "item[0].answer[0].value")),
        (
            extended("string", "minLength", valueInteger=4),
            {"valueString": "abc"},
            ("answer-too-short", "item[0].answer[0].value"),
        ),
        (
            extended("string", "regex", valueString="[0-9]+"),
            {"valueString": "abc"},
            ("answer-not-of-form", "item[0].answer[0].value"),
        ),
        (
            extended("integer", "minValue", valueInteger=4),
            {"valueInteger": 3},
            ("beyond-minValue", "item[0].answer[0].value"),
        ),
        (
            extended("date", "maxValue", valueDate="2020"),
            {"valueDate": "2021"},
            ("beyond-maxValue", "item[0].answer[0].value"),
        ),
        (
            extended("attachment", "mimeType", valueCode="image/gif"),
            {"valueAttachment": {"contentType": "image/png"}},
            ("answer-mime-type", "item[0].answer[0]"),
        ),
        (
            extended("attachment", "maxSize", valueDecimal=3),
            {"valueAttachment": {"size": 4}},
            ("answer-too-large", "item[0].answer[0]"),
        ),
        (
            extended("reference", "questionnaire-referenceResource", valueCode="Patient"),
            {"valueReference": {"reference": "Organization/1"}},
            ("target-type", "item[0].answer[0].value"),
        ),
        (
            extended(
                "quantity", "questionnaire-unitOption", valueCoding={"system": "http://unitsofmeasure.org", "code": "m"}
            ),
            {"valueQuantity": {"value": 1, "system": "http://unitsofmeasure.org", "code": "kg"}},
            ("answer-unit", "item[0].answer[0].value"),
        ),
    ],
)
def test_an_answer_that_does_not_fit_its_question_is_named(
    questions: list[dict[str, Any]], value: dict[str, Any], issue: tuple[str, str]
) -> None:
    assert issue in said(questions, answers(value))


@pytest.mark.parametrize(
    ("questions", "value"),
    [
        (question("integer"), {"valueInteger": 3}),
        (question("open-choice", answerOption=OPTIONS), {"valueString": "free"}),
        (question("choice", answerOption=OPTIONS), {"valueCoding": {"system": "urn:a", "code": "2", "display": "x"}}),
        (extended("string", "regex", valueString="[0-9]+"), {"valueString": "42"}),
        (extended("date", "maxValue", valueDate="2020"), {"valueDate": "2020"}),
    ],
)
def test_a_fitting_answer_has_no_issues(questions: list[dict[str, Any]], value: dict[str, Any]) -> None:
    assert said(questions, answers(value)) == set()


def test_a_required_answer_is_needed_once_the_response_is_finished() -> None:
    asked = question("string", required=True)
    assert said(asked, answers({"valueString": "x"}, link="q")) == set()
    assert ("answer-missing", "QuestionnaireResponse") in said(asked, [{"linkId": "q"}])
    assert said(asked, [{"linkId": "q", "text": "later"}], status="in-progress") == set()


def test_items_stand_where_the_questionnaire_has_them() -> None:
    asked = [
        {"linkId": "g", "type": "group", "item": [{"linkId": "in", "type": "string"}]},
        {"linkId": "q", "type": "string"},
    ]
    group = {"linkId": "g", "item": answers({"valueString": "x"}, link="in")}
    assert said(asked, [group, *answers({"valueString": "x"})]) == set()
    assert said(asked, [*answers({"valueString": "x"}), group]) == {("item-out-of-order", "item[1]")}
    assert said(asked, answers({"valueString": "x"}, link="in")) == {("link-misplaced", "QuestionnaireResponse")}
    assert said(asked, answers({"valueString": "x"}, link="no")) == {("link-unknown", "QuestionnaireResponse")}


def test_more_answers_than_the_question_takes_are_named() -> None:
    two = answers({"valueString": "x"}, {"valueString": "y"})
    assert said(question("string"), two) == {("answer-repeated", "item[0]")}
    assert said(question("string", repeats=True), two) == set()
    assert said(extended("string", "questionnaire-maxOccurs", valueInteger=1), two) == {("answers-too-many", "item[0]")}


def test_an_exclusive_option_stands_alone() -> None:
    alone = {**OPTIONS[0], "extension": [{"url": EXT + "questionnaire-optionExclusive", "valueBoolean": True}]}
    asked = question("choice", repeats=True, answerOption=[alone, OPTIONS[1]])
    assert said(asked, answers(OPTIONS[0])) == set()
    assert said(asked, answers(OPTIONS[1], OPTIONS[0])) == {("answer-exclusive", "item[0].answer[1]")}


@pytest.mark.parametrize(
    ("operator", "wanted", "given", "enabled"),
    [
        ("=", {"answerInteger": 3}, [{"valueInteger": 3}], True),
        ("=", {"answerInteger": 3}, [{"valueInteger": 4}], False),
        ("!=", {"answerInteger": 3}, [{"valueInteger": 4}], True),
        (">", {"answerInteger": 3}, [{"valueInteger": 4}], True),
        ("<=", {"answerInteger": 3}, [{"valueInteger": 4}], False),
        ("exists", {"answerBoolean": True}, [{"valueInteger": 4}], True),
        ("exists", {"answerBoolean": False}, [{"valueInteger": 4}], False),
    ],
)
def test_a_question_is_answered_only_when_it_is_enabled(
    operator: str, wanted: dict[str, Any], given: list[dict[str, Any]], enabled: bool
) -> None:
    condition = {"question": "first", "operator": operator, **wanted}
    asked = [
        {"linkId": "first", "type": "integer"},
        {"linkId": "q", "type": "string", "required": True, "enableWhen": [condition]},
    ]
    first = answers(*given, link="first")
    both = said(asked, [*first, *answers({"valueString": "x"})])
    assert (both == set()) == enabled
    assert (said(asked, first) == {("answer-missing", "QuestionnaireResponse")}) == enabled


def test_a_pattern_that_would_run_for_ever_does_not() -> None:
    asked = extended("string", "regex", valueString="(a+)+$")
    assert said(asked, answers({"valueString": "a" * 40 + "!"})) <= {("answer-not-of-form", "item[0].answer[0].value")}
