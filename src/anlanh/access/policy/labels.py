"""Which sensitive labels a resource earns by its codes, so that a result nobody labelled is not left open.

The resource itself stays as it was sent; only its index says that it is sensitive. What holds other resources whole (contained
ones, a Bundle's entries) earns what they earn.

FHIR: security labels
Source: labels.toml
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any

from anlanh.access.policy import rules
from anlanh.access.policy.sight import LABELS
from anlanh.fhir.search.extract import label_key

ABOUT = (
    "code", "reasonCode", "valueCodeableConcept", "medicationCodeableConcept", "conclusionCode", "vaccineCode",
    "serviceType", "productOrService", "procedureCodeableConcept", "diagnosisCodeableConcept", "type", "category", "topic",
    "event", "reason", "description", "outcome", "substance", "manifestation", "orderDetail", "procedureCode",
    "itemCodeableConcept", "outcomeCodeableConcept", "detailCodeableConcept", "valueCoding",
)  # fmt: skip
"""Elements that say what a resource is about."""

NESTED = (
    "component", "diagnosis", "item", "procedure", "ingredient", "answer", "condition", "activity", "detail", "finding",
    "prediction", "section", "context", "event", "reaction", "input", "output", "target",
)  # fmt: skip
"""Backbone elements in which they stand too."""

EXACT = ("http://loinc.org", "http://snomed.info/sct")
"""Systems whose codes are compared whole; of others the table has beginnings."""

SAME = {"http://hl7.org/fhir/sid/icd-10-cm": "http://hl7.org/fhir/sid/icd-10"}
"""Systems whose codes begin alike."""

DEEPEST = 20
"""Backbone elements within each other that are looked into."""

NOTHING: dict[str, Any] = {}


class Labeller:
    """Tells the sensitive labels that a resource has been given, or earns."""

    def __init__(self) -> None:
        table = tomllib.loads(files("anlanh.access.policy").joinpath("labels.toml").read_text("utf-8"))
        self._labels: dict[str, dict[str, str]] = {}
        for system, labels in table.items():
            of_system = self._labels.setdefault(system, {})
            for label, beginnings in labels.items():
                of_system |= dict.fromkeys(beginnings, label)
        self._given = {label for each in rules.load().categories.values() for label in each.labels}
        self._keys = {
            label: label_key(LABELS, label)
            for label in self._given.union(*(each.values() for each in self._labels.values()))
        }
        self._lengths = {system: sorted({len(each) for each in labels}) for system, labels in self._labels.items()}

    def __call__(self, resource: dict[str, Any]) -> list[int]:
        """Index keys of the labels, each once."""
        return [self._keys[label] for label in self.labels_of(resource)]

    def labels_of(self, resource: dict[str, Any]) -> dict[str, None]:
        """The labels, each once, as an ordered set of codes."""
        found: dict[str, None] = {}
        for label in resource.get("meta", NOTHING).get("security", ()):
            if label.get("system") == LABELS and label.get("code") in self._given:
                found[label["code"]] = None
        for coding in _codings(resource):
            self._earn(coding, found)
        for inner in _held(resource):
            found |= self.labels_of(inner)
        return found

    def _earn(self, coding: dict[str, Any], found: dict[str, None]) -> None:
        system, code = coding.get("system"), coding.get("code")
        labels = self._labels.get(SAME.get(system, system)) if isinstance(system, str) else None
        if labels is None or not isinstance(code, str):
            return
        if system in EXACT:
            if code in labels:
                found[labels[code]] = None
            return
        for length in self._lengths[SAME.get(str(system), str(system))]:
            label = labels.get(code[:length])
            if label is not None:
                found[label] = None


@cache
def labeller() -> Labeller:
    """The one of the shipped tables."""
    return Labeller()


def _codings(element: dict[str, Any], depth: int = 0) -> Iterator[dict[str, Any]]:
    for name in ABOUT:
        value = element.get(name)
        if value is None:
            continue
        for concept in value if isinstance(value, list) else (value,):
            if isinstance(concept, dict):
                yield from (each for each in concept.get("coding", (concept,)) if isinstance(each, dict))
    if depth < DEEPEST:
        for name in NESTED:
            value = element.get(name)
            if value is None:
                continue
            for child in value if isinstance(value, list) else (value,):
                if isinstance(child, dict):
                    yield from _codings(child, depth + 1)


def _held(resource: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Resources that lie whole within it."""
    inner = resource.get("contained")
    if inner is not None:
        yield from (each for each in inner if isinstance(each, dict))
    if resource.get("resourceType") == "Bundle":
        for entry in resource.get("entry", ()):
            each = entry.get("resource") if isinstance(entry, dict) else None
            if isinstance(each, dict):
                yield each
