"""What a CDA document says in FHIR."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from anlanh.exchange.ccda import codec, mapping
from anlanh.exchange.ccda.codec import Node
from anlanh.exchange.ccda.mapping import datatypes, header, narrative
from anlanh.exchange.ccda.mapping.make import Make
from anlanh.exchange.ccda.problems import NoDocumentId, NotCda
from tests.exchange.ccda.hospital import BHYT, allergy, document, medicine, problem, resources, section, vital

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


def bundle_of(data: bytes) -> dict[str, Any]:
    return mapping.to_bundle(codec.parse(data), data, ZONE)


def test_the_person_is_known_by_the_card_whose_authority_is_named() -> None:
    (patient,) = resources(bundle_of(document()), "Patient")
    assert patient["identifier"] == [{"system": "http://fhir.vn/sid/bhyt", "value": BHYT}]
    assert patient["name"] == [{"family": "NGUYỄN", "given": ["Văn An"]}]
    assert (patient["gender"], patient["birthDate"]) == ("male", "1980-01-02")
    assert patient["telecom"] == [{"system": "phone", "value": "0912345678", "use": "mobile"}]


def test_who_is_named_in_several_places_is_one_with_what_all_of_them_tell() -> None:
    make = Make("x", ZONE)
    number = [{"system": "urn:oid:2.999.2", "value": "BS01"}]
    first = make.once("Practitioner", identifier=number, qualification=[{"code": {"text": "Nội"}}])
    again = make.once("Practitioner", identifier=number, name=[{"family": "Trần"}], telecom=[])
    other = make.once("Practitioner", identifier=[{"system": "urn:oid:2.999.2", "value": "BS02"}])
    assert first is again is not other
    assert set(first) == {"resourceType", "identifier", "qualification", "name"}
    assert len(make.bundle()["entry"]) == 2


def test_an_organization_without_a_name_gets_it_where_it_is_named() -> None:
    make = Make("x", ZONE)
    number = Node("id", {"root": "2.999.3", "extension": "19001"})
    for told in ([number], [number, Node("name", {}, ["Bệnh viện A"])]):
        header.organization(make, Node("representedOrganization", {}, [*told]))
    (found,) = resources(make.bundle(), "Organization")
    assert found["name"] == "Bệnh viện A"


def test_a_problem_of_a_discharge_is_a_diagnosis_and_one_denied_is_refuted() -> None:
    told = bundle_of(
        document(
            section(
                "11535-2", "Chẩn đoán", problem("J18.9", "Viêm phổi"), problem("A91", "SXH", "P2", 'negationInd="true"')
            )
        )
    )
    (pneumonia, dengue) = resources(told, "Condition")
    assert pneumonia["code"]["coding"] == [
        {"system": "http://hl7.org/fhir/sid/icd-10", "code": "J18.9", "display": "Viêm phổi"}
    ]
    assert pneumonia["category"][0]["coding"][0]["code"] == "encounter-diagnosis"
    assert pneumonia["onsetDateTime"] == "2026-05-28"
    assert dengue["verificationStatus"]["coding"][0]["code"] == "refuted"


def test_an_allergy_keeps_what_it_does_and_how_badly() -> None:
    told = bundle_of(document(section("48765-2", "Dị ứng", allergy("7980", "Penicillin", "Mày đay"))))
    (found,) = resources(told, "AllergyIntolerance")
    assert found["code"]["coding"][0]["display"] == "Penicillin"
    assert found["category"] == ["medication"]
    assert found["reaction"][0]["severity"] == "severe"


def test_what_is_taken_is_told_apart_from_what_is_to_be_taken() -> None:
    told = bundle_of(document(section("10160-0", "Thuốc", medicine("Paracetamol"), medicine("Amoxicillin", "INT"),
                                      text='<paragraph ID="m1">Uống sau ăn</paragraph>')))  # fmt: skip
    (statement,) = resources(told, "MedicationStatement")
    (request,) = resources(told, "MedicationRequest")
    assert statement["medicationCodeableConcept"] == {"text": "Paracetamol"}
    assert statement["dosage"][0]["text"] == "Uống sau ăn"
    assert statement["dosage"][0]["timing"]["repeat"]["period"] == 8
    assert request["intent"] == "plan"


def test_a_vital_sign_keeps_its_unit_and_a_time_without_zone_is_of_here() -> None:
    (found,) = resources(
        bundle_of(document(section("8716-3", "Sinh hiệu", vital("8480-6", "132", "mm[Hg]")))), "Observation"
    )
    assert found["valueQuantity"]["code"] == "mm[Hg]"
    assert found["effectiveDateTime"] == "2026-05-28T10:15:00+07:00"
    assert found["category"][0]["coding"][0]["code"] == "vital-signs"


def test_the_original_is_kept_and_its_version_tells_it_apart() -> None:
    data = document(version="2")
    (kept,) = resources(bundle_of(data), "DocumentReference")
    assert kept["masterIdentifier"] == {"system": "urn:oid:2.999.7", "value": "XV-1#2"}
    assert kept["content"][0]["attachment"]["size"] == len(data)


def test_the_same_document_makes_the_same_bundle() -> None:
    assert bundle_of(document()) == bundle_of(document())


def test_a_section_refers_to_what_was_made_of_it() -> None:
    told = bundle_of(
        document(section("11450-4", "Bệnh", problem("J18.9", "Viêm phổi"), text="<content>Viêm &lt;phổi&gt;</content>"))
    )
    (composition,) = resources(told, "Composition")
    (one,) = composition["section"]
    assert one["text"]["div"] == '<div xmlns="http://www.w3.org/1999/xhtml"><span>Viêm &lt;phổi&gt;</span></div>'
    made = {each["fullUrl"]: each["resource"]["resourceType"] for each in told["entry"]}
    assert [made[each["reference"]] for each in one["entry"]] == ["Condition"]


def test_nothing_of_a_text_can_run() -> None:
    table = '<table border="1" onclick="x()"><caption>A</caption><tbody><tr><td colspan="2">1</td></tr></tbody></table>'
    told = f'{table}<linkHtml href="javascript:x()">B</linkHtml>'
    node = codec.parse(f'<ClinicalDocument xmlns="urn:hl7-org:v3"><text>{told}</text></ClinicalDocument>'.encode())
    assert narrative.div(node.one("text"), "") == (
        '<div xmlns="http://www.w3.org/1999/xhtml"><table><caption>A</caption><tbody><tr><td colspan="2">1</td></tr></tbody></table>'
        "<span>B</span></div>"
    )


@pytest.mark.parametrize(
    ("told", "read"),
    [("2026", "2026"), ("202605", "2026-05"), ("20260531", "2026-05-31"), ("20260230", None), ("0000", None), ("hôm qua", None),
     ("202605311015Z", "2026-05-31T10:15:00Z"), ("20260531101500.123-0500", "2026-05-31T10:15:00-05:00")],
)  # fmt: skip
def test_times_are_as_exact_as_they_were_told(told: str, read: str | None) -> None:
    assert datatypes.when(told, ZONE) == read


@pytest.mark.parametrize(
    "data",
    [
        b"", b"<a/>", b"not xml", b'<ClinicalDocument xmlns="urn:other"/>', b'<ClinicalDocument xmlns="urn:hl7-org:v3">',
        b'<!DOCTYPE x [<!ENTITY a "b">]><ClinicalDocument xmlns="urn:hl7-org:v3">&a;</ClinicalDocument>',
        b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><ClinicalDocument xmlns="urn:hl7-org:v3"/>',
        b'<?xml version="1.0" encoding="no-such"?><ClinicalDocument xmlns="urn:hl7-org:v3"/>',
        b'<ClinicalDocument xmlns="urn:hl7-org:v3">' + b"<a>" * 200 + b"</a>" * 200 + b"</ClinicalDocument>",
    ],
)  # fmt: skip
def test_what_is_no_document_or_could_hurt_is_refused(data: bytes) -> None:
    with pytest.raises(NotCda):
        codec.parse(data)


def test_a_document_without_id_is_refused() -> None:
    with pytest.raises(NoDocumentId):
        bundle_of(b'<ClinicalDocument xmlns="urn:hl7-org:v3"/>')
