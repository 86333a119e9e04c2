"""SMART Backend Services: an app that acts by itself, with a key instead of a person."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from joserfc.jwk import OctKey, RSAKey

from anlanh.access.oauth import clients
from anlanh.access.oauth.jwks import ClientKeys
from anlanh.access.oauth.model import Client, Kind, State
from anlanh.access.oauth.problems import KeysNotRead
from tests.access.oauth.house import CURVE, KEY, OWN, PUBLIC_KEYS, App, House, bearer
from tests.access.stage import CHILD


@pytest.fixture(scope="module")
def service(house: House) -> App:
    return house.service(("system/*.rs", "system/Observation.cruds"))


@pytest.mark.parametrize("key", [KEY, CURVE], ids=["RS384", "ES384"])
def test_a_service_gets_a_short_token_and_reads(house: House, service: App, key: Any) -> None:
    """SMART [142 240 253-256 258 261 310 357] Bulk [12 19]"""
    answer = service.by_itself("system/Condition.rs", service.assertion(key=key))
    assert answer.status_code == 200, answer.text
    assert (answer.headers["cache-control"], answer.headers["pragma"]) == ("no-store", "no-cache")
    told = answer.json()
    assert told["scope"] == "system/Condition.rs"
    assert told["token_type"] == "Bearer"
    assert told["expires_in"] == 300
    assert "refresh_token" not in told
    headers = bearer(told["access_token"])
    assert house.ask("GET", "/fhir/Condition/cold-child", headers=headers).status_code == 200
    assert house.ask("GET", f"/fhir/{CHILD}", headers=headers).status_code == 404


def test_a_service_gets_no_more_than_it_is_registered_for(service: App) -> None:
    """SMART [240 241 250 259]"""
    assert service.by_itself("system/*.cruds").json()["scope"] == "system/*.rs system/Observation.cruds"
    assert service.by_itself("patient/*.rs user/*.rs openid").json()["error"] == "invalid_scope"
    assert service.by_itself("").json()["error"] == "invalid_scope"


@pytest.mark.parametrize(
    "changed",
    [
        {"exp": lambda now: now - 61},
        {"exp": lambda now: now + 700},
        {"exp": None},
        {"exp": "soon"},
        {"iat": lambda now: now + 120},
        {"nbf": lambda now: now + 120},
        {"aud": "https://other.example/oauth/token"},
        {"aud": None},
        {"iss": "other"},
        {"sub": "other"},
        {"jti": None},
        {"jti": "x" * 300},
        {"header": {"kid": "unknown"}},
        {"header": {"kid": None}},
        {"header": {"jku": "https://evil.example/keys"}},
        {"header": {"alg": "RS256"}},
        {"key": RSAKey.generate_key(2048, {"kid": "k1"})},
        {"key": OctKey.generate_key(256, {"kid": "k1"}), "header": {"alg": "HS256"}},
    ],
    ids=lambda changed: "-".join(sorted(changed)) or "nothing",
)
def test_a_jwt_that_is_not_right_proves_nothing(service: App, changed: dict[str, Any]) -> None:
    """SMART [249 335 337 338 340]"""
    answer = service.by_itself("system/*.rs", service.assertion(**changed))
    assert answer.status_code == 400
    assert answer.json()["error"] == "invalid_client"


def test_clocks_may_be_a_minute_off(service: App) -> None:
    now = int(time.time())
    behind = service.assertion(iat=now - 340, exp=now - 50)
    ahead = service.assertion(iat=now + 50, exp=now + 345)
    assert [service.by_itself("system/*.rs", each).status_code for each in (behind, ahead)] == [200, 200]


def test_a_jwt_is_good_once_even_for_24_at_once(house: House, service: App) -> None:
    """SMART [336]"""
    assertion = service.assertion()
    form = {
        "grant_type": "client_credentials", "scope": "system/*.rs", "client_assertion": assertion,
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    }  # fmt: skip
    answers = house.together(*[lambda: house.ask_now("POST", "/oauth/token", data=form)] * 24)
    assert [each.status_code for each in answers].count(200) == 1
    assert service.by_itself("system/*.rs", assertion).json()["error"] == "invalid_client"


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": ""}, "invalid_request"),
        ({"client_assertion_type": "other"}, "invalid_client"),
        ({"client_assertion": "a.b.c"}, "invalid_client"),
        ({"client_assertion": "a"}, "invalid_client"),
        ({"client_id": "other"}, "invalid_client"),
        ({"client_secret": "x"}, "invalid_client"),
    ],
)
def test_a_request_that_is_not_right_is_told_so(service: App, changed: dict[str, str], error: str) -> None:
    """SMART [251 340]"""
    answer = service.by_itself("system/*.rs", **changed)
    assert (answer.status_code, answer.json()["error"]) == (400, error)


def test_an_app_with_a_secret_is_no_backend_service(house: House) -> None:
    """SMART [344]"""
    app = house.app(Kind.SYMMETRIC, scopes=("system/*.rs",))
    fields = app.form(grant_type="client_credentials", scope="system/*.rs")
    assert house.ask("POST", "/oauth/token", data=fields).json()["error"] == "unauthorized_client"


def test_a_blocked_service_stops_at_once(house: House) -> None:
    service = house.service()
    token = service.by_itself("system/*.rs").json()["access_token"]
    assert house.ask("GET", "/fhir/Condition/cold-child", headers=bearer(token)).status_code == 200
    house.do(lambda work: clients.decide(work, service.id, State.BLOCKED, reason="test"))
    assert house.ask("GET", "/fhir/Condition/cold-child", headers=bearer(token)).status_code == 401
    assert service.by_itself("system/*.rs").json()["error"] == "invalid_client"


class _Keys(BaseHTTPRequestHandler):
    asked = 0
    cache = "max-age=600"
    body = json.dumps(PUBLIC_KEYS).encode()

    def do_GET(self) -> None:
        type(self).asked += 1
        self.send_response(200)
        self.send_header("cache-control", self.cache)
        self.send_header("content-length", str(len(self.body)))
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


@pytest.fixture
def published() -> Iterator[tuple[str, type[_Keys]]]:
    kind = type("Keys", (_Keys,), {})
    server = HTTPServer(("127.0.0.1", 0), kind)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/keys?a=1", kind
    server.shutdown()
    thread.join()
    server.server_close()


async def _times(uri: str, kind: type[_Keys], times: int) -> list[int]:
    found = ClientKeys(["127.0.0.1"])
    client = Client("a", "A", Kind.ASYMMETRIC, jwks_uri=uri)
    return [len((await found.of(client, "k1")).keys) for _ in range(times)]


@pytest.mark.parametrize(("cache", "asked"), [("public, max-age=600", 1), ("no-store", 3), ("", 3)])
def test_keys_are_fetched_from_their_address_and_kept_as_long_as_it_says(
    published: tuple[str, type[_Keys]], house: House, cache: str, asked: int
) -> None:
    """SMART [339 341 342]"""
    uri, kind = published
    kind.cache = cache
    assert house.together(lambda: _times(uri, kind, 3)) == [[1, 1, 1]]
    assert kind.asked == asked


@pytest.mark.parametrize("body", [b"", b"[]", b'{"keys": [{"kty": "oct", "k": "AAAA", "kid": "k1"}]}', b"x" * 70_000])
def test_what_is_no_set_of_public_keys_is_not_taken(
    published: tuple[str, type[_Keys]], house: House, body: bytes
) -> None:
    uri, kind = published
    kind.body = body
    with pytest.raises(KeysNotRead):
        house.together(lambda: _times(uri, kind, 1))


def test_keys_at_a_private_address_are_not_fetched(published: tuple[str, type[_Keys]], house: House) -> None:
    uri, kind = published
    service = house.service(jwks_uri=uri)
    answer = service.by_itself("system/*.rs", service.assertion())
    assert answer.json()["error"] == "invalid_client"
    assert kind.asked == 0


def test_a_service_exports_what_its_scopes_reach(house: House) -> None:
    service = house.service(("system/Condition.rs", "system/Patient.rs"))
    headers = bearer(service.by_itself("system/Condition.rs").json()["access_token"])
    asked = {"prefer": "respond-async", "accept": "application/fhir+json"}
    started = house.ask("GET", "/fhir/Patient/$export?_type=Condition", headers=headers | asked)
    assert started.status_code == 202
    assert started.headers["content-location"].startswith(f"{OWN}/fhir/")
    other = bearer(house.service().by_itself("system/*.rs").json()["access_token"])
    place = started.headers["content-location"].removeprefix(OWN)
    assert house.ask("GET", place, headers=headers).status_code == 202
    assert house.ask("GET", place, headers=other).status_code == 404


@pytest.mark.parametrize("place", ["$export", "Patient/$export", "Group/both/$export"])
def test_everything_patients_or_a_group_are_exported_since_a_moment(house: House, service: App, place: str) -> None:
    """Bulk [224 234 254]"""
    member = [{"entity": {"reference": CHILD}}]
    house.stage.put({"resourceType": "Group", "id": "both", "type": "person", "actual": True, "member": member})
    headers = bearer(service.by_itself("system/*.rs").json()["access_token"]) | {"prefer": "respond-async"}
    started = house.ask("GET", f"/fhir/{place}?_since=2020-01-01T00:00:00Z", headers=headers)
    assert started.status_code == 202, started.text
    refused = house.ask("GET", f"/fhir/{place}?_since=yesterday", headers=headers)
    assert 400 <= refused.status_code < 500
    assert refused.json()["resourceType"] == "OperationOutcome"
