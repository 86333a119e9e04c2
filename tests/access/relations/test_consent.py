"""What a citizen consents to is in force at once: in reads, searches, counts and chains; and so is what is taken back."""

from __future__ import annotations

from typing import Any

from tests.access.stage import (
    AN,
    BINH,
    CDC,
    CHILD,
    DOCTOR,
    HOSPITAL,
    LABELS,
    MOTHER,
    OTHER_DOCTOR,
    STATION,
    TEEN,
    Actor,
    Stage,
)

SCOPES = "http://terminology.hl7.org/CodeSystem/consentscope"


def consent(name: str, patient: str, scope: str = "patient-privacy", **provision: Any) -> dict[str, Any]:
    """An active Consent with one provision."""
    return {
        "resourceType": "Consent", "id": name, "status": "active",
        "scope": {"coding": [{"system": SCOPES, "code": scope}]},
        "category": [{"coding": [{"system": "http://loinc.org", "code": "59284-0"}]}],
        "patient": {"reference": patient}, "dateTime": "2026-11-23",
        "policyRule": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "OPTIN"}]},
        "provision": provision,
    }  # fmt: skip


def actor(reference: str) -> list[dict[str, Any]]:
    """Whom a provision is about."""
    role = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ParticipationType", "code": "IRCP"}]}
    return [{"role": role, "reference": {"reference": reference}}]


def seen(who: Actor) -> list[str]:
    """Conditions of An that somebody finds."""
    return who.get("Condition?subject=Patient/an&_sort=_id").ids


def test_who_is_shut_out_finds_nothing_from_the_next_request_on(stage: Stage) -> None:
    assert seen(stage.doctor) == ["Condition/pressure-an"]
    stage.put(consent("hide", AN, type="deny", actor=actor(HOSPITAL)))
    assert seen(stage.doctor) == []
    assert stage.doctor.get("Condition/pressure-an").status == 404
    assert stage.doctor.get("Patient?_has:Condition:subject:code=I10").ids == []
    stage.delete("Consent/hide")
    assert seen(stage.doctor) == ["Condition/pressure-an"]


def test_one_category_is_hidden_and_the_rest_stays(stage: Stage) -> None:
    clinic = stage.as_("doctor", "Practitioner/hiv", HOSPITAL, programmes=("HIV",))
    assert seen(clinic) == ["Condition/hiv-an", "Condition/pressure-an"]
    stage.put(consent("hide", AN, type="deny", securityLabel=[{"system": LABELS, "code": "HIV"}]))
    assert seen(clinic) == ["Condition/pressure-an"]
    stage.delete("Consent/hide")


def test_one_type_is_hidden_and_the_rest_stays(stage: Stage) -> None:
    stage.put(
        consent(
            "hide",
            AN,
            type="deny",
            **{"class": [{"system": "http://hl7.org/fhir/resource-types", "code": "Condition"}]},
        )
    )
    assert seen(stage.doctor) == []
    assert stage.doctor.get("Encounter/visit-an").status == 200
    stage.delete("Consent/hide")


def test_hiding_does_not_hide_from_oneself(stage: Stage) -> None:
    stage.put(consent("hide", AN, type="deny"))
    assert len(seen(stage.as_("citizen", AN))) == 3
    stage.delete("Consent/hide")


def test_a_consent_ends_with_its_period_and_with_its_status(stage: Stage) -> None:
    stage.put(consent("hide", AN, type="deny", period={"start": "2020-01-01", "end": "2020-12-31"}))
    assert seen(stage.doctor) == ["Condition/pressure-an"]
    stage.put({**consent("hide", AN, type="deny"), "status": "inactive"})
    assert seen(stage.doctor) == ["Condition/pressure-an"]
    stage.delete("Consent/hide")


def test_sharing_opens_to_one_doctor_even_what_is_sensitive(stage: Stage) -> None:
    share = consent(
        "share", AN, type="permit", actor=actor(OTHER_DOCTOR), securityLabel=[{"system": LABELS, "code": "HIV"}]
    )
    stage.put(share)
    assert seen(stage.other_doctor) == ["Condition/hiv-an"]
    assert seen(stage.as_("doctor", "Practitioner/third", CDC)) == []
    stage.delete("Consent/share")
    assert seen(stage.other_doctor) == []


def test_research_sees_only_those_who_agreed_and_only_what_tells_nobody(stage: Stage) -> None:
    researcher = stage.as_("researcher", "Practitioner/researcher")
    assert researcher.get("Patient").ids == []
    stage.put(consent("research", AN, "research", type="permit"))
    found = researcher.get("Patient")
    assert found.ids == [AN]
    shown = found.body["entry"][0]["resource"]
    assert (shown["birthDate"], "name" in shown, "identifier" in shown) == ("1960", False, False)
    assert researcher.get("Patient?name=nguyen").ids == []
    assert researcher.get("Condition?subject=Patient/an").ids == ["Condition/pressure-an"]
    stage.delete("Consent/research")
    assert researcher.get("Patient").ids == []


def test_citizens_write_their_own_consents_and_nobody_elses(stage: Stage) -> None:
    binh = stage.as_("citizen", BINH)
    assert binh.put(consent("own", BINH, type="deny", actor=actor(HOSPITAL))).status == 201
    assert binh.put(consent("foreign", AN, type="deny")).status == 403
    assert binh.put(consent("foreign-child", CHILD, type="deny")).status == 403
    stage.delete("Consent/own")


def reason(text: str) -> dict[str, Any]:
    """Parameters of $emergency-access."""
    return {"resourceType": "Parameters", "parameter": [{"name": "reason", "valueString": text}]}


def test_emergency_access_opens_one_record_and_tells_the_citizen(stage: Stage) -> None:
    rushed = stage.as_("doctor", "Practitioner/rushed", CDC)
    assert seen(rushed) == []
    opened = rushed.send("POST", f"{AN}/$emergency-access", reason("Bất tỉnh, cần biết bệnh nền và thuốc"))
    assert opened.status == 201
    assert seen(rushed) == ["Condition/hiv-an", "Condition/labelled-an", "Condition/pressure-an"]
    assert rushed.get("Condition?subject=Patient/binh").ids == []
    assert rushed.put({"resourceType": "Condition", "id": "pressure-an", "subject": {"reference": AN}}).status == 403
    message = stage.as_("citizen", AN).get("Communication?_sort=-sent&_count=1").body["entry"][0]["resource"]
    assert message["sender"]["reference"] == "Practitioner/rushed"


def test_emergency_access_needs_reason_factor_and_role(stage: Stage) -> None:
    path = f"{AN}/$emergency-access"
    assert stage.as_("doctor", DOCTOR, HOSPITAL).send("POST", path, reason("gấp")).status == 422
    assert (
        stage.as_("doctor", DOCTOR, HOSPITAL, assurance=1).send("POST", path, reason("bệnh nhân bất tỉnh")).status
        == 401
    )
    assert stage.as_("receptionist", DOCTOR, HOSPITAL).send("POST", path, reason("bệnh nhân bất tỉnh")).status == 403
    assert stage.doctor.send("POST", "Patient/nobody/$emergency-access", reason("bệnh nhân bất tỉnh")).status == 404


def test_what_is_found_of_each_person_is_what_is_found_of_all(stage: Stage) -> None:
    hidden = {"class": [{"system": "http://hl7.org/fhir/resource-types", "code": "Encounter"}]}
    stage.put(consent("hide", AN, type="deny", actor=actor(HOSPITAL), **hidden))
    actors = (
        stage.doctor, stage.other_doctor, stage.as_("citizen", AN), stage.as_("citizen", MOTHER),
        stage.as_("station-worker", "Practitioner/worker", STATION),
        stage.as_("doctor", "Practitioner/hiv", HOSPITAL, programmes=("HIV",)),
    )  # fmt: skip
    for who in actors:
        for kind, asked in (
            ("Condition", "patient"),
            ("Encounter", "subject"),
            ("Patient", "_id"),
            ("RelatedPerson", "patient"),
        ):
            every = [who.get(f"{kind}?{asked}={one.removeprefix('Patient/')}").ids for one in PEOPLE]
            assert sorted(found for ids in every for found in ids) == sorted(who.get(kind).ids)
    stage.delete("Consent/hide")


PEOPLE = (AN, BINH, CHILD, TEEN, MOTHER)
