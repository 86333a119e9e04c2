"""What is open to anybody, and what a facility may change of its own entry."""

from __future__ import annotations

from typing import Any

import pytest

from tests.access.stage import HOSPITAL, STATION, Stage

DIRECTOR = "Practitioner/director-of-hospital"


def _site(of: str) -> dict[str, Any]:
    return {
        "resourceType": "Location", "id": f"site-of-{of.partition('/')[2]}", "name": "Nhà A",
        "managingOrganization": {"reference": of},
    }  # fmt: skip


def _confirmed(of: str) -> dict[str, Any]:
    name = f"confirmed-{of.partition('/')[2]}"
    return {"resourceType": "VerificationResult", "id": name, "status": "validated", "target": [{"reference": of}]}


@pytest.fixture(scope="module", autouse=True)
def planted(stage: Stage) -> None:
    """Sites of both facilities, and somebody with private things."""
    for each in (HOSPITAL, STATION):
        stage.put(_site(each))
    stage.put({
        "resourceType": "Practitioner", "id": "private", "birthDate": "1980-02-03", "gender": "female",
        "name": [{"text": "BS. Riêng"}], "telecom": [{"system": "phone", "value": "0952999888"}],
        "identifier": [{"system": "http://fhir.vn/sid/cccd", "value": "019180000123"}],
    })  # fmt: skip


def test_anybody_reads_who_practises_and_nothing_private_of_them(stage: Stage) -> None:
    anybody = stage.as_("public", "visitor:anybody", assurance=0)
    shown = anybody.get("Practitioner/private").body
    assert shown["name"] == [{"text": "BS. Riêng"}]
    assert {"birthDate", "telecom", "identifier", "gender"} & set(shown) == set()
    for asked in ("telecom=0952999888", "identifier=019180000123", "gender=female"):
        assert anybody.get(f"Practitioner?{asked}").body.get("entry", []) == []


@pytest.mark.parametrize("path", ["Patient/an", "Encounter/visit-an", "Medication", "Slot", "CodeSystem", "Patient"])
def test_anybody_gets_nothing_else(stage: Stage, path: str) -> None:
    said = stage.as_("public", "visitor:anybody", assurance=0).get(path)
    assert said.status in (403, 404) or said.body.get("entry", []) == []


def test_a_director_changes_the_entry_of_their_own_facility_and_of_no_other(stage: Stage) -> None:
    director = stage.as_("director", DIRECTOR, HOSPITAL)
    assert director.put({**_site(HOSPITAL), "name": "Nhà B"}).status == 200
    assert director.put(_confirmed(HOSPITAL)).status == 201
    assert director.put({**_site(STATION), "name": "Nhà B"}).status in (403, 404)
    assert director.put(_confirmed(STATION)).status == 403
    assert director.put({**_site(HOSPITAL), "managingOrganization": {"reference": STATION}}).status == 403
    assert stage.doctor.put(_confirmed(HOSPITAL)).status == 404
