"""A short way to write profiles and extensions down: one line for each element that differs.

FHIR: StructureDefinition.differential
Source: https://hl7.org/fhir/R4/profiling.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

CORE = "http://hl7.org/fhir/StructureDefinition/"
VERSION = "0.1.0"
DATE = "2026-11-23"
_SLICE = re.compile(r":[^.]+")

Element = dict[str, Any]


def element(at: str, **differs: Any) -> Element:
    """An element of a differential. `at` is its id without the type: `identifier:cccd.system`; "" is the root."""
    return {"at": at, **differs}


def must(at: str, least: int | None = None, **differs: Any) -> Element:
    """An element that systems must be able to fill and to show."""
    return element(at, **({"min": least} if least is not None else {}), **differs, mustSupport=True)


def sliced(at: str, by: str, kind: str = "value") -> Element:
    """An element in slices, open to others, told apart by the value (or pattern, type) of `by`."""
    return element(at, slicing={"discriminator": [{"type": kind, "path": by}], "rules": "open"})


def bound(at: str, value_set: str, strength: str = "required", **differs: Any) -> Element:
    """An element with a binding."""
    return must(at, **differs, binding={"strength": strength, "valueSet": value_set})


def profile(
    base: str,
    name: str,
    type_name: str,
    title: str,
    source: str,
    elements: Iterable[Element],
    parent: str | None = None,
) -> dict[str, Any]:
    """A profile of a resource type, with its differential."""
    return _definition(
        base, name, type_name, title, source, elements, kind="resource", parent=parent or CORE + type_name
    )


def extension(
    base: str,
    name: str,
    title: str,
    source: str,
    contexts: Iterable[str],
    value_type: str,
    value_set: str | None = None,
) -> dict[str, Any]:
    """An extension with one value."""
    value: Element = {"min": 1, "type": [{"code": value_type}]}
    if value_set:
        value["binding"] = {"strength": "required", "valueSet": value_set}
    elements = [
        element("", short=title, max="1"),
        element("extension", max="0"),
        element("url", fixedUri=f"{base}StructureDefinition/{name}"),
        element("value[x]", **value),
    ]
    made = _definition(base, name, "Extension", title, source, elements, kind="complex-type", parent=CORE + "Extension")
    differential = made.pop("differential")
    return {
        **made,
        "context": [{"type": "element", "expression": each} for each in contexts],
        "differential": differential,
    }


def _definition(
    base: str,
    name: str,
    type_name: str,
    title: str,
    source: str,
    elements: Iterable[Element],
    *,
    kind: str,
    parent: str,
) -> dict[str, Any]:
    return {
        "resourceType": "StructureDefinition",
        "id": name,
        "url": f"{base}StructureDefinition/{name}",
        "version": VERSION,
        "name": "".join(part.capitalize() for part in name.split("-")),
        "title": title,
        "status": "draft",
        "date": DATE,
        "description": f"{title}. Nguồn: {source}",
        "fhirVersion": "4.0.1",
        "kind": kind,
        "abstract": False,
        "type": type_name,
        "baseDefinition": parent,
        "derivation": "constraint",
        "differential": {"element": [_element(type_name, each) for each in elements]},
    }


def _element(type_name: str, differs: Element) -> dict[str, Any]:
    at = differs["at"]
    identity = f"{type_name}.{at}" if at else type_name
    found: dict[str, Any] = {"id": identity, "path": _SLICE.sub("", identity)}
    last = identity.rpartition(".")[2]
    if ":" in last:
        found["sliceName"] = last.partition(":")[2]
    return found | {name: value for name, value in differs.items() if name != "at"}
