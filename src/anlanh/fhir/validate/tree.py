"""A profile as a tree: each element with its children and its slices, so that rules can be found by walking.

Names stand at the nodes and paths follow from the position, so that a part of one profile can be hung into another.

FHIR: StructureDefinition.snapshot, ElementDefinition
Source: https://hl7.org/fhir/R4/elementdefinition.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True, eq=False)
class Node:
    """One element of a profile. `element` is its ElementDefinition, shared between trees and never changed."""

    name: str
    element: Mapping[str, Any]
    children: dict[str, Node] = field(default_factory=dict)
    slices: dict[str, Node] = field(default_factory=dict)
    slice_name: str | None = None

    def copied(self) -> Node:
        """The node with all below it, ready to be changed."""
        return Node(
            self.name,
            self.element,
            {name: child.copied() for name, child in self.children.items()},
            {name: each.copied() for name, each in self.slices.items()},
            self.slice_name,
        )

    def adopt(self, **changes: Any) -> None:
        """Replace entries of the ElementDefinition."""
        self.element = {**self.element, **changes}

    @property
    def types(self) -> list[dict[str, Any]]:
        """ElementDefinition.type."""
        found: list[dict[str, Any]] = self.element.get("type", [])
        return found

    @property
    def type_codes(self) -> list[str]:
        """The codes of the types, those of FHIRPath as FHIR's own."""
        return [type_code(each) for each in self.types]


def type_code(entry: Mapping[str, Any]) -> str:
    """The FHIR type of an ElementDefinition.type entry (`http://hl7.org/fhirpath/System.String` is string)."""
    code = str(entry.get("code", ""))
    if not code.startswith("http://hl7.org/fhirpath/"):
        return code.removeprefix("http://hl7.org/fhir/StructureDefinition/")
    for extension in entry.get("extension", ()):
        if extension.get("url", "").endswith("structuredefinition-fhir-type"):
            return str(extension.get("valueUrl") or extension.get("valueUri") or "string")
    return code.rpartition(".")[2].lower()


def segments_of(element_id: str) -> list[tuple[str, str | None]]:
    """`Observation.component:systolic.code` as (name, slice) pairs, the root left out."""
    pairs = []
    for step in element_id.split(".")[1:]:
        name, colon, slice_name = step.partition(":")
        pairs.append((name, slice_name if colon else None))
    return pairs


def identified(elements: list[dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each ElementDefinition with its id, worked out from paths and slice names in their order."""
    latest: dict[str, str] = {}
    for element in elements:
        path = element["path"]
        parent, dot, last = path.rpartition(".")
        found = f"{latest.get(parent, parent)}{dot}{last}"
        slice_name = element.get("sliceName")
        if slice_name and dot:
            found = f"{found}:{slice_name}"
        latest = {known: its for known, its in latest.items() if not known.startswith(f"{path}.")}
        latest[path] = found
        yield found, element


def from_snapshot(elements: list[dict[str, Any]]) -> Node:
    """The tree of a snapshot."""
    root = Node(elements[0]["path"], elements[0])
    for element_id, element in list(identified(elements))[1:]:
        *above, (name, slice_name) = segments_of(element_id)
        owner = root
        for step, step_slice in above:
            owner = _step(owner, step, step_slice)
        if slice_name is None:
            owner.children.setdefault(name, Node(name, element)).element = element
        else:
            base = owner.children.setdefault(name, Node(name, element))
            base.slices[slice_name] = Node(name, element, slice_name=slice_name)
    return root


def _step(owner: Node, name: str, slice_name: str | None) -> Node:
    child = owner.children.setdefault(name, Node(name, {}))
    if slice_name is None:
        return child
    return child.slices.setdefault(slice_name, Node(name, child.element, slice_name=slice_name))


def flatten(root: Node) -> list[dict[str, Any]]:
    """The tree as ElementDefinitions in the order of a snapshot, each with its id and path."""
    return list(_flat(root, root.name, root.name))


def _flat(node: Node, path: str, element_id: str) -> Iterator[dict[str, Any]]:
    yield {**node.element, "id": element_id, "path": path}
    for name, child in node.children.items():
        yield from _flat(child, f"{path}.{name}", f"{element_id}.{name}")
    for slice_name, each in node.slices.items():
        yield from _flat(each, path, f"{element_id}:{slice_name}")
