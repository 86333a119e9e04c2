"""What a process knows in memory to check tokens without asking the database: keys, what was taken back, known origins.

Each change is told to all processes (NOTIFY), which read it anew; it counts everywhere within a second.

Source: RFC 9068 (4), RFC 8725, RFC 7009
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from anlanh.access import principals
from anlanh.access.accounts.vault import Vault
from anlanh.access.oauth import keys, redirects
from anlanh.access.oauth.keys import SigningKey
from anlanh.access.oauth.model import SKEW
from anlanh.access.oauth.scopes import FHIR_USER
from anlanh.access.tokens import Checked
from anlanh.platform.database import Connection
from anlanh.platform.work import Principal

TYPE = "at+jwt"
FHIR = "/fhir"
"""Below the address of the server: the audience of every access token."""


class Trust:
    """The state of one process. `public_url`: the one address of this server; None: the one that was asked for."""

    def __init__(self, safe: Vault, public_url: str | None) -> None:
        self._safe = safe
        self._public_url = public_url
        self._keys: tuple[SigningKey, ...] = ()
        self._published = KeySet([])
        self._taken_back: frozenset[str] = frozenset()
        self.origins: frozenset[str] = frozenset()

    async def refresh(self, connection: Connection) -> None:
        """Read it anew."""
        self._keys = await keys.read(connection, self._safe)
        self._published = keys.published(self._keys)
        rows = await connection.fetch("select mark from oauth_revocation where until_at > now() order by mark")
        self._taken_back = frozenset(row["mark"] for row in rows)
        rows = await connection.fetch(
            "select distinct unnest(redirect_uris) as uri from oauth_client where state = 'approved' order by uri"
        )
        found = {redirects.origin_of(row["uri"]) for row in rows} - {None}
        self.origins = frozenset(str(each) for each in found)

    def signing(self, now: datetime) -> SigningKey:
        """The key that signs now."""
        return keys.signing(self._keys, now)

    @property
    def jwks(self) -> dict[str, Any]:
        """The public keys, as they are published."""
        return dict(self._published.as_dict(private=False))

    def read(self, token: str) -> Checked | None:
        """Who acts by an access token of this server, until when, at which server; None: it is none."""
        found = self._believed(token)
        if found is None:
            return None
        claims, kid = found
        who, expires = principals.of_claims(claims), claims.get("exp")
        if who is None or not isinstance(expires, int):
            return None
        return Checked(_with_self(who), float(expires), str(claims["aud"]), marks_of(claims, kid))

    def claims_of(self, token: str) -> dict[str, Any] | None:
        """The claims of an access token that this server has signed; None: it is none."""
        found = self._believed(token)
        return found[0] if found else None

    def _believed(self, token: str) -> tuple[dict[str, Any], str] | None:
        try:
            decoded = jwt.decode(token, self._published, algorithms=[keys.ALGORITHM])
        except (JoseError, ValueError):
            return None
        claims: dict[str, Any] = decoded.claims
        issued = claims.get("iat")
        if decoded.header.get("typ") != TYPE or not isinstance(issued, int):
            return None
        if issued > time.time() + SKEW.total_seconds() or claims.get("aud") != f"{claims.get('iss')}{FHIR}":
            return None
        return claims, str(decoded.header.get("kid"))

    def accepts(self, checked: Checked, headers: Mapping[str, str]) -> bool:
        """Whether a token that was read counts for a request with these headers: it is for here, and not taken back."""
        if not self._taken_back.isdisjoint(checked.marks):
            return False
        if self._public_url is not None:
            return checked.audience == self._public_url + FHIR
        return checked.audience.partition("://")[2] == headers.get("host", "") + FHIR


def marks_of(claims: Mapping[str, Any], kid: str) -> frozenset[str]:
    """Under which names a token can be taken back: its own, that of what somebody has allowed, its app's, its key's."""
    own = [f"token:{claims.get('jti')}", client_mark(str(claims.get("client_id"))), key_mark(kid)]
    return frozenset([*own, grant_mark(int(claims["grant"]))] if "grant" in claims else own)


def key_mark(kid: str) -> str:
    """The name under which everything that a key has signed is taken back."""
    return f"key:{kid}"


def grant_mark(grant_id: int) -> str:
    """The name under which everything somebody has allowed an app is taken back."""
    return f"grant:{grant_id}"


def client_mark(client_id: str) -> str:
    """The name under which all tokens of an app are taken back."""
    return f"client:{client_id}"


def _with_self(who: Principal) -> Principal:
    """With the scope `fhirUser` one may read who is signed in.

    Source: SMART App Launch 2.2, "permission to retrieve information about the current logged-in user"
    """
    if who.scopes is None or FHIR_USER not in who.scopes:
        return who
    kind, _, own_id = who.subject.partition("/")
    return Principal(
        who.subject, who.role, who.organizations, who.patient, who.client, (*who.scopes, f"user/{kind}.r?_id={own_id}"),
        who.programmes, who.assurance, who.purpose,
    )  # fmt: skip
