"""A value against a profile: what the tree of the profile demands beyond the type itself.

FHIR: StructureDefinition (derivation = constraint), ElementDefinition
Source: https://hl7.org/fhir/R4/profiling.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

from anlanh.fhir.model.definitions import Definitions
from anlanh.fhir.validate import coded, fixed, items, narrative, slicing, tree
from anlanh.fhir.validate.coded import Terminology
from anlanh.fhir.validate.invariants import Invariants
from anlanh.fhir.validate.items import Item
from anlanh.fhir.validate.run import Options, Run, Scope
from anlanh.fhir.validate.snapshot import CORE, SnapshotImpossible, Snapshots
from anlanh.fhir.validate.tree import Node

UNBOUNDED: Final = "*"
MAX_VALUE_SET: Final = "http://hl7.org/fhir/StructureDefinition/elementdefinition-maxValueSet"
LANGUAGE_CONTROL: Final = "http://hl7.org/fhir/StructureDefinition/narrative-language-control"
PROFILE_ELEMENT: Final = "http://hl7.org/fhir/StructureDefinition/elementdefinition-profile-element"
Find = Callable[[str], dict[str, Any] | None]


class Profiles:
    """Checks against the profiles of one validator. `run` is the validation on its way."""

    def __init__(
        self, known: Definitions, find: Find, snapshots: Snapshots, terminology: Terminology, invariants: Invariants
    ) -> None:
        self.known = known
        self.find = find
        self.snapshots = snapshots
        self.terminology = terminology
        self.invariants = invariants
        self.run = Run(Options())
        self._core_bindings = {(e.binding, e.strength) for t in known.types.values() for e in t.elements.values()}

    # --- profiles as a whole -----------------------------------------------------------------------------------

    def check(self, item: Item, canonical: str, scope: Scope) -> None:
        """A value against a profile by its canonical; a profile that is not known is a warning."""
        root = self._root(canonical, item)
        if root is None:
            return
        if not self._is_of_type(item, root, canonical):
            self.run.add("profile-of-other-type", item.path, profile=canonical, type=root.name, found=item.type)
            return
        if isinstance(item.value, dict) and "resourceType" in item.value:
            scope = scope.inner(item.value, item.path)
        with self.run.following_profile(item.value, canonical) as may:
            if may:
                self.check_node(root, item, scope)

    def conforms(self, item: Item, canonical: str, scope: Scope) -> bool:
        """Whether a value conforms to a profile; not if the profile is not known. Found out once for each value."""
        key = (id(item.value), canonical)
        if key not in self.run.conforming:
            self.run.conforming[key] = True
            with self.run.aside() as issues:
                known = self.tree(canonical) is not None
                if known:
                    self.check(item, canonical, scope)
            self.run.conforming[key] = known and not any(issue.fails for issue in issues)
        return self.run.conforming[key]

    def conforms_to_tree(self, item: Item, root: Node, scope: Scope) -> bool:
        """Whether a value conforms to the root of a profile at hand."""
        with self.run.aside() as issues:
            self.check_node(root, item, scope)
        return not any(issue.fails for issue in issues)

    def tree(self, canonical: str) -> Node | None:
        """The tree of a profile; None where there is none or it cannot be made."""
        try:
            return self.snapshots.tree(canonical)
        except SnapshotImpossible:
            return None

    def _root(self, canonical: str, item: Item) -> Node | None:
        url, _, part = canonical.partition("#")
        try:
            root = self.snapshots.tree(url)
        except SnapshotImpossible as problem:
            self.run.add("profile-unusable", item.path, profile=canonical, reason=problem.facts["reason"])
            return None
        if root is None:
            self.run.add("profile-unknown", item.path, profile=canonical)
        return root if root is None or not part else _part(root, part)

    def _is_of_type(self, item: Item, root: Node, canonical: str) -> bool:
        return (
            "." in root.name or self.is_a(item.type, root.name.rpartition("/")[2]) or item.type not in self.known.types
        )

    def is_a(self, type_name: str, ancestor: str) -> bool:
        """Whether a type is another one or derived from it."""
        at: str | None = type_name
        while at is not None:
            if at == ancestor:
                return True
            found = self.known.types.get(at)
            at = found.base if found else None
        return False

    # --- one element --------------------------------------------------------------------------------------------

    def check_node(self, node: Node, item: Item, scope: Scope) -> None:
        """A value against one element of a profile, and all below it."""
        if not self.run.spend():
            return
        element = node.element
        rule = fixed.prescribed(element)
        if rule is not None and item.value is not None and not fixed.conforms(item.value, rule):
            self.run.add(f"not-{rule[0]}", item.path, found=_shown(item.value), wanted=_shown(rule[1]))
        self._check_bounds(element, item)
        _check_narrative(element, item, scope, self.run)
        self._check_binding(element.get("binding", {}), item)
        self.invariants.check_profile(element.get("constraint", ()), item, scope, self.run)
        self._check_types(node, item, scope)
        for child in node.children.values():
            self._check_child(child, item, scope)

    def _check_child(self, child: Node, owner: Item, scope: Scope) -> None:
        found = items.children(self.known, owner, child.name)
        _count(child, len(found), owner, self.run)
        if child.slices:
            self._check_slices(child, found, owner, scope)
        if not _is_trivial(child):
            for item in found:
                self.check_node(child, item, scope)

    def _check_slices(self, child: Node, found: list[Item], owner: Item, scope: Scope) -> None:
        rules = child.element.get("slicing", {})
        members = self._assigned(child, found, rules, scope)
        names = list(child.slices)
        rank, closing = -1, False
        for item, name in members:
            if name is None:
                closing = True
                if rules.get("rules") == "closed":
                    self.run.add("slicing-closed", item.path, slicing=child.name)
                continue
            if rules.get("rules") == "openAtEnd" and closing:
                self.run.add("slice-not-first", item.path, slice=name)
            if rules.get("ordered") and names.index(name) < rank:
                self.run.add("slice-out-of-order", item.path, slice=name)
            rank = max(rank, names.index(name))
        for name, each in child.slices.items():
            if "/" in name and name.rpartition("/")[0] in child.slices:
                continue
            self._check_slice(child, name, each, [item for item, its in members if its == name], owner, scope)

    def _check_slice(self, child: Node, name: str, each: Node, inside: list[Item], owner: Item, scope: Scope) -> None:
        _count(each, len(inside), owner, self.run)
        for item in inside:
            self.check_node(each, item, scope)
        deeper = {its: node for its, node in child.slices.items() if its.rpartition("/")[0] == name}
        if deeper:
            again = Node(child.name, {**child.element, **each.element}, {}, deeper)
            self._check_slices(again, inside, owner, scope)

    def _assigned(
        self, child: Node, found: list[Item], rules: dict[str, Any], scope: Scope
    ) -> list[tuple[Item, str | None]]:
        outer = {name: node for name, node in child.slices.items() if name.rpartition("/")[0] not in child.slices}
        return [
            (
                item,
                next((name for name, node in outer.items() if slicing.belongs(node, item, rules, scope, self)), None),
            )
            for item in found
        ]

    def _check_binding(self, binding: Mapping[str, Any], item: Item) -> None:
        """The value set of a profile, unless it is that of the type, which is checked anyway; and the largest allowed."""
        value_set, strength = binding.get("valueSet"), binding.get("strength", "example")
        if value_set is not None and (value_set, strength) not in self._core_bindings:
            coded.check_binding(item, value_set, strength, self.terminology, self.run)
        for each in binding.get("extension", ()):
            if each.get("url") == MAX_VALUE_SET:
                largest = str(each.get("valueCanonical") or each.get("valueUri"))
                coded.check_binding(item, largest, "maximum", self.terminology, self.run)

    def _check_bounds(self, element: Any, item: Item) -> None:
        for key in ("minValue", "maxValue"):
            limit = next((value for name, value in element.items() if name.startswith(key)), None)
            if limit is not None and _is_beyond(item.value, limit, key):
                self.run.add(f"beyond-{key}", item.path, found=_shown(item.value), limit=_shown(limit))
        longest = element.get("maxLength")
        if longest is not None and isinstance(item.value, str) and len(item.value) > longest:
            self.run.add("too-long", item.path, limit=longest)

    # --- types ----------------------------------------------------------------------------------------------------

    def _check_types(self, node: Node, item: Item, scope: Scope) -> None:
        if not node.types or "." not in item.path:
            return
        fitting = [
            entry
            for entry in node.types
            if self.is_a(item.type, tree.type_code(entry)) or _is_left_to_structure(entry, item)
        ]
        if not fitting:
            self.run.add("type-not-allowed", item.path, found=item.type, wanted=", ".join(sorted(set(node.type_codes))))
            return
        wanted = [profile for entry in fitting for profile in entry.get("profile", []) if not _is_plain(profile)]
        wanted = [f"{each}#{_profile_element(fitting)}" if _profile_element(fitting) else each for each in wanted]
        if len(wanted) == 1:
            self.check(item, wanted[0], scope)
        elif wanted and not any(self.conforms(item, profile, scope) for profile in wanted):
            self.run.add("no-profile-fits", item.path, profiles=", ".join(wanted))
        self._check_aggregation(fitting, item, scope)
        self._check_targets([p for entry in fitting for p in entry.get("targetProfile", [])], item, scope)

    def _check_aggregation(self, entries: list[dict[str, Any]], item: Item, scope: Scope) -> None:
        """Where a reference may lead: to a contained resource, into the Bundle, or out of it."""
        allowed = {mode for entry in entries for mode in entry.get("aggregation", ())}
        reference = item.value.get("reference") if isinstance(item.value, dict) else None
        if not allowed or not isinstance(reference, str):
            return
        inside = "bundled" if scope.found(reference) else "referenced"
        mode = "contained" if reference.startswith("#") else inside
        if mode not in allowed and not (mode == "bundled" and "referenced" in allowed):
            self.run.add("aggregation", item.path, found=mode, wanted=", ".join(sorted(allowed)))

    def _check_targets(self, targets: list[str], item: Item, scope: Scope) -> None:
        if not targets or item.type != "Reference" or not isinstance(item.value, dict):
            return
        for target in self.resolved(item, scope):
            if any(self._is_target(target, each) for each in targets):
                self._check_target_profiles(targets, item, target, scope)
                return
            self.run.add("target-type", item.path, found=target.type, wanted=", ".join(map(self._target_type, targets)))
            return

    def _is_target(self, target: Item, canonical: str) -> bool:
        return self.is_a(target.type, self._target_type(canonical))

    def _target_type(self, canonical: str) -> str:
        plain = canonical.removeprefix(CORE)
        if plain in self.known.types:
            return plain
        root = self.tree(canonical)
        return root.name if root else "Resource"

    def _check_target_profiles(self, targets: list[str], item: Item, target: Item, scope: Scope) -> None:
        wanted = [each for each in targets if not _is_plain(each)]
        if not wanted or len(wanted) < len(targets) or target.value is None:
            return
        if not any(self.conforms(target, each, scope) for each in wanted):
            self.run.add("no-target-fits", item.path, found=item.value.get("reference"), profiles=", ".join(wanted))

    # --- what slicing asks ----------------------------------------------------------------------------------------

    def children_of(self, node: Node, name: str) -> list[Node]:
        """The definitions of a child: of the node itself, or of the profiles and types it may have."""
        if name in node.children:
            return (
                [node.children[name], *node.children[name].slices.values()]
                if node.children[name].slices
                else [node.children[name]]
            )
        choice = node.children.get(f"{name}[x]")
        if choice is not None:
            return [choice]
        if node.children:
            return []
        trees = [
            self.tree(each)
            for entry in node.types
            for each in (self.profiles_in(entry) or [CORE + tree.type_code(entry)])
        ]
        return [found for root in trees if root for found in self.children_of(root, name)]

    def extensions_of(self, node: Node, url: str) -> list[Node]:
        """The slices of extension that are for that url."""
        return [
            each
            for child in self.children_of(node, "extension")
            for each in (child, *child.slices.values())
            if url in {profile.partition("|")[0] for entry in each.types for profile in entry.get("profile", [])}
        ]

    def targets_of(self, node: Node) -> list[Node]:
        """The roots of the profiles a reference may lead to."""
        found = [self.tree(each) for entry in node.types for each in entry.get("targetProfile", [])]
        return [root for root in found if root is not None]

    def profiles_in(self, entry: dict[str, Any]) -> list[str]:
        """The profiles of a type entry, or those on its targets."""
        found: list[str] = entry.get("profile") or []
        return found

    def resolved(self, item: Item, scope: Scope) -> list[Item]:
        """The resource a reference leads to; where it cannot be had, its type as far as the reference tells it."""
        reference = item.value.get("reference") if isinstance(item.value, dict) else None
        if not isinstance(reference, str):
            return []
        for resource, path in scope.found(reference):
            return [items.of_resource(resource, path)]
        fetch = self.run.options.fetch
        fetched = fetch(reference) if fetch and not reference.startswith("#") else None
        if fetched is not None:
            return [items.of_resource(fetched, item.path)]
        implied = item.value.get("type") or _type_in(reference)
        return [Item(None, None, implied, item.path)] if implied in self.known.types else []

    def is_bound(self, item: Item, value_set: str) -> bool:
        """Whether one of the codes of a value is in a value set, as far as can be told."""
        return any(
            code is not None
            and self.terminology.member_of(value_set, None if item.type in coded.WITHOUT_SYSTEM else system or "", code)
            for system, code in coded.codings_of(item)
        )


def _count(node: Node, found: int, owner: Item, run: Run) -> None:
    least, most = node.element.get("min", 0), node.element.get("max", UNBOUNDED)
    label = f"{owner.type}.{node.name}" + (f":{node.slice_name}" if node.slice_name else "")
    if found < least:
        run.add("required-missing", owner.path, path=label, name=node.name, min=least, found=found)
    if most != UNBOUNDED and found > int(most):
        run.add("too-many", owner.path, path=label, max=most, found=found)


def _check_narrative(element: Any, item: Item, scope: Scope, run: Run) -> None:
    controls = [each["valueCode"] for each in element.get("extension", ()) if each.get("url") == LANGUAGE_CONTROL]
    if controls and item.type == "Narrative" and isinstance(item.value, dict):
        narrative.check_languages(controls, item.value.get("div"), scope.resource.get("language"), item.path, run)


def _is_trivial(node: Node) -> bool:
    """Whether an element of a profile says nothing that its type does not say: no children, no profile, nothing fixed."""
    return not node.children and not node.element


def _part(root: Node, element_id: str) -> Node | None:
    node: Node | None = root
    for name, slice_name in tree.segments_of(element_id):
        node = node.children.get(name) if node else None
        node = node.slices.get(slice_name) if node and slice_name else node
    return node


def _profile_element(entries: list[dict[str, Any]]) -> str | None:
    for entry in entries:
        for extension in entry.get("_profile", [None]) or []:
            for each in (extension or {}).get("extension", ()):
                if each.get("url") == PROFILE_ELEMENT:
                    return str(each.get("valueString"))
    return None


def _is_plain(canonical: str) -> bool:
    """Whether a canonical is that of a FHIR type and no profile."""
    return canonical.startswith(CORE) and canonical.removeprefix(CORE)[:1].isupper()


def _is_left_to_structure(entry: dict[str, Any], item: Item) -> bool:
    if item.path.endswith(".id"):
        return True
    return tree.type_code(entry) in {"BackboneElement", "Element", "Resource"} or "." in item.type


def _type_in(reference: str) -> str:
    parts = reference.partition("?")[0].partition("/_history")[0].split("/")
    return parts[-2] if len(parts) > 1 else ""


def _shown(value: Any) -> str:
    return str(value) if not isinstance(value, dict | list) else repr(value).replace("Decimal('", "").replace("')", "")


def _is_beyond(value: Any, limit: Any, key: str) -> bool:
    if isinstance(value, dict) and isinstance(limit, dict):
        same_unit = value.get("code", value.get("unit")) == limit.get("code", limit.get("unit"))
        return same_unit and _is_beyond(value.get("value"), limit.get("value"), key)
    numbers = isinstance(value, int | Decimal) and isinstance(limit, int | Decimal)
    if numbers or (isinstance(value, str) and isinstance(limit, str)):
        return bool(value < limit) if key == "minValue" else bool(value > limit)
    return False
