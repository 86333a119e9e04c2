"""$lookup: all that a code system knows of a code.

FHIR: CodeSystem $lookup
Source: https://hl7.org/fhir/R4/codesystem-operation-lookup.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from anlanh.fhir.terminology import concepts
from anlanh.fhir.terminology.concepts import CodeSystemProvider, Concept
from anlanh.fhir.terminology.displays import displays_of, preferred
from anlanh.fhir.terminology.problems import BadRequest, UnknownCode, UnknownSystem
from anlanh.fhir.terminology.request import Options, Request
from anlanh.fhir.terminology.resolver import Resolver
from anlanh.fhir.terminology.source import Source

ALWAYS = frozenset(
    {"system", "name", "version", "display", "code", "definition", "designation", "abstract", "inactive"}
)


def lookup(source: Source, request: Request, options: Options) -> dict[str, Any]:
    """The Parameters about a code: display, designations, properties, parents and children.

    Raises:
        BadRequest: no code or no system is given.
        UnknownSystem, UnknownCode: they are not there.
        SupplementMissing: useSupplement names one that is not there.
    """
    coding = request.coding("coding") or {}
    system, code = coding.get("system") or request.system(), coding.get("code") or request.text("code")
    if not system or not code:
        raise BadRequest(why="Give the code as coding, or as code with system")
    resolver = Resolver(source, options)
    resolver.require(list(options.supplements))
    provider = resolver.code_system(system, coding.get("version") or request.text("version"))
    if provider is None:
        raise UnknownSystem(system=system)
    concept = provider.find(code)
    if concept is None:
        raise UnknownCode(code=code, system=system)
    return {"resourceType": "Parameters", "parameter": list(_about(provider, concept, request, options))}


def _about(
    provider: CodeSystemProvider, concept: Concept, request: Request, options: Options
) -> Iterator[dict[str, Any]]:
    names = displays_of(provider, concept)
    shown = preferred(names, options.languages)
    yield {"name": "name", "valueString": provider.head.get("name") or concepts.url(provider)}
    if version := concepts.version(provider):
        yield {"name": "version", "valueString": version}
    yield {"name": "display", "valueString": shown.value if shown else concept.display or concept.code}
    yield {"name": "system", "valueUri": concepts.url(provider)}
    yield {"name": "code", "valueCode": concept.code}
    yield {"name": "abstract", "valueBoolean": concepts.is_abstract(provider, concept)}
    if concept.definition:
        yield {"name": "definition", "valueString": concept.definition}
    for each in names:
        parts = [
            {"name": name, kind: each.raw[name]}
            for name, kind in (("language", "valueCode"), ("use", "valueCoding"), ("value", "valueString"))
            if each.raw.get(name)
        ]
        if not each.main or each.language:
            yield {"name": "designation", "part": parts}
    for code, kind, value in _properties(provider, concept, [str(each) for each in request.all("property")]):
        parts = [{"name": "code", "valueCode": code}, {"name": "value", kind: value}]
        related = provider.find(str(value)) if code in {"parent", "child"} else None
        if related and related.display:
            parts.append({"name": "description", "valueString": related.display})
        yield {"name": "property", "part": parts}


def _properties(provider: CodeSystemProvider, concept: Concept, wanted: list[str]) -> Iterator[tuple[str, str, Any]]:
    """(code, value[x] name, value) of the properties asked for; `inactive` is always told."""
    everything = "*" in wanted
    yield "inactive", "valueBoolean", concepts.is_inactive(provider, concept)
    for name, related in (("parent", concept.parents), ("child", concept.children)):
        if everything or name in wanted:
            yield from ((name, "valueCode", each) for each in related)
    for each in concept.properties:
        code = each.get("code", "")
        if (everything or code in wanted) and code not in {"inactive", "parent", "child"}:
            kind = next((name for name in each if name.startswith("value")), None)
            if kind:
                yield code, kind, each[kind]
