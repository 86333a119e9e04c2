"""What the server says of itself, registration and review, introspection and revocation, keys, and other sites' pages."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from anlanh.access.accounts import ledger
from anlanh.access.accounts.vault import Vault
from anlanh.access.oauth import discovery, keys, redirects
from anlanh.access.oauth.model import Kind
from tests.access.oauth.house import BACK, FHIR, KEY, OWN, PUBLIC_KEYS, App, House, Person, bearer, query
from tests.access.stage import AN, BINH, DOCTOR, HOSPITAL

READ = "/fhir/Condition/pressure-an"
SMART = "/fhir/.well-known/smart-configuration"


@pytest.fixture(scope="module")
def an(house: House) -> Person:
    return house.citizen(AN)


@pytest.mark.parametrize("accept", ["application/fhir+xml", "text/html", "*/*", ""])
def test_the_smart_configuration_is_json_whatever_is_asked_for(house: House, accept: str) -> None:
    """SMART [14 15 30 228 285-289 348-351 372-374 377 378 380-385 393 394]"""
    answer = house.ask("GET", SMART, headers={"accept": accept})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    told = answer.json()
    assert told["issuer"] == OWN
    assert told["code_challenge_methods_supported"] == ["S256"]
    assert {"authorization_code", "client_credentials"} <= set(told["grant_types_supported"])
    assert "private_key_jwt" in told["token_endpoint_auth_methods_supported"]
    assert told["token_endpoint_auth_signing_alg_values_supported"] == ["RS384", "ES384"]
    assert {"openid", "fhirUser", "launch", "offline_access"} <= set(told["scopes_supported"])
    assert set(told["capabilities"]) == set(discovery.CAPABILITIES)
    endpoints = [value for name, value in told.items() if name.endswith(("_endpoint", "_uri"))]
    assert len(endpoints) == 7
    assert all(each.startswith(f"{OWN}/") for each in endpoints)


def test_openid_connect_and_the_capability_statement_name_the_same_endpoints(house: House) -> None:
    smart, openid = house.ask("GET", SMART).json(), house.ask("GET", "/.well-known/openid-configuration").json()
    assert openid["issuer"] == OWN
    assert openid["id_token_signing_alg_values_supported"] == ["RS256"]
    assert {"response_types_supported", "subject_types_supported", "jwks_uri"} <= set(openid)
    shared = set(smart) & set(openid)
    assert {name: smart[name] for name in shared} == {name: openid[name] for name in shared}
    security = house.ask("GET", "/fhir/metadata").json()["rest"][0]["security"]
    uris = {each["url"]: each["valueUri"] for each in security["extension"][0]["extension"]}
    assert (uris["authorize"], uris["token"]) == (smart["authorization_endpoint"], smart["token_endpoint"])
    assert security["service"][0]["coding"][0]["code"] == "SMART-on-FHIR"


def test_keys_are_published_bare_and_without_their_private_part(house: House) -> None:
    """SMART [207]"""
    published = house.ask("GET", "/oauth/jwks.json").json()["keys"]
    assert {"kid", "kty", "n", "e"} <= set(published[0])
    assert not {"d", "p", "q", "x5c", "x5u"} & set(published[0])


def test_a_new_key_is_published_before_it_signs_and_tokens_of_the_old_one_live_on(house: House, an: Person) -> None:
    app = house.app()
    before = app.tokens(an, "openid patient/*.rs")
    house.do(lambda work: keys.rotate(work, Vault.of(house.stage.data)))
    published = house.ask("GET", "/oauth/jwks.json").json()
    assert len(published["keys"]) == 2
    after = app.tokens(an, "openid patient/*.rs")
    for token in (before["id_token"], after["id_token"]):
        assert jwt.decode(token, KeySet.import_key_set(published), algorithms=["RS256"]).claims["sub"] == AN
    assert house.ask("GET", READ, headers=bearer(before["access_token"])).status_code == 200


def test_a_key_that_others_know_is_taken_out_with_all_its_tokens(house: House, an: Person) -> None:
    app = house.app()
    before = app.tokens(an, "patient/*.rs")["access_token"]
    assert house.ask("GET", READ, headers=bearer(before)).status_code == 200
    house.do(lambda work: keys.rotate(work, Vault.of(house.stage.data), at_once=True))
    assert house.ask("GET", READ, headers=bearer(before)).status_code == 401
    after = app.tokens(an, "patient/*.rs")["access_token"]
    assert house.ask("GET", READ, headers=bearer(after)).status_code == 200


PUBLIC = [SMART, "/fhir/metadata", "/.well-known/openid-configuration", "/oauth/jwks.json"]


@pytest.mark.parametrize("path", PUBLIC)
def test_any_page_may_read_what_is_public(house: House, path: str) -> None:
    """SMART [16]"""
    answer = house.ask("GET", path, headers={"origin": "https://anything.example"})
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize(("method", "path"), [("POST", "/oauth/token"), ("GET", READ), ("GET", "/fhir/Condition")])
def test_only_pages_of_registered_apps_may_call_the_rest(house: House, method: str, path: str) -> None:
    """SMART [17]"""
    house.app()
    ask = {"access-control-request-method": method, "access-control-request-headers": "authorization"}
    mine = house.ask("OPTIONS", path, headers={"origin": "https://app.example", **ask})
    assert mine.headers["access-control-allow-origin"] == "https://app.example"
    assert "authorization" in mine.headers["access-control-allow-headers"]
    answer = house.ask(method, path, headers={"origin": "https://app.example"})
    assert answer.headers["access-control-allow-origin"] == "https://app.example"
    for origin in ("https://evil.example", "null", "https://app.example.evil.example", "http://app.example"):
        other = house.ask("OPTIONS", path, headers={"origin": origin, **ask})
        assert "access-control-allow-origin" not in other.headers
        assert "access-control-allow-origin" not in house.ask(method, path, headers={"origin": origin}).headers


def test_who_has_no_token_is_told_to_bring_one(house: House) -> None:
    assert house.ask("GET", READ).headers["www-authenticate"].startswith("Bearer")


REGISTRATION: dict[str, Any] = {
    "client_name": "Nhật ký tiểu đường", "redirect_uris": [BACK], "token_endpoint_auth_method": "none",
    "scope": "openid launch/patient patient/Observation.rs", "contacts": ["an@app.example"],
    "client_uri": "https://app.example/",
}  # fmt: skip


def test_an_app_registers_itself_waits_for_review_and_may_then_ask(house: House, an: Person) -> None:
    """SMART [18 24 316]"""
    told = house.ask("POST", "/oauth/register", json=REGISTRATION)
    assert told.status_code == 201
    client_id = told.json()["client_id"]
    app = App(house, house.app().client, None)
    asked = app.request("patient/*.rs", client_id=client_id)
    early = house.ask("GET", "/oauth/authorize", params=asked)
    assert early.headers["location"] == "/cho-phep/loi?ly_do=NoSuchApp"
    officer = house.worker("Practitioner/other", "privacy-officer", HOSPITAL)
    page = officer.see("/ung-dung/xet-duyet")
    assert "Nhật ký tiểu đường" in page.text
    form = {"client": client_id, "decision": "approve", "reason": "ok", "scopes": "patient/Observation.rs"}
    assert officer.send("/ung-dung/xet-duyet", form, seen="/ung-dung/xet-duyet").status_code == 303
    house.together(lambda: asyncio.sleep(0.2))
    late = house.ask("GET", "/oauth/authorize", params=asked)
    assert an.see(late.headers["location"]).status_code == 200
    form["decision"] = "block"
    officer.send("/ung-dung/xet-duyet", form, seen="/ung-dung/xet-duyet")
    assert an.see(late.headers["location"]).status_code == 400


def test_only_the_privacy_officer_reviews(house: House, an: Person) -> None:
    doctor = house.worker(DOCTOR, "doctor", HOSPITAL)
    assert an.see("/ung-dung/xet-duyet").status_code == 404
    assert doctor.see("/ung-dung/xet-duyet").status_code == 404


def test_keys_are_registered_by_address_or_as_they_are(house: House) -> None:
    """SMART [296 297 305]"""
    base = {"client_name": "Kho", "scope": "system/*.rs", "token_endpoint_auth_method": "private_key_jwt"}
    given = house.ask("POST", "/oauth/register", json=base | {"jwks": PUBLIC_KEYS}).json()
    assert {each["kid"] for each in given["jwks"]["keys"]} == {"k1", "k2"}
    assert given["grant_types"] == ["client_credentials"]
    address = {"jwks_uri": "https://app.example/keys"}
    assert house.ask("POST", "/oauth/register", json=base | address).json()["jwks_uri"] == address["jwks_uri"]
    other = KeySet([KEY]).as_dict(private=False)
    again = house.ask("POST", "/oauth/register", json=base | {"client_id": given["client_id"], "jwks": other}).json()
    assert again["client_id"] != given["client_id"], "nobody changes the keys of an app from outside"
    secret = house.ask(
        "POST", "/oauth/register", json=REGISTRATION | {"token_endpoint_auth_method": "client_secret_post"}
    )
    assert len(secret.json()["client_secret"]) >= 43


@pytest.mark.parametrize(
    "changed",
    [
        {"client_name": ""},
        {"client_name": "x" * 500},
        {"client_name": "two\nlines"},
        {"redirect_uris": []},
        {"redirect_uris": "https://app.example"},
        {"redirect_uris": ["http://app.example/"]},
        {"redirect_uris": ["https://*.example/"]},
        {"redirect_uris": ["https://app.example/#x"]},
        {"redirect_uris": ["javascript:alert(1)"]},
        {"redirect_uris": ["https://app.example;sandbox/"]},
        {"redirect_uris": ["https://app.example'/"]},
        {"redirect_uris": ["https://app_example,x/"]},
        {"scope": ""},
        {"scope": "patient/Observation.xyz"},
        {"scope": "everything"},
        {"scope": "system/*.rs"},
        {"scope": "introspection"},
        {"token_endpoint_auth_method": "tls_client_auth"},
        {"token_endpoint_auth_method": "private_key_jwt"},
        {"token_endpoint_auth_method": "private_key_jwt", "jwks": KeySet([KEY]).as_dict(private=True)},
        {"token_endpoint_auth_method": "private_key_jwt", "jwks": {"keys": []}},
        {"token_endpoint_auth_method": "private_key_jwt", "jwks": {"keys": [{"kty": "RSA", "kid": "a"}]}},
        {"jwks_uri": "file:///etc/passwd", "token_endpoint_auth_method": "private_key_jwt"},
        {"client_uri": "javascript:alert(1)"},
    ],
    ids=lambda changed: "-".join(sorted(changed)) or "nothing",
)
def test_a_registration_that_is_not_right_is_refused_with_what_would_be(house: House, changed: dict[str, Any]) -> None:
    answer = house.ask("POST", "/oauth/register", json=REGISTRATION | changed)
    assert answer.status_code == 400
    assert answer.json()["error"] in ("invalid_client_metadata", "invalid_redirect_uri")


def _introspect(house: House, token: str, headers: dict[str, str] | None = None, **form: str) -> Any:
    return house.ask("POST", "/oauth/introspect", data={"token": token, **form}, headers=headers or {})


def test_a_service_that_may_introspects_the_tokens_of_all_apps(house: House, an: Person) -> None:
    """SMART [271-279 282 283]"""
    app, service = house.app(), house.service(("introspection", "system/*.rs"))
    told = app.tokens(an, "launch/patient openid fhirUser patient/*.rs")
    headers = bearer(service.by_itself("introspection").json()["access_token"])
    found = _introspect(house, told["access_token"], headers).json()
    decoded = jwt.decode(
        told["id_token"], KeySet.import_key_set(house.ask("GET", "/oauth/jwks.json").json()), algorithms=["RS256"]
    ).claims
    assert found["active"] is True
    assert (found["scope"], found["client_id"], found["patient"]) == (told["scope"], app.id, "an")
    assert (found["iss"], found["sub"], found["fhirUser"]) == (decoded["iss"], decoded["sub"], decoded["fhirUser"])
    assert abs(found["exp"] - (time.time() + told["expires_in"])) < 5
    assert _introspect(house, "nonsense", headers).json() == {"active": False}


def test_others_introspect_their_own_tokens_or_none(house: House, an: Person) -> None:
    mine, other, public = house.app(Kind.SYMMETRIC), house.app(Kind.SYMMETRIC), house.app()
    token = mine.tokens(an, "patient/*.rs")["access_token"]
    assert _introspect(house, token, **mine.form()).json()["active"] is True
    assert _introspect(house, token, **other.form()).json() == {"active": False}
    assert _introspect(house, token, **public.form()).status_code == 400
    assert _introspect(house, token).status_code == 401
    assert _introspect(house, token, bearer(token)).status_code == 401


def test_an_app_takes_its_own_tokens_back_and_no_others(house: House, an: Person) -> None:
    app, other = house.app(), house.app()
    told = app.tokens(an, "patient/*.rs offline_access")
    for token in (told["access_token"], told["refresh_token"], "nonsense"):
        assert house.ask("POST", "/oauth/revoke", data=other.form(token=token)).status_code == 200
    assert house.ask("GET", READ, headers=bearer(told["access_token"])).status_code == 200
    house.ask("POST", "/oauth/revoke", data=app.form(token=told["access_token"]))
    house.together(lambda: asyncio.sleep(0.2))
    assert house.ask("GET", READ, headers=bearer(told["access_token"])).status_code == 401
    turned = app.refresh(told["refresh_token"]).json()
    house.ask("POST", "/oauth/revoke", data=app.form(token=turned["refresh_token"]))
    house.together(lambda: asyncio.sleep(0.2))
    assert house.ask("GET", READ, headers=bearer(turned["access_token"])).status_code == 401
    assert app.refresh(turned["refresh_token"]).status_code == 400


def test_a_closed_account_gives_no_more_tokens(house: House) -> None:
    app, binh = house.app(), house.citizen(BINH)
    token = app.tokens(binh, "patient/*.rs offline_access")["refresh_token"]

    async def close(work: Any) -> None:
        account = await ledger.of_person(work, BINH)
        assert account is not None
        await ledger.disable(work, account.id)

    house.do(close)
    assert app.refresh(token).json()["error"] == "invalid_grant"


def test_the_content_policy_lets_the_form_lead_to_the_app_and_nowhere_else(house: House, an: Person) -> None:
    policy = an.see(house.app().authorize("patient/*.rs")).headers["content-security-policy"]
    assert "form-action 'self' https://app.example;" in policy
    native = house.app(redirect_uris=("vn.example.app:/back",))
    policy = an.see(native.authorize("patient/*.rs", redirect_uri="vn.example.app:/back")).headers[
        "content-security-policy"
    ]
    assert "form-action 'self' vn.example.app:;" in policy


def test_no_answer_of_an_endpoint_stays_in_a_cache(house: House, an: Person) -> None:
    """SMART [86 87]"""
    app = house.app()
    answer = app.redeem(app.code(an, "patient/*.rs"))
    assert (answer.headers["cache-control"], answer.headers["pragma"]) == ("no-store", "no-cache")
    assert app.redeem("wrong").headers["cache-control"] == "no-store"


def test_addresses_to_go_back_to_keep_what_they_had() -> None:
    assert query(redirects.with_query(f"{BACK}?a=1", code="x"))["a"] == "1"
    assert FHIR.startswith(OWN)
