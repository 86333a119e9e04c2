"""Resources as text, and packages as files."""

from __future__ import annotations

import io
import tarfile

import pytest

from anlanh.fhir.model import definitions, json
from anlanh.fhir.validate import Options, Validator, packages, text


@pytest.mark.parametrize(
    ("given", "rule"),
    [
        ('{"resourceType": "Patient", "active": true, "active": true}', "property-twice"),
        ('{"resourceType": "Patient", // no\n "active": true}', "not-json"),
        ('{"resourceType": "Patient", "active": NaN}', "not-json"),
        ('[{"resourceType": "Patient"}]', "wrong-root"),
        ('{"resourceType": "Patient", "name": [}', "not-json"),
        ("", "not-json"),
        ('{"a":' * 100_000, "not-json"),
    ],
)
def test_json_that_is_no_resource_is_named(given: str, rule: str) -> None:
    assert [issue.rule for issue in text.read_json(given)[1]] == [rule]


def test_comments_in_json_are_passed_over_where_that_is_wanted() -> None:
    given = '{"resourceType": "Patient", // a\n /* b */ "implicitRules": "http://a.example/c"}'
    assert Validator(definitions.load()).validate_text(given, options=Options(comments=True)) == []


def test_all_that_is_strange_in_xml_is_told_at_once() -> None:
    given = '<Patient xmlns="http://hl7.org/fhir"><nick value="x"/><gender value="x"/></Patient>'
    issues = Validator(definitions.load()).validate_text(given, "xml")
    assert [(issue.rule, issue.expression) for issue in issues] == [
        ("xml-fault", "Patient"),
        ("code-not-allowed", "Patient.gender"),
    ]


def test_lines_of_ndjson_are_validated_each() -> None:
    lines = '{"resourceType": "Patient", "gender": "x"}\n\n{"resourceType": "Patient", "active": 3}\nno'
    issues = Validator(definitions.load()).validate_text(lines, "ndjson")
    assert {issue.rule for issue in issues} == {"code-not-allowed", "wrong-json-type", "not-json"}


def package(**files: bytes) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(f"package/{name}.json")
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return out.getvalue()


def test_a_package_gives_its_conformance_resources() -> None:
    value_set = json.encode({"resourceType": "ValueSet", "url": "http://a.example/v"})
    patient = json.encode({"resourceType": "Patient"})
    assert packages.from_tgz(package(package=b"{}", a=value_set, b=patient)) == [json.decode(value_set)]


@pytest.mark.parametrize("given", [b"", b"no archive", package(a=b"no json")])
def test_what_is_no_package_is_a_problem(given: bytes) -> None:
    with pytest.raises(packages.PackageUnreadable):
        packages.from_tgz(given)
