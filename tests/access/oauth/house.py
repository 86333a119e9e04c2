"""The authorisation server with people who are signed in and apps that are registered, without a socket."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

import httpx
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey

from anlanh.access.accounts import ledger, sessions, vault
from anlanh.access.accounts.ledger import Place
from anlanh.access.accounts.model import Method
from anlanh.access.oauth import clients
from anlanh.access.oauth.model import SERVICE, Client, Kind, State
from anlanh.access.oauth.recognising import ASSERTION
from anlanh.kernel import settings as settings_
from anlanh.platform import work as works
from anlanh.platform.database import open_database
from anlanh.platform.work import Work
from tests.access.stage import Stage

T = TypeVar("T")
OWN = "http://an.test"
FHIR = f"{OWN}/fhir"
BACK = "https://app.example/back"
FORM_TOKEN = re.compile(r'name="_token" value="([^"]+)"')
EVERYTHING = (
    "openid", "fhirUser", "launch", "launch/patient", "launch/encounter", "offline_access", "online_access",
    "patient/*.cruds", "user/*.cruds",
)  # fmt: skip
KEY = RSAKey.generate_key(2048, {"kid": "k1"}, private=True)
CURVE = ECKey.generate_key("P-384", {"kid": "k2"}, private=True)
PUBLIC_KEYS = KeySet([KEY, CURVE]).as_dict(private=False)


@dataclass
class House:
    """Sends requests to the whole application; nobody is followed when sent elsewhere."""

    stage: Stage

    def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        """One request."""

        async def main() -> httpx.Response:
            return await self.ask_now(method, path, **more)

        return self.stage.system._runner.run(main())

    async def ask_now(self, method: str, path: str, **more: Any) -> httpx.Response:
        """The same inside a coroutine."""
        transport = httpx.ASGITransport(self.stage.system._application)  # type: ignore[arg-type]  # narrower dicts
        cookies = more.pop("cookies", None)
        async with httpx.AsyncClient(transport=transport, base_url=OWN, cookies=cookies) as client:
            answer = await client.request(method, path, **more)
        await self.stage.system.taker.step()
        return answer

    def together(self, *asks: Callable[[], Awaitable[T]]) -> list[T]:
        """All at once."""
        import asyncio

        async def main() -> list[T]:
            return list(await asyncio.gather(*(each() for each in asks)))

        return self.stage.system._runner.run(main())

    def do(self, body: Callable[[Work], Awaitable[T]]) -> T:
        """Something in the database, in one transaction; then a moment for the process to hear of it."""

        async def main() -> T:
            import asyncio

            database = await open_database(settings_.read({}), self.stage.url, connections=1)
            try:
                async with works.begin(database, SERVICE, works.OPERATIONS) as work:
                    done = await body(work)
            finally:
                await database.close()
            await asyncio.sleep(0.15)
            return done

        return self.stage.system._runner.run(main())

    def citizen(self, person_ref: str, method: Method = Method.VNEID) -> Person:
        """A citizen who is signed in."""

        async def sign_in(work: Work) -> str:
            account = await ledger.citizen(work, person_ref)
            return await sessions.start(work, account, method, None, Place("", ""), instead_of=None)

        return Person(self, self.do(sign_in))

    def worker(self, person_ref: str, role: str, organization_ref: str, method: Method = Method.PASSKEY) -> Person:
        """A member of staff who is signed in and works there."""

        async def sign_in(work: Work) -> str:
            account = await ledger.staff(work, person_ref, f"{person_ref}@test")
            await ledger.assign(work, account.id, role, organization_ref)
            places = await ledger.assignments(work, account.id)
            place = next(each for each in places if each.role == role)
            return await sessions.start(work, account, method, place, Place("", ""), instead_of=None)

        return Person(self, self.do(sign_in))

    def app(self, kind: Kind = Kind.PUBLIC, *, scopes: tuple[str, ...] = EVERYTHING, **more: Any) -> App:
        """An app that has been approved."""
        secret = vault.new_secret() if kind is Kind.SYMMETRIC else None
        facts = {"redirect_uris": (BACK,), "state": State.APPROVED, "launch_uri": "https://app.example/launch"} | more
        client = Client(
            f"app-{secrets.token_hex(4)}", "Nhật ký huyết áp", kind, scopes=scopes,
            secret_hash=vault.hash_of(secret) if secret else None, **facts,
        )  # fmt: skip
        self.do(lambda work: clients.keep(work, client))
        return App(self, client, secret)

    def service(self, scopes: tuple[str, ...] = ("system/*.rs",), **more: Any) -> App:
        """A backend service that has been approved."""
        import json

        keys = {"jwks": json.dumps(PUBLIC_KEYS)} if "jwks_uri" not in more else {}
        return self.app(Kind.ASYMMETRIC, scopes=scopes, redirect_uris=(), launch_uri=None, **keys, **more)


@dataclass
class Person:
    """Somebody with a browser that is signed in."""

    house: House
    cookie: str

    def see(self, path: str) -> httpx.Response:
        """A page."""
        return self.house.ask("GET", path, cookies={"an_phien": self.cookie})

    def send(self, path: str, fields: dict[str, Any], *, seen: str = "/bo-giao-dien") -> httpx.Response:
        """A form, with the token of the page `seen`."""
        token = FORM_TOKEN.search(self.see(seen).text)
        fields = {"_token": token[1] if token else "", **fields}
        return self.house.ask("POST", path, data=fields, cookies={"an_phien": self.cookie})

    def allow(
        self, consent: str, *, patient: str = "", scopes: list[str] | None = None, days: int = 30
    ) -> httpx.Response:
        """Go to the screen and allow what is ticked there."""
        page = self.see(consent)
        assert page.status_code == 200, page.text
        ticked = re.findall(r'name="scopes" value="([^"]+)"', page.text) if scopes is None else scopes
        people = re.findall(r'name="patient" value="([^"]+)"', page.text)
        fields = {
            "_token": str(FORM_TOKEN.search(page.text)[1]),  # type: ignore[index]  # there is a form
            "ma": consent.partition("ma=")[2], "decision": "allow",
            "scopes": [each.replace("&amp;", "&") for each in ticked],
            "patient": patient or next(iter(people), ""), "days": str(days),
        }  # fmt: skip
        return self.house.ask("POST", "/cho-phep", data=fields, cookies={"an_phien": self.cookie})


@dataclass
class App:
    """An app: asks, redeems, refreshes, signs."""

    house: House
    client: Client
    secret: str | None
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))

    @property
    def id(self) -> str:
        """Its client_id."""
        return self.client.id

    def request(self, scope: str, **changed: str | None) -> dict[str, str]:
        """What it asks for; None takes a parameter out."""
        digest = hashlib.sha256(self.verifier.encode()).digest()
        facts: dict[str, str | None] = {
            "response_type": "code", "client_id": self.id, "redirect_uri": BACK, "scope": scope, "state": "s-1",
            "aud": FHIR, "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256", "nonce": "n-1", "prompt": "consent", **changed,
        }  # fmt: skip
        return {name: value for name, value in facts.items() if value is not None}

    def authorize(self, scope: str, **changed: str | None) -> str:
        """Where the browser is sent to."""
        answer = self.house.ask("GET", "/oauth/authorize", params=self.request(scope, **changed))
        assert answer.status_code == 303, answer.text
        return answer.headers["location"]

    def code(self, person: Person, scope: str, *, patient: str = "", **changed: str | None) -> str:
        """A code that the person has allowed."""
        answer = person.allow(self.authorize(scope, **changed), patient=patient)
        assert answer.status_code == 303, answer.text
        return query(answer.headers["location"])["code"]

    def form(self, **fields: str) -> dict[str, str]:
        """A form for the token endpoint, in which the app says who it is."""
        return {"client_id": self.id, **({"client_secret": self.secret} if self.secret else {}), **fields}

    def redemption(self, code: str, **changed: str) -> dict[str, str]:
        """The form that redeems a code."""
        return (
            self.form(grant_type="authorization_code", code=code, redirect_uri=BACK, code_verifier=self.verifier)
            | changed
        )

    def redeem(self, code: str, **changed: str) -> httpx.Response:
        """Tokens for a code."""
        return self.house.ask("POST", "/oauth/token", data=self.redemption(code, **changed))

    def refresh(self, token: str, **more: str) -> httpx.Response:
        """Tokens for a refresh token."""
        fields = self.form(grant_type="refresh_token", refresh_token=token, **more)
        return self.house.ask("POST", "/oauth/token", data=fields)

    def tokens(self, person: Person, scope: str, *, patient: str = "", **changed: str | None) -> dict[str, Any]:
        """The whole way: the answer of the token endpoint."""
        answer = self.redeem(self.code(person, scope, patient=patient, **changed))
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def assertion(self, *, key: Any = KEY, header: dict[str, Any] | None = None, **changed: Any) -> str:
        """A JWT that proves who it is; None takes a claim out, a function gets the time."""
        now = int(time.time())
        algorithm = "ES384" if key.key_type == "EC" else "RS384"
        claims = {
            "iss": self.id, "sub": self.id, "aud": f"{OWN}/oauth/token", "exp": now + 240, "iat": now,
            "jti": secrets.token_urlsafe(9), **changed,
        }  # fmt: skip
        head = {"alg": algorithm, "kid": key.kid, "typ": "JWT", **(header or {})}
        head = {name: value for name, value in head.items() if value is not None}
        claims = {name: value(now) if callable(value) else value for name, value in claims.items() if value is not None}
        return jwt.encode(head, claims, key, algorithms=["RS384", "ES384", "RS256", "HS256"])

    def by_itself(self, scope: str, assertion: str | None = None, **changed: str) -> httpx.Response:
        """A token for a backend service."""
        fields = {
            "grant_type": "client_credentials", "scope": scope, "client_assertion_type": ASSERTION,
            "client_assertion": assertion or self.assertion(), **changed,
        }  # fmt: skip
        return self.house.ask("POST", "/oauth/token", data=fields)


def query(address: str) -> dict[str, str]:
    """The parameters of an address."""
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


def bearer(token: str) -> dict[str, str]:
    """Headers that carry a token."""
    return {"authorization": f"Bearer {token}"}
