"""The statement of what terminology can do."""

from __future__ import annotations

from anlanh.fhir.model import definitions
from anlanh.fhir.terminology.capabilities import capabilities
from anlanh.fhir.validate import Validator

FOUND = capabilities("AnLanh", "1.0.0", "2026-11-23", [("urn:b", "2"), ("urn:b", "1"), ("urn:a", None)])


def test_the_statement_is_valid_fhir() -> None:
    assert [issue for issue in Validator(definitions.load()).validate(FOUND) if issue.fails] == []


def test_code_systems_stand_with_all_their_versions() -> None:
    assert FOUND["codeSystem"] == [{"uri": "urn:a"}, {"uri": "urn:b", "version": [{"code": "1"}, {"code": "2"}]}]


def test_the_parameters_that_clients_look_for_are_named() -> None:
    named = {each["name"] for each in FOUND["expansion"]["parameter"]}
    assert named >= {"activeOnly", "count", "offset", "displayLanguage", "property", "system-version", "tx-resource"}
