"""Codes against value sets and code systems, asked of a terminology service or of the definitions themselves.

FHIR: ElementDefinition.binding, Coding, CodeableConcept
Source: https://hl7.org/fhir/R4/terminologies.html#strength
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final, Protocol

from anlanh.fhir.validate import systems, valuesets
from anlanh.fhir.validate.items import Item
from anlanh.fhir.validate.run import Run

Find = Callable[[str], dict[str, Any] | None]

WITHOUT_SYSTEM: Final = frozenset({"code", "string", "uri"})
CODED: Final = frozenset({"code", "Coding", "CodeableConcept", "Quantity", "string", "uri"})


class Terminology(Protocol):
    """What the validation asks about codes; None means that it cannot be told."""

    def member_of(self, value_set: str, system: str | None, code: str) -> bool | None:
        """Whether a code is in a value set; without a system, whether any system of the value set has it."""

    def display_of(self, system: str, code: str) -> list[str] | None:
        """The names of a code, in any language; an empty list where the complete code system has no such code."""


class Listed:
    """Terminology from the definitions alone: code systems that are complete in the packages, and codes by form."""

    def __init__(self, find: Find) -> None:
        self._find = find
        self._member_of = lru_cache(maxsize=65536)(self._look_up_member)
        self._concepts: dict[str, dict[str, list[str]] | None] = {}

    def member_of(self, value_set: str, system: str | None, code: str) -> bool | None:
        """Whether a code is in a value set; without a system, whether any system of the value set has it."""
        return self._member_of(value_set, system, code)

    def display_of(self, system: str, code: str) -> list[str] | None:
        """The names of a code, in any language; an empty list where the complete code system has no such code."""
        if system not in self._concepts:
            self._concepts[system] = self._names(system)
        concepts = self._concepts[system]
        return None if concepts is None else concepts.get(code, [])

    def _look_up_member(self, value_set: str, system: str | None, code: str) -> bool | None:
        return valuesets.member(value_set, system, code, self._find)

    def _names(self, system: str) -> dict[str, list[str]] | None:
        code_system = self._find(system)
        if code_system is None or code_system.get("content") != "complete":
            return None
        if code_system.get("resourceType") != "CodeSystem":
            return None
        return {
            concept["code"]: [
                *([concept["display"]] if "display" in concept else []),
                *(each["value"] for each in concept.get("designation", ()) if "value" in each),
            ]
            for concept in valuesets.concepts_of(code_system)
            if "code" in concept
        }


class InTurn:
    """Two terminologies: the second is asked what the first cannot tell."""

    def __init__(self, first: Terminology, second: Terminology) -> None:
        self._first = first
        self._second = second

    def member_of(self, value_set: str, system: str | None, code: str) -> bool | None:
        """Whether a code is in a value set; without a system, whether any system of the value set has it."""
        found = self._first.member_of(value_set, system, code)
        return self._second.member_of(value_set, system, code) if found is None else found

    def display_of(self, system: str, code: str) -> list[str] | None:
        """The names of a code, in any language; an empty list where the code system has no such code."""
        found = self._first.display_of(system, code)
        return self._second.display_of(system, code) if found is None else found


def codings_of(item: Item) -> list[tuple[str | None, str | None]]:
    """The (system, code) pairs of a coded value."""
    value = item.value
    if isinstance(value, str):
        return [(None, value)]
    if not isinstance(value, dict):
        return []
    parts = value.get("coding", []) if item.type == "CodeableConcept" else [value]
    return [(part.get("system"), part.get("code")) for part in parts if isinstance(part, dict)]


def check_binding(item: Item, value_set: str, strength: str, terminology: Terminology, run: Run) -> None:
    """A value against the value set bound to its element: an error if required, a warning if extensible."""
    if strength not in _NOT_IN or item.type not in CODED:
        return
    given = [(system, code) for system, code in codings_of(item) if code]
    if not given:
        _without_code(item, value_set, strength, run)
        return
    found = [
        terminology.member_of(value_set, None if item.type in WITHOUT_SYSTEM else system or "", code)
        for system, code in given
    ]
    if any(found):
        return
    if None in found:
        if strength == "required":
            run.add("binding-unknown", item.path, value_set=value_set)
        return
    shown = ", ".join(f"{system or ''}#{code}" for system, code in given)
    run.add(_NOT_IN[strength], item.path, found=shown, value_set=value_set)


_NOT_IN: Final = {
    "required": "not-in-required",
    "maximum": "not-in-required",
    "extensible": "not-in-extensible",
    "preferred": "not-in-preferred",
}


def _without_code(item: Item, value_set: str, strength: str, run: Run) -> None:
    text_only = isinstance(item.value, dict)
    if strength == "required":
        run.add("no-code-required", item.path, value_set=value_set)
    elif strength == "extensible" and text_only and item.type != "Quantity":
        run.add("no-code-extensible", item.path, value_set=value_set)


def check_coding(coding: dict[str, Any], path: str, find: Find, terminology: Terminology, run: Run) -> None:
    """A Coding by itself: an absolute system, a code the system has, the display the system gives it."""
    system, code, display = coding.get("system"), coding.get("code"), coding.get("display")
    if not isinstance(system, str):
        return
    if ":" not in system:
        run.add("system-not-absolute", f"{path}.system", found=system)
        return
    if "/ValueSet/" in system or ((known := find(system)) and known.get("resourceType") == "ValueSet"):
        run.add("system-is-value-set", f"{path}.system", found=system)
        return
    if known and ("supplements" in known or known.get("content") == "supplement"):
        run.add("system-is-supplement", f"{path}.system", found=system)
        return
    if not isinstance(code, str):
        return
    if systems.has_right_form(system, code) is False:
        run.add("unknown-code", f"{path}.code", found=code, system=system)
        return
    names = terminology.display_of(system, code)
    if names is None:
        return
    if not names and not _has_code(terminology, system, code, known):
        run.add("unknown-code", f"{path}.code", found=code, system=system)
    elif isinstance(display, str) and names and _folded(display) not in map(_folded, names):
        run.add(
            "wrong-display",
            f"{path}.display",
            run.options.displays,
            found=display,
            code=code,
            system=system,
            wanted=names[0],
        )


def _has_code(terminology: Terminology, system: str, code: str, known: dict[str, Any] | None) -> bool:
    """A concept may have a code and no display."""
    return known is not None and any(each.get("code") == code for each in valuesets.concepts_of(known))


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())
