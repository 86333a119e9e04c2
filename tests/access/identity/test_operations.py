"""`$match`, `$merge` and `$unmerge` over the wire, as different people."""

from __future__ import annotations

from typing import Any

from tests.access.stage import HOSPITAL, STATION, Said, Stage

CCCD = "http://fhir.vn/sid/cccd"
GRADE = "http://hl7.org/fhir/StructureDefinition/match-grade"


def _patient(name: str, text: str, number: str = "", **more: Any) -> dict[str, Any]:
    numbers = {"identifier": [{"system": CCCD, "value": number}]} if number else {}
    return {
        "resourceType": "Patient", "id": name, "name": [{"text": text}], "gender": "male", "birthDate": "1975-06-07",
        "telecom": [{"system": "phone", "value": "0950001111"}], "address": [{"line": ["Xóm 9"], "city": "Xã Phú Đình"}],
        **numbers, **more,
    }  # fmt: skip


def _match(stage: Stage, patient: dict[str, Any], role: str = "receptionist", **more: Any) -> Said:
    parameters = [{"name": "resource", "resource": patient}]
    parameters += [
        {"name": name, "valueBoolean" if isinstance(value, bool) else "valueInteger": value}
        for name, value in more.items()
    ]
    body = {"resourceType": "Parameters", "parameter": parameters}
    return stage.as_(role, f"Practitioner/{role}", HOSPITAL).send("POST", "Patient/$match", body)


def _grades(said: Said) -> dict[str, str]:
    return {
        each["resource"]["id"]: each["search"]["extension"][0]["valueCode"]
        for each in said.body.get("entry", ())
        if each["search"]["extension"][0]["url"] == GRADE
    }


def test_the_likeliest_come_first_with_their_grade(stage: Stage) -> None:
    stage.put(_patient("m1", "Triệu Văn Sơn", "019075000001"))
    stage.put(_patient("m2", "Triệu Văn Sơn", birthDate="1975"))
    found = _match(stage, _patient("x", "TRIEU VAN SON", "019075000001"))
    assert found.status == 200
    assert [each for each in _grades(found) if each in ("m1", "m2")] == ["m1", "m2"]
    assert _grades(found)["m1"] == "certain"
    scores = [each["search"]["score"] for each in found.body["entry"]]
    assert scores == sorted(scores, reverse=True)
    assert _grades(_match(stage, _patient("x", "TRIEU VAN SON", "019075000001"), onlyCertainMatches=True)) == {
        "m1": "certain"
    }
    assert len(_grades(_match(stage, _patient("x", "TRIEU VAN SON", "019075000001"), count=1))) == 1


def test_it_is_masked_as_a_search_is_and_gives_nothing_away_by_the_score(stage: Stage) -> None:
    stage.put(_patient("m3", "Lường Văn Páo"))
    receptionist = stage.as_("receptionist", "Practitioner/receptionist", HOSPITAL)
    searched = receptionist.get("Patient?_id=m3").body["entry"][0]["resource"]
    asked = _patient("x", "Lường Văn Páo")
    with_phone, without = (
        _match(stage, asked),
        _match(stage, {name: each for name, each in asked.items() if name != "telecom"}),
    )
    assert with_phone.body["entry"][0]["resource"] == searched
    assert "telecom" not in searched
    assert with_phone.body["entry"][0]["search"] == without.body["entry"][0]["search"]


def test_who_may_not_search_finds_nobody(stage: Stage) -> None:
    stage.put(_patient("m4", "Hứa Văn Tý", "019075000004"))
    assert _grades(_match(stage, _patient("x", "Hứa Văn Tý", "019075000004"), role="director")) == {}


def test_what_was_shown_stands_in_the_log(stage: Stage) -> None:
    stage.put(_patient("m5", "Bế Văn Đán", "019075000005"))
    _match(stage, _patient("x", "Bế Văn Đán", "019075000005"), role="pharmacist")
    officer = stage.as_("privacy-officer", "Practitioner/po", "Organization/cdc")
    log = officer.get("AuditEvent?patient=Patient/m5").body
    assert any("pharmacist" in str(each) for each in log["entry"])


def test_without_a_patient_it_says_what_is_missing(stage: Stage) -> None:
    body = {"resourceType": "Parameters", "parameter": []}
    assert stage.doctor.send("POST", "Patient/$match", body).status == 400


def _merge(stage: Stage, source: str, target: str, role: str = "steward", **more: Any) -> Said:
    parameters = [
        {"name": "source-patient", "valueReference": {"reference": f"Patient/{source}"}},
        {"name": "target-patient", "valueReference": {"reference": f"Patient/{target}"}},
        *({"name": name, "valueBoolean": value} for name, value in more.items()),
    ]
    body = {"resourceType": "Parameters", "parameter": parameters}
    return stage.as_(role, f"Practitioner/{role}", STATION).send("POST", "Patient/$merge", body)


def _visit(name: str, patient: str) -> dict[str, Any]:
    return {
        "resourceType": "Encounter", "id": name, "status": "finished", "class": {"code": "AMB"},
        "subject": {"reference": f"Patient/{patient}"},
    }  # fmt: skip


def test_a_steward_merges_and_takes_it_back(stage: Stage) -> None:
    stage.put(_patient("s1", "Chu Văn Lìn"))
    stage.put(_patient("t1", "Chu Văn Lìn", "019075000011"))
    stage.put(_visit("v1", "s1"))
    assert _merge(stage, "s1", "t1", preview=True).status == 200
    assert stage.system.send("GET", "/Encounter/v1").body.count(b"Patient/s1") == 1
    done = _merge(stage, "s1", "t1")
    told = {each["name"]: each for each in done.body["parameter"]}
    assert told["outcome"]["resource"]["resourceType"] == "OperationOutcome"
    assert told["result"]["resource"]["link"] == [{"other": {"reference": "Patient/s1"}, "type": "replaces"}]
    assert b"Patient/t1" in stage.system.send("GET", "/Encounter/v1").body
    back = {"resourceType": "Parameters", "parameter": [{"name": "merge", "valueString": told["merge"]["valueString"]}]}
    steward = stage.as_("steward", "Practitioner/steward", STATION)
    assert steward.send("POST", "Patient/$unmerge", back).status == 200
    assert b"Patient/s1" in stage.system.send("GET", "/Encounter/v1").body
    assert steward.get("Encounter/v1").status == 404


def test_patients_are_named_by_identifiers_too(stage: Stage) -> None:
    stage.put(_patient("s2", "Đàm Văn Lục"))
    stage.put(_patient("t2", "Đàm Văn Lục", "019075000022"))
    parameters = [
        {"name": "source-patient", "valueReference": {"reference": "Patient/s2"}},
        {"name": "target-patient-identifier", "valueIdentifier": {"system": CCCD, "value": "019075000022"}},
    ]
    steward = stage.as_("steward", "Practitioner/steward", STATION)
    done = steward.send("POST", "Patient/$merge", {"resourceType": "Parameters", "parameter": parameters})
    assert done.status == 200
    again = steward.send("POST", "Patient/$merge", {"resourceType": "Parameters", "parameter": parameters})
    assert again.status == 200


def test_nobody_but_a_steward_merges(stage: Stage) -> None:
    stage.put(_patient("s3", "Mai Văn Nam"))
    stage.put(_patient("t3", "Mai Văn Nam"))
    assert _merge(stage, "s3", "t3", role="doctor").status == 403
    assert _merge(stage, "s3", "s3").status == 400
    assert _merge(stage, "s3", "nobody").status == 404
