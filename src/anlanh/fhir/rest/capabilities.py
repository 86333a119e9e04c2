"""The CapabilityStatement, made from what is really there: types, search parameters, operations.

FHIR: capabilities
Source: https://hl7.org/fhir/R4/capabilitystatement.html
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from importlib.metadata import version
from typing import Any

from anlanh.fhir import vn
from anlanh.fhir.model import json
from anlanh.fhir.operations import table
from anlanh.fhir.operations.call import Operation
from anlanh.fhir.rest import offered
from anlanh.fhir.rest.exchange import Ask, Reply, Server
from anlanh.fhir.search.kinds import SPECIAL
from anlanh.fhir.search.parameters import Parameter, Parameters
from anlanh.fhir.store.record import Record
from anlanh.fhir.terminology import capabilities as terminology
from anlanh.platform.work import Work

PUBLISHED = "2026-11-23"
FORMATS = ["application/fhir+json", "application/fhir+xml", "json", "xml"]
INTERACTIONS = (
    "read",
    "vread",
    "update",
    "patch",
    "delete",
    "history-instance",
    "history-type",
    "create",
    "search-type",
)


async def capabilities(work: Work, server: Server, ask: Ask) -> Reply:
    """What this server can do; with `mode=terminology`, what it can do with codes."""
    if ask.pair("mode") == "terminology":
        return Reply(200, _terminology(server.record), resource_type="TerminologyCapabilities")
    return Reply(200, _content(_Key(server, server.record.parameters), ask.base), resource_type="CapabilityStatement")


def _terminology(record: Record) -> bytes:
    own = [*vn.resources(), *record.conformance.resources]
    systems = [(each["url"], each.get("version")) for each in own if _is_system(each)]
    systems += [(url, None) for url in record.known.canonicals("CodeSystem")]
    return json.encode(terminology.capabilities("AnLanh", version("anlanh"), PUBLISHED, systems))


def _is_system(resource: Mapping[str, Any]) -> bool:
    return resource["resourceType"] == "CodeSystem" and "url" in resource


class _Key:
    """Hashable by identity: a new set of parameters makes a new statement."""

    def __init__(self, server: Server, parameters: Parameters) -> None:
        self.server = server
        self.parameters = parameters

    def __hash__(self) -> int:
        return id(self.parameters)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and other.parameters is self.parameters


@lru_cache(maxsize=8)
def _content(key: _Key, base: str) -> bytes:
    return json.encode(statement(key.server, base))


def statement(server: Server, base: str) -> dict[str, Any]:
    """The CapabilityStatement of a server reached at `base`."""
    record = server.record
    all_offered = (*offered.OFFERED, *server.operations)
    security = {} if server.security is None else {"security": server.security(base)}
    types = record.known.resource_types
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": PUBLISHED,
        "publisher": "An Lành",
        "kind": "instance",
        "software": {"name": "An Lành", "version": version("anlanh")},
        "implementation": {"description": "An Lành FHIR R4", "url": base},
        "instantiates": ["http://hl7.org/fhir/uv/bulkdata/CapabilityStatement/bulk-data"],
        "fhirVersion": "4.0.1",
        "format": FORMATS,
        "patchFormat": ["application/json-patch+json", "application/fhir+json", "application/fhir+xml"],
        "rest": [
            {
                "mode": "server",
                **security,
                "resource": [_resource(record, each, all_offered) for each in types],
                "interaction": [{"code": code} for code in ("transaction", "batch", "history-system", "search-system")],
                "searchParam": [_param(p) for code, p in record.parameters.of("Basic").items() if code in COMMON],
                "operation": [_operation(o) for o in all_offered if "system" in o.levels],
                "compartment": [
                    f"http://hl7.org/fhir/CompartmentDefinition/{each.lower()}"
                    for each in sorted(record.known.compartments)
                ],
            }
        ],
    }


COMMON = ("_id", "_lastUpdated", "_tag", "_profile", "_security", "_source", "_text", "_content")


def _resource(record: Record, resource_type: str, all_offered: tuple[Operation, ...]) -> dict[str, Any]:
    parameters = record.parameters.of(resource_type)
    searchable = [p for p in parameters.values() if p.branches or p.composites or p.code in SPECIAL]
    references = sorted(f"{resource_type}:{p.code}" for p in searchable if p.kind == "reference")
    operations = [
        o
        for o in all_offered
        if (o.types == table.ALL or resource_type in o.types) and set(o.levels) & {"type", "instance"}
    ]
    out: dict[str, Any] = {
        "type": resource_type,
        "profile": f"http://hl7.org/fhir/StructureDefinition/{resource_type}",
        "interaction": [{"code": code} for code in INTERACTIONS],
        "versioning": "versioned-update",
        "readHistory": True,
        "updateCreate": True,
        "conditionalCreate": True,
        "conditionalRead": "full-support",
        "conditionalUpdate": True,
        "conditionalDelete": "single",
        "referencePolicy": ["literal", "logical"],
        "searchInclude": ["*", *references],
        "searchRevInclude": _pointing_at(record, resource_type),
        "searchParam": [_param(p) for p in sorted(searchable, key=lambda p: p.code)],
    }
    if operations:
        out["operation"] = [_operation(o) for o in operations]
    return {name: value for name, value in out.items() if value != []}


@lru_cache(maxsize=1)
def _all_pointing(parameters: Parameters, types: tuple[str, ...]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for source in types:
        for parameter in parameters.of(source).values():
            if parameter.kind == "reference" and parameter.branches:
                targets = {t for b in parameter.branches for t in b.targets} or set(parameter.targets)
                for target in targets:
                    found.setdefault(target, []).append(f"{source}:{parameter.code}")
    return found


def _pointing_at(record: Record, resource_type: str) -> list[str]:
    return sorted(_all_pointing(record.parameters, tuple(record.known.resource_types)).get(resource_type, []))


def _param(parameter: Parameter) -> dict[str, Any]:
    return {"name": parameter.code, "definition": parameter.url, "type": parameter.kind}


def _operation(each: Operation) -> dict[str, Any]:
    return {"name": each.name, "definition": each.definition}
