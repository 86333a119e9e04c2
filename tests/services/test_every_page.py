"""Every page of every service, asked for by every made-up person about one person: whoever is shown a mark of that record
is somebody whom a rule allows it, and each page that shows one has its row in the log. Generated of the tables of pages
and people, so that what is added later is walked too.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Iterator

import asyncpg
import httpx
import pytest

from anlanh.demo import personas
from anlanh.fhir.search.keys import rid_of
from anlanh.kernel import settings as settings_
from anlanh.platform.postgres import EmbeddedPostgres
from anlanh.portal import SERVICES
from anlanh.web.screens import Screen
from tests.conftest import Server
from tests.services.people import citizen, worker

TENANT = settings_.read({}).tenant
MARK = "dấu-chỉ-của-một-người"
WHO = "pregnant-husband"
PERSON = personas.everybody()[WHO]
ID = PERSON.reference.partition("/")[2]
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
SCREENS = [
    each
    for service in SERVICES
    for page in service.pages
    for each in page.screens
    if each.method == "GET" and not each.path.startswith("/dang-nhap")
]
ASKED = f"nguoi={ID}&patient={ID}&code=text&muc=Observation/dau-observation"
PARAMETER = re.compile(r"\{(\w+)(?::\w+)?\}")
ALLOWED = frozenset((WHO, "doctor", "nurse", "emergency-doctor", "pharmacist", "laboratory"))
"""Those to whom a rule opens something of this record: the person, and who treats them, gives out medicines or examines
at the hospital where they are. A mark shown to anybody else is a fault."""


def _address(screen: Screen) -> str:
    filled = {
        "resource_type": "Observation",
        "resource_id": "dau-observation",
        "document_id": "dau-documentreference",
        "section": "results",
    }
    path = PARAMETER.sub(lambda found: filled.get(found[1], ID), screen.path)
    return f"{path}?{ASKED}"


def _plant(server: Server) -> None:
    for kind, content in PLANTED.items():
        name = f"dau-{kind.lower()}"
        resource = {
            "resourceType": kind,
            "id": name,
            OWNERS.get(kind, "subject"): {"reference": PERSON.reference},
            **content,
        }
        written = server.client.put(f"/fhir/{kind}/{name}", json=resource)
        assert written.status_code in (200, 201), written.text


def _logged(server: Server, who: str) -> set[str]:
    """The interactions that the log holds of somebody with the person's data."""

    async def ask() -> set[str]:
        connection = await asyncpg.connect(
            EmbeddedPostgres(server.data / "postgres").url, server_settings={"search_path": TENANT}
        )
        try:
            rows = await connection.fetch(
                "select distinct interaction from access_log where subject = $1 and $2 = any(patients)",
                who, rid_of("Patient", ID),
            )  # fmt: skip
        finally:
            await connection.close()
        return {row["interaction"] for row in rows}

    return asyncio.run(ask())


def _shown(server: Server, key: str) -> Iterator[str]:
    """The names of the screens that show somebody a mark."""
    visitor = (
        citizen(server, key) if personas.everybody()[key].reference.startswith("Patient/") else worker(server, key)
    )
    with httpx.Client(base_url=visitor.address, cookies=visitor.cookies, timeout=60) as client:
        for screen in SCREENS:
            answer = client.get(_address(screen))
            assert answer.status_code < 500, screen.path
            if MARK in answer.text:
                yield screen.name


@pytest.fixture(scope="module", autouse=True)
def planted(demo_server: Server) -> None:
    _plant(demo_server)


@pytest.mark.parametrize("key", sorted(key for key, each in personas.everybody().items() if each.phone or each.role))
def test_whoever_is_shown_a_mark_may_see_it_and_is_on_the_list(demo_server: Server, key: str) -> None:
    shown = set(_shown(demo_server, key))
    until = time.monotonic() + 5
    who = personas.everybody()[key].reference
    while missing := shown - _logged(demo_server, who):
        assert time.monotonic() < until, missing
        time.sleep(0.1)
    assert not shown or key in ALLOWED, shown


def test_the_person_is_shown_the_mark_on_several_pages(demo_server: Server) -> None:
    assert len(set(_shown(demo_server, WHO))) >= 5
