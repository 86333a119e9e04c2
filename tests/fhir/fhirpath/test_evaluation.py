"""Evaluation beyond the suites: types, primitives with extensions, the context, limits and messages."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from anlanh.fhir import fhirpath
from anlanh.fhir.fhirpath.problems import EvaluationProblem, FhirPathProblem, SemanticProblem, TooCostly
from anlanh.fhir.model import definitions

PATIENT: dict[str, Any] = {
    "resourceType": "Patient",
    "id": "p",
    "active": True,
    "name": [
        {"use": "official", "family": "Nguyễn", "given": ["An", None], "_given": [None, {"extension": [{"url": "x"}]}]},
        {"family": "Trần", "given": ["Lành"]},
    ],
    "birthDate": "1980-02-29",
    "_birthDate": {"id": "b", "extension": [{"url": "http://time", "valueDateTime": "1980-02-29T10:00:00+07:00"}]},
    "deceasedBoolean": False,
    "contained": [{"resourceType": "Organization", "id": "o", "name": "Trạm y tế"}],
    "managingOrganization": {"reference": "#o"},
    "generalPractitioner": [{"reference": "Practitioner/7"}],
}
NOW = fhirpath.Context(now=datetime(2026, 3, 1, 8, 30, tzinfo=UTC))


def evaluate(expression: str, focus: Any = PATIENT, context: fhirpath.Context = NOW) -> list[Any]:
    return [fhirpath.plain(item) for item in fhirpath.compile(expression)(focus, context)]


@pytest.mark.parametrize(
    ("expression", "wanted"),
    [
        ("Patient.name.given.count()", [3]),
        ("name.given.where(hasValue())", ["An", "Lành"]),
        ("name.given[1].extension.url", ["x"]),
        ("birthDate.extension('http://time').value", ["1980-02-29T10:00:00+07:00"]),
        ("birthDate.id", ["b"]),
        ("deceased is boolean", [True]),
        ("deceased.ofType(dateTime)", []),
        ("birthDate + 1 year", ["1981-02-28"]),
        ("managingOrganization.resolve().name", ["Trạm y tế"]),
        ("generalPractitioner.resolve() is Practitioner", [True]),
        ("today() > birthDate", [True]),
        ("timeOfDay()", ["08:30:00.000"]),
        ("%resource.id | %context.id | %rootResource.id", ["p"]),
        ("name.family.join(', ')", ["Nguyễn, Trần"]),
        ("0.1 + 0.2 = 0.3", [True]),
        ("1 year = 1 'a'", []),
        ("1 year ~ 1 'a'", [True]),
        ("1 'g' > 999 'mg'", [True]),
        ("1 'g' > 1 'mL'", []),
        ("Encounter.status", []),
        ("'2020-13'.toDate()", []),
        ("9223372036854775807L + 0L", [9223372036854775807]),
        ("(3 | 1 | 2).sort($this desc)", [3, 2, 1]),
        ("@T23:30 + 1 hour", ["00:30"]),
        ("{}.combine(1 | 2).aggregate($total + $this, 0)", [3]),
        ("'a,b'.split(',').select($index)", [0, 1]),
        ("coalesce(name.suffix, 'none')", ["none"]),
        ("name.select(iif(use.exists(), 'used', 'free'))", ["used", "free"]),
        ("'Nguyễn'.matches('^[^0-9]+$')", [True]),
        ("'x-12'.replaceMatches('(\\\\w)-(\\\\d+)', '$2-$1')", ["12-x"]),
    ],
)
def test_expressions_give_their_values(expression: str, wanted: list[Any]) -> None:
    assert evaluate(expression) == wanted


def test_decimals_keep_the_digits_they_were_written_with() -> None:
    observation = {"resourceType": "Observation", "valueQuantity": {"value": Decimal("1.00"), "code": "mg"}}
    assert str(evaluate("value.value", observation)[0]) == "1.00"
    assert evaluate("value = 0.001 'g'", observation) == [True]


def test_an_element_can_be_the_focus() -> None:
    name = fhirpath.compile("Patient.name.first()")(PATIENT)[0]
    assert evaluate("family", name) == ["Nguyễn"]
    assert fhirpath.compile("given.exists() or family.exists()").holds(name)


def test_variables_and_the_trace_come_from_the_context() -> None:
    seen: list[tuple[str, int]] = []
    context = fhirpath.Context(
        variables={"limit": 2, "names": ["An", "Bình"]}, trace=lambda name, items: seen.append((name, len(items)))
    )
    assert evaluate("name.given.where($this in %names).trace('kept').count() < %limit", context=context) == [True]
    assert seen == [("kept", 1)]


def test_a_resolver_and_a_profile_check_can_be_handed_in() -> None:
    context = fhirpath.Context(
        resolver=lambda reference: {"resourceType": "Practitioner", "gender": reference[-1]},
        conforms_to=lambda value, profile: profile == "p" and value["id"] == "p",
    )
    assert evaluate("generalPractitioner.resolve().gender", context=context) == ["7"]
    assert evaluate("conformsTo('p')", context=context) == [True]


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("name.nonsense()", "FHIRPath does not know the function nonsense() at line 1, column 6"),
        ("name.ofType(Nonsense)", "FHIRPath does not know the type Nonsense at line 1, column 6"),
        ("name.where(%nothing)", "FHIRPath does not know the variable %nothing at line 1, column 12"),
        ("name.family.length()", "FHIRPath expects a single item, there are 2 at line 1, column 13"),
        ("name.first() + 1", "FHIRPath cannot calculate '+' with FHIR.HumanName at line 1, column 14"),
        ("active < 'a'", "FHIRPath cannot compare System.Boolean with System.String at line 1, column 8"),
        ("name.take('a')", "FHIRPath take() expects Integer, not System.String at line 1, column 6"),
        ("name.first(1)", "FHIRPath function first() takes 0 arguments, not 1 at line 1, column 6"),
    ],
)
def test_faults_name_the_reason_and_the_place(expression: str, message: str) -> None:
    with pytest.raises(FhirPathProblem) as fault:
        evaluate(expression)
    assert fault.value.text.splitlines()[0] == message + ":"


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("name.given1", "finds no element given1 in HumanName"),
        ("Encounter.status", "is for Encounter, the focus is Patient"),
        ("deceasedBoolean", "reaches deceasedBoolean by the name of the element: deceased"),
        ("name.upper()", "gives upper() HumanName instead of a String"),
        ("iif('x', 1, 2)", "needs a Boolean as the criterion of iif()"),
        ("name.where(period.begin.exists())", "finds no element begin in Period"),
    ],
)
def test_strict_checking_finds_what_the_model_does_not_have(expression: str, reason: str) -> None:
    with pytest.raises(SemanticProblem) as fault:
        fhirpath.compile(expression, "Patient")
    assert fault.value.reason == reason


def test_every_invariant_of_the_definitions_compiles() -> None:
    types = definitions.load().types.values()
    found = {each.expression for type_ in types for element in type_.elements.values() for each in element.constraints}
    assert all(fhirpath.compile(expression) for expression in found)


@pytest.mark.parametrize(
    "expression",
    [
        "'" + "a" * 40 + "!'.matches('^(a|aa)+$')",
        "(1|2|3|4|5|6|7|8|9).select(1|2|3|4|5|6|7|8|9).where('" + "a" * 28 + "!'.matches('^(a|aa)+$'))",
        "%context.descendants().select(%context.descendants()).select(%context.descendants())"
        ".select('a'.replace('a', '" + "b" * 60_000 + "').upper().length())",
        "(1 | 2).repeatAll($this | $this + 1)",
        "1.repeat($this + 1)",
        "(1|2|3|4|5|6|7|8|9).aggregate($total.combine($total).combine($total).combine($total).combine($total), 1|2|3)"
        ".select(%context.descendants()).select(%context.descendants()).select(%context.descendants())",
        "('a'.replace('a', 'aaaaaaaaaa'))" + ".replace('a', 'aaaaaaaaaa')" * 9,
        "'x'.matches('" + "(" * 500 + ")" * 500 + "{1000}')" + ".select('y'.matches('" + "a?" * 1500 + "'))",
    ],
)
def test_hostile_expressions_are_stopped(expression: str) -> None:
    with pytest.raises((TooCostly, EvaluationProblem)):
        evaluate(expression)
