"""Full validation: each kind of rule, once broken and once kept."""

from __future__ import annotations

import copy
from functools import cache
from typing import Any

import pytest

from anlanh.fhir.model import definitions
from anlanh.fhir.validate import Options, Validator

DIV = '<div xmlns="http://www.w3.org/1999/xhtml">%s</div>'
CORE = "http://hl7.org/fhir/StructureDefinition/"
ELEMENT = "StructureDefinition.differential.element[1]"
UUID = "urn:uuid:c757873d-ec9a-4326-a141-556f43239520"


@cache
def plain() -> Validator:
    return Validator(definitions.load())


def found(resource: dict[str, Any], options: Options | None = None) -> set[tuple[str, str]]:
    return {(issue.rule, issue.expression) for issue in plain().validate(resource, options=options or Options())}


def patient(**properties: Any) -> dict[str, Any]:
    return {"resourceType": "Patient", **properties}


def profile(type_name: str, *elements: dict[str, Any], **properties: Any) -> dict[str, Any]:
    """A StructureDefinition of its own differential."""
    return {
        "resourceType": "StructureDefinition",
        "url": "http://an.example/profile",
        "name": "Profile",
        "status": "active",
        "kind": "resource",
        "abstract": False,
        "type": type_name,
        "baseDefinition": f"http://hl7.org/fhir/StructureDefinition/{type_name}",
        "derivation": "constraint",
        "differential": {"element": [{"path": type_name}, *elements]},
        **properties,
    }


def against(definition: dict[str, Any], resource: dict[str, Any], *others: dict[str, Any]) -> set[tuple[str, str]]:
    validator = Validator(definitions.load(), [definition, *others])
    issues = validator.validate(resource, profile=definition["url"])
    return {(issue.rule, issue.expression) for issue in issues if issue.fails}


@pytest.mark.parametrize(
    ("resource", "issue"),
    [
        (
            {
                "resourceType": "Encounter",
                "status": "planned",
                "class": {"code": "x"},
                "period": {"start": "2020-02", "end": "2020-01"},
            },
            ("invariant", "Encounter.period"),
        ),
        (patient(contact=[{"gender": "male"}]), ("invariant", "Patient.contact[0]")),
        (
            patient(extension=[{"url": "relative", "valueString": "x"}]),
            ("extension-url-relative", "Patient.extension[0]"),
        ),
        (
            patient(extension=[{"url": "urn:a", "valueString": "x", "extension": [{"url": "urn:b"}]}]),
            ("invariant", "Patient.extension[0]"),
        ),
        (
            patient(modifierExtension=[{"url": "urn:a", "valueString": "x"}]),
            ("extension-modifier-unknown", "Patient.modifierExtension[0]"),
        ),
        (
            patient(
                extension=[{"url": "http://hl7.org/fhir/StructureDefinition/humanname-own-name", "valueString": "x"}]
            ),
            ("extension-context", "Patient.extension[0]"),
        ),
        (patient(managingOrganization={"reference": "#gone"}), ("contained-missing", "Patient.managingOrganization")),
        (patient(managingOrganization={"reference": "Patient/1"}), ("target-type", "Patient.managingOrganization")),
        (
            patient(contained=[{"resourceType": "Organization", "id": "a", "name": "x"}]),
            ("contained-unused", "Patient.contained[0]"),
        ),
        (
            patient(text={"status": "generated", "div": DIV % "<script>x</script>"}),
            ("narrative-element", "Patient.text.div"),
        ),
        (
            patient(text={"status": "generated", "div": DIV % "<p onclick='x'>x</p>"}),
            ("narrative-attribute", "Patient.text.div"),
        ),
        (
            patient(text={"status": "generated", "div": DIV % "<a href='javascript:x'>x</a>"}),
            ("narrative-link", "Patient.text.div"),
        ),
        (patient(text={"status": "generated", "div": DIV % " "}), ("narrative-empty", "Patient.text.div")),
        (patient(text={"status": "generated", "div": DIV % "&nbsp;"}), ("narrative-not-xhtml", "Patient.text.div")),
        (patient(text={"status": "generated", "div": "<p>x</p>"}), ("narrative-root", "Patient.text.div")),
        (
            patient(photo=[{"contentType": "image/gif", "data": "AAAA", "size": 4}]),
            ("attachment-size", "Patient.photo[0]"),
        ),
        (patient(photo=[{"contentType": "not a type"}]), ("not-mime-type", "Patient.photo[0].contentType")),
        (
            patient(identifier=[{"system": "urn:ietf:rfc:3986", "value": "x"}]),
            ("identifier-not-uri", "Patient.identifier[0].value"),
        ),
        (patient(implicitRules="urn:uuid:x"), ("urn-form", "Patient.implicitRules")),
        (patient(meta={"profile": ["relative"]}), ("canonical-relative", "Patient.meta.profile[0]")),
        (patient(meta={"profile": ["http://nowhere.example/p"]}), ("profile-unknown", "Patient")),
        (
            patient(maritalStatus={"coding": [{"system": "relative", "code": "M"}]}),
            ("system-not-absolute", "Patient.maritalStatus.coding[0].system"),
        ),
        (
            patient(
                maritalStatus={
                    "coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-MaritalStatus", "code": "Q"}]
                }
            ),
            ("unknown-code", "Patient.maritalStatus.coding[0].code"),
        ),
        (
            patient(
                maritalStatus={
                    "coding": [
                        {
                            "system": "http://terminology.hl7.org/CodeSystem/v3-MaritalStatus",
                            "code": "M",
                            "display": "x",
                        }
                    ]
                }
            ),
            ("wrong-display", "Patient.maritalStatus.coding[0].display"),
        ),
        (
            patient(communication=[{"language": {"coding": [{"system": "urn:ietf:bcp:47", "code": "?"}]}}]),
            ("unknown-code", "Patient.communication[0].language.coding[0].code"),
        ),
        (patient(language="Vietnamese, northern"), ("not-a-language", "Patient.language")),
        (patient(_gender={"extension": [{"url": "urn:a", "valueCode": "x"}]}), ("no-code-required", "Patient.gender")),
        (
            {
                "resourceType": "Observation",
                "status": "final",
                "code": {"text": "x"},
                "valueQuantity": {"value": 1, "system": "http://unitsofmeasure.org", "code": "parsec/fortnight"},
            },
            ("not-ucum", "Observation.value"),
        ),
        (
            {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": patient(id="a")}]},
            ("full-url-missing", "Bundle.entry[0]"),
        ),
        (
            {
                "resourceType": "Bundle",
                "type": "collection",
                "entry": [{"fullUrl": "http://a.example/Patient/b", "resource": patient(id="a")}],
            },
            ("full-url-differs", "Bundle.entry[0]"),
        ),
        (
            {
                "resourceType": "Bundle",
                "type": "transaction",
                "entry": [{"fullUrl": UUID, "resource": patient(id="a")}],
            },
            ("invariant", "Bundle"),
        ),
    ],
)
def test_a_broken_rule_is_named_with_its_place(resource: dict[str, Any], issue: tuple[str, str]) -> None:
    assert issue in found(resource)


def test_a_right_resource_has_nothing_to_be_said_of_it() -> None:
    right = patient(
        text={"status": "generated", "div": DIV % "<p>An <b>Lành</b></p>"},
        name=[{"family": "Nguyễn", "given": ["An"]}],
        maritalStatus={"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-MaritalStatus", "code": "M"}]},
        contained=[{"resourceType": "Organization", "id": "a", "name": "x"}],
        managingOrganization={"reference": "#a"},
    )
    assert found(right) == set()


def document(*entries: dict[str, Any], **properties: Any) -> dict[str, Any]:
    composition = {
        "resourceType": "Composition",
        "id": "c",
        "status": "final",
        "type": {"text": "x"},
        "date": "2024-01-01",
        "title": "x",
        "author": [{"reference": "Patient/p"}],
    }
    base = "http://a.example/"
    return {
        "resourceType": "Bundle",
        "type": "document",
        "identifier": {"system": "urn:a", "value": "1"},
        "timestamp": "2024-01-01T00:00:00Z",
        "entry": [
            {"fullUrl": f"{base}{each['resourceType']}/{each['id']}", "resource": each}
            for each in (composition, *entries)
        ],
        **properties,
    }


def test_a_document_holds_together() -> None:
    author = patient(id="p", link=[{"type": "seealso", "other": {"reference": "Patient/q"}}])
    assert found(document(author, patient(id="q"))) == set()
    assert found(document()) == {("not-in-document", "Bundle.entry[0].resource.author[0]")}
    assert found(document(patient(id="p"), patient(id="q"))) == {("entry-unreachable", "Bundle.entry[2]")}
    pointing_back = patient(id="q", link=[{"type": "seealso", "other": {"reference": "Patient/p"}}])
    assert found(document(patient(id="p"), pointing_back)) == set()


def test_the_stylesheet_of_a_document_is_in_it() -> None:
    styled = [{"relation": "stylesheet", "url": "Binary/css"}]
    sheet = {"resourceType": "Binary", "id": "css", "contentType": "text/css"}
    assert found(document(patient(id="p"), sheet, link=styled)) == set()
    assert ("not-in-document", "Bundle.link[0].url") in found(document(patient(id="p"), link=styled))


def test_best_practice_is_told_only_to_those_who_ask() -> None:
    assert found(patient(active=True)) == set()
    assert found(patient(active=True), Options(best_practice=True)) == {("invariant", "Patient")}


def test_html_in_texts_is_an_issue_where_it_is_a_danger() -> None:
    name = patient(name=[{"text": "<b>x</b>"}])
    assert found(name) == set()
    assert found(name, Options(security=True)) == {("html-in-text", "Patient.name[0].text")}


def test_a_reference_that_leads_nowhere_is_told_by_one_who_can_look() -> None:
    observation = {
        "resourceType": "Observation",
        "status": "final",
        "code": {"text": "x"},
        "subject": {"reference": "Patient/1"},
    }
    assert found(observation, Options(references="exist")) == set()
    looked = Options(references="exist", fetch=lambda _: None)
    assert found(observation, looked) == {("reference-unresolved", "Observation.subject")}


def test_validation_leaves_the_resource_as_it_is() -> None:
    broken = patient(name=3, gender="x", contact=[{}], _birthDate=[4])
    before = copy.deepcopy(broken)
    found(broken)
    assert broken == before


# --- profiles --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("element", "wrong", "rule", "right"),
    [
        ({"path": "Patient.birthDate", "min": 1}, {"active": True}, "required-missing", {"birthDate": "1970"}),
        (
            {"path": "Patient.name", "max": "1"},
            {"name": [{"text": "a"}, {"text": "b"}]},
            "too-many",
            {"name": [{"text": "a"}]},
        ),
        ({"path": "Patient.gender", "fixedCode": "female"}, {"gender": "male"}, "not-fixed", {"gender": "female"}),
        (
            {"path": "Patient.maritalStatus", "patternCodeableConcept": {"coding": [{"code": "M"}]}},
            {"maritalStatus": {"coding": [{"code": "S"}]}},
            "not-pattern",
            {"maritalStatus": {"coding": [{"code": "S"}, {"code": "M"}], "text": "x"}},
        ),
        (
            {"path": "Patient.deceased[x]", "type": [{"code": "boolean"}]},
            {"deceasedDateTime": "2020"},
            "type-not-allowed",
            {"deceasedBoolean": True},
        ),
        (
            {"path": "Patient.birthDate", "minValueDate": "1900-01-01"},
            {"birthDate": "1850-01-01"},
            "beyond-minValue",
            {"birthDate": "1950-01-01"},
        ),
        (
            {"path": "Patient.name.text", "maxLength": 3},
            {"name": [{"text": "Lành"}]},
            "too-long",
            {"name": [{"text": "An"}]},
        ),
        (
            {
                "path": "Patient",
                "constraint": [
                    {"key": "own-1", "severity": "error", "human": "adult", "expression": "birthDate < @2000"}
                ],
            },
            {"birthDate": "2010"},
            "invariant",
            {"birthDate": "1990"},
        ),
        (
            {
                "path": "Patient.maritalStatus",
                "binding": {"strength": "required", "valueSet": "http://hl7.org/fhir/ValueSet/marital-status"},
            },
            {"maritalStatus": {"coding": [{"system": "urn:a", "code": "M"}]}},
            "not-in-required",
            {
                "maritalStatus": {
                    "coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-MaritalStatus", "code": "M"}]
                }
            },
        ),
        (
            {
                "path": "Patient.managingOrganization",
                "type": [
                    {"code": "Reference", "targetProfile": ["http://hl7.org/fhir/StructureDefinition/Organization"]}
                ],
                "min": 1,
            },
            {"managingOrganization": {"reference": "Location/1"}},
            "target-type",
            {"managingOrganization": {"reference": "Organization/1"}},
        ),
    ],
)
def test_a_profile_adds_its_rules(
    element: dict[str, Any], wrong: dict[str, Any], rule: str, right: dict[str, Any]
) -> None:
    definition = profile("Patient", element)
    assert rule in {name for name, _ in against(definition, patient(**wrong))}
    assert against(definition, patient(**right)) == set()


def slicing(discriminator: str, path: str, **rules: Any) -> dict[str, Any]:
    return {"discriminator": [{"type": discriminator, "path": path}], "rules": "open", **rules}


TELECOM = [
    {"path": "Patient.telecom", "slicing": slicing("value", "system", rules="closed", ordered=True)},
    {"path": "Patient.telecom", "sliceName": "phone", "min": 1, "max": "1"},
    {"path": "Patient.telecom.system", "fixedCode": "phone", "min": 1},
    {"path": "Patient.telecom", "sliceName": "email"},
    {"path": "Patient.telecom.system", "patternCode": "email", "min": 1},
]


@pytest.mark.parametrize(
    ("systems", "rules"),
    [
        (["phone"], set()),
        (["phone", "email", "email"], set()),
        ([], {"required-missing"}),
        (["phone", "phone"], {"too-many"}),
        (["phone", "fax"], {"slicing-closed"}),
        (["email", "phone"], {"slice-out-of-order"}),
    ],
)
def test_slices_are_counted_closed_and_ordered(systems: list[str], rules: set[str]) -> None:
    telecom = [{"system": system, "value": "x"} for system in systems]
    resource = patient(active=True, **({"telecom": telecom} if telecom else {}))
    assert {rule for rule, _ in against(profile("Patient", *TELECOM), resource)} == rules


def test_values_that_belong_to_no_slice_come_last_where_the_slicing_says_so() -> None:
    open_at_end = [{**TELECOM[0], "slicing": slicing("value", "system", rules="openAtEnd")}, *TELECOM[1:]]
    telecom = [{"system": "fax", "value": "x"}, {"system": "phone", "value": "x"}]
    assert against(profile("Patient", *open_at_end), patient(telecom=telecom)) == {
        ("slice-not-first", "Patient.telecom[1]")
    }


@pytest.mark.parametrize(
    ("discriminator", "inside", "outside"),
    [
        (
            ("exists", "period", {"path": "Patient.identifier.period", "min": 1}),
            {"period": {"start": "2020"}},
            {"value": "x"},
        ),
        (
            ("pattern", "type", {"path": "Patient.identifier.type", "patternCodeableConcept": {"text": "x"}, "min": 1}),
            {"type": {"text": "x", "coding": [{"code": "y"}]}},
            {"type": {"text": "z"}},
        ),
        (
            (
                "type",
                "assigner.resolve()",
                {
                    "path": "Patient.identifier.assigner",
                    "min": 1,
                    "type": [
                        {"code": "Reference", "targetProfile": ["http://hl7.org/fhir/StructureDefinition/Organization"]}
                    ],
                },
            ),
            {"assigner": {"reference": "Organization/1"}},
            {"value": "x"},
        ),
    ],
)
def test_each_kind_of_discriminator_tells_the_slice(
    discriminator: tuple[str, str, dict[str, Any]], inside: dict[str, Any], outside: dict[str, Any]
) -> None:
    kind, path, element = discriminator
    definition = profile(
        "Patient",
        {"path": "Patient.identifier", "slicing": slicing(kind, path)},
        {"path": "Patient.identifier", "sliceName": "one", "max": "1", "min": 1},
        element,
    )
    assert against(definition, patient(identifier=[inside, outside])) == set()
    assert against(definition, patient(identifier=[outside])) == {("required-missing", "Patient")}
    assert against(definition, patient(identifier=[inside, inside])) == {("too-many", "Patient")}


def test_a_reference_leads_where_the_profile_wants_it() -> None:
    definition = profile(
        "Patient",
        {"path": "Patient.managingOrganization", "type": [{"code": "Reference", "aggregation": ["contained"]}]},
    )
    inside = patient(contained=[{"resourceType": "Organization", "id": "a", "name": "x"}])
    assert against(definition, {**inside, "managingOrganization": {"reference": "#a"}}) == set()
    assert against(definition, patient(managingOrganization={"reference": "Organization/1"})) == {
        ("aggregation", "Patient.managingOrganization")
    }


def test_the_largest_value_set_of_a_binding_is_a_bound() -> None:
    largest = {
        "url": "http://hl7.org/fhir/StructureDefinition/elementdefinition-maxValueSet",
        "valueCanonical": "http://hl7.org/fhir/ValueSet/marital-status",
    }
    binding = {"strength": "example", "extension": [largest]}
    definition = profile("Patient", {"path": "Patient.maritalStatus", "binding": binding})
    wrong = patient(maritalStatus={"coding": [{"system": "urn:a", "code": "M"}]})
    assert against(definition, wrong) == {("not-in-required", "Patient.maritalStatus")}


def test_a_profile_on_entries_is_a_discriminator() -> None:
    inner = profile("Patient", {"path": "Patient.name", "min": 1}, url="http://an.example/named")
    outer = profile(
        "Bundle",
        {"path": "Bundle.entry", "slicing": slicing("profile", "resource")},
        {"path": "Bundle.entry", "sliceName": "named", "min": 1},
        {"path": "Bundle.entry.resource", "min": 1, "type": [{"code": "Patient", "profile": [inner["url"]]}]},
    )
    entry = {"fullUrl": UUID, "resource": patient(name=[{"text": "x"}])}
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [entry]}
    assert against(outer, bundle, inner) == set()
    nameless = {**bundle, "entry": [{"fullUrl": UUID, "resource": patient(active=True)}]}
    assert against(outer, nameless, inner) == {("required-missing", "Bundle")}


def test_slices_within_slices_are_counted_too() -> None:
    definition = profile(
        "Patient",
        {"path": "Patient.telecom", "slicing": slicing("value", "system")},
        {"path": "Patient.telecom", "sliceName": "phone", "slicing": slicing("value", "use")},
        {"path": "Patient.telecom.system", "fixedCode": "phone", "min": 1},
        {"path": "Patient.telecom", "sliceName": "phone/home", "min": 1},
        {"path": "Patient.telecom.use", "fixedCode": "home", "min": 1},
    )
    assert against(definition, patient(telecom=[{"system": "phone", "value": "1", "use": "home"}])) == set()
    assert against(definition, patient(telecom=[{"system": "phone", "value": "1", "use": "work"}])) == {
        ("required-missing", "Patient")
    }


def test_a_profile_based_on_a_profile_keeps_the_rules_of_both() -> None:
    first = profile("Patient", {"path": "Patient.name", "min": 1}, url="http://an.example/first")
    second = profile("Patient", {"path": "Patient.gender", "min": 1}, baseDefinition=first["url"])
    assert against(second, patient(active=True), first) == {("required-missing", "Patient")}
    assert (
        len(Validator(definitions.load(), [first, second]).validate(patient(active=True), profile=second["url"])) == 2
    )


def test_profiles_based_on_each_other_are_an_issue_and_no_loop() -> None:
    one = profile("Patient", baseDefinition="http://an.example/two")
    two = profile("Patient", url="http://an.example/two", baseDefinition=one["url"])
    assert against(one, patient(active=True), two) == {("profile-unusable", "Patient")}


def test_references_in_a_circle_are_followed_once() -> None:
    circle = profile(
        "Patient",
        {"path": "Patient.link", "min": 1},
        {"path": "Patient.link.other", "type": [{"code": "Reference", "targetProfile": ["http://an.example/profile"]}]},
    )
    entries = [
        {
            "fullUrl": f"http://a.example/Patient/{each}",
            "resource": patient(
                id=str(each),
                meta={"profile": [circle["url"]]},
                link=[{"type": "seealso", "other": {"reference": f"Patient/{other}"}} for other in range(8)],
            ),
        }
        for each in range(8)
    ]
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    assert {issue.rule for issue in Validator(definitions.load(), [circle]).validate(bundle)} == set()


def test_no_error_is_lost_behind_many_warnings() -> None:
    coding = {"system": "http://terminology.hl7.org/CodeSystem/v3-MaritalStatus", "code": "M"}
    many = [{"relationship": [{"coding": [{**coding, "display": str(n)}]}], "name": {"text": "x"}} for n in range(1500)]
    issues = plain().validate(
        patient(contact=many, multipleBirthBoolean=True, managingOrganization={"reference": "#x"})
    )
    assert [issue.rule for issue in issues if issue.fails] == ["contained-missing"]
    assert len(issues) == 1001


def test_a_resource_deeper_than_any_is_not_looked_into() -> None:
    extension: dict[str, Any] = {"url": "urn:a", "valueString": "x"}
    for _ in range(300):
        extension = {"url": "urn:a", "extension": [extension]}
    assert found(patient(extension=[extension])) == {("too-deep", "Resource")}


def test_a_vital_sign_follows_its_profile_by_its_code() -> None:
    code = {"coding": [{"system": "http://loinc.org", "code": "8310-5"}]}
    temperature = {"resourceType": "Observation", "status": "final", "code": code}
    assert ("required-missing", "Observation") in found(temperature)


def test_blood_pressure_tells_its_components_apart() -> None:
    def component(code: str) -> dict[str, Any]:
        quantity = {"value": 1, "unit": "mmHg", "system": "http://unitsofmeasure.org", "code": "mm[Hg]"}
        return {"code": {"coding": [{"system": "http://loinc.org", "code": code}]}, "valueQuantity": quantity}

    category = {"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "vital-signs"}
    pressure = {
        "resourceType": "Observation",
        "status": "final",
        "category": [{"coding": [category]}],
        "code": {"coding": [{"system": "http://loinc.org", "code": "85354-9"}]},
        "subject": {"reference": "Patient/1"},
        "effectiveDateTime": "2024-01-01",
        "component": [component("8480-6"), component("8462-4")],
    }
    assert found(pressure) == set()
    assert ("required-missing", "Observation") in found({**pressure, "component": [component("8480-6")]})


# --- definitions -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("definition", "issue"),
    [
        (profile("Patient", {"path": "Patient.nick", "min": 1}), ("snapshot-impossible", "StructureDefinition")),
        (profile("Patient", {"path": "Patient..nick"}), ("snapshot-impossible", "StructureDefinition")),
        (profile("Patient", baseDefinition=f"{CORE}Observation"), ("base-of-other-type", "StructureDefinition")),
        (profile("Patient", {"path": "Patient.gender", "max": "*"}), ("max-above-base", ELEMENT)),
        (profile("Patient", {"path": "Patient.link.other", "min": 0}), ("min-below-base", ELEMENT)),
        (profile("Patient", {"path": "Patient.gender", "fixedString": "male"}), ("fixed-of-other-type", ELEMENT)),
        (
            profile("Patient", {"path": "Patient.active", "binding": {"strength": "required", "valueSet": "urn:a"}}),
            ("binding-not-coded", ELEMENT),
        ),
        (
            profile(
                "Patient",
                {
                    "path": "Patient",
                    "constraint": [{"key": "a", "human": "x", "severity": "error", "expression": "a b"}],
                },
            ),
            ("expression-unreadable", f"{ELEMENT}.constraint[0].expression"),
        ),
        (
            profile("Patient", {"path": "Patient.name", "slicing": slicing("value", "nick")}),
            ("discriminator-path", "StructureDefinition.differential.element[1].slicing.discriminator[0]"),
        ),
        (
            profile(
                "Patient",
                {
                    "path": "Patient.name",
                    "type": [{"code": "HumanName", "profile": ["http://hl7.org/fhir/StructureDefinition/Address"]}],
                },
            ),
            ("profile-of-other-type", "StructureDefinition.differential.element[1].type[0].profile[0]"),
        ),
    ],
)
def test_a_profile_that_cannot_be_is_named(definition: dict[str, Any], issue: tuple[str, str]) -> None:
    assert issue in found(definition)


@pytest.mark.parametrize(
    ("value", "fits"),
    [
        ("<< 73211009", True),
        ("^ 700043003 |x| AND < 404684003", True),
        ("234234 << 234234", False),
        ("(< 1234567", False),
    ],
)
def test_a_filter_of_snomed_must_be_an_expression_constraint(value: str, fits: bool) -> None:
    rule = {"system": "http://snomed.info/sct", "filter": [{"property": "constraint", "op": "=", "value": value}]}
    value_set = {
        "resourceType": "ValueSet",
        "url": "http://a.example/v",
        "status": "draft",
        "compose": {"include": [rule]},
    }
    assert (("filter-value", "ValueSet.compose.include[0].filter[0]") not in found(value_set)) == fits
