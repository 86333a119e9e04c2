"""Signing in with somebody else's word: VNeID for citizens, an organisation's own provider for its staff.

The authorization code flow with PKCE, state and nonce. What the provider says is believed only after its signature,
issuer, audience, times and nonce were checked; a state is good once, for ten minutes, in the browser that began.

Source: https://openid.net/specs/openid-connect-core-1_0.html, RFC 7636 (PKCE), RFC 9700 (security), RFC 9207 (issuer)
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from anlanh.access.accounts import vault
from anlanh.access.accounts.model import FRESH, Kind
from anlanh.access.accounts.problems import FlowSpent, ProviderDown, ProviderRefused
from anlanh.platform.work import Work

ALGORITHMS = ["RS256", "PS256", "ES256"]
SKEW_S = 60
FLOW_GOOD_FOR = timedelta(minutes=10)
KEYS_KEPT_S = 3600
KEYS_AGAIN_S = 60
"""How soon keys are asked for again because of a signature by a key that is not known."""

TIMEOUT_S = 5.0
LARGEST = 256 * 1024


@dataclass(frozen=True, slots=True)
class Provider:
    """Somebody who says who people are. `claim` holds the number that is an identifier of `identifier_system`."""

    id: str
    title: str
    kind: Kind
    issuer: str
    client_id: str
    client_secret: str | None
    claim: str
    identifier_system: str


@dataclass(frozen=True, slots=True)
class Flow:
    """A sign-in under way. `account_id`: somebody who is signed in proves themselves anew."""

    provider_id: str
    nonce: str
    verifier: str
    next: str
    account_id: int | None


@dataclass
class _Known:
    """What a provider publishes about itself."""

    metadata: dict[str, Any] = field(default_factory=dict)
    keys: KeySet | None = None
    asked_at: float = -KEYS_KEPT_S


class Relying:
    """This program as it relies on one provider. `transport` leads to the provider, where that is not the network."""

    def __init__(self, provider: Provider, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self.provider = provider
        self._transport = transport
        self._known = _Known()

    async def begin(
        self,
        work: Work,
        *,
        redirect_uri: str,
        browser: str,
        next_path: str,
        account_id: int | None = None,
        hint: str = "",
    ) -> str:
        """The address at the provider to which the browser goes.

        Raises:
            ProviderDown: it does not answer, or with something else than it should.
        """
        metadata = await self._metadata()
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        await work.connection.execute("delete from account_flow where created_at < $1", work.at - FLOW_GOOD_FOR)
        await work.connection.execute(
            "insert into account_flow (state, provider_id, nonce, verifier, browser, next, account_id, created_at)"
            " values ($1, $2, $3, $4, $5, $6, $7, $8)",
            vault.hash_of(state), self.provider.id, nonce, verifier, vault.hash_of(browser), next_path, account_id,
            work.at,
        )  # fmt: skip
        asked = {
            "response_type": "code",
            "client_id": self.provider.client_id,
            "redirect_uri": redirect_uri,
            "scope": "openid profile",
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge_of(verifier),
            "code_challenge_method": "S256",
            **({"login_hint": hint} if hint else {}),
            **({"max_age": "0"} if account_id is not None else {}),
        }
        address: str = metadata["authorization_endpoint"]
        return f"{address}{'&' if '?' in address else '?'}{urlencode(asked)}"

    async def finish(
        self, flow: Flow, answer: Mapping[str, str], *, redirect_uri: str, now: float | None = None
    ) -> str:
        """The number of the person, as the provider says it: the value of `claim`.

        Raises:
            ProviderRefused: it said no, or something that cannot be believed.
            ProviderDown: it does not answer.
        """
        code = answer.get("code")
        if not code or answer.get("iss", self.provider.issuer) != self.provider.issuer:
            raise self._refused()
        metadata = await self._metadata()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "client_id": self.provider.client_id,
            "code_verifier": flow.verifier,
        }
        secret = self.provider.client_secret
        tokens = await self._ask(
            "POST", metadata["token_endpoint"], data=form, auth=(self.provider.client_id, secret) if secret else None
        )
        now = time.time() if now is None else now
        claims = await self._believed(str(tokens.get("id_token", "")), flow.nonce, now)
        number = claims.get(self.provider.claim)
        anew = flow.account_id is None or is_anew(claims, now)
        if not isinstance(number, str) or not number or not anew:
            raise self._refused()
        return number

    async def _believed(self, token: str, nonce: str, now: float) -> Mapping[str, Any]:
        try:
            decoded = jwt.decode(token, await self._keys(), algorithms=ALGORITHMS)
        except (JoseError, ValueError):
            try:
                decoded = jwt.decode(token, await self._keys(again=True), algorithms=ALGORITHMS)
            except (JoseError, ValueError):
                raise self._refused() from None
        claims: dict[str, Any] = decoded.claims
        if not is_for_us(claims, self.provider, nonce, now):
            raise self._refused()
        return claims

    async def _metadata(self) -> dict[str, Any]:
        if not self._known.metadata:
            found = await self._ask("GET", f"{self.provider.issuer.rstrip('/')}/.well-known/openid-configuration")
            if found.get("issuer") != self.provider.issuer:
                raise ProviderDown(title=self.provider.title)
            self._known.metadata = found
        return self._known.metadata

    async def _keys(self, *, again: bool = False) -> KeySet:
        age = time.monotonic() - self._known.asked_at
        if self._known.keys is None or age > KEYS_KEPT_S or (again and age > KEYS_AGAIN_S):
            metadata = await self._metadata()
            found = await self._ask("GET", metadata["jwks_uri"])
            self._known.keys = KeySet.import_key_set({"keys": found.get("keys", [])})
            self._known.asked_at = time.monotonic()
        return self._known.keys

    async def _ask(self, method: str, url: str, **more: Any) -> dict[str, Any]:
        try:
            async with httpx.AsyncClient(transport=self._transport, timeout=TIMEOUT_S) as client:
                answer = await client.request(method, url, **more)
                if answer.status_code == 400 and method == "POST":
                    raise self._refused()
                answer.raise_for_status()
                found = answer.json() if len(answer.content) <= LARGEST else None
        except (httpx.HTTPError, ValueError):
            raise ProviderDown(title=self.provider.title) from None
        if not isinstance(found, dict):
            raise ProviderDown(title=self.provider.title)
        return found

    def _refused(self) -> ProviderRefused:
        return ProviderRefused(title=self.provider.title)


def challenge_of(verifier: str) -> str:
    """The challenge of PKCE.

    >>> challenge_of("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")  # RFC 7636, appendix B
    'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'
    """
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def is_for_us(claims: Mapping[str, Any], provider: Provider, nonce: str, now: float) -> bool:
    """Whether an ID token, signed rightly, is of this provider, for this program, for this sign-in, and of now.

    Clocks may differ by a minute. Source: OpenID Connect Core 3.1.3.7
    """
    audience = claims.get("aud")
    audiences = [audience] if isinstance(audience, str) else audience
    if not isinstance(audiences, list) or provider.client_id not in audiences:
        return False
    if claims.get("azp", provider.client_id) != provider.client_id or (len(audiences) > 1 and "azp" not in claims):
        return False
    ends, made, starts = claims.get("exp"), claims.get("iat"), claims.get("nbf", 0)
    if not all(isinstance(each, int | float) for each in (ends, made, starts)):
        return False
    in_time = ends > now - SKEW_S and made < now + SKEW_S and starts < now + SKEW_S  # type: ignore[operator]  # numbers, as asked above
    return in_time and claims.get("iss") == provider.issuer and claims.get("nonce") == nonce


def is_anew(claims: Mapping[str, Any], now: float) -> bool:
    """Whether the person proved themselves to the provider just now, as asked with `max_age`, and not some time ago.

    >>> is_anew({"auth_time": 1000}, now=1240.0), is_anew({"auth_time": 1000}, now=2000.0), is_anew({}, now=1000.0)
    (True, False, False)
    """
    proved_at = claims.get("auth_time")
    return isinstance(proved_at, int | float) and proved_at > now - FRESH.total_seconds() - SKEW_S


async def spend(work: Work, provider_id: str, state: str, browser: str) -> Flow:
    """The sign-in that this state began. Good once: of several at the same moment one gets it.

    Raises:
        FlowSpent: unknown, too old, used, of another browser or provider.
    """
    row = await work.connection.fetchrow(
        "delete from account_flow where state = $1 and provider_id = $2 and browser = $3 and created_at > $4"
        " returning provider_id, nonce, verifier, next, account_id",
        vault.hash_of(state), provider_id, vault.hash_of(browser), work.at - FLOW_GOOD_FOR,
    )  # fmt: skip
    if row is None:
        raise FlowSpent
    return Flow(**row)
