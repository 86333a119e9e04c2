"""The token endpoint without HTTP: from a code, a refresh token or a key to tokens.

FHIR: SMART App Launch 2.2 (obtain access token, refresh), SMART Backend Services
Source: RFC 6749 (4.1.3, 4.4, 5, 6), RFC 7636 (4.6), https://hl7.org/fhir/smart-app-launch/STU2.2/backend-services.html
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from anlanh.access.accounts.oidc import challenge_of
from anlanh.access.accounts.vault import Vault
from anlanh.access.oauth import grants, issuing, recognising, scopes
from anlanh.access.oauth.jwks import ClientKeys
from anlanh.access.oauth.keys import SigningKey
from anlanh.access.oauth.model import TOKEN, Client, Grant, Kind
from anlanh.access.oauth.problems import GrantSpent, NoScopeLeft, NotForThisApp, NotInRequest, WrongGrantType
from anlanh.access.oauth.trust import Trust
from anlanh.fhir.store.record import Record
from anlanh.platform.work import Work

_VERIFIER = (43, 128)


@dataclass(frozen=True, slots=True)
class Authority:
    """What a process needs to give tokens."""

    trust: Trust
    client_keys: ClientKeys
    record: Record
    vault: Vault


@dataclass(frozen=True, slots=True)
class Call:
    """One request to the token endpoint of the server at `own`, by an app that was recognised."""

    client: Client
    form: Mapping[str, str]
    own: str
    signing: SigningKey


async def exchange(
    work: Work, authority: Authority, form: Mapping[str, str], authorization: str, own: str
) -> dict[str, Any]:
    """The answer of the token endpoint. What is good once is taken by statements of their own: `work` has no transaction.

    Raises:
        OAuthProblem: what an app has to know.
    """
    if not form.get("grant_type"):
        raise NotInRequest(name="grant_type", wanted="authorization_code, refresh_token or client_credentials")
    exchanges = EXCHANGES.get(form["grant_type"])
    if exchanges is None:
        raise WrongGrantType
    if form["grant_type"] == "refresh_token" and "client_id" not in form and not authorization:
        form = {**form, "client_id": await _bearer_of(work, form)}
    client = await recognising.recognise(work, authority.client_keys, form, authorization, own + TOKEN)
    return await exchanges(work, authority, Call(client, form, own, authority.trust.signing(work.at)))


async def _by_code(work: Work, authority: Authority, call: Call) -> dict[str, Any]:
    code, verifier = call.form.get("code", ""), call.form.get("code_verifier", "")
    if not code or not _VERIFIER[0] <= len(verifier) <= _VERIFIER[1] or not verifier.isascii():
        raise NotInRequest(
            name="code or code_verifier", wanted="the code, and 43 to 128 characters whose hash was sent"
        )
    found = await grants.redeem(work, code)
    right = (
        found.grant.client_id == call.client.id
        and found.redirect_uri == call.form.get("redirect_uri", "")
        and hmac.compare_digest(found.challenge, challenge_of(verifier))
    )
    if not right:
        await grants.revoke_one(work, found.grant.id)
        raise GrantSpent
    return await _tokens(work, call, found.grant, found.grant.scopes, found.grant.scopes, found.nonce)


async def _by_refresh(work: Work, authority: Authority, call: Call) -> dict[str, Any]:
    token = call.form.get("refresh_token", "")
    known = await grants.grant_of_refresh(work, token)
    if known is None or known.client_id != call.client.id:
        raise GrantSpent
    wanted = tuple(call.form.get("scope", "").split())
    if wanted and not scopes.covers(known.scopes, wanted):
        raise NoScopeLeft
    grant, carried = await grants.take_refresh(work, token)
    if wanted and not scopes.covers(carried, wanted):
        raise NoScopeLeft
    return await _tokens(work, call, grant, wanted or carried, carried, "")


async def _bearer_of(work: Work, form: Mapping[str, str]) -> str:
    """The app that a refresh token is bound to: public ones need not say who they are (RFC 6749, 6), and some do not."""
    known = await grants.grant_of_refresh(work, form.get("refresh_token", ""))
    return known.client_id if known is not None else ""


async def _by_itself(work: Work, authority: Authority, call: Call) -> dict[str, Any]:
    client = call.client
    if client.kind is not Kind.ASYMMETRIC:
        raise NotForThisApp
    granted = scopes.asked(call.form.get("scope", ""), client.scopes, ("system",), (scopes.INTROSPECTION,))
    criteria = authority.record.criteria()
    granted = tuple(each for each in scopes.for_role(granted, issuing.APP) if scopes.searchable(criteria, each))
    if not granted:
        raise NoScopeLeft
    who = issuing.principal_of_service(client, granted)
    return issuing.for_service(call.signing, who, granted, call.own, work.at)


async def _tokens(
    work: Work, call: Call, grant: Grant, granted: tuple[str, ...], carried: tuple[str, ...], nonce: str
) -> dict[str, Any]:
    """Tokens for these scopes; the next refresh token carries as many as this one did."""
    who = await issuing.principal_of(work, grant, granted)
    answer = issuing.for_grant(call.signing, who, grant, granted, call.own, work.at)
    if scopes.OPENID in granted:
        answer["id_token"] = issuing.id_token(call.signing, grant, granted, call.own, work.at, nonce)
    if scopes.OFFLINE in carried or scopes.ONLINE in carried:
        answer["refresh_token"] = await grants.new_refresh(work, grant.id, carried)
    await grants.used(work, grant.id)
    return answer


Exchange: TypeAlias = Callable[[Work, Authority, Call], Awaitable[dict[str, Any]]]
EXCHANGES: dict[str, Exchange] = {
    "authorization_code": _by_code,
    "refresh_token": _by_refresh,
    "client_credentials": _by_itself,
}
"""The ways to a token, as RFC 6749 names them."""
