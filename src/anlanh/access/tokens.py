"""Bearer tokens: those of scripts on the same machine, signed with a key that only this machine's user can read, and
those that the authorisation server has given to apps.

Source: RFC 6750, RFC 7519, RFC 8725
"""

from __future__ import annotations

import os
import secrets
import time
from collections import OrderedDict
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple, Protocol

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from anlanh.access.principals import claims_of, of_claims
from anlanh.kernel.problem import Problem
from anlanh.platform.work import Principal

ISSUER = "anlanh"
ALGORITHM = "HS256"
LIFETIME_S = 3600
REMEMBERED = 4096


class NotSignedIn(Problem):
    issue = "login"
    says = "The request carries no valid bearer token."
    hint = "Send Authorization: Bearer [token]; on this machine `anlanh token --role system` prints one."


class TokenExpired(Problem):
    issue = "expired"
    says = "The bearer token has expired."
    hint = "Get a new one; on this machine `anlanh token --role system` prints one."


def key_of(data: Path, name: str = "token") -> OctKey:
    """The signing key in the data folder; made at first use, readable by its owner only. Each use has one of its own."""
    path = data / "keys" / f"{name}.key"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        part = path.with_name(f"{path.name}.{os.getpid()}")
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
            stream.write(secrets.token_bytes(32))
        with suppress(FileExistsError):
            os.link(part, path)
        part.unlink()
    return OctKey.import_key(path.read_bytes())


def issue(key: OctKey, who: Principal, *, now: float, lifetime_s: int = LIFETIME_S) -> str:
    """A signed token for somebody acting in a role."""
    claims = {"iss": ISSUER, "aud": ISSUER, "iat": int(now), "exp": int(now) + lifetime_s, **claims_of(who)}
    return jwt.encode({"alg": ALGORITHM, "typ": "at+jwt"}, claims, key)


class Checked(NamedTuple):
    """A token whose signature was checked: who acts, until when (seconds since 1970), at which server (empty: any of
    this machine), and the names under which it can be taken back."""

    principal: Principal
    expires_at: float
    audience: str = ""
    marks: frozenset[str] = frozenset()


class Issuer(Protocol):
    """Somebody who gives tokens to apps."""

    def read(self, token: str) -> Checked | None:
        """The token, if it is one of theirs."""

    def accepts(self, checked: Checked, headers: Mapping[str, str]) -> bool:
        """Whether it counts for a request with these headers at this moment."""


class Tokens:
    """Checks bearer tokens; remembers those it has checked until they expire. `issuer`: gives tokens to apps."""

    def __init__(self, key: OctKey, issuer: Issuer | None = None) -> None:
        self._key = key
        self._issuer = issuer
        self._known: OrderedDict[str, Checked] = OrderedDict()

    def authenticate(self, headers: Mapping[str, str]) -> Principal:
        """Who sends a request with these headers (lower-case names).

        Raises:
            NotSignedIn, TokenExpired: nobody this server knows.
        """
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise NotSignedIn
        found = self._known.get(token) or self._check(token)
        if found.expires_at <= time.time():
            raise TokenExpired
        if found.audience and (self._issuer is None or not self._issuer.accepts(found, headers)):
            raise NotSignedIn
        return found.principal

    def _check(self, token: str) -> Checked:
        found = self._own(token) or (self._issuer.read(token) if self._issuer else None)
        if found is None:
            raise NotSignedIn
        self._known[token] = found
        if len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        return found

    def _own(self, token: str) -> Checked | None:
        try:
            claims = jwt.decode(token, self._key, algorithms=[ALGORITHM]).claims
        except (JoseError, ValueError):
            return None
        who, expires = of_claims(claims), claims.get("exp")
        right = claims.get("iss") == ISSUER and claims.get("aud") == ISSUER
        return Checked(who, float(expires)) if right and who is not None and isinstance(expires, int) else None
