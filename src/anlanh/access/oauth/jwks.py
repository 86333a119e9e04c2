"""The public keys of apps: as they were registered, or fetched from where the app keeps them.

Fetched keys are kept as long as the app's Cache-Control says, never longer, and not at all without one.

Source: SMART App Launch 2.2 (client-confidential-asymmetric, signature verification); RFC 7517; RFC 9111
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Sequence
from typing import Any

import httpx
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from anlanh.access.oauth.model import Client
from anlanh.access.oauth.problems import KeysNotRead
from anlanh.fhir.subscriptions import webhook
from anlanh.fhir.subscriptions.problems import ForbiddenEndpoint, NotDelivered

TIMEOUT_S = 5.0
LARGEST = 64 * 1024
LONGEST_KEPT_S = 3600
AGAIN_S = 10.0
"""How soon keys are fetched again because one is not among those that are kept."""

PRIVATE = frozenset(("d", "p", "q", "dp", "dq", "qi", "oth", "k"))
_MAX_AGE = re.compile(r"(?:^|[,\s])max-age=(\d{1,9})")


class ClientKeys:
    """Finds keys of apps, and keeps what was fetched. `allow`: hosts that may be called by http or at private addresses."""

    def __init__(self, allow: Sequence[str] = ()) -> None:
        self._allow = allow
        self._kept: dict[str, tuple[dict[str, Any], float, float]] = {}

    async def of(self, client: Client, kid: str) -> KeySet:
        """The keys of the app with that id; empty where it has none such.

        Raises:
            KeysNotRead: they could not be fetched.
        """
        if client.jwks is not None:
            return with_id(json.loads(client.jwks), kid)
        if client.jwks_uri is None:
            return KeySet([])
        found, fetched_at = await self._at(client.jwks_uri)
        keys = with_id(found, kid)
        if not keys.keys and time.monotonic() - fetched_at > AGAIN_S:
            self._kept.pop(client.jwks_uri, None)
            keys = with_id((await self._at(client.jwks_uri))[0], kid)
        return keys

    async def _at(self, uri: str) -> tuple[dict[str, Any], float]:
        now = time.monotonic()
        kept = self._kept.get(uri)
        if kept is not None and kept[2] > now:
            return kept[0], kept[1]
        found, age = await self._fetch(uri)
        self._kept[uri] = (found, now, now + age)
        return found, now

    async def _fetch(self, uri: str) -> tuple[dict[str, Any], int]:
        try:
            target = await webhook.resolve(uri, self._allow)
            host = f"[{target.address}]" if ":" in target.address else target.address
            address = f"{'https' if target.secure else 'http'}://{host}:{target.port}{target.path}"
            name = httpx.URL(uri).netloc.decode("ascii")
            async with (
                httpx.AsyncClient(timeout=TIMEOUT_S, trust_env=False) as client,
                client.stream(
                    "GET", address, headers={"host": name, "accept": "application/json"},
                    extensions={"sni_hostname": target.host},
                ) as answer,
            ):  # fmt: skip
                answer.raise_for_status()
                body = b""
                async for piece in answer.aiter_bytes():
                    body += piece
                    if len(body) > LARGEST:
                        raise KeysNotRead
                found = json.loads(body)
                return checked(found), kept_for(answer.headers.get("cache-control", ""))
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, ForbiddenEndpoint, NotDelivered):
            raise KeysNotRead from None


def kept_for(cache_control: str) -> int:
    """For how many seconds an answer may be kept, at most an hour.

    >>> kept_for("public, max-age=600"), kept_for("no-store, max-age=600"), kept_for("")
    (600, 0, 0)
    """
    age = _MAX_AGE.search(cache_control.lower())
    if age is None or "no-store" in cache_control.lower() or "no-cache" in cache_control.lower():
        return 0
    return min(int(age[1]), LONGEST_KEPT_S)


def checked(found: Any) -> dict[str, Any]:
    """A JWK Set of public keys, each with a `kid`.

    Raises:
        ValueError: it is none, or holds a private key.
    """
    keys = found.get("keys") if isinstance(found, dict) else None
    if not isinstance(keys, list) or not keys or not all(isinstance(each, dict) for each in keys):
        raise ValueError("no JWK Set")
    if any(not isinstance(each.get("kid"), str) or not each["kid"] or PRIVATE & set(each) for each in keys):
        raise ValueError("each key needs a kid and no private part")
    try:
        KeySet.import_key_set({"keys": keys})
    except (JoseError, ValueError, KeyError, TypeError):
        raise ValueError("a key cannot be read") from None
    return {"keys": keys}


def with_id(found: dict[str, Any], kid: str) -> KeySet:
    """The keys of a set that have that id."""
    fitting = [each for each in found["keys"] if each.get("kid") == kid]
    return KeySet.import_key_set({"keys": fitting}) if fitting else KeySet([])
