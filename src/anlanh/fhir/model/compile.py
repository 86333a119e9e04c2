"""Make the compact definitions file out of the FHIR npm packages. Runs when the project is built; standard library only.

The order of PACKAGES decides who wins when two packages define the same canonical URL: the first does.

Source: https://hl7.org/fhir/R4/packages.html (package format)
"""

from __future__ import annotations

import json
import re
import zlib
from pathlib import Path
from typing import Any

PACKAGES = ("hl7.fhir.r4.examples", "hl7.fhir.uv.extensions.r4", "hl7.terminology.r4", "hl7.fhir.uv.ips")
"""`hl7.fhir.r4.examples` carries R4 core itself."""

CONFORMANCE = (
    "StructureDefinition",
    "SearchParameter",
    "ValueSet",
    "CodeSystem",
    "ConceptMap",
    "OperationDefinition",
    "NamingSystem",
    "CompartmentDefinition",
)
MAGIC = b"ANLANH-DEFINITIONS-1\n"
CORE = "http://hl7.org/fhir/StructureDefinition/"
UNUSED_ELEMENT = ("definition", "comment", "requirements", "alias", "mapping", "example", "meaningWhenMissing")
"""Prose and mappings of an ElementDefinition: nothing in the program reads them."""

SYSTEM_TYPES = {
    "http://hl7.org/fhirpath/System.String": "string",
    "http://hl7.org/fhirpath/System.Boolean": "boolean",
    "http://hl7.org/fhirpath/System.Integer": "integer",
    "http://hl7.org/fhirpath/System.Decimal": "decimal",
    "http://hl7.org/fhirpath/System.Date": "date",
    "http://hl7.org/fhirpath/System.DateTime": "dateTime",
    "http://hl7.org/fhirpath/System.Time": "time",
}


def compile_definitions(modules: Path, target: Path) -> None:
    """Read the packages below `modules` (a node_modules folder) and write the definitions file to `target`."""
    packages: dict[str, str] = {}
    resources: dict[str, dict[str, Any]] = {}
    for name in PACKAGES:
        folder = modules / name
        packages[name] = json.loads((folder / "package.json").read_text())["version"]
        for path in sorted(folder.glob("*.json")):
            if path.name.split("-")[0] in CONFORMANCE:
                _add(resources, json.loads(path.read_text(encoding="utf-8"), parse_float=_mark))
    index: dict[str, tuple[str, int, int]] = {}
    blobs = bytearray()
    for url, resource in resources.items():
        packed = zlib.compress(_write(resource), 6)
        entry = (resource["resourceType"], len(blobs), len(packed))
        index[url] = entry
        if resource.get("version"):
            index[f"{url}|{resource['version']}"] = entry
        blobs += packed
    head = json.dumps(
        {
            "packages": packages,
            "types": _types(resources),
            "search_parameters": _search_parameters(resources),
            "compartments": _compartments(resources),
            "index": index,
        },
        separators=(",", ":"),
    ).encode()
    packed_head = zlib.compress(head, 6)
    partial = target.with_suffix(".partial")
    partial.write_bytes(MAGIC + len(packed_head).to_bytes(8, "big") + packed_head + bytes(blobs))
    partial.replace(target)


def _mark(number: str) -> str:
    """A JSON decimal as marked text, so that it is written again with its own digits."""
    return "\x01" + number


def _write(value: dict[str, Any]) -> bytes:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return re.sub(r'"\\u0001([^"]+)"', r"\1", text).encode()


def _add(resources: dict[str, dict[str, Any]], resource: dict[str, Any]) -> None:
    url = resource.get("url")
    if not url or resource["resourceType"] not in CONFORMANCE or url in resources:
        return
    resource.pop("text", None)
    for view in ("snapshot", "differential"):
        for element in resource.get(view, {}).get("element", []):
            for unused in UNUSED_ELEMENT:
                element.pop(unused, None)
            if view == "snapshot":
                element.get("base", {}).pop("min", None)
    resources[url] = resource


def _types(resources: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Type tables from the snapshots of the core types, one more for every backbone element."""
    out: list[dict[str, Any]] = []
    for url, sd in resources.items():
        if (
            sd["resourceType"] != "StructureDefinition"
            or sd.get("derivation") == "constraint"
            or not url.startswith(CORE)
        ):
            continue
        if sd["kind"] not in ("resource", "complex-type", "primitive-type") or sd["type"] != sd["id"]:
            continue
        out.extend(_types_of(sd))
    return out


def _types_of(sd: dict[str, Any]) -> list[dict[str, Any]]:
    elements = sd["snapshot"]["element"]
    parents = {e["path"].rpartition(".")[0] for e in elements}
    made: dict[str, dict[str, Any]] = {}
    for element in elements:
        path: str = element["path"]
        if path == sd["type"] or path in parents:
            own = path == sd["type"]
            made[path] = {
                "name": path,
                "kind": sd["kind"] if own else "backbone",
                "base": (sd.get("baseDefinition") or "").rpartition("/")[2] or None if own else "BackboneElement",
                "abstract": bool(sd.get("abstract")) if own else False,
                "elements": {},
                "regex": _regex(elements) if own and sd["kind"] == "primitive-type" else None,
                "constraints": _constraints(element),
            }
        if path != sd["type"]:
            parent, _, last = path.rpartition(".")
            if not own and path in parents:
                made[path]["base"] = element["type"][0]["code"]
            name = last.removesuffix("[x]")
            made[parent]["elements"][name] = _element(element, name, path in parents, sd)
    return list(made.values())


def _element(element: dict[str, Any], name: str, is_backbone: bool, sd: dict[str, Any]) -> dict[str, Any]:
    if "contentReference" in element:
        types = [{"code": element["contentReference"].lstrip("#")}]
    elif is_backbone:
        types = [{"code": element["path"]}]
    else:
        types = [_type_ref(each) for each in element.get("type", [])]
    return {
        "name": name,
        "path": element["path"],
        "min": element["min"],
        "max": -1 if element["max"] == "*" else int(element["max"]),
        "choice": element["path"].endswith("[x]"),
        "types": types,
        "summary": bool(element.get("isSummary")),
        "modifier": bool(element.get("isModifier")),
        "xml": _xml(element, sd),
        "binding": element.get("binding", {}).get("valueSet"),
        "strength": element.get("binding", {}).get("strength"),
        "constraints": _constraints(element),
    }


def _xml(element: dict[str, Any], sd: dict[str, Any]) -> str:
    if "xmlAttr" in element.get("representation", ()):
        return "attribute"
    if "xhtml" in element.get("representation", ()) or element["path"] == "Narrative.div":
        return "xhtml"
    if element["path"] == f"{sd['type']}.value" and sd["kind"] == "primitive-type":
        return "attribute"
    return "element"


def _type_ref(entry: dict[str, Any]) -> dict[str, Any]:
    code = SYSTEM_TYPES.get(entry["code"], entry["code"])
    for extension in entry.get("extension", ()):
        if extension["url"].endswith("structuredefinition-fhir-type"):
            code = extension.get("valueUrl") or extension.get("valueUri") or code
    targets = [t.rpartition("/")[2] for t in entry.get("targetProfile", ())]
    return {"code": code, "targets": [t for t in targets if t != "Resource"], "profiles": entry.get("profile", [])}


def _regex(elements: list[dict[str, Any]]) -> str | None:
    for element in elements:
        for entry in element.get("type", ()):
            for extension in entry.get("extension", ()):
                if extension["url"].endswith("/regex"):
                    return str(extension["valueString"])
    return None


def _constraints(element: dict[str, Any]) -> list[dict[str, str]]:
    return [
        {"key": c["key"], "severity": c["severity"], "human": c["human"], "expression": c["expression"]}
        for c in element.get("constraint", ())
        if c.get("expression")
    ]


def _search_parameters(resources: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    out = []
    for sp in resources.values():
        if sp["resourceType"] != "SearchParameter" or not _is_core_search_parameter(sp):
            continue
        out.append(
            {
                "url": sp["url"],
                "code": sp["code"],
                "base": sp["base"],
                "type": sp["type"],
                "expression": sp.get("expression", ""),
                "targets": sp.get("target", []),
                "components": [(c["definition"], c["expression"]) for c in sp.get("component", ())],
                "multiple_or": sp.get("multipleOr", True),
                "multiple_and": sp.get("multipleAnd", True),
                "description": sp.get("description", ""),
            }
        )
    return sorted(out, key=lambda each: each["url"])


def _is_core_search_parameter(sp: dict[str, Any]) -> bool:
    return bool(
        sp["url"].startswith("http://hl7.org/fhir/SearchParameter/")
        and sp.get("base")
        and not sp["id"].startswith("example")
    )


def _compartments(resources: dict[str, dict[str, Any]]) -> dict[str, dict[str, list[str]]]:
    """Compartment type to resource type to the search parameters that put a resource in it."""
    out: dict[str, dict[str, list[str]]] = {}
    for cd in resources.values():
        if cd["resourceType"] == "CompartmentDefinition" and cd["url"].startswith(
            "http://hl7.org/fhir/CompartmentDefinition/"
        ):
            out[cd["code"]] = {r["code"]: r["param"] for r in cd["resource"] if r.get("param")}
    return out
