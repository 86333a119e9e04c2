"""Every way to a person's data, for every role, with and without relation and consent: generated from the tables of
routes, operations, roles and types, so that what is added later is walked too.

Each person's record holds marks that nothing else holds. Whatever answer shows a mark has to have its row in the log;
and nobody sees a mark whom no rule allows it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest

from anlanh.access import operations as own_operations
from anlanh.access.policy import rules
from anlanh.fhir.rest import offered, routes
from anlanh.portal import SERVICES
from tests.access.audit.test_log import rows
from tests.access.relations.test_consent import consent
from tests.access.stage import AN, BINH, CDC, HOSPITAL, Actor, Stage, condition, encounter

MARK, CONTACT, NAME = "dấu-bệnh-án", "0988000111", "Dấu Tên"
"""In clinical resources; in telecom and street; in the name, which identification shows."""

PLANTED: list[dict[str, Any]] = [
    {
        "resourceType": "Patient", "id": "marked", "name": [{"text": NAME}], "telecom": [{"system": "phone", "value": CONTACT}],
        "birthDate": "1950-01-01", "managingOrganization": {"reference": "Organization/station"},
    },
    encounter("marked-visit", "Patient/marked", HOSPITAL, reasonCode=[{"text": MARK}]),
    condition("marked-condition", "Patient/marked", "I10", note=[{"text": MARK}]),
    {
        "resourceType": "Observation", "id": "marked-observation", "status": "final", "subject": {"reference": "Patient/marked"},
        "code": {"coding": [{"system": "http://loinc.org", "code": "8867-4"}]}, "valueQuantity": {"value": 80},
        "effectiveDateTime": "2026-11-01", "note": [{"text": MARK}],
    },
    {
        "resourceType": "Binary", "id": "marked-binary", "contentType": "text/plain", "data": "ZOG6pXU=",
        "securityContext": {"reference": "Patient/marked"},
    },
    {
        "resourceType": "Composition", "id": "marked-composition", "status": "final", "title": MARK, "type": {"text": "x"},
        "date": "2026-11-01", "author": [{"reference": "Practitioner/doctor"}], "subject": {"reference": "Patient/marked"},
        "section": [{"title": MARK, "entry": [{"reference": "Condition/marked-condition"}]}],
    },
    {"resourceType": "Task", "id": "marked-task", "status": "requested", "intent": "order", "for": {"reference": "Patient/marked"},
     "description": MARK},
    {"resourceType": "List", "id": "marked-list", "status": "current", "mode": "working", "subject": {"reference": "Patient/marked"},
     "title": MARK, "entry": [{"item": {"reference": "Condition/marked-condition"}}]},
    {"resourceType": "Group", "id": "marked-group", "type": "person", "actual": True, "name": MARK,
     "member": [{"entity": {"reference": "Patient/marked"}}, {"entity": {"reference": BINH}}]},
]  # fmt: skip

TYPES = sorted({each["resourceType"] for each in PLANTED})
IDS = {each["resourceType"]: each["id"] for each in PLANTED}
QUERIES = {
    "Patient": (
        "_revinclude=Condition:subject&_revinclude=Observation:subject",
        f"telecom={CONTACT}",
        "_has:Condition:subject:code=I10",
    ),
    "Condition": (
        "_include=Condition:subject",
        "subject:Patient.name=Dau",
        "_format=xml",
        "_elements=note",
        "_list=marked-list",
        "_content=benh",
    ),
    "Observation": ("patient=marked&code=8867-4&_sort=-date", "_summary=data", "_filter=code eq 8867-4"),
    "Encounter": ("_sort=-date", "_revinclude=Condition:encounter"),
}
"""Further searches of some types."""


@dataclass(frozen=True)
class Way:
    """One request."""

    method: str
    path: str
    body: Any = None


def ways() -> Iterator[Way]:
    """Every pattern of the routes with what is planted, every operation, and Bundles of reads."""
    for pattern, verbs in routes.TABLE.items():
        for path in _paths(pattern):
            yield from (Way(verb, path) for verb in verbs if verb == "GET" or path.endswith("_search"))
    for each in TYPES:
        yield from (Way("GET", f"{each}?{query}&_count=100") for query in QUERIES.get(each, ()))
    of_services = (each for service in SERVICES for each in service.operations)
    for operation in (*offered.OFFERED, *own_operations.OFFERED, *of_services):
        for level in operation.levels:
            for path in _operated(level, operation.types):
                parameters = {
                    "resourceType": "Parameters",
                    "parameter": [{"name": "patient", "valueString": "Patient/marked"}],
                }
                yield Way(
                    "GET",
                    f"{path}${operation.name}?patient=marked&subject=Patient/marked&code=8867-4&statistic=average",
                )
                yield Way("POST", f"{path}${operation.name}", parameters)
    entries = [{"request": {"method": "GET", "url": f"{each}/{IDS[each]}"}} for each in TYPES]
    for kind in ("batch", "transaction"):
        for entry in entries:
            yield Way("POST", "", {"resourceType": "Bundle", "type": kind, "entry": [entry]})


def _paths(pattern: tuple[str, ...]) -> Iterator[str]:
    if routes.T not in pattern:
        if not pattern or pattern[0] in ("_history", "_search"):
            yield "/".join(pattern) + f"?_count=200{'' if pattern == ('_history',) else '&_type=' + ','.join(TYPES)}"
        return
    for each in TYPES:
        fill = {routes.T: each, routes.I: IDS[each], routes.V: "1"}
        for x in ("*", "Condition") if routes.X in pattern and each == "Patient" else ("*",):
            if routes.X not in pattern or each in ("Patient", "Encounter"):
                yield "/".join({**fill, routes.X: x}.get(part, part) for part in pattern) + "?_count=200"


def _operated(level: str, types: tuple[str, ...]) -> Iterator[str]:
    if level == "system":
        yield ""
    for each in TYPES if types in ((), ("*",)) else types:
        if level == "type":
            yield f"{each}/"
        elif level == "instance":
            yield f"{each}/{IDS.get(each, 'none')}/"


WAYS = list(ways())
NUMBERS = count()


@pytest.fixture(scope="module", autouse=True)
def planted(stage: Stage) -> None:
    """The marked person."""
    for each in PLANTED:
        stage.put(json.loads(json.dumps(each)))


@dataclass(frozen=True)
class Shown:
    """A mark that an answer showed."""

    way: Way
    marks: frozenset[str]
    request: str


def shown(stage: Stage, who: Actor, marks: tuple[str, ...] = (MARK, CONTACT, NAME)) -> list[Shown]:
    """All ways on which somebody is shown a mark; and none of them, nor any other, answers with a fault of the server."""
    found = []
    for way in WAYS:
        request = f"matrix-{next(NUMBERS)}"
        headers = {"x-request-id": request, "content-type": "application/fhir+json", "prefer": "handling=lenient"}
        address, _, query = way.path.partition("?")
        body = b"" if way.body is None else json.dumps(way.body).encode()
        if address.endswith("_search"):
            headers["content-type"] = "application/x-www-form-urlencoded"
        answer = who.wire.send(way.method, f"/{address}", query, headers, body)
        assert answer.status < 500, (way, answer.body[:300])
        text = answer.body.decode("utf-8", "replace").replace(f"telecom={CONTACT}", "")  # as it was asked, in the link
        there = frozenset(mark for mark in marks if mark in text)
        if there:
            found.append(Shown(way, there, request))
    return found


def unaudited(stage: Stage, found: list[Shown]) -> list[Way]:
    """Ways that showed a mark without a row in the log."""
    kept = {row["request"] for row in rows(stage, "request like 'matrix-%' and cardinality(patients) > 0")}
    return [each.way for each in found if each.request not in kept]


ROLES = sorted(set(rules.load().roles) - {"system", "app", "analyst", "citizen"})
SEEING = {"doctor", "nurse", "pharmacist", "technician", "receptionist", "cashier", "station-worker"}
"""Roles that a visit at their facility opens something clinical or about the visit to."""
IDENTIFYING = {
    role for rule in rules.load().rules if rule.id in ("identification", "stewardship") for role in rule.roles
}


def staff(stage: Stage, role: str, organization: str) -> Actor:
    """Somebody in that role, for its first purpose."""
    return stage.as_(role, f"Practitioner/matrix-{role}", organization)


def test_there_are_many_ways() -> None:
    assert len(WAYS) > 150
    assert {way.path.rpartition("$")[2].partition("?")[0] for way in WAYS if "$" in way.path} >= {
        each.name for each in offered.OFFERED
    }


@pytest.mark.parametrize("role", ROLES)
def test_without_a_relation_no_role_sees_more_than_who_somebody_is(stage: Stage, role: str) -> None:
    found = shown(stage, staff(stage, role, CDC))
    marks = frozenset().union(*(each.marks for each in found))
    steward = {CONTACT} if role == "steward" else set()
    assert marks <= ({NAME} | steward if role in IDENTIFYING else set())
    assert unaudited(stage, found) == []


@pytest.mark.parametrize("role", ROLES)
def test_a_visit_opens_to_those_who_care_for_it_and_each_look_is_written_down(stage: Stage, role: str) -> None:
    found = shown(stage, staff(stage, role, HOSPITAL))
    marks = frozenset().union(*(each.marks for each in found))
    assert (MARK in marks) == (role in SEEING - {"cashier"})
    assert unaudited(stage, found) == []


@pytest.mark.parametrize("role", ROLES)
def test_what_is_hidden_is_on_no_way_at_all(stage: Stage, role: str) -> None:
    stage.put(consent("matrix", "Patient/marked", type="deny"))
    found = shown(stage, staff(stage, role, HOSPITAL), (MARK,))
    stage.delete("Consent/matrix")
    assert [each.way for each in found] == []


def test_the_person_sees_it_all_though_it_is_hidden_from_others(stage: Stage) -> None:
    stage.put(consent("matrix", "Patient/marked", type="deny"))
    found = shown(stage, stage.as_("citizen", "Patient/marked"))
    stage.delete("Consent/matrix")
    assert frozenset().union(*(each.marks for each in found)) == {MARK, CONTACT, NAME}
    assert unaudited(stage, found) == []


@pytest.mark.parametrize("citizen", [AN, BINH])
def test_other_citizens_see_nothing(stage: Stage, citizen: str) -> None:
    assert shown(stage, stage.as_("citizen", citizen)) == []


def test_machines_are_written_down_like_people(stage: Stage) -> None:
    app = stage.as_("app", "client:matrix", client="matrix", scopes=("system/*.rs",))
    found = shown(stage, app)
    assert MARK in frozenset().union(*(each.marks for each in found))
    assert unaudited(stage, found) == []
    assert unaudited(stage, shown(stage, Actor(stage.system))) == []


def test_an_app_without_scopes_sees_nothing(stage: Stage) -> None:
    assert shown(stage, stage.as_("app", "client:none", client="none", scopes=("openid",))) == []


def test_nobody_without_a_token_gets_anything(stage: Stage) -> None:
    assert shown(stage, Actor(stage.system.signed_in_with("no.such.token"))) == []
