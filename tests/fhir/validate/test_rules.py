"""The table of rules is whole: every rule in both languages, with codes that FHIR has, and used somewhere."""

from __future__ import annotations

from pathlib import Path
from string import Formatter

from anlanh.fhir.model import definitions
from anlanh.fhir.validate import valuesets
from anlanh.fhir.validate.rules import RULES

SOURCES = Path(__file__).parents[3] / "src" / "anlanh" / "fhir" / "validate"


def facts(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def codes(value_set: str) -> set[str]:
    pairs = valuesets.codes_of(f"http://hl7.org/fhir/ValueSet/{value_set}", definitions.load().resource)
    return {code for _, code in pairs or ()}


def test_both_languages_tell_the_same_facts() -> None:
    assert [key for key, rule in RULES.items() if not rule.vi or facts(rule.en) != facts(rule.vi)] == []


def test_codes_and_severities_are_those_of_fhir() -> None:
    assert {rule.code for rule in RULES.values()} <= codes("issue-type")
    assert {rule.severity for rule in RULES.values()} <= codes("issue-severity")


def test_no_rule_is_left_that_nothing_breaks() -> None:
    code = "".join(path.read_text(encoding="utf-8") for path in SOURCES.glob("*.py"))
    made_up = {"not-fixed", "not-pattern", "beyond-minValue", "beyond-maxValue"}
    assert [key for key in RULES if f'"{key}"' not in code and key not in made_up] == []
