"""Snapshots: what a profile says in all, from what it says itself and from what it is based on.

The differential is laid over the tree of the base. Where it reaches deeper than the base goes, the children of the
element's type, or of the profile on that type, are hung in first.

FHIR: StructureDefinition.differential, .snapshot
Source: https://hl7.org/fhir/R4/profiling.html#snapshot
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from anlanh.fhir.validate import tree
from anlanh.fhir.validate.tree import Node
from anlanh.kernel.problem import Problem

CORE: Final = "http://hl7.org/fhir/StructureDefinition/"
DEEPEST_PATH: Final = 40
NOT_INHERITED: Final = frozenset({"id", "path", "sliceName", "constraint", "condition", "mapping", "contentReference"})
BY_URL: Final = {"discriminator": [{"type": "value", "path": "url"}], "ordered": False, "rules": "open"}
BY_TYPE: Final = {"discriminator": [{"type": "type", "path": "$this"}], "ordered": False, "rules": "open"}

Find = Callable[[str], dict[str, Any] | None]


class SnapshotImpossible(Problem):
    """The differential does not fit the base, or there is no base."""

    issue = "exception"
    status = 422
    says = "No snapshot can be made of {url}: {reason}."
    hint = "Correct the differential, or load the package that has the base."


class Snapshots:
    """Trees of profiles, made when first asked for. `find` gives a StructureDefinition by its canonical."""

    def __init__(self, find: Find) -> None:
        self._find = find
        self._trees: dict[str, Node] = {}
        self._making: list[str] = []

    def tree(self, canonical: str) -> Node | None:
        """The tree of a profile or type; None when it is not known. Must not be changed.

        Raises:
            SnapshotImpossible: the differential does not fit its base, or profiles are based on each other.
        """
        definition = self._find(canonical)
        if definition is None or definition.get("resourceType") != "StructureDefinition":
            return None
        return self.tree_of(definition)

    def tree_of(self, definition: dict[str, Any]) -> Node:
        """The tree of a StructureDefinition.

        Raises:
            SnapshotImpossible: as for `tree`.
        """
        key = f"{definition.get('url')}|{definition.get('version', '')}|{id(definition)}"
        if key not in self._trees:
            if key in self._making:
                raise SnapshotImpossible(url=definition.get("url"), reason="profiles are based on each other")
            self._making.append(key)
            try:
                self._trees[key] = self._made(definition)
            finally:
                self._making.remove(key)
        return self._trees[key]

    def snapshot_of(self, definition: dict[str, Any]) -> list[dict[str, Any]]:
        """The elements of StructureDefinition.snapshot.

        Raises:
            SnapshotImpossible: as for `tree`.
        """
        return tree.flatten(self.tree_of(definition))

    def type_tree(self, code: str) -> Node | None:
        """The tree of a FHIR type by its code."""
        return self.tree(code if ":" in code else CORE + code)

    def _made(self, definition: dict[str, Any]) -> Node:
        snapshot = definition.get("snapshot", {}).get("element")
        if snapshot:
            return tree.from_snapshot(snapshot)
        url, base = definition.get("url"), definition.get("baseDefinition")
        found = self.tree(base) if base else None
        if found is None:
            raise SnapshotImpossible(url=url, reason=f"its base {base} is not known")
        return self.laid_over(found, definition)

    def laid_over(self, base: Node, definition: dict[str, Any]) -> Node:
        """The tree of the base with the differential of `definition` laid over it."""
        elements = definition.get("differential", {}).get("element", [])
        root = base.copied()
        url = str(definition.get("url"))
        for element_id, element in tree.identified(elements):
            steps = tree.segments_of(element_id)
            if len(steps) > DEEPEST_PATH or any(not name for name, _ in steps):
                raise SnapshotImpossible(
                    url=url, reason=f"the path '{element['path']}' cannot be", expression=element_id
                )
            node = root
            for name, slice_name in steps:
                node = self._reach(node, name, slice_name, url, element["path"])
            _merge(node, element)
        return root

    def _reach(self, owner: Node, name: str, slice_name: str | None, url: str, path: str) -> Node:
        """The child or slice of that name, made where the base has not got it."""
        if not owner.children:
            self.unfold(owner)
        child = owner.children.get(name)
        if child is None:
            child, slice_name = _by_choice(owner, name, slice_name)
        if child is None:
            raise SnapshotImpossible(url=url, reason=f"the base has no element '{path}'", expression=path)
        return child if slice_name is None else _slice(child, slice_name)

    def unfold(self, node: Node) -> None:
        """Hang the children of its type, or of the one profile on its type, below an element that has none."""
        reference = node.element.get("contentReference")
        source = self._referenced(reference) if reference else self._type_of(node)
        if source is not None:
            node.children = {name: child.copied() for name, child in source.children.items()}

    def _referenced(self, reference: str) -> Node | None:
        """The node a contentReference (`#Questionnaire.item`) speaks of."""
        path = reference.partition("#")[2]
        node = self.type_tree(path.partition(".")[0])
        for name, _ in tree.segments_of(path):
            node = node.children.get(name) if node else None
        return node

    def _type_of(self, node: Node) -> Node | None:
        if len(node.types) != 1:
            return self.type_tree("Element")
        profiles = node.types[0].get("profile", [])
        found = self.tree(profiles[0]) if len(profiles) == 1 else None
        return found or self.type_tree(node.type_codes[0])


def _by_choice(owner: Node, name: str, slice_name: str | None) -> tuple[Node | None, str | None]:
    """`valueQuantity` as the slice of that name of `value[x]`; `value` as `value[x]`."""
    for known, child in owner.children.items():
        stem = known.removesuffix("[x]")
        if stem != known and name.startswith(stem):
            suffix = name[len(stem) :]
            if not suffix:
                return child, slice_name
            if any(suffix.lower() == code.lower() for code in child.type_codes):
                return child, slice_name or name
    return None, slice_name


def _slice(child: Node, slice_name: str) -> Node:
    if slice_name in child.slices:
        return child.slices[slice_name]
    outer = child.slices.get(slice_name.rpartition("/")[0], child)
    made = outer.copied()
    made.slices = {}
    made.slice_name = slice_name
    element = {key: value for key, value in outer.element.items() if key != "slicing"}
    made.element = {**element, "sliceName": slice_name, "min": 0}
    stem = child.name.removesuffix("[x]")
    if stem != child.name:
        named = [each for each in child.types if f"{stem}{tree.type_code(each)}".lower() == slice_name.lower()]
        made.adopt(**({"type": named} if named else {}))
    if "slicing" not in child.element:
        implied = {"extension": BY_URL, "modifierExtension": BY_URL}.get(
            child.name, BY_TYPE if stem != child.name else None
        )
        child.adopt(**({"slicing": implied} if implied else {}))
    child.slices[slice_name] = made
    return made


def _merge(node: Node, element: dict[str, Any]) -> None:
    """Lay one ElementDefinition of a differential over a node."""
    changes = {key: value for key, value in element.items() if key not in NOT_INHERITED}
    own = element.get("constraint", [])
    if own:
        keys = {each.get("key") for each in own}
        changes["constraint"] = [
            *(each for each in node.element.get("constraint", []) if each.get("key") not in keys),
            *own,
        ]
    for prefix in ("fixed", "pattern"):
        if any(key.startswith(prefix) for key in changes):
            node.element = {key: value for key, value in node.element.items() if not key.startswith(prefix)}
    node.adopt(**changes)
    if "type" in element:
        node.children = {} if _narrowed_by_profile(element) and not node.slices else node.children


def _narrowed_by_profile(element: dict[str, Any]) -> bool:
    return any(each.get("profile") for each in element["type"])
