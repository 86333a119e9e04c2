"""What the program tells a person about their data: a message in their record, written once.

FHIR: Communication
"""

from __future__ import annotations

import uuid
from typing import Any

from anlanh.fhir.search.keys import rid_of
from anlanh.fhir.store import write
from anlanh.fhir.store.record import Record
from anlanh.fhir.store.write import instant_text
from anlanh.platform.work import Principal, Work

ANNOUNCER = Principal("system:access", "system")
CATEGORY = "http://terminology.hl7.org/CodeSystem/communication-category"
KIND_SYSTEM = "https://yte.thainguyen.gov.vn/fhir/CodeSystem/loai-tin-nhan"
"""What a message is about: kinds of the inbox (services/notify)."""

_NAMES = uuid.UUID("5f0c1f43-30a4-4b3c-9c43-9f5ad9c6e0a1")


async def tell(
    work: Work, record: Record, person: str, text: str, occasion: str, *, kind: str = "", title: str = ""
) -> bool:
    """Tell "Patient/x" or "Practitioner/x"; False where it was told before. `occasion` names the event: one message for
    each and person; `kind`: which of KIND_SYSTEM, by default what a record's owner is told; `title`: by default the first
    sentence.

    Safe to repeat. The program writes it itself: whoever acts need not be allowed to write to that person.
    """
    name = str(uuid.uuid5(_NAMES, f"{person} {occasion}"))
    if await work.connection.fetchval("select true from resource where rid = $1", rid_of("Communication", name)):
        return False
    message = {
        "resourceType": "Communication",
        "status": "completed",
        "category": [{"coding": [{"system": CATEGORY, "code": "notification"}]}, *_kind(kind)],
        **({"subject": {"reference": person}} if person.startswith("Patient/") else {}),
        **({"topic": {"text": title}} if title else {}),
        "recipient": [{"reference": person}],
        "sent": instant_text(work.at),
        "payload": [{"contentString": text}],
    }
    actor, work.principal = work.principal, ANNOUNCER
    try:
        await write.put(work, record, write.prepare(record, message, name))
    finally:
        work.principal = actor
    return True


def _kind(kind: str) -> list[dict[str, Any]]:
    return [{"coding": [{"system": KIND_SYSTEM, "code": kind}]}] if kind else []
