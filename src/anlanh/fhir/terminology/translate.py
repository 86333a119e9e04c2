"""$translate: the codes that concept maps give for a code, in either direction.

FHIR: ConceptMap $translate, ConceptMap.group
Source: https://hl7.org/fhir/R4/conceptmap-operation-translate.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from anlanh.fhir.terminology import concepts
from anlanh.fhir.terminology.problems import BadRequest, UnknownConceptMap
from anlanh.fhir.terminology.request import Request
from anlanh.fhir.terminology.source import Source, version_of

Group = Mapping[str, Any]

INVERSE = {"wider": "narrower", "narrower": "wider", "subsumes": "specializes", "specializes": "subsumes"}
FROM_R5 = {
    "equivalent": "equivalent",
    "related-to": "relatedto",
    "source-is-narrower-than-target": "wider",
    "source-is-broader-than-target": "narrower",
    "not-related-to": "disjoint",
}
"""R5 relationship to R4 equivalence (which is read from the target). Source: ConceptMap conversion of R5."""

TO_R5 = {value: name for name, value in FROM_R5.items()} | {
    "equal": "equivalent",
    "specializes": "source-is-broader-than-target",
    "subsumes": "source-is-narrower-than-target",
    "unmatched": "not-related-to",
}

NOT_A_MATCH = frozenset({"unmatched", "disjoint"})


def translate(source: Source, request: Request, release: str = "4.0") -> dict[str, Any]:
    """The Parameters with `result`, `message` and the `match`es, of all maps that fit when none is named.

    Raises:
        BadRequest: no code is given.
        UnknownConceptMap: the map that is named is not there.
    """
    codings = _codings(request)
    if not codings:
        raise BadRequest(why="Give the code to translate as coding, codeableConcept, or code with system")
    backwards = request.flag("reverse") or request.one("targetCode", "targetCoding") is not None
    target = request.text("targetsystem", "targetSystem")
    depends = _dependencies(request)
    found: dict[str, dict[str, Any]] = {}
    for concept_map in _maps(source, request):
        for coding in codings:
            for match in _matches(source, concept_map, coding, target, depends, backwards=backwards):
                found.setdefault(repr(match), match)
    good = [each for each in found.values() if not _is_no_match(each)]
    matches = [_as_r5(each) for each in found.values()] if release == "5.0" else list(found.values())
    answer: list[dict[str, Any]] = [{"name": "result", "valueBoolean": bool(good)}]
    if not good:
        answer.append({"name": "message", "valueString": "No translation was found"})
    return {"resourceType": "Parameters", "parameter": answer + matches}


def _codings(request: Request) -> list[Mapping[str, Any]]:
    for name in ("codeableConcept", "sourceCodeableConcept", "targetCodeableConcept"):
        if (concept := request.concept(name)) is not None:
            return list(concept.get("coding", ()))
    if (coding := request.coding("coding", "sourceCoding", "targetCoding")) is not None:
        return [coding]
    code = request.text("code", "sourceCode", "targetCode")
    if code is None:
        return []
    system = request.text("system", "sourceSystem") or (
        request.text("targetSystem") if request.one("targetCode") is not None else None
    )
    return [{"code": code, **({"system": system} if system else {})}]


def _dependencies(request: Request) -> dict[str, Any]:
    """The further facts given: element or attribute to value."""
    found: dict[str, Any] = {}
    for each in request.parameters:
        if each.get("name") in {"dependency", "dependsOn"}:
            parts = {part.get("name"): concepts.value_of(part) for part in each.get("part", ())}
            found[str(parts.get("element") or parts.get("attribute"))] = parts.get("concept", parts.get("value"))
    return found


def _maps(source: Source, request: Request) -> Iterable[Mapping[str, Any]]:
    given = request.one("conceptMap")
    if isinstance(given, Mapping):
        return [given]
    url = request.text("url", "conceptMap")
    if url is None:
        return [each for each in source.concept_maps() if _is_wanted(each, request)]
    url, _, version = url.partition("|")
    known, exact = version_of(source, "ConceptMap", url, version or request.text("conceptMapVersion"))
    found = source.get("ConceptMap", url, exact) if known else None
    if found is None:
        raise UnknownConceptMap(asked=url)
    return [found]


def _is_wanted(concept_map: Mapping[str, Any], request: Request) -> bool:
    """Whether the value sets of the map are those asked for, where both are stated."""
    for end, names in (("source", ("source", "sourceScope")), ("target", ("target", "targetScope"))):
        stated = next((concept_map[f"{end}{kind}"] for kind in SCOPES if f"{end}{kind}" in concept_map), None)
        asked = request.text(*names)
        if asked and stated and asked.partition("|")[0] != stated.partition("|")[0]:
            return False
    return True


SCOPES = ("Canonical", "Uri", "ScopeCanonical", "ScopeUri")


def _matches(
    source: Source,
    concept_map: Mapping[str, Any],
    coding: Mapping[str, Any],
    target: str | None,
    depends: Mapping[str, Any],
    *,
    backwards: bool,
) -> Iterator[dict[str, Any]]:
    for group in concept_map.get("group", ()):
        here, there = (
            (group.get("target"), group.get("source")) if backwards else (group.get("source"), group.get("target"))
        )
        if _differs(coding.get("system"), here) or (not backwards and _differs(target, there)):
            continue
        lines = _backward(group, coding) if backwards else _forward(group, coding, depends)
        count = 0
        for code, line in lines:
            count += 1
            yield _match(concept_map, there, code, line, backwards=backwards)
        if not count and not backwards:
            yield from _unmapped(source, concept_map, group, coding, target, depends)


def _differs(asked: str | None, stated: str | None) -> bool:
    return bool(asked and stated and asked.partition("|")[0] != stated.partition("|")[0])


def _forward(
    group: Group, coding: Mapping[str, Any], depends: Mapping[str, Any]
) -> Iterator[tuple[dict[str, Any], Mapping[str, Any]]]:
    for element in group.get("element", ()):
        if element.get("code") == coding.get("code"):
            if element.get("noMap"):
                yield {}, {"equivalence": "unmatched"}
            for line in element.get("target", ()):
                if all(_holds(each, depends) for each in line.get("dependsOn", ())):
                    yield {name: line[name] for name in ("code", "display") if name in line}, line


def _backward(group: Group, coding: Mapping[str, Any]) -> Iterator[tuple[dict[str, Any], Mapping[str, Any]]]:
    for element in group.get("element", ()):
        for line in element.get("target", ()):
            if line.get("code") == coding.get("code"):
                yield {name: element[name] for name in ("code", "display") if name in element}, line


def _holds(dependency: Mapping[str, Any], facts: Mapping[str, Any]) -> bool:
    """Whether a dependency of the map is among the facts that were given."""
    name = str(dependency.get("property") or dependency.get("attribute"))
    fact, wanted = facts.get(name), dependency.get("value", concepts.value_of(dependency))
    if fact is None:
        return False
    codes = fact.get("coding", [fact]) if isinstance(fact, Mapping) else [{"code": fact}]
    return any(each.get("code") == wanted for each in codes)


def _unmapped(
    source: Source,
    concept_map: Mapping[str, Any],
    group: Group,
    coding: Mapping[str, Any],
    target: str | None,
    depends: Mapping[str, Any],
) -> Iterator[dict[str, Any]]:
    """What the group says of codes that it does not have."""
    rule = group.get("unmapped", {})
    mode = rule.get("mode")
    line = {"equivalence": rule.get("relationship", "relatedto")}
    if mode in {"provided", "use-source-code"}:
        yield _match(
            concept_map, group.get("target"), {"code": coding.get("code")}, {"equivalence": "equal"}, backwards=False
        )
    elif mode == "fixed":
        code = {name: rule[name] for name in ("code", "display") if name in rule}
        yield _match(concept_map, group.get("target"), code, line, backwards=False)
    elif mode == "other-map":
        url, _, version = str(rule.get("url") or rule.get("otherMap")).partition("|")
        known, exact = version_of(source, "ConceptMap", url, version or None)
        other = source.get("ConceptMap", url, exact) if known else None
        if other is not None and other is not concept_map:
            yield from _matches(source, other, coding, target, depends, backwards=False)


def _match(
    concept_map: Mapping[str, Any],
    system: str | None,
    code: Mapping[str, Any],
    line: Mapping[str, Any],
    *,
    backwards: bool,
) -> dict[str, Any]:
    equivalence = line.get("equivalence") or FROM_R5.get(line.get("relationship", ""), "relatedto")
    if backwards:
        equivalence = INVERSE.get(equivalence, equivalence)
    parts: list[dict[str, Any]] = [{"name": "equivalence", "valueCode": equivalence}]
    if code:
        coding = {**({"system": system} if system else {}), **code}
        parts.append({"name": "concept", "valueCoding": coding})
    for each in line.get("product", ()):
        name = each.get("property") or each.get("attribute")
        inner = [{"name": "element", "valueUri": name}, {"name": "concept", "valueCoding": {"code": each.get("value")}}]
        parts.append({"name": "product", "part": inner})
    if url := concepts.vurl(concept_map):
        parts.append({"name": "source", "valueUri": url})
    return {"name": "match", "part": parts}


def _as_r5(match: Mapping[str, Any]) -> dict[str, Any]:
    """The match with the names that R5 gave its parts."""
    parts = []
    for each in match["part"]:
        if each["name"] == "equivalence":
            parts.append({"name": "relationship", "valueCode": TO_R5.get(each["valueCode"], "related-to")})
        elif each["name"] == "source":
            parts.append({"name": "originMap", "valueCanonical": each["valueUri"]})
        else:
            parts.append(each)
    return {"name": "match", "part": parts}


def _is_no_match(match: Mapping[str, Any]) -> bool:
    return any(each.get("valueCode") in NOT_A_MATCH for each in match["part"] if each["name"] == "equivalence")
