"""Makes tokens: access tokens for this record, id tokens for the app.

FHIR: SMART App Launch 2.2, fhirUser, launch context
Source: RFC 9068 (access tokens), OpenID Connect Core 1.0 (2), SMART App Launch 2.2 (scopes-and-launch-context)
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from joserfc import jwt

from anlanh.access import principals
from anlanh.access.accounts.model import CITIZEN
from anlanh.access.oauth import keys, scopes
from anlanh.access.oauth.keys import SigningKey
from anlanh.access.oauth.model import BACKEND_TOKEN_GOOD_FOR, STYLE, TOKEN_GOOD_FOR, Client, Grant
from anlanh.access.oauth.trust import FHIR, TYPE
from anlanh.platform.work import Principal, Work

APP = "app"
"""The role of backend services."""


async def principal_of(work: Work, grant: Grant, granted: Sequence[str]) -> Principal:
    """Who acts by what somebody has allowed: the person, in the role in which they allowed it, through the app."""
    place = None
    if grant.assignment_id is not None:
        place = await work.connection.fetchrow(
            "select role, organization_ref from account_assignment where id = $1", grant.assignment_id
        )
    purposes = {"purpose": _purpose(grant)} if place is None else {}
    return principals.principal(
        grant.person_ref, place["role"] if place else CITIZEN,
        organizations=(place["organization_ref"],) if place else (), patient=grant.context.patient_ref,
        client=grant.client_id, scopes=tuple(granted), assurance=grant.assurance, **purposes,
    )  # fmt: skip


def principal_of_service(client: Client, granted: Sequence[str]) -> Principal:
    """Who acts when a backend service does: itself."""
    return principals.principal(
        f"client:{client.id}", APP, purpose=client.purpose, client=client.id, scopes=tuple(granted), assurance=2
    )


def for_grant(
    signing: SigningKey, who: Principal, grant: Grant, granted: Sequence[str], own: str, now: datetime
) -> dict[str, Any]:
    """The answer of the token endpoint for what somebody has allowed, without refresh and id token."""
    context = context_of(grant, granted, own)
    token = access_token(signing, who, own, now, TOKEN_GOOD_FOR, {"grant": grant.id, "context": context})
    return _answer(token, TOKEN_GOOD_FOR, granted) | context


def for_service(signing: SigningKey, who: Principal, granted: Sequence[str], own: str, now: datetime) -> dict[str, Any]:
    """The answer of the token endpoint for a backend service."""
    token = access_token(signing, who, own, now, BACKEND_TOKEN_GOOD_FOR, {})
    return _answer(token, BACKEND_TOKEN_GOOD_FOR, granted)


def access_token(
    signing: SigningKey, who: Principal, own: str, now: datetime, good_for: timedelta, more: Mapping[str, Any]
) -> str:
    """A signed access token for the record at `own`."""
    at = int(now.timestamp())
    claims = {
        "iss": own, "aud": own + FHIR, "iat": at, "exp": at + int(good_for.total_seconds()),
        "jti": secrets.token_urlsafe(16), **principals.claims_of(who), **more,
    }  # fmt: skip
    return jwt.encode({"alg": keys.ALGORITHM, "typ": TYPE, "kid": signing.kid}, claims, signing.key)


def id_token(signing: SigningKey, grant: Grant, granted: Sequence[str], own: str, now: datetime, nonce: str) -> str:
    """Who is signed in, for the app. `sub` and `fhirUser` are the same person of the record."""
    at = int(now.timestamp())
    claims: dict[str, Any] = {
        "iss": own, "aud": grant.client_id, "sub": grant.person_ref, "iat": at,
        "exp": at + int(TOKEN_GOOD_FOR.total_seconds()), "auth_time": int(grant.signed_in_at.timestamp()),
        "acr": str(grant.assurance),
    }  # fmt: skip
    if nonce:
        claims["nonce"] = nonce
    if scopes.FHIR_USER in granted:
        claims["fhirUser"] = f"{own}{FHIR}/{grant.person_ref}"
    return jwt.encode({"alg": keys.ALGORITHM, "typ": "JWT", "kid": signing.kid}, claims, signing.key)


def context_of(grant: Grant, granted: Sequence[str], own: str) -> dict[str, Any]:
    """From where in the record the app was opened, as parameters beside the access token."""
    context = grant.context
    found = {
        "patient": context.patient_ref.removeprefix("Patient/"),
        "encounter": context.encounter_ref.removeprefix("Encounter/"),
        "intent": context.intent,
    }
    if not any(found.values()):
        return {}
    return {name: value for name, value in found.items() if value} | {
        "need_patient_banner": True,
        "smart_style_url": own + STYLE,
    }


def _answer(token: str, good_for: timedelta, granted: Sequence[str]) -> dict[str, Any]:
    return {
        "access_token": token,
        "token_type": "Bearer",
        "expires_in": int(good_for.total_seconds()),
        "scope": " ".join(granted),
    }


def _purpose(grant: Grant) -> str:
    """A citizen asks for their own record, or for that of one of the family."""
    return "PATRQT" if grant.context.patient_ref in ("", grant.person_ref) else "FAMRQT"
