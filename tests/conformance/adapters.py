"""The engines by the names and shapes that the conformance harnesses want. Nothing is decided here.

The harnesses hand in JSON read by Python's `json`; decimals are made exact first.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from anlanh.exchange.ccda import codec as ccda_codec
from anlanh.exchange.ccda import mapping as ccda_mapping
from anlanh.exchange.hl7v2 import codec as hl7v2_codec
from anlanh.exchange.hl7v2 import mapping as hl7v2_mapping
from anlanh.exchange.hl7v2.sites import Site
from anlanh.fhir import fhirpath as fhirpath_engine
from anlanh.fhir import patch, validate, views
from anlanh.fhir.model import definitions
from anlanh.fhir.model import json as fhir_json
from anlanh.fhir.terminology import packages
from anlanh.fhir.terminology.expressions import ExpressionTerminology
from anlanh.kernel import units
from tests.conformance.search import SearchEngine, on_a_server_of_its_own


def exact(value: Any) -> Any:
    """The same JSON with decimals in place of floats."""
    if isinstance(value, dict):
        return {key: exact(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [exact(inner) for inner in value]
    return Decimal(repr(value)) if isinstance(value, float) else value


def fhirpath_patch(resource: dict[str, Any], parameters: dict[str, Any]) -> dict[str, Any]:
    """run_patch.py --kind fhirpath"""
    return patch.fhirpath_patch(exact(resource), exact(parameters))


def json_patch(document: Any, operations: list[dict[str, Any]]) -> Any:
    """run_patch.py --kind json"""
    return patch.json_patch(exact(document), exact(operations))


FHIRPATH_NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
FHIRPATH_CONTEXT = fhirpath_engine.Context(
    now=FHIRPATH_NOW, terminology=ExpressionTerminology(packages.source(), FHIRPATH_NOW)
)


def fhirpath(resource: Any, expression: str, *, strict: bool, version: str) -> list[tuple[str, Any]]:
    """run_fhirpath.py; R4 and R5 are evaluated alike, on the model of R4"""
    root = (resource or {}).get("resourceType", "Resource") if strict else None
    found = fhirpath_engine.compile(expression, root)(resource, FHIRPATH_CONTEXT)
    return [(".".join(fhirpath_engine.type_of(item)), fhirpath_engine.plain(item)) for item in found]


def _compiled(expression: str, version: str) -> Any:
    compiled = fhirpath_engine.compile(expression)
    return lambda resource: compiled(resource, FHIRPATH_CONTEXT)


fhirpath.compile = _compiled  # type: ignore[attr-defined]


class Ucum:
    """run_ucum.py"""

    validate = staticmethod(units.validate)
    display = staticmethod(units.display)

    def convert(self, value: str, source: str, target: str) -> Decimal:
        return units.convert(Decimal(value), source, target)

    def multiply(self, value: str, unit: str, by: str, by_unit: str) -> tuple[Decimal, str]:
        return units.multiply(Decimal(value), unit, Decimal(by), by_unit)

    def divide(self, value: str, unit: str, by: str, by_unit: str) -> tuple[Decimal, str]:
        return units.divide(Decimal(value), unit, Decimal(by), by_unit)


PACKAGES = Path(__file__).parents[2].parent / "shared" / "suites" / "packages"
REFERENCES: dict[str, Literal["exist", "conform"]] = {"CHECK_EXISTS_AND_TYPE": "exist", "CHECK_VALID": "conform"}


@cache
def _package(name: str) -> list[dict[str, Any]]:
    """A US Core package by the name the cases give it (hl7.fhir.us.core#3.1.1); 3.1.0 is taken for 3.1.1."""
    file = PACKAGES / ("us_core_610.tgz" if "6.1" in name else "us_core_311.tgz")
    return validate.packages.from_tgz(file.read_bytes())


def _parsed(given: dict[str, Any] | str | None) -> dict[str, Any] | None:
    if isinstance(given, str):
        return validate.text.read_xml(given.encode())[0] if given.lstrip("\ufeff \n").startswith("<") else None
    return exact(given)


def validator(
    resource: dict[str, Any] | None,
    *,
    fmt: str,
    raw: str,
    profile: dict[str, Any] | str | None,
    supporting: list[dict[str, Any] | str],
    options: dict[str, Any],
) -> list[dict[str, Any]]:
    """run_validator.py"""
    asked = [*map(_parsed, supporting), _parsed(profile)]
    extra = [each for name in options.get("packages", ()) for each in _package(name)]
    engine = validate.Validator(definitions.load(), [*extra, *(each for each in asked if each is not None)])
    wanted = validate.Options(
        best_practice="best-practice" in options,
        security=bool(options.get("security-checks")),
        example_urls=options.get("examples", True),
        publication=bool(options.get("for-publication")),
        comments=bool(options.get("allow-comments")),
        references=REFERENCES.get(options.get("validateReference", ""), "ignore"),
        displays="error",
    )
    issues = engine.validate_text(raw, fmt, profile=(asked[-1] or {}).get("url"), options=wanted)
    return [{"severity": each.severity, "expression": each.expression, "text": each.text} for each in issues]


def sof(view: Any, resources: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """run_sof.py"""
    compiled = views.compile(exact(view))
    return [row for resource in resources for row in compiled.dicts(exact(resource))]


@cache
def _search_engine() -> SearchEngine:
    return on_a_server_of_its_own()


def search(resources: list[dict[str, Any]], resource_type: str, pairs: list[tuple[str, str]]) -> list[str]:
    """run_search.py"""
    return _search_engine().search(exact(resources), resource_type, [(name, value) for name, value in pairs])


HL7V2_SITE = Site(zone=ZoneInfo("UTC"))


def hl7v2(message: str) -> dict[str, Any]:
    """run_hl7v2.py --what cdc-mapping, cdc-report, ms"""
    read = hl7v2_codec.parse(message.encode("utf-8", "surrogateescape"))
    bundle: dict[str, Any] = json.loads(fhir_json.encode(hl7v2_mapping.to_bundle(read, HL7V2_SITE)))
    return bundle


def ccda(document: str) -> dict[str, Any]:
    """run_hl7v2.py --what ms-ccda"""
    data = document.encode("utf-8")
    bundle: dict[str, Any] = json.loads(
        fhir_json.encode(ccda_mapping.to_bundle(ccda_codec.parse(data), data, HL7V2_SITE.zone))
    )
    return bundle


def hl7v2_parse(message: bytes) -> bytes:
    """run_hl7v2.py --what parse"""
    return hl7v2_codec.encode(hl7v2_codec.parse(message))
