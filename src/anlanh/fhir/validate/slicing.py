"""Which slice a value belongs to, by the discriminators of the slicing.

A discriminator's path is walked twice at once: through the definition of the slice, to see what it prescribes there,
and through the value, to see what is there.

FHIR: ElementDefinition.slicing
Source: https://hl7.org/fhir/R4/profiling.html#discriminator
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from anlanh.fhir.validate import fixed, items
from anlanh.fhir.validate.items import Item
from anlanh.fhir.validate.run import Scope
from anlanh.fhir.validate.tree import Node

if TYPE_CHECKING:
    from anlanh.fhir.validate.profiles import Profiles

CALL: Final = re.compile(r"(\w+)\((?:['\"]?)(.*?)(?:['\"]?)\)")
STEP: Final = re.compile(r"(?:[^.(]|\([^)]*\))+")
DEEPEST_PRESCRIPTION: Final = 6


def belongs(slice_node: Node, item: Item, slicing: dict[str, Any], scope: Scope, profiles: Profiles) -> bool:
    """Whether a value is in a slice: all discriminators must say so. Without any, nothing belongs."""
    discriminators = slicing.get("discriminator", [])
    return (
        bool(discriminators)
        and profiles.run.spend(len(discriminators))
        and all(
            _TESTS.get(each.get("type"), _never)(
                *_at_path(slice_node, item, each.get("path", "$this"), scope, profiles), scope, profiles
            )
            for each in discriminators
        )
    )


def _at_path(node: Node, item: Item, path: str, scope: Scope, profiles: Profiles) -> tuple[list[Node], list[Item]]:
    nodes, values = [node], [item]
    for step in STEP.findall(path):
        if step != "$this":
            nodes, values = _stepped(nodes, values, step, scope, profiles)
    return nodes, values


def _stepped(
    nodes: list[Node], values: list[Item], step: str, scope: Scope, profiles: Profiles
) -> tuple[list[Node], list[Item]]:
    call = CALL.fullmatch(step)
    if call is None:
        return (
            [found for node in nodes for found in profiles.children_of(node, step)],
            [found for value in values for found in items.children(profiles.known, value, step)],
        )
    name, argument = call.groups()
    if name == "extension":
        return (
            [found for node in nodes for found in profiles.extensions_of(node, argument)],
            [
                found
                for value in values
                for found in items.children(profiles.known, value, "extension")
                if _url(found) == argument
            ],
        )
    if name == "resolve":
        return (
            [found for node in nodes for found in profiles.targets_of(node)],
            [found for value in values for found in profiles.resolved(value, scope)],
        )
    return nodes, [value for value in values if value.type == argument]


def _url(item: Item) -> Any:
    return item.value.get("url") if isinstance(item.value, dict) else None


def _by_value(nodes: list[Node], values: list[Item], scope: Scope, profiles: Profiles) -> bool:
    telling = [node for node in nodes if node.element.get("max") == "0" or _prescribes(node, 0)]
    return any(_prescribed_here(node, values, profiles, 0) for node in telling or nodes)


def _prescribed_here(node: Node, values: list[Item], profiles: Profiles, depth: int) -> bool:
    """Whether one of the values is what the node prescribes: itself, by its binding, or by what is below it."""
    if node.element.get("max") == "0":
        return not values
    rule = fixed.prescribed(node.element)
    if rule is not None:
        return any(value.value is not None and fixed.conforms(value.value, rule) for value in values)
    binding = node.element.get("binding", {})
    if binding.get("strength") == "required" and "valueSet" in binding and not _prescribes_below(node, depth):
        return any(profiles.is_bound(value, binding["valueSet"]) for value in values)
    if depth > DEEPEST_PRESCRIPTION:
        return bool(values)
    below = [child for child in _members(node) if _prescribes(child, depth + 1)]
    if not below:
        return bool(values)
    return any(
        all(
            _prescribed_here(child, items.children(profiles.known, value, child.name), profiles, depth + 1)
            for child in below
        )
        for value in values
    )


def _members(node: Node) -> list[Node]:
    """The children and their slices that must be there."""
    return [
        each
        for child in node.children.values()
        for each in (child, *child.slices.values())
        if each.element.get("min", 0)
    ]


def _prescribes(node: Node, depth: int) -> bool:
    return fixed.prescribed(node.element) is not None or _prescribes_below(node, depth)


def _prescribes_below(node: Node, depth: int) -> bool:
    return depth <= DEEPEST_PRESCRIPTION and any(_prescribes(child, depth + 1) for child in _members(node))


def _by_existence(nodes: list[Node], values: list[Item], scope: Scope, profiles: Profiles) -> bool:
    if any(node.element.get("max") == "0" for node in nodes):
        return not values
    return bool(values) or not any(node.element.get("min", 0) for node in nodes)


def _by_type(nodes: list[Node], values: list[Item], scope: Scope, profiles: Profiles) -> bool:
    allowed = {code for node in nodes for code in (node.type_codes or [node.name])}
    return any(profiles.is_a(value.type, code) for value in values for code in allowed)


def _by_profile(nodes: list[Node], values: list[Item], scope: Scope, profiles: Profiles) -> bool:
    wanted = [profile for node in nodes for entry in node.types for profile in profiles.profiles_in(entry)]
    wanted_nodes = [node for node in nodes if not node.types]
    return any(
        any(profiles.conforms(value, profile, scope) for profile in wanted)
        or any(profiles.conforms_to_tree(value, node, scope) for node in wanted_nodes)
        for value in values
    )


def _never(nodes: list[Node], values: list[Item], scope: Scope, profiles: Profiles) -> bool:
    return False


_TESTS: Final[dict[str, Callable[[list[Node], list[Item], Scope, Profiles], bool]]] = {
    "value": _by_value,
    "pattern": _by_value,
    "exists": _by_existence,
    "type": _by_type,
    "profile": _by_profile,
}
