"""Rules for resources that define others: StructureDefinition and ValueSet.

FHIR: StructureDefinition, ValueSet
Source: https://hl7.org/fhir/R4/structuredefinition.html, https://hl7.org/fhir/R4/valueset.html
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from anlanh.fhir import fhirpath
from anlanh.fhir.fhirpath import FhirPathProblem
from anlanh.fhir.validate import ecl, fixed, slicing, tree, valuesets
from anlanh.fhir.validate.profiles import Profiles
from anlanh.fhir.validate.run import Run, Scope
from anlanh.fhir.validate.snapshot import SnapshotImpossible
from anlanh.fhir.validate.tree import Node

HL7: Final = "http://hl7.org/fhir/"
WORK_GROUP: Final = "http://hl7.org/fhir/StructureDefinition/structuredefinition-wg"
BINDABLE: Final = frozenset(
    {"code", "Coding", "CodeableConcept", "Quantity", "string", "uri", "Extension", "CodeableReference"}
)
SNOMED: Final = "http://snomed.info/sct"


def check_structure_definition(scope: Scope, run: Run, profiles: Profiles) -> None:
    """The differential can be laid over the base, slices by what is there, and keeps what the base fixes."""
    definition = scope.resource
    elements = definition.get("differential", {}).get("element") or []
    for index, element in enumerate(elements):
        _check_expressions(element, f"{scope.path}.differential.element[{index}]", run)
    if definition.get("derivation") != "constraint" or not elements:
        return
    base = profiles.tree(str(definition.get("baseDefinition")))
    if base is None:
        run.add("profile-unknown", f"{scope.path}.baseDefinition", profile=definition.get("baseDefinition"))
        return
    if "." not in base.name and base.name != definition.get("type"):
        run.add("base-of-other-type", scope.path, type=definition.get("type"), found=base.name)
        return
    try:
        made = profiles.snapshots.laid_over(base, definition)
    except SnapshotImpossible as problem:
        run.add("snapshot-impossible", scope.path, reason=problem.facts["reason"])
        return
    for index, (element_id, element) in enumerate(tree.identified(elements)):
        path = f"{scope.path}.differential.element[{index}]"
        _check_types(element, path, run, profiles)
        before = _node(base, element_id)
        _check_fixed(before, element, path, run)
        _check_cardinality(before, element, path, run)
        _check_types_allowed(_node(made, element_id), element, path, run)
        _check_slicing(_node(made, element_id), element, path, run, profiles)


def _node(root: Node, element_id: str) -> Node | None:
    node: Node | None = root
    for name, slice_name in tree.segments_of(element_id):
        node = node.children.get(name) if node else None
        node = node.slices.get(slice_name, node) if node and slice_name else node
    return node


def _check_types(element: dict[str, Any], path: str, run: Run, profiles: Profiles) -> None:
    """A profile on a type is a profile of that type."""
    for number, entry in enumerate(element.get("type") or ()):
        for place, canonical in enumerate(entry.get("profile") or ()):
            found = profiles.find(canonical)
            code = tree.type_code(entry)
            if found is not None and found.get("type") not in {code, None} and code not in {"Resource", "Any"}:
                at = f"{path}.type[{number}].profile[{place}]"
                run.add("profile-of-other-type", at, profile=canonical, type=found.get("type"), found=code)


def _check_fixed(base: Node | None, element: dict[str, Any], path: str, run: Run) -> None:
    """What the base fixes stays."""
    before, now = fixed.prescribed(base.element) if base else None, fixed.prescribed(element)
    if before is not None and before[0] == "fixed" and now is not None and not fixed.conforms(now[1], before):
        run.add("fixed-changed", path, found=now[1], wanted=before[1])


def _check_cardinality(base: Node | None, element: dict[str, Any], path: str, run: Run) -> None:
    """A profile may demand more and allow less, not the other way round."""
    if base is None or "sliceName" in element:
        return
    least, most = base.element.get("min", 0), base.element.get("max", "*")
    wanted = element.get("max", most)
    if element.get("min", least) < least:
        run.add("min-below-base", path, found=element["min"], wanted=least)
    if most != "*" and (wanted == "*" or int(wanted) > int(most)):
        run.add("max-above-base", path, found=wanted, wanted=most)


def _check_types_allowed(node: Node | None, element: dict[str, Any], path: str, run: Run) -> None:
    """Bindings are for coded types; fixed values and patterns are of a type of the element."""
    codes = set(node.type_codes) if node else set()
    if not codes:
        return
    if "binding" in element and not codes & BINDABLE:
        run.add("binding-not-coded", path, types=", ".join(sorted(codes)))
    for key in element:
        kind = next((key.removeprefix(each) for each in ("fixed", "pattern") if key.startswith(each)), "")
        if kind and kind not in {f"{code[0].upper()}{code[1:]}" for code in codes}:
            run.add("fixed-of-other-type", path, found=kind, wanted=", ".join(sorted(codes)))


def _check_expressions(element: dict[str, Any], path: str, run: Run) -> None:
    for index, constraint in enumerate(element.get("constraint") or ()):
        check_expression(constraint.get("expression"), f"{path}.constraint[{index}].expression", run)


def check_expression(expression: Any, path: str, run: Run) -> None:
    """A FHIRPath expression can be read."""
    if not isinstance(expression, str):
        return
    try:
        fhirpath.compile(expression)
    except FhirPathProblem as problem:
        run.add("expression-unreadable", path, reason=problem.reason)


def check_search_parameter(scope: Scope, run: Run, profiles: Profiles) -> None:
    """The expression can be read."""
    check_expression(scope.resource.get("expression"), f"{scope.path}.expression", run)


def _check_slicing(node: Node | None, element: dict[str, Any], path: str, run: Run, profiles: Profiles) -> None:
    """Slicing is not at the root, and discriminators lead somewhere."""
    rules = element.get("slicing")
    if not isinstance(rules, dict):
        return
    if "." not in element.get("path", ""):
        run.add("slicing-at-root", path)
        return
    for index, each in enumerate(rules.get("discriminator") or ()):
        steps = slicing.STEP.findall(str(each.get("path")))
        if node is not None and not _leads_somewhere([node], steps, profiles):
            run.add("discriminator-path", f"{path}.slicing.discriminator[{index}]", found=each.get("path"))


def _leads_somewhere(nodes: list[Node], steps: list[str], profiles: Profiles) -> bool:
    for step in steps:
        if step == "$this":
            continue
        if "(" in step or not nodes:
            return True
        typed = [node for node in nodes if node.children or len(node.types) == 1]
        if not typed:
            return True
        nodes = [found for node in typed for found in profiles.children_of(node, step)]
        if not nodes:
            return False
    return True


def check_value_set(scope: Scope, run: Run, profiles: Profiles) -> None:
    """Systems are absolute, and filters fit the properties of their code system."""
    compose = scope.resource.get("compose")
    for part in ("include", "exclude"):
        rules = compose.get(part) if isinstance(compose, dict) else None
        for index, rule in enumerate(rules or ()):
            path = f"{scope.path}.compose.{part}[{index}]"
            system = rule.get("system") if isinstance(rule, dict) else None
            if not isinstance(system, str):
                continue
            if ":" not in system:
                run.add("include-system-relative", path, found=system)
            for place, each in enumerate(rule.get("filter") or ()):
                _check_filter(system, each, f"{path}.filter[{place}]", run, profiles)


def _check_filter(system: str, given: Any, path: str, run: Run, profiles: Profiles) -> None:
    value, name = (given.get("value"), given.get("property")) if isinstance(given, dict) else (None, None)
    if not isinstance(value, str):
        return
    if system == SNOMED and name in {"constraint", "expression"} and given.get("op") == "=":
        if name == "constraint" and not ecl.is_expression(value):
            run.add("filter-value", path, found=value, property=name, wanted="an expression constraint (ECL)")
        return
    code_system = profiles.find(system)
    declared = next((each for each in (code_system or {}).get("property", ()) if each.get("code") == name), None)
    wanted = _FORMS.get(declared.get("type")) if declared and given.get("op") in {"=", "in", "not-in"} else None
    if wanted is not None and given.get("op") == "=" and not wanted[1](value, profiles):
        severity = "error" if declared and declared.get("type") == "Coding" else "warning"
        run.add("filter-value", path, severity, found=value, property=name, wanted=wanted[0])


def _is_coding(value: str, profiles: Profiles) -> bool:
    """system(|version)#code, and a code that the system has where that can be told."""
    system, mark, code = value.partition("#")
    if not mark or ":" not in system or not code:
        return False
    found = profiles.find(system)
    if found is None or found.get("content") != "complete":
        return True
    return any(each.get("code") == code for each in valuesets.concepts_of(found))


def _is_number(value: str) -> bool:
    try:
        return Decimal(value).is_finite()
    except InvalidOperation:
        return False


_FORMS: Final[dict[str | None, tuple[str, Callable[[str, Profiles], bool]]]] = {
    "Coding": ("a known system(|version)#code", _is_coding),
    "boolean": ("true or false", lambda value, _: value in {"true", "false"}),
    "integer": ("a whole number", lambda value, _: value.lstrip("+-").isdigit()),
    "decimal": ("a number", lambda value, _: _is_number(value)),
}


def check_publication(scope: Scope, run: Run, profiles: Profiles) -> None:
    """What HL7 publishes names its work group."""
    if not run.options.publication or not str(scope.resource.get("url")).startswith(HL7):
        return
    urls = {each.get("url") for each in scope.resource.get("extension") or () if isinstance(each, dict)}
    if WORK_GROUP not in urls:
        run.add("work-group-missing", scope.path)
