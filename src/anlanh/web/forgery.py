"""Protection against forged requests: a form must come from a page that this server gave this very browser.

Two proofs are asked of every request that changes something: the browser says that it comes from here (Sec-Fetch-Site,
Origin), and the form carries a token made from a cookie that no other site can read.

Source: OWASP Cross-Site Request Forgery Prevention Cheat Sheet; https://www.w3.org/TR/fetch-metadata/
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from hashlib import blake2b

from anlanh.kernel.problem import Problem

FIELD = "_token"
HEADER = "x-form-token"
_SALT = 8


class FormForged(Problem):
    issue = "security"
    says = "The form did not come from a page of this site, or the page is too old."
    hint = "Load the page anew and send the form once more."


def token(secret: str) -> str:
    """A token for one page; another one each time, so that compressing pages tells nothing about it."""
    salt = secrets.token_bytes(_SALT)
    return salt.hex() + _proof(secret, salt)


def check_origin(headers: Mapping[str, str], own: str) -> None:
    """Only requests from pages of `own` (scheme and host) may change anything.

    Raises:
        FormForged: the browser says that it comes from elsewhere.
    """
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site is not None and site not in ("same-origin", "none"):
        raise FormForged
    if site is None and origin is not None and origin != own:
        raise FormForged


def check_token(given: str, secret: str | None) -> None:
    """The token must be one made from this browser's cookie.

    Raises:
        FormForged: it is not.
    """
    try:
        salt = bytes.fromhex(given[: 2 * _SALT])
    except ValueError:
        raise FormForged from None
    if secret is None or not hmac.compare_digest(given[2 * _SALT :].encode(), _proof(secret, salt).encode()):
        raise FormForged


def _proof(secret: str, salt: bytes) -> str:
    return blake2b(secret.encode(), salt=salt, person=b"anlanh-form", digest_size=20).hexdigest()
