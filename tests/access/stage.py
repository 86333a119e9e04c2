"""A stage for tests of access: two facilities, a few made-up people, and what is known of them."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from anlanh.access import principals, tokens
from anlanh.access.audit import auditor
from anlanh.fhir.subscriptions import dispatch
from anlanh.fhir.subscriptions.register import Register
from anlanh.kernel import settings as settings_
from anlanh.platform.work import Principal
from anlanh.tenant import open_tenant
from tests.fhir.rest.in_process import InProcess

HOSPITAL, STATION, CDC = "Organization/hospital", "Organization/station", "Organization/cdc"
AN, BINH, CHILD, TEEN, MOTHER = "Patient/an", "Patient/binh", "Patient/child", "Patient/teen", "Patient/mother"
DOCTOR, NURSE, OTHER_DOCTOR = "Practitioner/doctor", "Practitioner/nurse", "Practitioner/other"
ICD10 = "http://hl7.org/fhir/sid/icd-10"
LABELS = "http://terminology.hl7.org/CodeSystem/v3-ActCode"


def person(name: str, born: str, **more: Any) -> dict[str, Any]:
    """A Patient with a name, a phone and an address."""
    return {
        "resourceType": "Patient", "id": name, "birthDate": born, "gender": "female",
        "identifier": [{"system": "http://fhir.vn/sid/cccd", "value": f"0191{abs(hash(name)) % 10**8:08d}"}],
        "name": [{"text": f"Nguyễn Thị {name}", "family": "Nguyễn", "given": ["Thị", name]}],
        "telecom": [{"system": "phone", "value": "0912345678"}],
        "address": [{"line": ["Xóm 3"], "city": "Xã Phú Đình", "state": "Tỉnh Thái Nguyên"}], **more,
    }  # fmt: skip


def condition(name: str, patient: str, code: str, **more: Any) -> dict[str, Any]:
    """A Condition with an ICD-10 code."""
    coding = {"coding": [{"system": ICD10, "code": code}]}
    return {"resourceType": "Condition", "id": name, "subject": {"reference": patient}, "code": coding, **more}


def encounter(name: str, patient: str, organization: str, status: str = "in-progress", **more: Any) -> dict[str, Any]:
    """An Encounter at a facility."""
    return {
        "resourceType": "Encounter", "id": name, "status": status, "class": {"code": "AMB"},
        "subject": {"reference": patient}, "serviceProvider": {"reference": organization}, **more,
    }  # fmt: skip


def parent(name: str, child: str, guardian: str) -> dict[str, Any]:
    """A RelatedPerson who is the mother; the guardian's own Patient links to it."""
    code = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-RoleCode", "code": "MTH"}]}
    return {"resourceType": "RelatedPerson", "id": name, "patient": {"reference": child}, "relationship": [code]}


def link(name: str) -> list[dict[str, Any]]:
    """Patient.link to a RelatedPerson."""
    return [{"type": "seealso", "other": {"reference": f"RelatedPerson/{name}"}}]


SCENE: list[dict[str, Any]] = [
    *({"resourceType": "Organization", "id": each, "name": each} for each in ("hospital", "station", "cdc")),
    *(
        {"resourceType": "Practitioner", "id": each, "name": [{"text": f"Bác sĩ {each}"}]}
        for each in ("doctor", "nurse", "other")
    ),
    person("an", "1960-02-03", generalPractitioner=[{"reference": STATION}]),
    person("binh", "1971-05-06"),
    person("child", "2020-01-02"),
    person("teen", "2011-01-02"),
    person("mother", "1988-07-08", link=[*link("mother-of-child"), *link("mother-of-teen")]),
    parent("mother-of-child", CHILD, MOTHER),
    parent("mother-of-teen", TEEN, MOTHER),
    encounter("visit-an", AN, HOSPITAL),
    encounter("old-visit-binh", BINH, HOSPITAL, "finished", period={"start": "2020-01-01", "end": "2020-01-02"}),
    condition("pressure-an", AN, "I10"),
    condition("hiv-an", AN, "B20"),
    condition("labelled-an", AN, "Z00", meta={"security": [{"system": LABELS, "code": "SDV"}]}),
    condition("pressure-binh", BINH, "I10"),
    condition("cold-child", CHILD, "J00"),
    condition("cold-teen", TEEN, "J00"),
    condition("std-teen", TEEN, "A54.9"),
]
"""What every test finds there."""


@dataclass
class Stage:
    """Asks as anybody; `system` made the scene."""

    system: InProcess
    data: Path
    url: str
    _signed_in: dict[Principal, InProcess] = field(default_factory=dict)

    def as_(self, role: str, subject: str, *organizations: str, **facts: Any) -> Actor:
        """Somebody acting in a role."""
        facts = {"assurance": 2, "patient": subject if subject.startswith("Patient/") else "", **facts}
        who = principals.principal(subject, role, organizations=organizations, **facts)
        if who not in self._signed_in:
            token = tokens.issue(tokens.key_of(self.data), who, now=time.time())
            self._signed_in[who] = self.system.signed_in_with(token)
        return Actor(self._signed_in[who])

    @property
    def doctor(self) -> Actor:
        """A doctor of the hospital."""
        return self.as_("doctor", DOCTOR, HOSPITAL)

    @property
    def other_doctor(self) -> Actor:
        """A doctor of no facility that knows these people."""
        return self.as_("doctor", OTHER_DOCTOR, CDC)

    def put(self, resource: dict[str, Any]) -> None:
        """Write as the system."""
        done = Actor(self.system).put(resource)
        assert done.status in (200, 201), done.body

    def settle(self) -> None:
        """Let the background work take what waits in the outbox, as `anlanh serve` does all the time."""

        async def run() -> None:
            database, record = await open_tenant(settings_.read({}), self.url, connections=3)
            try:
                register = Register(database, record, auditor.take_over)
                await register.load()
                while await dispatch.step(register):
                    pass
            finally:
                await database.close()

        asyncio.run(run())

    def delete(self, address: str) -> None:
        """Delete as the system."""
        assert self.system.send("DELETE", f"/{address}").status == 204


@dataclass
class Said:
    """An answer: status and JSON."""

    status: int
    body: Any

    @property
    def ids(self) -> list[str]:
        """`Type/id` of the resources of a Bundle, in order."""
        resources = [entry["resource"] for entry in self.body.get("entry", ()) if "resource" in entry]
        return [f"{each['resourceType']}/{each['id']}" for each in resources]


@dataclass
class Actor:
    """Somebody who asks."""

    wire: InProcess

    def get(self, path: str) -> Said:
        """GET below /fhir."""
        address, _, query = path.partition("?")
        return self._said(self.wire.send("GET", f"/{address}", query))

    def put(self, resource: dict[str, Any]) -> Said:
        """PUT under its id."""
        return self.send("PUT", f"{resource['resourceType']}/{resource['id']}", resource)

    def post(self, resource: dict[str, Any]) -> Said:
        """POST to its type."""
        return self.send("POST", resource["resourceType"], resource)

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Said:
        """Any request with a JSON body."""
        address, _, query = path.partition("?")
        given = {"content-type": "application/fhir+json", **headers}
        return self._said(
            self.wire.send(method, f"/{address}", query, given, json.dumps(body).encode() if body else b"")
        )

    def _said(self, answer: Any) -> Said:
        return Said(answer.status, json.loads(answer.body) if answer.body else None)
