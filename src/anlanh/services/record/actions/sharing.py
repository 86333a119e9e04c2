"""Hand the summary on to another hospital: sealed, signed, for a while, with a passcode if wanted. The key is in the link only.

FHIR: SMART Health Links; Bundle.signature
Source: https://hl7.org/fhir/uv/smart-health-cards-and-links/STU1/links-specification.html; RFC 7516, RFC 7797
"""

from __future__ import annotations

import base64
import hmac
import secrets
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from joserfc import jwe, jws
from joserfc.jwk import OctKey

from anlanh.access.accounts import vault
from anlanh.access.accounts.vault import Vault
from anlanh.access.oauth import keys
from anlanh.access.oauth.model import JWKS
from anlanh.fhir.model import json
from anlanh.fhir.store.record import Record
from anlanh.platform.work import Principal, Seen, Work
from anlanh.services.record import store
from anlanh.services.record.actions import summing_up
from anlanh.services.record.model import Link, LinkWrong, Made, NoSuchPerson

DAYS = (1, 7, 30)
SHORTEST_PASSCODE = 6
LONGEST_PASSCODE = 64
LABEL = "Tóm tắt hồ sơ sức khỏe – An Lành"
FHIR_JSON = "application/fhir+json"
SIGNED = {"system": "urn:iso-astm:E1762-95:2013", "code": "1.2.840.10065.1.12.1.14", "display": "Source Signature"}
LONGEST_NAME = 80
RULE = "consent"
"""What allows an opening: whoever made the link handed it on."""


async def make(work: Work, record: Record, safe: Vault, patient_id: str, days: int, passcode: str, own: str) -> Made:
    """Seal the summary as it is now and keep it for so many days; the text of its code. `own`: this server's address.

    Raises:
        NoSuchPerson: there is none, or none that is open to whoever acts.
        LinkWrong: another time than those of DAYS, or a passcode too short.
    """
    if days not in DAYS:
        raise LinkWrong(expression="days")
    if passcode and not SHORTEST_PASSCODE <= len(passcode) <= LONGEST_PASSCODE:
        raise LinkWrong(expression="passcode")
    bundle = await _signed(work, safe, await summing_up.summarise(work, record, patient_id), own)
    token, key = secrets.token_urlsafe(32), secrets.token_bytes(32)
    expires_at = work.at + timedelta(days=days)
    guard = safe.keyed_hash("record-link", token, passcode) if passcode else None
    await store.keep_link(work, _id_of(token), patient_id, expires_at, guard, _sealed(bundle, key).encode())
    payload = {
        "url": f"{own}/tom-tat-suc-khoe/{token}", "key": base64.urlsafe_b64encode(key).decode().rstrip("="),
        "exp": int(expires_at.timestamp()), "label": LABEL, "v": 1, **({"flag": "P"} if passcode else {}),
    }  # fmt: skip
    return Made(f"shlink:/{_base64(json.encode(payload))}", expires_at, bool(passcode))


async def _signed(work: Work, safe: Vault, bundle: dict[str, Any], own: str) -> dict[str, Any]:
    """The document with the signature of this platform: a JWS over its canonical JSON, without the content. Its key is
    among those that this server publishes (`jku`)."""
    key = keys.signing(await keys.read(work.connection, safe), work.at)
    content = json.encode(canonical(bundle))
    header = {"alg": keys.ALGORITHM, "kid": key.kid, "jku": own + JWKS}
    whole = jws.serialize_compact(header, content, key.key, algorithms=[keys.ALGORITHM])
    head, _content, mark = whole.split(".")
    author = next(e["resource"]["author"][0] for e in bundle["entry"] if e["resource"]["resourceType"] == "Composition")
    signature = {
        "type": [SIGNED], "when": bundle["timestamp"], "who": author, "targetFormat": FHIR_JSON, "sigFormat": "application/jose",
        "data": base64.b64encode(f"{head}..{mark}".encode()).decode(),
    }  # fmt: skip
    return {**bundle, "signature": signature}


def canonical(value: Any) -> Any:
    """JSON with its names in order, as canonical FHIR JSON wants them, without the signature itself.

    Source: https://hl7.org/fhir/R4/json.html#canonical
    """
    if isinstance(value, dict):
        return {name: canonical(value[name]) for name in sorted(value) if name != "signature"}
    return [canonical(each) for each in value] if isinstance(value, list) else value


def _sealed(bundle: dict[str, Any], key: bytes) -> str:
    header = {"alg": "dir", "enc": "A256GCM", "cty": FHIR_JSON, "zip": "DEF"}
    return jwe.encrypt_compact(
        header, json.encode(bundle), OctKey.import_key(key), algorithms=["dir", "A256GCM", "DEF"]
    )


def _id_of(token: str) -> str:
    """How the secret of an address is known in the database."""
    return vault.hash_of(token).hex()


def _base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


async def mine(work: Work, record: Record, patient_id: str) -> Sequence[Link]:
    """Links of a person that are good.

    Raises:
        NoSuchPerson: there is none, or none that is open to whoever acts.
    """
    if patient_id not in await store.open_among(work, record, [patient_id]):
        raise NoSuchPerson
    return await store.links(work, patient_id)


async def end(work: Work, record: Record, patient_id: str, link_id: str) -> None:
    """End a link at once. Safe to repeat.

    Raises:
        NoSuchPerson: there is none, or none that is open to whoever acts.
    """
    await mine(work, record, patient_id)
    await store.drop_link(work, patient_id, link_id)


async def answer(work: Work, safe: Vault, token: str, recipient: str, passcode: str) -> tuple[int, dict[str, Any]]:
    """What the server of another hospital is told that opens a link: status and JSON of the manifest. Each opening is on
    the citizen's list under the name that the recipient gives. Outside of a transaction: a wrong passcode stays counted."""
    found = await store.try_link(work, _id_of(token)) if recipient else None
    if found is None:
        return 404, {"error": "This link has ended, never was, or the request names no recipient."}
    if found["passcode"] is not None and not hmac.compare_digest(
        found["passcode"], safe.keyed_hash("record-link", token, passcode)
    ):
        return 401, {"remainingAttempts": found["tries"]}
    await store.opened_link(work, _id_of(token))
    work.seen.append(Seen("E", "Patient", (found["person"],), (found["person"],), RULE))
    return 200, {"files": [{"contentType": FHIR_JSON, "embedded": bytes(found["file"]).decode()}]}


def opener(recipient: str) -> Principal:
    """Who opens a link: a program of the recipient."""
    return Principal("app:shlink", "app", client=f"SMART Health Link: {recipient[:LONGEST_NAME]}")
