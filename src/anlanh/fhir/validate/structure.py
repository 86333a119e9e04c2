"""The quick check of every write: is this JSON of the shape its type demands?

Each type is compiled once, when first seen, into a check that walks a value and says nothing while all is right. It
covers unknown properties, JSON types, arrays, cardinality, primitive forms, `_field` rules, emptiness, choices, the
codes of required bindings, the form of references, and contained resources. Profiles, invariants and terminology
belong to the full validation.

FHIR: JSON representation of resources, ElementDefinition
Source: https://hl7.org/fhir/R4/json.html, https://hl7.org/fhir/R4/validation.html
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any, Final, NamedTuple

from anlanh.fhir.model import definitions
from anlanh.fhir.model.definitions import Definitions
from anlanh.fhir.model.types import ElementDef, TypeDef
from anlanh.fhir.validate import valuesets
from anlanh.fhir.validate.issue import Issue
from anlanh.fhir.validate.primitives import CHECKS, Check, Fault, check_code, check_id, check_string, json_kind

MOST_ISSUES: Final = 1000
CODES_SHOWN: Final = 8
_ITEM = re.compile(r"\.(\w+)\[([0-9]+)\]").fullmatch


def structure(resource: Any) -> list[Issue]:
    """Everything wrong with the shape of a resource; empty when it may be stored. At most MOST_ISSUES issues."""
    faults = _checks().resource(resource)
    if not faults:
        return []
    root = resource.get("resourceType") if isinstance(resource, dict) else None
    start = root if isinstance(root, str) else "Resource"
    return [Issue(fault.rule, start + fault.path, fault.facts) for fault in faults[:MOST_ISSUES]]


@cache
def _checks() -> Checks:
    return Checks(definitions.load())


class Checks:
    """The compiled checks of one set of definitions."""

    def __init__(self, known: Definitions) -> None:
        self._known = known
        self._types: dict[str, Check] = {}
        self._resource_types = frozenset(known.resource_types)
        self._reference_form = re.compile(
            r"#[^\s]*|[A-Za-z][A-Za-z0-9+.\-]*:[^\s]+|[^\s/?]+(?:/[^\s/?]+){2,}|[^\sA-Z/?][^\s/?]*/[^\s/?]+"
            rf"|(?:{'|'.join(sorted(self._resource_types))})(?:/[A-Za-z0-9\-.]{{1,64}}(?:/_history/[A-Za-z0-9\-.]{{1,64}})?|\?[^\s]+)"
        ).fullmatch

    def resource(self, value: Any) -> list[Fault] | None:
        """Check a resource of any type, at the root or in an entry of a Bundle."""
        try:
            check = self._types[value["resourceType"]]
        except (KeyError, TypeError):
            check = self._first_of_type(value)
        try:
            return check(value)
        except RecursionError:
            return [Fault("too-deep")]

    def contained(self, value: Any) -> list[Fault] | None:
        """Check a contained resource, which may not contain others."""
        faults = self.resource(value)
        if isinstance(value, dict) and "contained" in value:
            return [*(faults or ()), Fault("nested-contained", path=".contained")]
        return faults

    def of_type(self, name: str) -> Check:
        """The check of a complex, backbone or resource type, compiled when first asked for."""
        if name not in self._types:
            compiled = _Type(self, name, self._known.types[name])
            self._types[name] = compiled.check
            compiled.fill()
        return self._types[name]

    def _first_of_type(self, value: Any) -> Check:
        if not isinstance(value, dict):
            return lambda found: [Fault("not-an-object", {"found": json_kind(found)})]
        name = value.get("resourceType")
        if not isinstance(name, str):
            return lambda _: [Fault("no-resource-type")]
        if name not in self._resource_types:
            return lambda _: [Fault("unknown-resource-type", {"found": name}, ".resourceType")]
        return self.of_type(name)

    def of_element(self, element: ElementDef, code: str) -> Check:
        """The check of one value of an element with that type code."""
        if code == "Resource":
            return self.contained if element.name == "contained" else self.resource
        if element.path.endswith(".id") and self._is_resource(element.path):
            return check_id
        if element.path == "Reference.reference":
            return self._check_reference
        if code == "code" and element.strength == "required" and element.binding:
            return self._check_binding(element.binding)
        return CHECKS[code] if code in CHECKS else self.of_type(code)

    def _is_resource(self, path: str) -> bool:
        owner = self._known.types.get(path.removesuffix(".id"))
        return owner is not None and owner.kind == "resource"

    def _check_reference(self, value: Any) -> list[Fault] | None:
        if type(value) is str and self._reference_form(value):
            return None
        return check_string(value) or [Fault("reference-form", {"found": value})]

    def _check_binding(self, canonical: str) -> Check:
        pairs = valuesets.codes_of(canonical, self._known.resource)
        if pairs is None:
            return check_code
        codes = frozenset(code for _, code in pairs)
        facts = {"value_set": canonical, "examples": ", ".join(sorted(codes)[:CODES_SHOWN])}

        def check(value: Any) -> list[Fault] | None:
            if type(value) is str and value in codes:
                return None
            return check_code(value) or [Fault("code-not-allowed", {"found": value, **facts})]

        return check


class _Entry(NamedTuple):
    """What the table of a type says of one JSON property. `beside` is the property that it stands beside."""

    step: str
    check: Check
    beside: str | None


class _Type:
    """The rules of one type. The check exists before its table is filled, because types contain each other."""

    def __init__(self, checks: Checks, name: str, known: TypeDef) -> None:
        self._checks = checks
        self._name = name
        self._known = known
        self._table: dict[str, _Entry] = {}
        choices = [element for element in known.elements.values() if element.choice]
        groups = {element.name: _names_of(known, element) for element in choices}
        self._groups = tuple(groups.values())
        self._choices = frozenset[str]().union(*groups.values())
        self._needed = tuple(element for element in known.elements.values() if element.min)
        self._needed_groups = tuple(groups[element.name] for element in choices if element.min)
        self.check = self._checker()

    def fill(self) -> None:
        """Make the table from property name to entry."""
        if self._known.kind == "resource":
            self._table["resourceType"] = _Entry(".resourceType", lambda _: None, None)
        for name, (element, code) in self._known.properties.items():
            step, inner = f".{element.name}", self._checks.of_element(element, code)
            self._table[name] = _Entry(step, _each(element.name, inner) if element.repeats else inner, None)
            if code in CHECKS and element.xml == "element":
                extra = self._checks.of_type("Element")
                beside = _each(element.name, _or_null(extra)) if element.repeats else extra
                self._table[f"_{name}"] = _Entry(step, beside, name)

    def _checker(self) -> Check:
        look_up, choices, needed_groups = self._table.get, self._choices, self._needed_groups
        needed = tuple(element.name for element in self._needed if not element.choice)
        only_id = self._known.kind != "resource" and self._name != "Element"

        def check(value: Any) -> list[Fault] | None:
            if type(value) is not dict:
                return self._not_an_object(value)
            if not value:
                return [Fault("empty-object")]
            faults: list[Fault] = []
            for key, held in value.items():
                entry = look_up(key)
                if entry is None:
                    faults.append(self._unknown(key))
                    continue
                step, inner, beside = entry
                found = inner(held)
                if found is not None:
                    faults += _below(step, found)
                if beside is not None:
                    faults += _unbalanced(beside, step, value, held)
            for name in needed:
                if name not in value:
                    faults += self._missing(value)
                    break
            for group in needed_groups:
                if group.isdisjoint(value):
                    faults += self._missing(value)
                    break
            if choices and len(value.keys() & choices) > 1:
                faults += self._chosen_twice(value)
            if len(value) == 1 and only_id and "id" in value:
                faults.append(Fault("only-id"))
            return _without_filled_nulls(value, faults[:MOST_ISSUES]) or None if faults else None

        return check

    def _not_an_object(self, value: Any) -> list[Fault]:
        if value is None:
            return [Fault("null-value")]
        if type(value) is list:
            return [Fault("not-a-single-value", {"name": self._name})]
        return [Fault("not-an-object", {"found": json_kind(value)})]

    def _unknown(self, key: str) -> Fault:
        name = key.removeprefix("_")
        if name in self._table and name != key:
            return Fault("underscore-on-complex", {"name": name})
        return Fault("unknown-property", {"name": key, "type": self._name})

    def _missing(self, value: dict[str, Any]) -> list[Fault]:
        """A needed element is there also when it has only an extension."""
        return [
            Fault("required-missing", {"path": each.path, "name": each.name, "min": each.min, "found": 0})
            for each in self._needed
            if _names_of(self._known, each).isdisjoint(value)
        ]

    def _chosen_twice(self, value: dict[str, Any]) -> list[Fault]:
        named = [sorted({key.removeprefix("_") for key in value.keys() & group}) for group in self._groups]
        return [Fault("choice-twice", {"names": ", ".join(given)}) for given in named if len(given) > 1]


def _names_of(known: TypeDef, element: ElementDef) -> frozenset[str]:
    """The JSON properties an element may be written as, with those of its extensions."""
    names = [name for name, (owner, _) in known.properties.items() if owner is element]
    return frozenset(names).union(f"_{name}" for name in names)


def _each(name: str, inner: Check) -> Check:
    """The check of an array of values."""

    def check(values: Any) -> list[Fault] | None:
        if type(values) is not list:
            return (
                [Fault("null-value")]
                if values is None
                else [Fault("not-an-array", {"name": name, "found": json_kind(values)})]
            )
        if not values:
            return [Fault("empty-array")]
        faults: list[Fault] = []
        for index, value in enumerate(values):
            found = inner(value)
            if found is not None and len(faults) < MOST_ISSUES:
                faults += _below(f"[{index}]", found)
        return faults or None

    return check


def _or_null(inner: Check) -> Check:
    return lambda value: None if value is None else inner(value)


def _below(step: str, faults: list[Fault]) -> list[Fault]:
    for fault in faults:
        fault.path = step + fault.path
    return faults


def _unbalanced(name: str, step: str, owner: dict[str, Any], extra: Any) -> list[Fault]:
    """What is wrong between a primitive and the `_name` beside it: uneven arrays, or neither value nor extension."""
    value = owner.get(name)
    if isinstance(extra, list):
        if isinstance(value, list) and len(value) != len(extra):
            return [Fault("uneven-arrays", {"name": name, "values": len(value), "extras": len(extra)}, step)]
        return []
    if value is None and isinstance(extra, dict) and "extension" not in extra:
        return [Fault("only-id", {}, step)]
    return []


def _without_filled_nulls(owner: dict[str, Any], faults: list[Fault]) -> list[Fault]:
    """A null in an array of primitives is right where the array beside it has an id or extension."""
    return [fault for fault in faults if fault.rule != "null-value" or not _is_filled(owner, fault.path)]


def _is_filled(owner: dict[str, Any], path: str) -> bool:
    found = _ITEM(path)
    extras = owner.get(f"_{found[1]}") if found else None
    return (
        found is not None and isinstance(extras, list) and int(found[2]) < len(extras) and bool(extras[int(found[2])])
    )
