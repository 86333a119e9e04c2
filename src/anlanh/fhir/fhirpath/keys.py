"""Keys that join the tables of SQL on FHIR: getResourceKey() and getReferenceKey().

FHIR: SQL on FHIR v2, additional functions
Source: https://sql-on-fhir.org/ig/StructureDefinition-ViewDefinition.html#getresourcekey--keytype
"""

from __future__ import annotations

import re

from anlanh.fhir.fhirpath.compiler import Compiler, Run, Scope
from anlanh.fhir.fhirpath.context import Env
from anlanh.fhir.fhirpath.special import special_function, type_name
from anlanh.fhir.fhirpath.syntax import Call
from anlanh.fhir.fhirpath.values import Element, Items

_REFERENCE = re.compile(
    r"(?:^|/)(?P<type>[A-Z][A-Za-z]+)/(?P<id>[A-Za-z0-9.-]{1,64})(?:/_history/[A-Za-z0-9.-]{1,64})?$"
)


@special_function("getResourceKey", 0)
def get_resource_key(compiler: Compiler, node: Call, source: Run, scope: Scope) -> Run:
    def run(this: Items, env: Env) -> Items:
        values = [item.value for item in source(this, env) if type(item) is Element]
        return [value["id"] for value in values if type(value) is dict and "id" in value]

    return run


@special_function("getReferenceKey", 0, 1)
def get_reference_key(compiler: Compiler, node: Call, source: Run, scope: Scope) -> Run:
    wanted = type_name(compiler, node.arguments[0])[1] if node.arguments else None
    if wanted is not None:
        compiler.type_test("", wanted, node.at)

    def run(this: Items, env: Env) -> Items:
        values = [item.value for item in source(this, env) if type(item) is Element]
        hits = [_REFERENCE.search(str(value.get("reference", ""))) for value in values if type(value) is dict]
        return [hit["id"] for hit in hits if hit is not None and wanted in (None, hit["type"])]

    return run
