"""Which app speaks: by nothing but its id (public), by its secret, or by a JWT that it has signed.

FHIR: SMART App Launch 2.2, client authentication (public, symmetric, asymmetric)
Source: https://hl7.org/fhir/smart-app-launch/STU2.2/client-confidential-asymmetric.html, RFC 7523 (3), RFC 6749 (2.3)
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote_plus

from joserfc import jwt
from joserfc.errors import JoseError

from anlanh.access.accounts import vault
from anlanh.access.oauth import clients
from anlanh.access.oauth.jwks import ClientKeys
from anlanh.access.oauth.model import SKEW, Client, Kind, State
from anlanh.access.oauth.problems import WrongClient
from anlanh.platform.work import Work

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ALGORITHMS = ["RS384", "ES384"]
ASSERTION_GOOD_FOR = timedelta(minutes=5)
LONGEST_JTI = 255
METHODS = ("none", "client_secret_basic", "client_secret_post", "private_key_jwt")


async def recognise(work: Work, keys: ClientKeys, form: Mapping[str, str], authorization: str, audience: str) -> Client:
    """The app that sends a form, proved in the way that it is registered for. `audience`: the address of the endpoint.

    A JWT is good once: its jti is kept until it would have ended.

    Raises:
        WrongClient: not known, not approved, not proved, or proved in more ways than one.
        KeysNotRead: its keys could not be fetched.
    """
    basic = _basic(authorization) if authorization[:6].lower() == "basic " else None
    ways = [basic is not None, "client_secret" in form, "client_assertion" in form or "client_assertion_type" in form]
    if sum(ways) > 1:
        raise WrongClient(why="it proves itself in more ways than one")
    if ways[2]:
        return await _by_assertion(work, keys, form, audience)
    client_id, secret = basic or (form.get("client_id", ""), form.get("client_secret"))
    if form.get("client_id", client_id) != client_id:
        raise WrongClient(why="client_id is another one")
    client = await _approved(work, client_id)
    if client.kind is Kind.PUBLIC and secret is None:
        return client
    right = client.kind is Kind.SYMMETRIC and client.secret_hash is not None and secret is not None
    if not right or not hmac.compare_digest(vault.hash_of(secret or ""), client.secret_hash or b""):
        raise WrongClient(why="its secret is wrong, or it has to prove itself in another way")
    return client


async def _by_assertion(work: Work, keys: ClientKeys, form: Mapping[str, str], audience: str) -> Client:
    if form.get("client_assertion_type") != ASSERTION:
        raise WrongClient(why="client_assertion_type is not that of a JWT")
    assertion = form.get("client_assertion", "")
    header, body = _unchecked(assertion)
    client_id = body.get("iss")
    if not isinstance(client_id, str) or body.get("sub") != client_id or form.get("client_id", client_id) != client_id:
        raise WrongClient(why="iss and sub of the JWT are not both the client_id")
    client = await _approved(work, client_id)
    if client.kind is not Kind.ASYMMETRIC:
        raise WrongClient(why="it is not registered for signed JWTs")
    if header.get("jku") not in (None, client.jwks_uri):
        raise WrongClient(why="jku of the JWT is not the jwks_uri registered")
    kid = header.get("kid")
    found = await keys.of(client, kid) if isinstance(kid, str) else None
    if found is None or not found.keys:
        raise WrongClient(why="no registered key has the kid of the JWT")
    try:
        claims: dict[str, Any] = jwt.decode(assertion, found, algorithms=ALGORITHMS).claims
    except (JoseError, ValueError):
        raise WrongClient(why="the signature of the JWT is not right; RS384 and ES384 are taken") from None
    until = _until(claims, audience, work.at)
    if not await _first_time(work, client.id, str(claims["jti"]), until):
        raise WrongClient(why="the JWT has been used before")
    return client


def _until(claims: Mapping[str, Any], audience: str, now: datetime) -> datetime:
    """When a signed JWT has ended at the latest.

    Raises:
        WrongClient: it is for somebody else, too old, too long, not good yet, or has no id.
    """
    for_whom = claims.get("aud")
    if audience not in (for_whom if isinstance(for_whom, list) else [for_whom]):
        raise WrongClient(why=f"aud of the JWT is not {audience}")
    at, skew = now.timestamp(), SKEW.total_seconds()
    ends, begins = claims.get("exp"), [claims.get("iat", 0), claims.get("nbf", 0)]
    if isinstance(ends, bool) or not isinstance(ends, int | float) or ends + skew <= at:
        raise WrongClient(why="the JWT has ended, or has no exp")
    if ends > at + ASSERTION_GOOD_FOR.total_seconds() + skew:
        raise WrongClient(why="the JWT is good for more than five minutes")
    if not all(isinstance(each, int | float) and each <= at + skew for each in begins):
        raise WrongClient(why="the JWT is not good yet")
    jti = claims.get("jti")
    if not isinstance(jti, str) or not 0 < len(jti) <= LONGEST_JTI or "\0" in jti:
        raise WrongClient(why="the JWT has no jti")
    return datetime.fromtimestamp(ends, UTC) + SKEW


async def _first_time(work: Work, client_id: str, jti: str, until: datetime) -> bool:
    found = await work.connection.fetchval(
        "insert into oauth_assertion (client_id, jti, until_at) values ($1, $2, $3) on conflict (client_id, jti)"
        " do nothing returning jti",
        client_id, jti, until,
    )  # fmt: skip
    return found is not None


async def _approved(work: Work, client_id: str) -> Client:
    found = await clients.find(work, client_id) if "\0" not in client_id else None
    if found is None or found.state is not State.APPROVED:
        raise WrongClient(why="there is no such app, or it may not act here yet")
    return found


def _basic(authorization: str) -> tuple[str, str]:
    """Id and secret of an Authorization header. Source: RFC 6749 (2.3.1): each is form-encoded first."""
    try:
        client_id, colon, secret = base64.b64decode(authorization[6:].strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise WrongClient(why="the Authorization header cannot be read") from None
    if not colon:
        raise WrongClient(why="the Authorization header cannot be read")
    return unquote_plus(client_id), unquote_plus(secret)


def _unchecked(assertion: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims before the signature is checked: only to find the key."""
    parts = assertion.split(".")
    try:
        header, claims = (json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))) for part in parts[:2])
    except (ValueError, binascii.Error, RecursionError):
        header = claims = None
    if len(parts) != 3 or not isinstance(header, dict) or not isinstance(claims, dict):
        raise WrongClient(why="client_assertion is not a signed JWT")
    return header, claims
