"""Text messages and Zalo by a gateway: one POST of JSON for each, in a contract of our own, because each provider has
another one. The province's gateway stands before its provider and keeps the promise about `id`.

`{"id": "…", "to": "0912345678", "text": "…"}` with `Authorization: Bearer <secret>`; 2xx: taken. The same `id` again is
the same message, which goes out once; 400-499 (but 408, 429): never; everything else: try again.
"""

from __future__ import annotations

from urllib.parse import unquote, urlsplit, urlunsplit

import msgspec

from anlanh.fhir.subscriptions import webhook
from anlanh.fhir.subscriptions.problems import ForbiddenEndpoint, NotDelivered
from anlanh.kernel.settings import Settings
from anlanh.services.notify.model import Claimed, Receipt

WITHIN_S = 20.0
PASSING = (408, 425, 429)


class Gateway:
    """A gateway at `https://secret@host/path`. `page`: the address that a text ends with."""

    def __init__(self, address: str, settings: Settings) -> None:
        parts = urlsplit(address)
        self._secret = unquote(parts.username or "")
        self._url = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
        self._allow = settings.webhook_allow
        self._page = f" {settings.public_url}/tin-nhan" if settings.public_url else ""

    async def send(self, claimed: Claimed) -> Receipt:
        """Hand it over. Safe to repeat, as the gateway promises."""
        name = f"anlanh-{claimed.channel}-{claimed.id}"
        body = msgspec.json.encode({"id": name, "to": claimed.addresses[0], "text": claimed.body + self._page})
        headers = [("content-type", "application/json"), ("authorization", f"Bearer {self._secret}")]
        try:
            await webhook.send("POST", self._url, headers, body, timeout_s=WITHIN_S, allow=self._allow)
        except ForbiddenEndpoint as fault:
            return Receipt("later", str(fault.facts["why"]))
        except NotDelivered as fault:
            status = fault.facts.get("status", 0)
            never = isinstance(status, int) and 400 <= status < 500 and status not in PASSING
            return Receipt("refused" if never else "later", str(fault.facts["why"]))
        return Receipt("sent", receipt=name)
