"""The terminology operations over a small code system."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from anlanh.fhir.terminology import LayeredSource, MemorySource, answer, closure, operate, packages
from anlanh.fhir.terminology.problems import (
    BadFilter,
    BadLanguage,
    CircularValueSet,
    NoSuchOperation,
    SlowPattern,
    UnknownCode,
    UnknownCodeSystem,
    UnknownValueSet,
    VersionNotAllowed,
    VersionsDisagree,
)

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
SYSTEM = "https://example.org/diseases"
CODES: dict[str, Any] = {
    "resourceType": "CodeSystem",
    "url": SYSTEM,
    "version": "2.0",
    "name": "Diseases",
    "status": "active",
    "language": "vi",
    "content": "complete",
    "caseSensitive": True,
    "property": [{"code": "kind", "type": "code"}],
    "concept": [
        {
            "code": "A",
            "display": "Bệnh truyền nhiễm",
            "property": [{"code": "notSelectable", "valueBoolean": True}],
            "concept": [
                {
                    "code": "A1",
                    "display": "Sốt xuất huyết",
                    "designation": [{"language": "en", "value": "Dengue fever"}],
                    "property": [{"code": "kind", "valueCode": "acute"}],
                },
                {"code": "A2", "display": "Sởi", "property": [{"code": "status", "valueCode": "retired"}]},
            ],
        },
        {"code": "B", "display": "Tăng huyết áp", "property": [{"code": "kind", "valueCode": "chronic"}]},
    ],
}


def value_set(name: str, *include: dict[str, Any], **more: Any) -> dict[str, Any]:
    compose = {"include": [{"system": SYSTEM, **each} for each in include], **more}
    return {"resourceType": "ValueSet", "url": f"https://example.org/vs/{name}", "status": "active", "compose": compose}


def source(*resources: dict[str, Any]) -> MemorySource:
    return MemorySource([CODES, *resources])


def call(name: str, found: Any, **parameters: Any) -> dict[str, Any]:
    given = [
        {
            "name": key.replace("_", "-"),
            ("resource" if isinstance(value, dict) and "resourceType" in value else "value"): value,
        }
        for key, value in parameters.items()
    ]
    return operate(found, name, {"parameter": given}, now=NOW, identifier="urn:uuid:1")


def expanded(compose: dict[str, Any], **parameters: Any) -> list[str]:
    found = call("expand", source(), valueSet=compose, excludeNested=True, **parameters)
    return [each["code"] for each in found["expansion"].get("contains", [])]


def told(answer: dict[str, Any]) -> dict[str, Any]:
    return {
        each["name"]: next((value for key, value in each.items() if key != "name"), None)
        for each in answer["parameter"]
    }


@pytest.mark.parametrize(
    ("filter_", "codes"),
    [
        (("concept", "is-a", "A"), ["A", "A1", "A2"]),
        (("concept", "descendent-of", "A"), ["A1", "A2"]),
        (("concept", "is-not-a", "A"), ["B"]),
        (("concept", "generalizes", "A1"), ["A", "A1"]),
        (("concept", "child-of", "A"), ["A1", "A2"]),
        (("concept", "in", "A1,B"), ["A1", "B"]),
        (("concept", "not-in", "A1,B"), ["A", "A2"]),
        (("code", "regex", "A."), ["A1", "A2"]),
        (("kind", "=", "acute"), ["A1"]),
        (("kind", "exists", "false"), ["A", "A2"]),
        (("kind", "in", "acute,chronic"), ["A1", "B"]),
        (("kind", "not-in", "acute"), ["A", "A2", "B"]),
        (("display", "regex", "S.*"), ["A1", "A2"]),
        (("status", "=", "retired"), ["A2"]),
    ],
)
def test_each_filter_selects_its_concepts(filter_: tuple[str, str, str], codes: list[str]) -> None:
    name, op, value = filter_
    assert expanded(value_set("f", {"filter": [{"property": name, "op": op, "value": value}]})) == codes


def test_excluded_codes_are_left_out() -> None:
    compose = value_set("x", {}, exclude=[{"system": SYSTEM, "concept": [{"code": "A1"}]}])
    assert expanded(compose) == ["A", "A2", "B"]


def test_only_codes_of_all_imported_value_sets_are_in_an_include() -> None:
    one, other = (
        value_set("one", {"concept": [{"code": "A1"}, {"code": "B"}]}),
        value_set("other", {"concept": [{"code": "B"}]}),
    )
    both = {
        "resourceType": "ValueSet",
        "status": "active",
        "compose": {"include": [{"valueSet": [one["url"], other["url"]]}]},
    }
    found = call("expand", source(one, other), valueSet=both)
    assert [each["code"] for each in found["expansion"]["contains"]] == ["B"]


def test_an_expansion_keeps_the_tree_unless_a_flat_one_is_asked_for() -> None:
    found = call("expand", source(), valueSet=value_set("all", {}))
    assert [each["code"] for each in found["expansion"]["contains"]] == ["A", "B"]
    assert [each["code"] for each in found["expansion"]["contains"][0]["contains"]] == ["A1", "A2"]


def test_a_page_says_the_total_and_where_it_starts() -> None:
    found = call("expand", source(), valueSet=value_set("all", {}), count=2, offset=1)["expansion"]
    assert (found["total"], found["offset"]) == (4, 1)
    assert [each["code"] for each in found["contains"]] == ["A1", "A2"]


def test_text_is_found_without_accents_and_in_other_languages() -> None:
    assert expanded(value_set("all", {}), filter="sot xuat") == ["A1"]
    assert expanded(value_set("all", {}), filter="dengue") == ["A1"]
    assert expanded(value_set("all", {}), filter="khong co") == []


def test_inactive_codes_are_left_out_when_only_active_ones_are_wanted() -> None:
    assert expanded(value_set("all", {}), activeOnly=True) == ["A", "A1", "B"]
    assert expanded(value_set("all", {}, inactive=False)) == ["A", "A1", "B"]


def test_abstract_codes_and_whole_systems_are_left_out_on_request() -> None:
    assert expanded(value_set("all", {}), excludeNotForUI=True) == ["A1", "A2", "B"]
    assert expanded(value_set("all", {}), exclude_system=SYSTEM) == []
    assert expanded(value_set("all", {}), exclude_system=f"{SYSTEM}|1.0") == ["A", "A1", "A2", "B"]


def test_displays_come_in_the_language_asked_for() -> None:
    found = call("expand", source(), valueSet=value_set("a1", {"concept": [{"code": "A1"}]}), displayLanguage="en")
    assert found["expansion"]["contains"][0]["display"] == "Dengue fever"


def test_properties_are_extensions_in_r4_and_elements_in_r5() -> None:
    given = {
        "parameter": [
            {"name": "valueSet", "resource": value_set("b", {"concept": [{"code": "B"}]})},
            {"name": "property", "valueCode": "kind"},
        ]
    }
    four = operate(source(), "expand", given, now=NOW, identifier="urn:uuid:1")["expansion"]["contains"][0]
    five = operate(source(), "expand", given, now=NOW, identifier="urn:uuid:1", release="5.0")["expansion"]["contains"][
        0
    ]
    assert five["property"] == [{"code": "kind", "valueCode": "chronic"}]
    assert four["extension"][0]["extension"] == [
        {"url": "code", "valueCode": "kind"},
        {"url": "value", "valueCode": "chronic"},
    ]


def test_a_system_with_fhir_vs_is_the_value_set_of_all_its_codes() -> None:
    assert call("expand", source(), url=f"{SYSTEM}?fhir_vs")["expansion"]["total"] == 4
    assert call("expand", source(), url=f"{SYSTEM}?fhir_vs=isa/A")["expansion"]["total"] == 3


def test_value_sets_that_import_each_other_are_refused() -> None:
    one = {
        "resourceType": "ValueSet",
        "url": "https://example.org/1",
        "compose": {"include": [{"valueSet": ["https://example.org/2"]}]},
    }
    two = {
        "resourceType": "ValueSet",
        "url": "https://example.org/2",
        "compose": {"include": [{"valueSet": ["https://example.org/1"]}]},
    }
    with pytest.raises(CircularValueSet):
        call("expand", source(one, two), url="https://example.org/1")


def test_a_pattern_that_never_ends_is_stopped() -> None:
    long = {**CODES, "concept": [{"code": "a" * 60}]}
    compose = value_set("slow", {"filter": [{"property": "code", "op": "regex", "value": "(a|aa)+b"}]})
    with pytest.raises(SlowPattern):
        call("expand", MemorySource([long]), valueSet=compose)


@pytest.mark.parametrize(
    ("problem", "parameters"),
    [
        (UnknownValueSet, {"url": "https://example.org/none"}),
        (UnknownCodeSystem, {"valueSet": value_set("u", {"system": "https://example.org/none"})}),
        (BadFilter, {"valueSet": value_set("b", {"filter": [{"property": "colour", "op": "=", "value": "x"}]})}),
        (BadLanguage, {"valueSet": value_set("l", {}), "displayLanguage": "-"}),
        (VersionNotAllowed, {"valueSet": value_set("v", {"version": "2.0"}), "check_system_version": f"{SYSTEM}|3.x"}),
    ],
)
def test_what_cannot_be_expanded_is_refused_with_its_reason(
    problem: type[Exception], parameters: dict[str, Any]
) -> None:
    with pytest.raises(problem):
        call("expand", source(), **parameters)


def test_two_versions_forced_at_once_are_refused() -> None:
    given = [{"name": "force-system-version", "valueUri": f"{SYSTEM}|{each}"} for each in ("1", "2")]
    with pytest.raises(VersionsDisagree):
        operate(source(), "expand", {"parameter": given}, now=NOW, identifier="urn:uuid:1")


def test_a_code_of_the_value_set_is_valid() -> None:
    found = told(
        call("validate-code", source(value_set("all", {})), url="https://example.org/vs/all", system=SYSTEM, code="A1")
    )
    assert (found["result"], found["display"], found["version"]) == (True, "Sốt xuất huyết", "2.0")


def test_a_wrong_display_is_an_error_unless_the_client_is_lenient() -> None:
    asked = {"url": "https://example.org/vs/all", "system": SYSTEM, "code": "A1", "display": "Cúm"}
    assert told(call("validate-code", source(value_set("all", {})), **asked))["result"] is False
    lenient = call("validate-code", source(value_set("all", {})), **asked, lenient_display_validation=True)
    assert told(lenient)["result"] is True


def test_an_abstract_code_is_refused_where_that_is_asked() -> None:
    asked = {"url": "https://example.org/vs/all", "system": SYSTEM, "code": "A"}
    assert told(call("validate-code", source(value_set("all", {})), **asked))["result"] is True
    assert told(call("validate-code", source(value_set("all", {})), **asked, abstract=False))["result"] is False


def test_the_system_of_a_bare_code_is_inferred() -> None:
    found = told(
        call(
            "validate-code", source(value_set("all", {})), url="https://example.org/vs/all", code="B", inferSystem=True
        )
    )
    assert (found["result"], found["system"]) == (True, SYSTEM)


def test_one_good_coding_makes_a_concept_a_member_and_the_others_are_told() -> None:
    coded = {"coding": [{"system": SYSTEM, "code": "B"}, {"system": SYSTEM, "code": "nope"}]}
    found = told(
        call("validate-code", source(value_set("all", {})), url="https://example.org/vs/all", codeableConcept=coded)
    )
    assert (found["code"], found["result"]) == ("B", False)
    assert "Unknown code 'nope'" in found["message"]


def test_codes_are_validated_in_a_code_system_alone() -> None:
    assert told(call("cs-validate-code", source(), url=SYSTEM, code="B"))["result"] is True
    assert told(call("cs-validate-code", source(), url=SYSTEM, code="C"))["result"] is False


def test_lookup_tells_parents_children_and_properties() -> None:
    found = call("lookup", source(), system=SYSTEM, code="A", property="*")
    parts = [
        {part["name"]: part.get("value", part.get("valueCode")) for part in each["part"]}
        for each in found["parameter"]
        if each["name"] == "property"
    ]
    assert [each["value"] for each in parts if each["code"] == "child"] == ["A1", "A2"]
    with pytest.raises(UnknownCode):
        call("lookup", source(), system=SYSTEM, code="Z")


@pytest.mark.parametrize(
    ("one", "other", "outcome"),
    [("A", "A1", "subsumes"), ("A1", "A", "subsumed-by"), ("A", "A", "equivalent"), ("A1", "B", "not-subsumed")],
)
def test_subsumption_is_told_in_both_directions(one: str, other: str, outcome: str) -> None:
    assert told(call("subsumes", source(), system=SYSTEM, codeA=one, codeB=other))["outcome"] == outcome


MAP: dict[str, Any] = {
    "resourceType": "ConceptMap",
    "url": "https://example.org/map",
    "status": "active",
    "group": [
        {
            "source": SYSTEM,
            "target": "https://example.org/icd",
            "element": [
                {
                    "code": "A1",
                    "target": [
                        {"code": "A90", "equivalence": "wider"},
                        {
                            "code": "A91",
                            "equivalence": "equivalent",
                            "dependsOn": [{"property": "https://example.org/severity", "value": "severe"}],
                        },
                    ],
                }
            ],
            "unmapped": {"mode": "fixed", "code": "R69"},
        }
    ],
}


def matched(**parameters: Any) -> list[tuple[str, str]]:
    found = call("translate", source(MAP), **parameters)
    parts = [{part["name"]: part for part in each["part"]} for each in found["parameter"] if each["name"] == "match"]
    return [(each["concept"]["valueCoding"]["code"], each["equivalence"]["valueCode"]) for each in parts]


def test_codes_are_translated_forward_backward_and_by_default() -> None:
    assert matched(system=SYSTEM, code="A1", targetsystem="https://example.org/icd") == [("A90", "wider")]
    assert matched(system="https://example.org/icd", code="A90", reverse=True) == [("A1", "narrower")]
    assert matched(system=SYSTEM, code="B", url="https://example.org/map") == [("R69", "relatedto")]


def test_a_dependent_translation_needs_its_fact() -> None:
    fact = {
        "name": "dependency",
        "part": [
            {"name": "element", "valueUri": "https://example.org/severity"},
            {"name": "concept", "valueCodeableConcept": {"coding": [{"code": "severe"}]}},
        ],
    }
    given = {"parameter": [{"name": "system", "valueUri": SYSTEM}, {"name": "code", "valueCode": "A1"}, fact]}
    found = operate(source(MAP), "translate", given, now=NOW, identifier="urn:uuid:1")
    assert sum(each["name"] == "match" for each in found["parameter"]) == 2


def test_a_closure_table_grows_by_what_each_call_adds() -> None:
    table, first = closure.add(source(), closure.Table("t"), [{"system": SYSTEM, "code": "A"}])
    table, second = closure.add(source(), table, [{"system": SYSTEM, "code": "A1"}])
    again, third = closure.add(source(), table, [{"system": SYSTEM, "code": "A1"}])
    assert "group" not in first
    assert second["group"][0]["element"] == [{"code": "A1", "target": [{"code": "A", "equivalence": "wider"}]}]
    assert (again, "group" in third) == (table, False)
    assert closure.since(source(), table, 1)["group"] == second["group"]


def test_a_supplement_adds_names_only_when_it_is_asked_for() -> None:
    supplement = {
        "resourceType": "CodeSystem",
        "url": "https://example.org/tay",
        "content": "supplement",
        "supplements": SYSTEM,
        "concept": [{"code": "B", "designation": [{"language": "tyz", "value": "Lượt slung"}]}],
    }
    asked = {"url": "https://example.org/vs/all", "system": SYSTEM, "code": "B", "display": "Lượt slung"}
    found = source(value_set("all", {}), supplement)
    assert told(call("validate-code", found, **asked))["result"] is False
    assert told(call("validate-code", found, **asked, useSupplement="https://example.org/tay"))["result"] is True


def test_resources_sent_with_the_call_count_for_it() -> None:
    given = [
        {"name": "url", "valueUri": "https://example.org/vs/mine"},
        {"name": "tx-resource", "resource": value_set("mine", {})},
    ]
    assert (
        operate(source(), "expand", {"parameter": given}, now=NOW, identifier="urn:uuid:1")["expansion"]["total"] == 4
    )


def test_units_languages_and_media_types_are_valid_by_their_grammar() -> None:
    known = LayeredSource(packages.source())
    good = [("http://unitsofmeasure.org", "mmol/L"), ("urn:ietf:bcp:47", "vi-VN"), ("urn:ietf:bcp:13", "text/plain")]
    assert [told(call("cs-validate-code", known, url=url, code=code))["result"] for url, code in good] == [True] * 3
    bad = [("http://unitsofmeasure.org", "mmmol"), ("urn:ietf:bcp:47", "-"), ("urn:ietf:bcp:13", "text")]
    assert [told(call("cs-validate-code", known, url=url, code=code))["result"] for url, code in bad] == [False] * 3


def test_an_answer_is_an_outcome_with_a_status_where_the_operation_fails() -> None:
    status, found = answer(source(), "expand", {"parameter": []}, now=NOW, identifier="urn:uuid:1")
    assert (status, found["resourceType"]) == (400, "OperationOutcome")
    with pytest.raises(NoSuchOperation):
        operate(source(), "explode", None, now=NOW, identifier="urn:uuid:1")


@pytest.mark.parametrize(
    "parameters",
    [
        {"parameter": [None]},
        {"parameter": {}},
        {"parameter": [{"name": "coding", "valueCoding": {"code": 1}}, {"name": "url", "valueUri": "x"}]},
        {"parameter": [{"name": "coding", "valueBoolean": True}]},
        {"parameter": [{"name": "valueSet", "resource": {"resourceType": "ValueSet", "compose": []}}]},
        {"parameter": [{"name": "codeSystem", "resource": {"resourceType": "CodeSystem", "concept": [{}]}}]},
        {"parameter": [{"name": "url", "valueUri": "x"}, {"name": "code", "valueCode": "a"}, {"name": "count"}]},
    ],
)
@pytest.mark.parametrize("name", ["expand", "validate-code", "lookup", "subsumes", "translate"])
def test_a_malformed_request_is_refused_and_breaks_nothing(name: str, parameters: dict[str, Any]) -> None:
    status, found = answer(source(), name, parameters, now=NOW, identifier="urn:uuid:1")
    assert (400 <= status < 500, found["resourceType"]) == (True, "OperationOutcome")


def test_a_coding_may_come_as_text_from_a_url() -> None:
    given = {"parameter": [{"name": "coding", "valueString": f"{SYSTEM}|A1"}]}
    assert told(operate(source(), "lookup", given, now=NOW, identifier="urn:uuid:1"))["display"] == "Sốt xuất huyết"
