"""What a token is, for those who have to know; and taking tokens back.

Source: RFC 7662, RFC 7009, https://hl7.org/fhir/smart-app-launch/STU2.2/token-introspection.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from anlanh.access.oauth import grants, recognising, scopes
from anlanh.access.oauth.exchanging import Authority
from anlanh.access.oauth.model import INTROSPECT, REVOKE, Kind
from anlanh.access.oauth.problems import NoBearer, WrongClient
from anlanh.access.oauth.trust import FHIR
from anlanh.kernel.problem import Problem
from anlanh.platform.work import Work

TOLD = ("scope", "client_id", "exp", "iat", "iss", "sub", "aud", "jti")
"""Claims that go into the answer as they are; `iss` and `sub` are those of the id token."""

INACTIVE = {"active": False}


async def introspect(
    work: Work, authority: Authority, form: Mapping[str, str], headers: Mapping[str, str], own: str
) -> dict[str, Any]:
    """What a token is. Whoever has the scope `introspection` learns it of every app's tokens, an app of its own.

    Raises:
        NoBearer, WrongClient: who asks may not know.
    """
    only = await _who_asks(work, authority, form, headers, own)
    token = form.get("token", "")
    claims, checked = authority.trust.claims_of(token), authority.trust.read(token)
    if claims is None or checked is None or not authority.trust.accepts(checked, headers):
        return INACTIVE
    if checked.expires_at <= work.at.timestamp() or only not in ("", claims.get("client_id")):
        return INACTIVE
    told = {name: claims[name] for name in TOLD if name in claims}
    found: dict[str, Any] = {"active": True, "token_type": "Bearer", **told, **claims.get("context", {})}
    if scopes.FHIR_USER in str(claims.get("scope", "")).split():
        found["fhirUser"] = f"{claims['iss']}{FHIR}/{claims['sub']}"
    return found


async def revoke(
    work: Work, authority: Authority, form: Mapping[str, str], headers: Mapping[str, str], own: str
) -> None:
    """Take back a token of the app that asks: a refresh token with all that came of it. Unknown ones are passed over.

    Raises:
        WrongClient: the app is not recognised.
    """
    authorization = headers.get("authorization", "")
    client = await recognising.recognise(work, authority.client_keys, form, authorization, own + REVOKE)
    token = form.get("token", "")
    grant = await grants.grant_of_refresh(work, token)
    if grant is not None:
        if grant.client_id == client.id:
            await grants.revoke_one(work, grant.id)
        return
    claims = authority.trust.claims_of(token)
    if claims is not None and claims.get("client_id") == client.id:
        await grants.take_back(work, [f"token:{claims['jti']}"])


async def _who_asks(
    work: Work, authority: Authority, form: Mapping[str, str], headers: Mapping[str, str], own: str
) -> str:
    """The app of whose tokens alone may be told; empty: of all."""
    authorization = headers.get("authorization", "")
    if authorization[:7].lower() == "bearer ":
        checked = authority.trust.read(authorization[7:].strip())
        good = checked is not None and authority.trust.accepts(checked, headers)
        if checked is None or not good or checked.expires_at <= work.at.timestamp():
            raise NoBearer(scope=scopes.INTROSPECTION)
        if scopes.INTROSPECTION not in (checked.principal.scopes or ()):
            raise NoBearer(scope=scopes.INTROSPECTION)
        return ""
    try:
        client = await recognising.recognise(work, authority.client_keys, form, authorization, own + INTROSPECT)
    except Problem:
        raise NoBearer(scope=scopes.INTROSPECTION) from None
    if client.kind is Kind.PUBLIC:
        raise WrongClient(why="it cannot prove itself")
    return "" if scopes.INTROSPECTION in client.scopes else client.id
