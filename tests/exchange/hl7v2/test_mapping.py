"""What a message says, said in FHIR."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from anlanh.exchange.hl7v2 import codec, mapping
from anlanh.exchange.hl7v2.mapping import dates, rows
from anlanh.exchange.hl7v2.sites import Site, Sites
from anlanh.fhir.validate.structure import structure

HEAD = "MSH|^~\\&|HIS|BVA|EMR|TN|20260601080000||{type}|M1|P|2.5\r"
PID = "PID|1||12^^^BVA^MR~079203001234^^^CCCD^NI||NGUYỄN^AN^VĂN||19800102|M|||12 LÊ LỢI^^THÁI NGUYÊN^^25000^VNM^H||0912345678^PRN^CP\r"


def bundle(kind: str, *segments: str, site: Site | None = None) -> dict[str, list[dict[str, Any]]]:
    """Resources of the Bundle by type."""
    message = codec.parse((HEAD.format(type=kind) + "\r".join(segments)).encode())
    found: dict[str, list[dict[str, Any]]] = {}
    for entry in mapping.to_bundle(message, site or Site())["entry"]:
        found.setdefault(entry["resource"]["resourceType"], []).append(entry["resource"])
    return found


def test_a_patient_has_name_birth_date_sex_address_and_identifiers() -> None:
    (patient,) = bundle("ADT^A04", PID)["Patient"]
    assert patient["name"] == [{"family": "NGUYỄN", "given": ["AN", "VĂN"]}]
    assert (patient["birthDate"], patient["gender"]) == ("1980-01-02", "male")
    assert [each["value"] for each in patient["identifier"]] == ["12", "079203001234"]
    assert patient["address"][0]["line"] == ["12 LÊ LỢI"]
    assert patient["telecom"] == [{"system": "phone", "value": "0912345678", "use": "home"}]


def test_an_overlay_tells_what_a_sender_means() -> None:
    overlay = {
        "*|BVA": {
            "identifiers": {"CCCD": "http://fhir.vn/sid/cccd"},
            "codes": {"HL70001": {"1": "M"}},
            "systems": {"XN": "http://bva.vn/xn"},
            "drop": ["PID-11"],
            "move": {"PID-4": "PID-13"},
        }
    }
    site = Sites(overlay, "Asia/Ho_Chi_Minh").of("HIS|BVA")
    sent = "PID|1||079203001234^^^CCCD^NI|0988^PRN^PH|A^B|||1|||X"
    found = bundle("ORU^R01", sent, "OBX|1|CE|GLU^Đường^XN||H^Cao^XN", site=site)
    (patient,) = found["Patient"]
    assert patient["identifier"][0]["system"] == "http://fhir.vn/sid/cccd"
    assert patient["gender"] == "male"
    assert "address" not in patient
    assert patient["telecom"][0]["value"] == "0988"
    assert found["Observation"][0]["code"]["coding"][0]["system"] == "http://bva.vn/xn"


@pytest.mark.parametrize(("middle", "given"), [(False, ["AN", "VĂN"]), (True, ["VĂN", "AN"])])
def test_a_middle_name_stands_before_the_given_name_where_the_sender_says_so(middle: bool, given: list[str]) -> None:
    told = bundle("ADT^A28", PID, site=Site(middle=middle))["Patient"][0]["name"][0]
    assert (told["family"], told["given"]) == ("NGUYỄN", given)


def test_what_only_the_sender_knows_is_put_below_its_base() -> None:
    (patient,) = bundle("ADT^A04", PID, site=Site(base="https://bva.vn/hl7"))["Patient"]
    assert patient["identifier"][0]["system"] == "https://bva.vn/hl7/identifier/BVA"


def test_a_result_is_a_report_with_its_observations_and_the_order_it_answers() -> None:
    found = bundle(
        "ORU^R01", PID, "ORC|RE|P1|F1", "OBR|1|P1|F1|58410-2^CBC^LN|||20260601070000" + "|" * 15 + "20260601075500|||F",
        "OBX|1|NM|718-7^Hb^LN||13.50|g/dL^^UCUM|12-16|N|||F", "NTE|1||đã kiểm tra", "OBX|2|ST|X^Ghi chú^L||bình thường||||||F",
    )  # fmt: skip
    (report,), (request,) = found["DiagnosticReport"], found["ServiceRequest"]
    first, second = found["Observation"]
    assert len(report["result"]) == 2
    assert report["status"] == "final"
    assert (
        [each["value"] for each in report["identifier"]]
        == ["P1", "F1"]
        == [each["value"] for each in request["identifier"]]
    )
    assert first["valueQuantity"] == {
        "value": Decimal("13.50"),
        "unit": "g/dL",
        "code": "g/dL",
        "system": "http://unitsofmeasure.org",
    }
    assert first["note"] == [{"text": "đã kiểm tra"}]
    assert second["valueString"] == "bình thường"


@pytest.mark.parametrize(
    ("kind", "sent", "wanted"),
    [
        ("NM", "5.0", {"valueQuantity": {"value": Decimal("5.0")}}),
        ("NM", "không đo", {"valueString": "không đo"}),
        ("SN", ">^100", {"valueQuantity": {"value": Decimal(100), "comparator": ">"}}),
        ("SN", "^1^-^5", {"valueRange": {"low": {"value": Decimal(1)}, "high": {"value": Decimal(5)}}}),
        ("DT", "20260601", {"valueDateTime": "2026-06-01"}),
        ("TM", "0830", {"valueTime": "08:30:00"}),
        ("CWE", "A^B^LN", {"valueCodeableConcept": {"coding": [{"system": "http://loinc.org", "code": "A", "display": "B"}]}}),
        ("ZZ", "gì đó", {"valueString": "gì đó"}),
    ],
)  # fmt: skip
def test_a_value_is_read_by_its_type(kind: str, sent: str, wanted: dict[str, Any]) -> None:
    (found,) = bundle("ORU^R01", PID, f"OBX|1|{kind}|1^X^LN||{sent}||||||F")["Observation"]
    assert {name: found[name] for name in found if name.startswith("value")} == wanted


def test_two_professionals_in_one_field_stay_two_people() -> None:
    found = bundle("ADT^A01", PID, "PV1|1|I|||||D1^AN~D2^BÌNH")
    assert [each["name"][0]["family"] for each in found["Practitioner"]] == ["AN", "BÌNH"]
    assert len(found["Encounter"][0]["participant"]) == 2


def test_a_field_for_one_value_takes_the_first_of_several() -> None:
    found = bundle("ORM^O01", PID, "ORC|NW|1||||||||||D1^AN~D2^BÌNH", "OBR|1|1||X")
    assert {each["identifier"][0]["value"] for each in found["Practitioner"]} == {"D1"}
    assert {each["name"][0]["family"] for each in found["Practitioner"]} == {"AN"}


@pytest.mark.parametrize(
    ("event", "pv1", "status"),
    [
        ("A01", "PV1|1|I", "in-progress"),
        ("A05", "PV1|1|I", "planned"),
        ("A03", "PV1|1|I", "finished"),
        ("A11", "PV1|1|I", "cancelled"),
        ("A13", "PV1|1|I" + "|" * 42 + "20260601|20260602", "in-progress"),
        ("A08", "PV1|1|I" + "|" * 42 + "20260601|20260602", "finished"),
    ],
)
def test_the_event_decides_what_became_of_a_stay(event: str, pv1: str, status: str) -> None:
    (encounter,) = bundle(f"ADT^{event}", PID, pv1)["Encounter"]
    assert encounter["status"] == status


def test_a_merge_links_the_person_given_up_to_the_one_that_stays() -> None:
    stays, gone = bundle("ADT^A40", PID, "MRG|99^^^BVA^MR||||||TRẦN^B")["Patient"]
    assert gone["identifier"][0]["value"] == "99"
    assert gone["active"] is False
    assert [each["type"] for each in gone["link"]] == ["replaced-by"]
    assert [each["type"] for each in stays["link"]] == ["replaces"]


def test_without_a_merge_event_mrg_gives_nobody_up() -> None:
    assert len(bundle("ADT^A08", PID, "MRG|99^^^BVA^MR")["Patient"]) == 1


def test_the_same_message_makes_the_same_bundle() -> None:
    message = (HEAD.format(type="ADT^A01") + PID + "PV1|1|I|K1^P2^G3^BVA").encode()
    first, second = (mapping.to_bundle(codec.parse(message), Site()) for _ in range(2))
    assert first == second


@pytest.mark.parametrize(
    ("sent", "wanted"),
    [
        ("20260601", "2026-06-01"),
        ("202606", "2026-06"),
        ("2026", "2026"),
        ("202606010830", "2026-06-01T08:30:00+07:00"),
        ("20260601083015.25+0000", "2026-06-01T08:30:15.25Z"),
        ("0000", None),
        ("00010101", None),
        ("20260230", None),
        ("202606012599", "2026-06-01"),
        ("hôm qua", None),
        ("٢٠٢٦", None),
    ],
)
def test_a_moment_keeps_its_precision_and_what_is_none_is_left_out(sent: str, wanted: str | None) -> None:
    assert dates.date_time(sent, Site().zone) == wanted


EVERYTHING = (
    PID, "PD1||||D1^A", "NK1|1|LÊ^B|MTH", "PV1|1|I|K1^P2^G3^BVA|E||K0|D1^A|||MED||||||||D2^B||V1^^^BVA^VN", "PV2||||||||20260601",
    "DG1|1||J18.9^Viêm phổi^I10||20260601|A", "AL1|1|DA|P^Penicillin|SV|phát ban", "PR1|1||X^Mổ^L||20260601", "GT1|1||LÊ^C",
    "IN1|1|BHYT|79|BHXH|||||||||20260101|20261231", "ORC|NW|P1|F1||SC", "OBR|1|P1|F1|X^Y^L|||20260601", "OBX|1|ST|X^Y^L||a||||||F",
    "SPM|1|S1&BVA^S2||BLD", "RXA|0|1|20260601||20^DTaP^CVX|0.5|mL^^UCUM", "RXR|IM^^HL70162", "SCH|A1|||||X|ROUTINE|NORMAL|30|min",
    "TXA|1|DS|TEXT|20260601", "FT1|1|||20260601||CG|X", "RXO|A^Thuốc^L|1||mg", "RXE||A^Thuốc^L|1||mg",
)  # fmt: skip


@pytest.mark.parametrize(
    "kind", ["ADT^A01", "ORU^R01", "ORM^O01", "OML^O21", "SIU^S12", "VXU^V04", "MDM^T02", "DFT^P03", "BAR^P01"]
)
def test_every_resource_of_every_segment_has_the_shape_of_fhir(kind: str) -> None:
    for resources in bundle(kind, *EVERYTHING).values():
        for resource in resources:
            assert [issue for issue in structure(resource) if issue.fails] == [], resource


def test_the_whole_table_can_be_read() -> None:
    assert len(rows.blocks()) > 50
