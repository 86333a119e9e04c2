"""Extensions: known, where they may stand, with what they must hold.

FHIR: Extension, StructureDefinition.context
Source: https://hl7.org/fhir/R4/extensibility.html
"""

from __future__ import annotations

import re
from typing import Any, Final

from anlanh.fhir import fhirpath
from anlanh.fhir.fhirpath import FhirPathProblem
from anlanh.fhir.validate.items import Item
from anlanh.fhir.validate.profiles import Profiles
from anlanh.fhir.validate.run import Run, Scope

CORE: Final = "http://hl7.org/fhir/StructureDefinition/"
ALSO_ALLOWED: Final = {
    f"{CORE}structuredefinition-fhir-type": ("ElementDefinition.type",),
    f"{CORE}structuredefinition-normative-version": ("DomainResource", "ElementDefinition"),
    f"{CORE}regex": ("ElementDefinition.type",),
    f"{CORE}valueset-concept-comments": ("CodeSystem.concept",),
}
"""Places where R4 itself puts an extension that its definition does not name."""
INDEX: Final = re.compile(r"\[\d+\]")


def check(
    value: dict[str, Any], path: str, where: str, modifier: bool, scope: Scope, run: Run, profiles: Profiles
) -> None:
    """One extension; `where` is the path of the definition of the element that carries it."""
    url = value.get("url")
    if not isinstance(url, str):
        return
    _check_value_or_extensions(value, path, run)
    inside = ".extension" in INDEX.sub("", path[len(scope.path) :].rpartition(".")[0])
    if ":" not in url:
        if not inside:
            run.add("extension-url-relative", path, found=url)
        return
    definition = profiles.find(url)
    if definition is None or definition.get("resourceType") != "StructureDefinition":
        _unknown(url, path, modifier, run)
        return
    if definition.get("type") != "Extension":
        run.add("extension-not-one", path, found=url)
        return
    if _is_modifier(definition) != modifier:
        run.add("extension-modifier" if modifier else "extension-not-modifier", path, found=url)
    _check_context(definition, path, where, scope, run, profiles)
    profiles.check(Item(value, None, "Extension", path), url, scope)
    _check_inner(value, url, path, run, profiles)


def _check_value_or_extensions(value: dict[str, Any], path: str, run: Run) -> None:
    """ext-1: a value or extensions, not both and not neither."""
    has_value = any(key.startswith(("value", "_value")) for key in value)
    if has_value == ("extension" in value):
        run.add("invariant", path, key="ext-1", human="Must have either extensions or value[x], not both")


def _unknown(url: str, path: str, modifier: bool, run: Run) -> None:
    if modifier:
        run.add("extension-modifier-unknown", path, found=url)
    elif url.startswith(CORE):
        run.add("extension-unknown", path, "warning", found=url)
    else:
        run.add("extension-unknown", path, found=url)


def _is_modifier(definition: dict[str, Any]) -> bool:
    for view in ("snapshot", "differential"):
        for element in definition.get(view, {}).get("element", [])[:1]:
            if "isModifier" in element:
                return bool(element["isModifier"])
    return False


def _check_inner(value: dict[str, Any], url: str, path: str, run: Run, profiles: Profiles) -> None:
    """Extensions inside, with a relative url, must be among those that the definition names."""
    root = profiles.tree(url)
    child = root.children.get("extension") if root else None
    known = set(child.slices) | {_url_of(each) for each in child.slices.values()} if child else set()
    for index, each in enumerate(value.get("extension", [])):
        inner = each.get("url") if isinstance(each, dict) else None
        if isinstance(inner, str) and ":" not in inner and inner not in known:
            run.add("extension-part-unknown", f"{path}.extension[{index}]", found=inner, url=url)


def _url_of(node: Any) -> str:
    child = node.children.get("url")
    return str(child.element.get("fixedUri", "")) if child else ""


def _check_context(
    definition: dict[str, Any], path: str, where: str, scope: Scope, run: Run, profiles: Profiles
) -> None:
    contexts = definition.get("context", [])
    also = ALSO_ALLOWED.get(definition["url"], ())
    contexts = [*contexts, *({"type": "element", "expression": each} for each in also)]
    steps = INDEX.sub("", path[len(scope.path) :]).split(".")[1:-1]
    names = _names_of_place(str(scope.resource.get("resourceType")), steps, where, profiles)
    if contexts and not any(_fits(each, names, path, scope, run, profiles) for each in contexts):
        allowed = ", ".join(str(each.get("expression")) for each in contexts)
        run.add("extension-context", path, found=definition["url"], where=" / ".join(sorted(names)), allowed=allowed)
        return
    for expression in definition.get("contextInvariant", ()):
        if not _holds(expression, path, scope, run, profiles):
            run.add("extension-context-invariant", path, found=definition["url"], expression=expression)


def _names_of_place(root: str, steps: list[str], where: str, profiles: Profiles) -> set[str]:
    """Every name under which a context may speak of an element: its path, its type, what the type is derived from."""
    names = {".".join([root, *steps]), where.replace("[x]", ""), "Element"}
    for holder in _types_at(root, steps[:-1], profiles) if steps else ():
        names |= {f"{each}.{steps[-1]}" for each in _ancestors(holder, profiles)}
    for type_name in _types_at(root, steps, profiles):
        names |= _ancestors(type_name, profiles)
    return names


def _types_at(root: str, steps: list[str], profiles: Profiles) -> list[str]:
    """The types an element may have; several for a choice."""
    at = [root]
    for step in steps:
        known = [profiles.known.types[name] for name in at if name in profiles.known.types]
        at = [ref.code for each in known if step in each.elements for ref in each.elements[step].types]
    return at


def _ancestors(name: str | None, profiles: Profiles) -> set[str]:
    found = set()
    while name is not None and name not in found:
        found.add(name)
        known = profiles.known.types.get(name)
        name = known.base if known else None
    return found


def _fits(context: dict[str, Any], names: set[str], path: str, scope: Scope, run: Run, profiles: Profiles) -> bool:
    expression, kind = str(context.get("expression", "")), context.get("type")
    if kind == "element":
        return expression.replace("[x]", "").rpartition("#")[2] in names
    if kind == "extension":
        outer = _value_at(scope, path.rpartition(".")[0])
        return isinstance(outer, dict) and outer.get("url") == expression
    return _selects(expression, path, scope, run, profiles)


def _value_at(scope: Scope, path: str) -> Any:
    """The value at a location below the resource, for those without choices."""
    at: Any = scope.resource
    for name, index in re.findall(r"\.(\w+)(?:\[(\d+)\])?", path[len(scope.path) :]):
        at = at.get(name) if isinstance(at, dict) else None
        if index and isinstance(at, list):
            at = at[int(index)] if int(index) < len(at) else None
    return at


def _selects(expression: str, path: str, scope: Scope, run: Run, profiles: Profiles) -> bool:
    """A context of the type fhirpath: one of the elements it selects carries the extension."""
    owner = _value_at(scope, path.rpartition(".")[0])
    try:
        found = fhirpath.compile(expression)(scope.resource, profiles.invariants.context(scope, run))
    except FhirPathProblem:
        return True
    return any(item is True or fhirpath.plain(item) is owner or fhirpath.plain(item) == owner for item in found)


def _holds(expression: str, path: str, scope: Scope, run: Run, profiles: Profiles) -> bool:
    """A context invariant, asked of the element that carries the extension."""
    try:
        return fhirpath.compile(expression).holds(
            _value_at(scope, path.rpartition(".")[0]), profiles.invariants.context(scope, run)
        )
    except FhirPathProblem:
        return True
