"""SMART App Launch from the browser's first step to the record: standalone and from here, for citizens and staff."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from anlanh.access.accounts.model import Method
from anlanh.access.oauth.model import Kind
from anlanh.platform.work import Work
from tests.access.oauth.house import BACK, FHIR, OWN, App, House, bearer, query
from tests.access.stage import AN, BINH, CHILD, DOCTOR, HOSPITAL, MOTHER


def test_a_citizens_app_gets_from_the_first_step_to_the_record(house: House) -> None:
    """SMART [48 73-75 78 84 85 88 136 144 348 353 355 363 367]"""
    app, an = house.app(), house.citizen(AN)
    answer = app.tokens(an, "launch/patient openid fhirUser patient/*.rs")
    assert answer["patient"] == "an"
    assert answer["token_type"] == "Bearer"
    assert answer["scope"] == "launch/patient openid fhirUser patient/*.rs"
    found = house.ask("GET", "/fhir/Condition", headers=bearer(answer["access_token"])).json()
    assert {entry["resource"]["id"] for entry in found["entry"]} == {"pressure-an", "hiv-an", "labelled-an"}


def test_the_code_and_the_state_come_back_to_the_registered_address(house: House) -> None:
    """SMART [53 56 57 59]"""
    app, an = house.app(), house.citizen(AN)
    location = an.allow(app.authorize("patient/*.rs", state="áé ü&=?")).headers["location"]
    assert location.startswith(f"{BACK}?")
    assert query(location)["state"] == "áé ü&=?"
    assert query(location)["iss"] == OWN
    assert len(query(location)["code"]) >= 43


def test_an_authorisation_request_may_come_by_post(house: House) -> None:
    """SMART [49 354]"""
    answer = house.ask("POST", "/oauth/authorize", data=house.app().request("patient/*.rs"))
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/cho-phep?ma=")


def test_who_is_not_signed_in_is_asked_to_and_comes_back(house: House) -> None:
    consent = house.app().authorize("patient/*.rs")
    answer = house.ask("GET", consent)
    assert query(answer.headers["location"])["next"] == consent


def test_who_does_not_allow_it_sends_the_app_an_error_and_the_state(house: House) -> None:
    """SMART [54]"""
    app, an = house.app(), house.citizen(AN)
    consent = app.authorize("patient/*.rs")
    answer = an.send("/cho-phep", {"ma": query(consent)["ma"], "decision": "deny"}, seen=consent)
    assert query(answer.headers["location"])["error"] == "access_denied"
    assert query(answer.headers["location"])["state"] == "s-1"


def test_people_take_scopes_out_one_by_one(house: House) -> None:
    app, an = house.app(), house.citizen(AN)
    consent = app.authorize("patient/Observation.rs patient/Condition.rs")
    code = query(an.allow(consent, scopes=["patient/Condition.rs"]).headers["location"])["code"]
    answer = app.redeem(code).json()
    assert answer["scope"] == "patient/Condition.rs"
    got = house.ask("GET", "/fhir/Observation", headers=bearer(answer["access_token"]))
    assert got.json().get("entry", []) == []


def test_nothing_is_ticked_beforehand_and_all_may_be_allowed_outright(house: House) -> None:
    app, an = house.app(), house.citizen(AN)
    consent = app.authorize("patient/Observation.rs patient/Condition.rs")
    page = an.see(consent).text
    assert not re.search(r'type="checkbox"[^>]*checked', page)
    fields = {"ma": query(consent)["ma"], "decision": "allow", "patient": AN}
    assert "Chưa chọn mục nào" in an.send("/cho-phep", fields, seen=consent).text
    location = an.send("/cho-phep", fields | {"decision": "allow-all"}, seen=consent).headers["location"]
    assert app.redeem(query(location)["code"]).json()["scope"] == "patient/Observation.rs patient/Condition.rs"


def test_a_mother_chooses_between_herself_and_her_children(house: House) -> None:
    app, mother = house.app(), house.citizen(MOTHER)
    page = mother.see(app.authorize("launch/patient patient/*.rs"))
    assert 'value="Patient/mother"' in page.text
    assert 'value="Patient/child"' in page.text
    assert 'value="Patient/an"' not in page.text
    answer = app.tokens(mother, "launch/patient patient/*.rs openid fhirUser", patient=CHILD)
    assert answer["patient"] == "child"
    got = house.ask("GET", "/fhir/Condition", headers=bearer(answer["access_token"])).json()
    assert [entry["resource"]["id"] for entry in got["entry"]] == ["cold-child"]


def test_nobody_points_an_app_at_a_stranger(house: House) -> None:
    app, mother = house.app(), house.citizen(MOTHER)
    answer = mother.allow(app.authorize("launch/patient patient/*.rs"), patient=AN)
    assert answer.status_code == 404
    assert "location" not in answer.headers


def test_the_one_who_is_signed_in_can_be_read_by_the_address_in_the_id_token(house: House) -> None:
    """SMART [197 198 200 205 209 210 358]"""
    app, mother = house.app(), house.citizen(MOTHER)
    answer = app.tokens(mother, "launch/patient patient/Condition.rs openid fhirUser", patient=CHILD)
    keys = KeySet.import_key_set(house.ask("GET", "/oauth/jwks.json").json())
    decoded = jwt.decode(answer["id_token"], keys, algorithms=["RS256"])
    assert decoded.claims["fhirUser"] == f"{FHIR}/{MOTHER}"
    assert (decoded.claims["iss"], decoded.claims["aud"]) == (OWN, app.id)
    assert (decoded.claims["nonce"], decoded.claims["sub"]) == ("n-1", MOTHER)
    assert decoded.claims["exp"] > decoded.claims["iat"]
    headers = bearer(answer["access_token"])
    assert house.ask("GET", decoded.claims["fhirUser"].removeprefix(OWN), headers=headers).status_code == 200
    assert house.ask("GET", f"/fhir/{CHILD}", headers=headers).status_code == 404


def test_without_openid_there_is_no_id_token(house: House) -> None:
    assert "id_token" not in house.app().tokens(house.citizen(AN), "patient/*.rs")


def test_a_doctor_opens_an_app_on_a_visit(house: House) -> None:
    """SMART [149 168-171 173-175 351 352 359-362]"""
    app, doctor = house.app(Kind.SYMMETRIC), house.worker(DOCTOR, "doctor", HOSPITAL)
    fields = {"client": app.id, "patient": AN, "encounter": "Encounter/visit-an", "intent": "order-review"}
    opened = query(doctor.send("/oauth/launch", fields).headers["location"])
    assert opened["iss"] == FHIR
    answer = app.tokens(doctor, "launch openid fhirUser patient/*.rs user/Practitioner.r", launch=opened["launch"])
    assert (answer["patient"], answer["encounter"], answer["intent"]) == ("an", "visit-an", "order-review")
    assert answer["need_patient_banner"] is True
    assert house.ask("GET", answer["smart_style_url"].removeprefix(OWN)).json()["color_text"]
    got = house.ask("GET", "/fhir/Condition", headers=bearer(answer["access_token"])).json()
    assert [entry["resource"]["id"] for entry in got["entry"]] == ["pressure-an"]
    assert house.ask("GET", "/fhir/Patient/binh", headers=bearer(answer["access_token"])).status_code == 404


def test_a_launch_is_good_once_and_for_one_person_and_app(house: House) -> None:
    app, other = house.app(), house.app()
    an, binh = house.citizen(AN), house.citizen(BINH)
    opened = [
        query(an.send("/oauth/launch", {"client": app.id, "patient": AN}).headers["location"])["launch"]
        for _ in range(3)
    ]
    assert query(other.authorize("launch patient/*.rs", launch=opened[0]))["error"] == "invalid_request"
    consent = app.authorize("launch patient/*.rs", launch=opened[1])
    assert binh.see(consent).status_code == 403
    assert an.see(consent).status_code == 200
    assert query(app.authorize("launch patient/*.rs", launch=opened[1]))["error"] == "invalid_request"
    assert query(app.authorize("launch patient/*.rs"))["error"] == "invalid_request"


def test_nobody_opens_an_app_on_a_record_that_is_not_for_them(house: House) -> None:
    app, an = house.app(), house.citizen(AN)
    answer = an.send("/oauth/launch", {"client": app.id, "patient": BINH})
    assert answer.status_code == 404


def test_staff_look_a_patient_up_for_an_app_that_was_opened_by_itself(house: House) -> None:
    """SMART [164 350]"""
    app, doctor = house.app(), house.worker(DOCTOR, "doctor", HOSPITAL)
    consent = app.authorize("launch/patient patient/*.rs")
    assert 'name="patient"' not in doctor.see(consent).text
    found = doctor.see(f"{consent}&tim=binh").text
    assert 'value="Patient/binh"' in found
    location = doctor.allow(consent, patient=BINH).headers["location"]
    answer = app.redeem(query(location)["code"]).json()
    assert answer["patient"] == "binh"
    got = house.ask("GET", "/fhir/Condition", headers=bearer(answer["access_token"])).json()
    assert got.get("entry", []) == [], "the visit has ended: the app sees no more than the doctor"


@pytest.mark.parametrize("scope", ["patient/QuestionnaireResponse.c", "patient/*.rs offline_access"])
def test_what_changes_the_record_or_goes_on_by_itself_asks_for_two_factors(house: House, scope: str) -> None:
    by_phone = house.citizen(AN, Method.PHONE)
    consent = house.app().authorize(scope)
    assert by_phone.see(consent).headers["location"].startswith("/xac-nhan-lai?next=/cho-phep")
    answer = by_phone.send("/cho-phep", {"ma": query(consent)["ma"], "decision": "allow", "scopes": scope.split()})
    assert answer.headers["location"].startswith("/xac-nhan-lai")


def test_what_was_allowed_is_remembered_only_for_apps_that_nobody_can_pretend_to_be(house: House) -> None:
    an = house.citizen(AN)
    sure, any_page = house.app(), house.app(redirect_uris=("http://localhost:4567/",))
    sure.tokens(an, "launch/patient patient/*.rs")
    again = an.see(sure.authorize("launch/patient patient/Condition.rs", prompt=None))
    assert query(again.headers["location"])["code"]
    assert an.see(sure.authorize("launch/patient patient/*.rs user/*.rs", prompt=None)).status_code == 200
    assert an.see(sure.authorize("patient/*.rs")).status_code == 200
    back = "http://localhost:4567/"
    code = an.allow(any_page.authorize("patient/*.rs", redirect_uri=back)).headers["location"]
    assert any_page.redeem(query(code)["code"], redirect_uri=back).status_code == 200
    assert an.see(any_page.authorize("patient/*.rs", redirect_uri=back, prompt=None)).status_code == 200


def test_what_is_remembered_does_not_last_longer_and_needs_the_same_proof(house: House) -> None:
    app, an = house.app(), house.citizen(AN)
    scope = "patient/*.rs offline_access"
    app.redeem(query(an.allow(app.authorize(scope), days=1).headers["location"])["code"])
    assert query(an.see(app.authorize(scope, prompt=None)).headers["location"])["code"]

    async def longest(work: Work) -> timedelta:
        sql = "select max(until_at) - min(allowed_at) from oauth_grant where client_id = $1"
        return await work.connection.fetchval(sql, app.id)

    assert house.do(longest) == timedelta(days=1)
    by_phone = house.citizen(AN, Method.PHONE)
    assert by_phone.see(app.authorize(scope, prompt=None)).headers["location"].startswith("/xac-nhan-lai")
    refused = by_phone.see(app.authorize(scope, prompt="none"))
    assert query(refused.headers["location"])["error"] == "interaction_required"


def test_an_app_that_must_not_ask_is_told_that_it_would_have_to(house: House) -> None:
    answer = house.citizen(AN).see(house.app().authorize("patient/*.rs", prompt="none"))
    assert query(answer.headers["location"])["error"] == "interaction_required"


def test_a_person_sees_the_app_in_the_list_of_who_has_looked(house: House) -> None:
    app, an = house.app(), house.citizen(AN)
    answer = app.tokens(an, "patient/*.rs")
    house.ask("GET", "/fhir/Condition/pressure-an", headers=bearer(answer["access_token"]))
    log = house.ask("GET", f"/fhir/AuditEvent?patient={AN}", headers=bearer(_own(house, app))).text
    assert app.id in log


def _own(house: House, app: App) -> str:
    return str(app.tokens(house.citizen(AN), "user/*.rs")["access_token"])


def test_scopes_of_version_1_are_read_as_those_of_version_2(house: House) -> None:
    """SMART [369]"""
    app, an = house.app(), house.citizen(AN)
    answer = app.tokens(an, "patient/Condition.read patient/Patient.*")
    assert answer["scope"].split()[0] == "patient/Condition.read"
    got = house.ask("GET", "/fhir/Condition", headers=bearer(answer["access_token"])).json()
    assert got["total"] == 3


def test_a_scope_on_one_patient_puts_a_patient_into_the_answer(house: House) -> None:
    """SMART [164 170]"""
    assert house.app().tokens(house.citizen(AN), "patient/*.rs")["patient"] == "an"
    assert "patient" not in house.app().tokens(house.citizen(AN), "user/*.rs")


def test_a_batch_does_what_the_scopes_reach_and_no_more(house: House) -> None:
    """SMART [130]"""
    answer = house.app().tokens(house.citizen(AN), "patient/Condition.rs")
    entries = [
        {"request": {"method": "GET", "url": url}}
        for url in ("Condition/pressure-an", "Patient/an", "Condition/hiv-an")
    ]
    batch = {"resourceType": "Bundle", "type": "batch", "entry": entries}
    got = house.ask("POST", "/fhir", json=batch, headers=bearer(answer["access_token"])).json()
    assert [entry["response"]["status"][:3] for entry in got["entry"]] == ["200", "404", "200"]


def test_an_update_that_creates_needs_the_scope_to_create_too(house: House) -> None:
    service = house.service(("system/Observation.cu",))
    body = {
        "resourceType": "Observation", "id": "from-the-service", "status": "final", "code": {"text": "x"},
        "subject": {"reference": AN},
    }  # fmt: skip
    answers = []
    for scope in ("system/Observation.u", "system/Observation.cu"):
        headers = bearer(service.by_itself(scope).json()["access_token"])
        answers.append(house.ask("PUT", "/fhir/Observation/from-the-service", json=body, headers=headers).status_code)
    assert answers == [403, 201]
