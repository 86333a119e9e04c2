"""An app tells about itself: checked, given an id, and kept until somebody has looked at it.

Source: RFC 7591; https://hl7.org/fhir/smart-app-launch/STU2.2/client-confidential-asymmetric.html (registering a client)
"""

from __future__ import annotations

import json
import secrets
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from anlanh.access.accounts import vault
from anlanh.access.accounts.attempts import Limit
from anlanh.access.oauth import jwks, redirects, scopes
from anlanh.access.oauth.issuing import APP
from anlanh.access.oauth.model import Client, Kind, State
from anlanh.access.oauth.problems import BadRegistration, BadReturn
from anlanh.access.policy import rules
from anlanh.access.policy import scopes as smart
from anlanh.access.policy.scopes import BadScope

KINDS = {
    "none": Kind.PUBLIC,
    "client_secret_basic": Kind.SYMMETRIC,
    "client_secret_post": Kind.SYMMETRIC,
    "private_key_jwt": Kind.ASYMMETRIC,
}
"""How an app wants to prove itself, as RFC 7591 names it."""

OF_NETWORK = Limit(50, timedelta(minutes=10), timedelta(days=1))
"""How many registrations one network may send in a day."""

LONGEST_NAME = 100
MOST_REDIRECTS = 20
MOST_SCOPES = 100


@dataclass(frozen=True, slots=True)
class Registered:
    """A registration, and the secret that is shown once, for apps that have one."""

    client: Client
    secret: str | None


def read(body: Any, now: datetime) -> Registered:
    """What an app says of itself (a JSON object of RFC 7591), checked. Makes its id, and its secret where it needs one.

    Raises:
        BadRegistration, BadReturn: with what would be right.
    """
    if not isinstance(body, dict):
        raise BadRegistration(name="the body", wanted="Send a JSON object.")
    kind = KINDS.get(str(body.get("token_endpoint_auth_method", "client_secret_basic")))
    if kind is None:
        raise BadRegistration(name="token_endpoint_auth_method", wanted=f"One of {', '.join(KINDS)}.")
    contacts = body.get("contacts")
    contact = ", ".join(map(str, contacts)) if isinstance(contacts, list) else ""
    secret = vault.new_secret() if kind is Kind.SYMMETRIC else None
    client = Client(
        secrets.token_hex(10), _text(body, "client_name"), kind,
        redirect_uris=_redirects(body.get("redirect_uris", [])), scopes=_scopes(str(body.get("scope", ""))),
        contact=_short("contacts", contact, 300), secret_hash=vault.hash_of(secret) if secret else None,
        jwks=_keys(body.get("jwks"), kind), jwks_uri=_address(body, "jwks_uri"),
        launch_uri=_address(body, "initiate_login_uri"), homepage=_address(body, "client_uri"), registered_at=now,
    )  # fmt: skip
    check(client)
    return Registered(client, secret)


def check(client: Client) -> None:
    """Whether what is said of an app goes together.

    Raises:
        BadRegistration, BadReturn: it does not.
    """
    levels = {each.level for each in map(smart.read, client.scopes) if each is not None}
    backend = "system" in levels or scopes.INTROSPECTION in client.scopes
    if not all(map(redirects.may_be_registered, client.redirect_uris)):
        raise BadReturn
    if not client.redirect_uris and not backend:
        raise BadRegistration(name="redirect_uris", wanted="Name at least one, or only scopes that begin with system/.")
    if backend and client.kind is not Kind.ASYMMETRIC:
        raise BadRegistration(
            name="scope", wanted="Scopes of backend services need token_endpoint_auth_method private_key_jwt."
        )
    if client.kind is Kind.ASYMMETRIC and (client.jwks is None) == (client.jwks_uri is None):
        raise BadRegistration(name="jwks", wanted="Give either jwks or jwks_uri.")
    if not client.scopes:
        raise BadRegistration(name="scope", wanted="Name the most that the app will ever ask for.")
    if client.purpose not in rules.load().roles[APP].purposes:
        raise BadRegistration(name="purpose", wanted=f"One of {', '.join(rules.load().roles[APP].purposes)}.")


def answer(registered: Registered) -> dict[str, Any]:
    """What the app is told."""
    client = registered.client
    method = next(name for name, kind in KINDS.items() if kind is client.kind)
    told: Mapping[str, Any] = {
        "client_id": client.id,
        "client_id_issued_at": int(client.registered_at.timestamp()) if client.registered_at else None,
        "client_secret": registered.secret,
        "client_secret_expires_at": 0 if registered.secret else None,
        "client_name": client.name,
        "redirect_uris": list(client.redirect_uris) or None,
        "scope": " ".join(client.scopes),
        "token_endpoint_auth_method": method,
        "grant_types": grant_types(client),
        "jwks": json.loads(client.jwks) if client.jwks else None,
        "jwks_uri": client.jwks_uri,
        "initiate_login_uri": client.launch_uri,
        "client_uri": client.homepage,
        "state": State.PENDING.value,
    }
    return {name: value for name, value in told.items() if value is not None}


def grant_types(client: Client) -> list[str]:
    """The ways to a token that follow from what is registered."""
    levels = {each.level for each in map(smart.read, client.scopes) if each is not None}
    people = ["authorization_code"] if client.redirect_uris else []
    comes_back = ["refresh_token"] if {scopes.OFFLINE, scopes.ONLINE} & set(client.scopes) else []
    backend = "system" in levels or scopes.INTROSPECTION in client.scopes
    return [*people, *comes_back, *(["client_credentials"] if backend else [])]


def _text(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value.strip():
        raise BadRegistration(name=name, wanted="Give it; people will read it.")
    return _short(name, unicodedata.normalize("NFC", value.strip()), LONGEST_NAME)


def _short(name: str, value: str, longest: int) -> str:
    if len(value) > longest or not value.isprintable():
        raise BadRegistration(name=name, wanted=f"At most {longest} letters, on one line.")
    return value


def _redirects(given: Any) -> tuple[str, ...]:
    if not isinstance(given, list) or len(given) > MOST_REDIRECTS or not all(isinstance(each, str) for each in given):
        raise BadReturn
    return tuple(given)


def _scopes(text: str) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(text.split()))
    known = (*scopes.PLAIN, scopes.INTROSPECTION)
    for each in found:
        try:
            right = each in known or smart.read(each) is not None
        except BadScope:
            right = False
        if not right or len(each) > 500:
            raise BadRegistration(name="scope", wanted="Write scopes as SMART App Launch 2.2 does.")
    if len(found) > MOST_SCOPES:
        raise BadRegistration(name="scope", wanted=f"At most {MOST_SCOPES} scopes.")
    return found


def _keys(given: Any, kind: Kind) -> str | None:
    if given is None:
        return None
    try:
        found = jwks.checked(given)
    except ValueError as error:
        raise BadRegistration(name="jwks", wanted=f"A JWK Set of public keys ({error}).") from None
    return json.dumps(found) if kind is Kind.ASYMMETRIC else None


def _address(body: Mapping[str, Any], name: str) -> str | None:
    value = body.get(name)
    if value is None:
        return None
    right = (
        isinstance(value, str) and redirects.may_be_registered(value) and urlsplit(value).scheme in ("http", "https")
    )
    if not right:
        raise BadRegistration(name=name, wanted="A whole address with https; http only on localhost.")
    return str(value)
