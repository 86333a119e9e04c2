"""What is tried against an authorisation server, and does not work."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from anlanh.access import tokens as machine_tokens
from anlanh.access.accounts import ledger, sessions, vault
from anlanh.access.accounts.vault import Vault
from anlanh.access.oauth import keys as signing_keys
from anlanh.access.oauth.model import Kind
from tests.access.oauth.house import BACK, FHIR, OWN, App, House, Person, bearer, query
from tests.access.stage import AN, BINH, DOCTOR, HOSPITAL

READ = "/fhir/Condition/pressure-an"


@pytest.fixture(scope="module")
def app(house: House) -> App:
    return house.app()


@pytest.fixture(scope="module")
def an(house: House) -> Person:
    return house.citizen(AN)


def _status(house: House, token: str, **headers: str) -> int:
    return house.ask("GET", READ, headers=bearer(token) | headers).status_code


def _signed(house: House, **changed: Any) -> str:
    """An access token as this server makes them, with its own key, but for what is changed."""

    async def key(work: Any) -> signing_keys.SigningKey:
        found = await signing_keys.read(work.connection, Vault.of(house.stage.data))
        return signing_keys.signing(found, work.at)

    made, now = house.do(key), int(time.time())
    claims = {
        "iss": OWN, "aud": FHIR, "iat": now, "exp": now + 300, "jti": "j", "sub": AN, "role": "citizen", "patient": AN,
        "client_id": "x", "scope": "patient/*.rs", "acr": "2", "purpose": "PATRQT", **changed.get("claims", {}),
    }  # fmt: skip
    header = {"alg": "RS256", "typ": "at+jwt", "kid": made.kid, **changed.get("header", {})}
    return jwt.encode(header, claims, changed.get("key", made.key))


def test_a_token_made_like_ours_counts(house: House) -> None:
    assert _status(house, _signed(house)) == 200


@pytest.mark.parametrize(
    "changed",
    [
        {"claims": {"exp": int(time.time()) - 1}},
        {"claims": {"aud": "https://other.example/fhir"}},
        {"claims": {"aud": "https://other.example/fhir", "iss": "https://other.example"}},
        {"claims": {"iss": "https://other.example"}},
        {"claims": {"iat": int(time.time()) + 3600}},
        {"claims": {"role": "no-such-role"}},
        {"claims": {"exp": "never"}},
        {"header": {"typ": "JWT"}},
        {"header": {"kid": "another"}},
        {"key": RSAKey.generate_key(2048)},
    ],
    ids=lambda changed: "-".join(sorted(changed)) or "nothing",
)
def test_a_token_that_is_not_quite_ours_does_not(house: House, changed: dict[str, Any]) -> None:
    """SMART [77 94 96 265]"""
    assert _status(house, _signed(house, **changed)) == 401


def test_a_clock_that_is_a_minute_ahead_is_forgiven(house: House) -> None:
    assert _status(house, _signed(house, claims={"iat": int(time.time()) + 50})) == 200


def test_no_signature_and_the_public_key_as_a_secret_are_no_signatures(house: House) -> None:
    token = _signed(house)
    head, body, signature = token.split(".")
    none = base64.urlsafe_b64encode(b'{"alg":"none","typ":"at+jwt"}').rstrip(b"=").decode()
    assert _status(house, f"{none}.{body}.") == 401
    assert _status(house, f"{head}.{body}.{signature[:-4]}AAAA") == 401
    public = house.ask("GET", "/oauth/jwks.json").json()["keys"][0]
    confused = jwt.encode(
        {"alg": "HS256", "typ": "at+jwt", "kid": public["kid"]},
        {"iss": OWN, "aud": FHIR, "iat": 1, "exp": int(time.time()) + 300, "sub": AN, "role": "citizen"},
        OctKey.import_key(json.dumps(public).encode()),
    )
    assert _status(house, confused) == 401


def test_a_token_for_here_does_not_count_under_another_name(house: House) -> None:
    """SMART [96]"""
    assert _status(house, _signed(house), host="evil.example") == 401


def test_an_id_token_opens_nothing(house: House, app: App, an: Person) -> None:
    assert _status(house, app.tokens(an, "openid fhirUser patient/*.rs")["id_token"]) == 401


def test_a_token_of_this_machine_is_no_apps_token(house: House) -> None:
    key = machine_tokens.key_of(house.stage.data)
    forged = jwt.encode(
        {"alg": "HS256"}, {"iss": OWN, "aud": FHIR, "sub": AN, "role": "system", "exp": 9999999999}, key
    )
    assert _status(house, forged) == 401


REDIRECT_TRICKS = (
    "https://app.example/back/", "https://app.example/back?x=1", "https://app.example/back#x", "https://app.example/backx",
    "https://app.example.evil.example/back", "https://app.example@evil.example/back", "http://app.example/back",
    "https://app.example/back/../evil", "https://APP.example/back", "https://app.example:443/back", "//app.example/back",
    "https://app.example/%62ack", "https://evil.example/?https://app.example/back", "javascript:alert(1)",
    "https://app.example\\@evil.example/back", " https://app.example/back", "https://app.example/back\r\nx: y",
    "data:text/html,x", "http://127.0.0.1/back", "",
)  # fmt: skip


@pytest.mark.parametrize("address", REDIRECT_TRICKS)
def test_nobody_is_sent_to_an_address_that_is_not_registered(house: House, app: App, address: str) -> None:
    """SMART [18]"""
    assert app.authorize("patient/*.rs", redirect_uri=address) == "/cho-phep/loi?ly_do=WrongReturn"
    assert house.ask("GET", "/cho-phep/loi?ly_do=WrongReturn").status_code == 400


def test_a_loopback_address_may_have_any_port_and_localhost_may_not(house: House) -> None:
    native = house.app(redirect_uris=("http://127.0.0.1/back", "http://localhost/back"))
    assert native.authorize("patient/*.rs", redirect_uri="http://127.0.0.1:40123/back").startswith("/cho-phep?ma=")
    assert native.authorize("patient/*.rs", redirect_uri="http://localhost:40123/back").startswith("/cho-phep/loi")


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": None}, "unsupported_response_type"),
        ({"state": None}, "invalid_request"),
        ({"aud": "https://other.example/fhir"}, "invalid_request"),
        ({"aud": None}, "invalid_request"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"scope": "system/*.rs"}, "invalid_scope"),
        ({"scope": "patient/Observation.rs?no-such-parameter=1"}, "invalid_scope"),
        ({"scope": "patient/Obs/ervation.rs unknown"}, "invalid_scope"),
        ({"scope": ""}, "invalid_scope"),
        ({"launch": "never-opened"}, "invalid_request"),
    ],
)
def test_a_request_that_is_not_right_goes_back_with_its_error(app: App, changed: dict[str, Any], error: str) -> None:
    """SMART [14 15]"""
    location = app.authorize(**{"scope": "patient/*.rs"} | changed)
    assert location.startswith(f"{BACK}?")
    assert query(location)["error"] == error


def test_a_parameter_sent_twice_is_refused(house: House, app: App) -> None:
    pairs = [*app.request("patient/*.rs").items(), ("client_id", app.id)]
    answer = house.ask("GET", "/oauth/authorize", params=pairs)
    assert answer.headers["location"].startswith("/cho-phep/loi")


def test_an_app_gets_no_more_than_it_asked_is_registered_and_the_role_may(house: House, an: Person) -> None:
    """SMART [89 119]"""
    small = house.app(scopes=("patient/Observation.rs?category=vital-signs", "user/Organization.rs", "openid"))
    wanted = "patient/*.cruds user/Organization.cruds user/Patient.rs openid offline_access launch/patient"
    answer = small.tokens(an, wanted)
    assert answer["scope"] == "patient/Observation.rs?category=vital-signs user/Organization.rs openid"
    assert "refresh_token" not in answer
    read_only = house.app().tokens(an, "patient/Observation.cruds")
    assert read_only["scope"] == "patient/Observation.rs", "no rule lets a citizen write one"


def test_ticks_that_were_not_offered_give_nothing(app: App, an: Person) -> None:
    answer = an.allow(app.authorize("patient/Condition.rs"), scopes=["patient/Condition.rs", "user/*.cruds"])
    assert app.redeem(query(answer.headers["location"])["code"]).json()["scope"] == "patient/Condition.rs"
    nothing = an.allow(app.authorize("patient/Condition.rs"), scopes=["user/*.cruds"])
    assert nothing.status_code == 422


def test_a_scope_with_search_arguments_shows_those_rows_only(house: House, app: App, an: Person) -> None:
    """SMART [95 266 370]"""
    answer = app.tokens(an, "patient/Condition.rs?code=http://hl7.org/fhir/sid/icd-10|I10")
    headers = bearer(answer["access_token"])
    got = house.ask("GET", "/fhir/Condition", headers=headers).json()
    assert [entry["resource"]["id"] for entry in got["entry"]] == ["pressure-an"]
    assert house.ask("GET", "/fhir/Condition/hiv-an", headers=headers).status_code == 404
    assert house.ask("GET", "/fhir/Patient/an", headers=headers).status_code == 404


def test_of_24_who_bring_a_code_at_once_one_wins_and_then_nobody(house: House, an: Person) -> None:
    app = house.app()
    code = app.code(an, "patient/*.rs offline_access")
    form = app.redemption(code)
    answers = house.together(*[lambda: house.ask_now("POST", "/oauth/token", data=form)] * 24)
    won = [each for each in answers if each.status_code == 200]
    assert len(won) == 1
    assert {each.json()["error"] for each in answers if each.status_code != 200} == {"invalid_grant"}
    house.together(lambda: asyncio.sleep(0.3))
    assert _status(house, won[0].json()["access_token"]) == 401
    assert app.refresh(won[0].json()["refresh_token"]).json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    "changed",
    [
        {"redirect_uri": "https://app.example/other"},
        {"redirect_uri": ""},
        {"code_verifier": "x" * 43},
        {"code_verifier": "é" * 43},
    ],
)
def test_a_code_is_bound_to_address_and_verifier_and_is_spent_by_trying(
    house: House, an: Person, changed: dict[str, str]
) -> None:
    """SMART [31]"""
    app = house.app()
    code = app.code(an, "patient/*.rs")
    assert app.redeem(code, **changed).status_code == 400
    assert app.redeem(code, code_verifier="short").json()["error"] == "invalid_request"


def test_a_code_is_bound_to_the_app(house: House, an: Person) -> None:
    app, thief = house.app(), house.app()
    code = app.code(an, "patient/*.rs")
    thief.verifier = app.verifier
    assert thief.redeem(code).json()["error"] == "invalid_grant"
    assert app.redeem(code).json()["error"] == "invalid_grant"


def test_a_code_is_good_for_a_minute(house: House, an: Person) -> None:
    app = house.app()
    code = app.code(an, "patient/*.rs")
    house.do(_older("oauth_code", "made_at", vault.hash_of(code), seconds=61))
    assert app.redeem(code).json()["error"] == "invalid_grant"


def test_a_request_is_decided_once_and_within_ten_minutes(house: House, app: App, an: Person) -> None:
    consent = app.authorize("patient/*.rs")
    fields = {"ma": query(consent)["ma"], "decision": "allow", "scopes": "patient/*.rs", "patient": AN}
    assert an.send("/cho-phep", fields).status_code == 303
    again = an.send("/cho-phep", fields)
    assert again.status_code == 400
    assert "location" not in again.headers


def test_a_form_from_elsewhere_allows_nothing(house: House, app: App, an: Person) -> None:
    consent = app.authorize("patient/*.rs")
    fields = {"ma": query(consent)["ma"], "decision": "allow", "scopes": "patient/*.rs", "patient": AN}
    cookies = {"an_phien": an.cookie}
    assert house.ask("POST", "/cho-phep", data=fields, cookies=cookies).status_code == 403
    token = {"_token": "0" * 56}
    assert house.ask("POST", "/cho-phep", data=fields | token, cookies=cookies).status_code == 403
    other = {"sec-fetch-site": "cross-site"}
    assert (
        house.ask("POST", "/oauth/launch", data={"client": app.id}, cookies=cookies, headers=other).status_code == 403
    )


def test_a_session_planted_before_sign_in_allows_nothing(house: House, app: App) -> None:
    planted = Person(house, "planted-by-somebody")
    answer = planted.see(app.authorize("patient/*.rs"))
    assert answer.headers["location"].startswith("/dang-nhap?")


def test_a_refresh_token_turns_once_and_who_brings_it_again_ends_everything(house: House, an: Person) -> None:
    """SMART [89 101 110 111 365]"""
    app = house.app()
    first = app.tokens(an, "patient/*.rs offline_access")
    second = app.refresh(first["refresh_token"]).json()
    assert second["refresh_token"] != first["refresh_token"]
    assert _status(house, second["access_token"]) == 200
    assert app.refresh(first["refresh_token"]).json()["error"] == "invalid_grant"
    assert app.refresh(second["refresh_token"]).json()["error"] == "invalid_grant"
    house.together(lambda: asyncio.sleep(0.3))
    assert _status(house, second["access_token"]) == 401


def test_of_24_who_bring_a_refresh_token_at_once_one_wins(house: House, an: Person) -> None:
    app = house.app()
    form = app.form(
        grant_type="refresh_token", refresh_token=app.tokens(an, "patient/*.rs offline_access")["refresh_token"]
    )
    answers = house.together(*[lambda: house.ask_now("POST", "/oauth/token", data=form)] * 24)
    assert [each.status_code for each in answers].count(200) <= 1
    assert {each.json()["error"] for each in answers if each.status_code != 200} == {"invalid_grant"}


def test_a_refresh_token_is_bound_to_the_app_and_widens_nothing(house: House, an: Person) -> None:
    """SMART [103 104 109 113-115]"""
    app, thief = house.app(Kind.SYMMETRIC), house.app()
    token = app.tokens(an, "patient/Condition.rs offline_access")["refresh_token"]
    assert thief.refresh(token).json()["error"] == "invalid_grant"
    assert app.refresh(token, scope="patient/*.rs").json()["error"] == "invalid_scope"
    narrower = app.refresh(token, scope="patient/Condition.r")
    assert narrower.json()["scope"] == "patient/Condition.r"
    same = app.refresh(narrower.json()["refresh_token"])
    assert same.json()["scope"] == "patient/Condition.rs offline_access"


def test_only_a_public_app_may_leave_out_who_it_is(house: House, an: Person) -> None:
    public, secret = house.app(), house.app(Kind.SYMMETRIC)
    answers = []
    for app in (public, secret):
        token = app.tokens(an, "patient/*.rs offline_access")["refresh_token"]
        form = {"grant_type": "refresh_token", "refresh_token": token}
        answers.append(house.ask("POST", "/oauth/token", data=form).status_code)
    assert answers == [200, 400]


def test_online_access_ends_when_the_person_signs_out(house: House) -> None:
    """SMART [100 112 366]"""
    app, an = house.app(), house.citizen(AN)
    token = app.tokens(an, "patient/*.rs online_access")["refresh_token"]
    turned = app.refresh(token)
    assert turned.status_code == 200
    house.do(lambda work: sessions.end(work, an.cookie))
    assert app.refresh(turned.json()["refresh_token"]).json()["error"] == "invalid_grant"


def test_an_app_of_staff_ends_with_their_place_of_work(house: House) -> None:
    app, doctor = house.app(), house.worker("Practitioner/nurse", "nurse", HOSPITAL)
    consent = app.authorize("user/Patient.rs offline_access")
    token = app.redeem(query(doctor.allow(consent).headers["location"])["code"]).json()["refresh_token"]

    async def leave(work: Any) -> None:
        account = await ledger.of_person(work, "Practitioner/nurse")
        assert account is not None
        await work.connection.execute(
            "update account_assignment set until_at = $2 where account_id = $1", account.id, work.at
        )

    house.do(leave)
    assert app.refresh(token).json()["error"] == "invalid_grant"


def test_who_disconnects_an_app_takes_everything_back_at_once(house: House, an: Person) -> None:
    app = house.app()
    answer = app.tokens(an, "patient/*.rs offline_access")
    assert app.client.name in an.see("/ung-dung").text
    assert _status(house, answer["access_token"]) == 200
    an.send("/ung-dung/ngat", {"client": app.id}, seen="/ung-dung")
    house.together(lambda: asyncio.sleep(0.3))
    assert _status(house, answer["access_token"]) == 401
    assert app.refresh(answer["refresh_token"]).json()["error"] == "invalid_grant"


def test_nobody_disconnects_the_app_of_somebody_else(house: House, an: Person) -> None:
    app = house.app()
    answer = app.tokens(an, "patient/*.rs")
    house.citizen(BINH).send("/ung-dung/ngat", {"client": app.id}, seen="/ung-dung")
    house.together(lambda: asyncio.sleep(0.3))
    assert _status(house, answer["access_token"]) == 200


def test_a_wrong_secret_opens_nothing_in_any_place(house: House, an: Person) -> None:
    """SMART [356]"""
    app = house.app(Kind.SYMMETRIC)
    code = app.code(an, "patient/*.rs")
    for fields in ({"client_secret": "wrong"}, {"client_secret": ""}, {"client_id": "other"}):
        assert app.redeem(code, **fields).json()["error"] in ("invalid_client",), fields
    plain = {name: value for name, value in app.redemption(code).items() if name != "client_secret"}
    assert house.ask("POST", "/oauth/token", data=plain).json()["error"] == "invalid_client"
    basic = base64.b64encode(f"{app.id}:{app.secret}".encode()).decode()
    headers = {"authorization": f"Basic {basic}"}
    both = house.ask("POST", "/oauth/token", data=app.redemption(code), headers=headers)
    assert both.json()["error"] == "invalid_client"
    assert house.ask("POST", "/oauth/token", data=plain, headers=headers).status_code == 200


@pytest.mark.parametrize("path", ["/oauth/token", "/oauth/introspect", "/oauth/revoke", "/oauth/register"])
@pytest.mark.parametrize("body", [b"", b"\xff\xfe=1", b"a=1&a=2", b"x" * 70_000, b"{" * 20_000, b"a=%00"])
def test_nonsense_gets_a_clear_answer(house: House, path: str, body: bytes) -> None:
    headers = {"content-type": "application/x-www-form-urlencoded"}
    answer = house.ask("POST", path, content=body, headers=headers)
    assert answer.status_code in (400, 401, 413)
    assert answer.json()["error"]


def test_addresses_take_only_their_methods(house: House) -> None:
    assert house.ask("GET", "/oauth/token").status_code == 405
    assert house.ask("DELETE", "/fhir/.well-known/smart-configuration").status_code == 405


def test_a_doctors_app_sees_no_more_than_the_doctor(house: House) -> None:
    """SMART [119 140 368]"""
    app, doctor = house.app(), house.worker(DOCTOR, "doctor", HOSPITAL)
    answer = app.redeem(query(doctor.allow(app.authorize("user/*.rs")).headers["location"])["code"]).json()
    got = house.ask("GET", "/fhir/Condition", headers=bearer(answer["access_token"])).json()
    assert [entry["resource"]["id"] for entry in got["entry"]] == ["pressure-an"]


def _older(table: str, column: str, key: bytes, *, seconds: int) -> Any:
    async def change(work: Any) -> None:
        then = datetime.now(UTC) - timedelta(seconds=seconds)
        await work.connection.execute(f"update {table} set {column} = $2 where hash = $1", key, then)

    return change
