"""Web Push: a notification on every device that asked for it, readable by that device alone.

Source: RFC 8030 (Web Push), RFC 8291 (encryption), RFC 8292 (VAPID)
"""

from __future__ import annotations

import asyncio
import base64
import os
import time
from urllib.parse import urlsplit

import http_ece
import msgspec
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jwt
from joserfc.jwk import ECKey

from anlanh.access.tokens import key_of
from anlanh.fhir.subscriptions import webhook
from anlanh.fhir.subscriptions.problems import ForbiddenEndpoint, NotDelivered
from anlanh.kernel.settings import Settings
from anlanh.services.notify.model import Claimed, Receipt

CURVE_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Of P-256. Source: SEC 2, 2.4.2"""

KEPT_BY_SERVICE_S = 12 * 3600
GOOD_FOR_S = 12 * 3600
WITHIN_S = 15.0
GONE = (404, 410)
REFUSED = (400, 401, 403, 413)


class Push:
    """Sends to the push services that browsers name."""

    def __init__(self, settings: Settings) -> None:
        self._key = private_key(settings)
        self._contact = settings.public_url or "https://yte.thainguyen.gov.vn"
        self._allow = settings.webhook_allow

    async def send(self, claimed: Claimed) -> Receipt:
        """To all devices at once; sent when one of them took it."""
        tries = await asyncio.gather(*(self._one(each, claimed) for each in claimed.addresses))
        gone = tuple(address for address, (status, _) in zip(claimed.addresses, tries, strict=True) if status in GONE)
        faults = [(status, why) for status, why in tries if why]
        if len(faults) < len(tries):
            return Receipt("sent", gone=gone)
        passing = [why for status, why in faults if status not in GONE + REFUSED]
        return Receipt("later" if passing else "refused", why=(passing or [faults[0][1]])[0], gone=gone)

    async def _one(self, address: str, claimed: Claimed) -> tuple[int, str]:
        """Status and fault of one device; no fault: it was taken."""
        found = msgspec.json.decode(address)
        endpoint = str(found["endpoint"])
        try:
            body = seal(found["keys"], payload(claimed))
        except ValueError:
            return 400, "the keys of the device are not usable"
        headers = [
            ("authorization", self._vapid(endpoint)),
            ("content-encoding", "aes128gcm"),
            ("content-type", "application/octet-stream"),
            ("ttl", str(KEPT_BY_SERVICE_S)),
            ("topic", f"anlanh-{claimed.id}"),
            ("urgency", "high" if claimed.message.priority == "urgent" else "normal"),
        ]
        try:
            await webhook.send("POST", endpoint, headers, body, timeout_s=WITHIN_S, allow=self._allow)
        except ForbiddenEndpoint:
            return 403, "its address may not be called"
        except NotDelivered as fault:
            status = fault.facts.get("status", 0)
            return (status if isinstance(status, int) else 0), str(fault.facts["why"])
        return 201, ""

    def _vapid(self, endpoint: str) -> str:
        parts = urlsplit(endpoint)
        claims = {
            "aud": f"{parts.scheme}://{parts.netloc}",
            "exp": int(time.time()) + GOOD_FOR_S,
            "sub": self._contact,
        }
        token = jwt.encode({"typ": "JWT", "alg": "ES256"}, claims, ECKey.import_key(self._key))
        return f"vapid t={token}, k={public_key(self._key)}"


def private_key(settings: Settings) -> ec.EllipticCurvePrivateKey:
    """The key by which push services know this server; made at first use."""
    secret = int.from_bytes(key_of(settings.data, "push").raw_value, "big")
    return ec.derive_private_key(secret % (CURVE_ORDER - 1) + 1, ec.SECP256R1())


def public_key(key: ec.EllipticCurvePrivateKey) -> str:
    """Its public part, as browsers take it: base64url of the uncompressed point."""
    return _base64url(key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))


def payload(claimed: Claimed) -> bytes:
    """What the service worker of the device gets: text, where a tap leads, and a tag under which it stands once."""
    return msgspec.json.encode({"body": claimed.body, "url": "/tin-nhan", "tag": f"anlanh-{claimed.id}"})


def seal(keys: dict[str, str], content: bytes) -> bytes:
    """The content, encrypted for one device.

    Raises:
        ValueError: its keys are none.
    """
    return bytes(
        http_ece.encrypt(
            content, salt=os.urandom(16), private_key=ec.generate_private_key(ec.SECP256R1()),
            dh=_bytes(keys["p256dh"]), auth_secret=_bytes(keys["auth"]), version="aes128gcm",
        )
    )  # fmt: skip


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")
