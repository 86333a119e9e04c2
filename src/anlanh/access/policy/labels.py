"""Which sensitive labels a resource earns by its codes, so that a result nobody labelled is not left open.

The resource itself stays as it was sent; only its index says that it is sensitive.

FHIR: security labels
Source: labels.toml
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator
from importlib.resources import files
from typing import Any

from anlanh.access.policy import rules
from anlanh.access.policy.sight import LABELS
from anlanh.fhir.search.extract import label_key

ABOUT = (
    "code", "reasonCode", "valueCodeableConcept", "medicationCodeableConcept", "conclusionCode", "vaccineCode",
    "serviceType", "productOrService", "procedureCodeableConcept", "diagnosisCodeableConcept",
)  # fmt: skip
"""Elements that say what a resource is about."""

NESTED = ("component", "diagnosis", "item", "procedure", "ingredient")
"""Backbone elements in which they stand too."""


NOTHING: dict[str, Any] = {}


class Labeller:
    """Gives the index keys of the sensitive labels that a resource has been given, or earns."""

    def __init__(self) -> None:
        table = tomllib.loads(files("anlanh.access.policy").joinpath("labels.toml").read_text("utf-8"))
        self._keys: dict[str, dict[str, int]] = {}
        for system, labels in table.items():
            keys = self._keys.setdefault(system, {})
            for label, beginnings in labels.items():
                keys |= dict.fromkeys(beginnings, label_key(LABELS, label))
        self._given = {
            label: label_key(LABELS, label) for each in rules.load().categories.values() for label in each.labels
        }
        self._lengths = {system: sorted({len(each) for each in keys}) for system, keys in self._keys.items()}

    def __call__(self, resource: dict[str, Any]) -> Iterable[int]:
        """Keys of labels, each once."""
        found: dict[int, None] = {}
        for label in resource.get("meta", NOTHING).get("security", ()):
            if label.get("system") == LABELS and label.get("code") in self._given:
                found[self._given[label["code"]]] = None
        for coding in _codings(resource):
            system, code = coding.get("system"), coding.get("code")
            keys = self._keys.get(system) if isinstance(system, str) else None
            if keys is None or not isinstance(code, str):
                continue
            if system == "http://loinc.org":
                if code in keys:
                    found[keys[code]] = None
                continue
            for length in self._lengths[str(system)]:
                key = keys.get(code[:length])
                if key is not None:
                    found[key] = None
        return found


def _codings(element: dict[str, Any], depth: int = 0) -> Iterator[dict[str, Any]]:
    for name in ABOUT:
        value = element.get(name)
        if value is None:
            continue
        for concept in value if isinstance(value, list) else (value,):
            if isinstance(concept, dict):
                yield from (each for each in concept.get("coding", ()) if isinstance(each, dict))
    if depth < 2:
        for name in NESTED:
            children = element.get(name)
            if isinstance(children, list):
                for child in children:
                    if isinstance(child, dict):
                        yield from _codings(child, depth + 1)
