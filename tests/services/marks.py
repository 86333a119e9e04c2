"""One made-up person whose record bears marks, for tests that walk pages and forms: whoever is shown a mark has seen
something of that record.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection
from typing import TypeVar

import asyncpg

from anlanh.demo import personas
from anlanh.fhir.search.keys import rid_of
from anlanh.kernel import settings as settings_
from anlanh.platform.postgres import EmbeddedPostgres
from tests.conftest import Server
from tests.services.people import Visitor, citizen, worker

T = TypeVar("T")
TENANT = settings_.read({}).tenant
MARK = "dấu-chỉ-của-một-người"
WHO = "pregnant-husband"
PERSON = personas.everybody()[WHO]
ID = PERSON.reference.partition("/")[2]
RID = rid_of("Patient", ID)
CLINICAL = "http://terminology.hl7.org/CodeSystem/condition-clinical"
PLANTED = {
    "Condition": {"code": {"text": MARK}, "clinicalStatus": {"coding": [{"system": CLINICAL, "code": "active"}]}},
    "Observation": {"status": "final", "code": {"text": MARK}, "valueString": MARK, "effectiveDateTime": "2026-11-20"},
    "AllergyIntolerance": {"code": {"text": MARK}},
    "MedicationRequest": {"status": "active", "intent": "order", "medicationCodeableConcept": {"text": MARK}},
    "DocumentReference": {"status": "current", "description": MARK, "type": {"text": MARK}, "content": [{"attachment": {"title": MARK}}]},
    "Encounter": {"status": "in-progress", "class": {"code": "AMB"}, "reasonCode": [{"text": MARK}],
                  "serviceProvider": {"reference": "Organization/bv-a"}},
    "Communication": {"status": "completed", "payload": [{"contentString": MARK}], "topic": {"text": MARK}},
}  # fmt: skip
OWNERS = {"AllergyIntolerance": "patient"}
SIGNING_IN = sorted(key for key, each in personas.everybody().items() if each.phone or each.role)
"""Who can sign in of the made-up people."""


def plant(server: Server) -> None:
    """Put the marks into the record of the person. Safe to repeat."""
    for kind, content in PLANTED.items():
        name = f"dau-{kind.lower()}"
        owner = OWNERS.get(kind, "subject")
        resource = {"resourceType": kind, "id": name, owner: {"reference": PERSON.reference}, **content}
        written = server.client.put(f"/fhir/{kind}/{name}", json=resource)
        assert written.status_code in (200, 201), written.text


def visitor(server: Server, key: str) -> Visitor:
    """One of them, signed in."""
    signing_in: Callable[[Server, str], Visitor] = (
        citizen if personas.everybody()[key].reference.startswith("Patient/") else worker
    )
    return signing_in(server, key)


def asked(server: Server, sql: str, *values: object) -> list[asyncpg.Record]:
    """What the database of the server answers."""

    async def ask() -> list[asyncpg.Record]:
        connection = await asyncpg.connect(
            EmbeddedPostgres(server.data / "postgres").url, server_settings={"search_path": TENANT}
        )
        try:
            return list(await connection.fetch(sql, *values))
        finally:
            await connection.close()

    return asyncio.run(ask())


def logged(server: Server, key: str, deeds: str = "CRUDE") -> set[str]:
    """The interactions that the log holds of one of them with the person's data."""
    rows = asked(
        server,
        "select distinct interaction from access_log where subject = $1 and $2 = any(patients)"
        " and strpos($3, deed::text) > 0 order by interaction",
        personas.everybody()[key].reference, RID, deeds,
    )  # fmt: skip
    return {row["interaction"] for row in rows}


def on_the_list_in_time(server: Server, key: str, shown: Collection[str], seconds: float = 5) -> None:
    """Wait until all that was shown is in the log; fail when it is not there within the promised time."""
    until = time.monotonic() + seconds
    while missing := shown and set(shown) - logged(server, key):
        assert time.monotonic() < until, missing
        time.sleep(0.1)
