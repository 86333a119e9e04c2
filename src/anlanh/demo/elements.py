"""Elements of FHIR that many resources of the province share: references, codings, extensions, addresses, labels.

Parts that never differ are made once and shared by all resources: what is made here is to be written, not changed.

FHIR: Reference, Coding, CodeableConcept, Extension, Meta
Source: https://hl7.org/fhir/R4/datatypes.html; labels from https://terminology.hl7.org/CodeSystem-v3-ActCode.html
"""

from __future__ import annotations

import csv
from datetime import date
from decimal import Decimal
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from anlanh.fhir.vn.systems import BASE, ICD10

Resource = dict[str, Any]

TERMINOLOGY = "http://terminology.hl7.org/CodeSystem/"
LOINC = "http://loinc.org"
ATC = "http://www.whocc.no/atc"
UCUM = "http://unitsofmeasure.org"
MADE_UP_IDS = f"{BASE}sid/mau"
"""Identifiers that no register gave out: of made-up organisations, households, lots."""

MADE_UP = {"system": f"{TERMINOLOGY}v3-ActReason", "code": "HTEST", "display": "test health data"}
RESTRICTED = {"system": f"{TERMINOLOGY}v3-Confidentiality", "code": "R", "display": "restricted"}
SENSITIVE = {
    code: {"system": f"{TERMINOLOGY}v3-ActCode", "code": code, "display": display}
    for code, display in (
        ("HIV", "HIV/AIDS information sensitivity"),
        ("PSY", "psychiatry disorder information sensitivity"),
        ("ETH", "substance abuse information sensitivity"),
        ("SDV", "sexual assault, abuse, or domestic violence information sensitivity"),
        ("SEX", "sexuality and reproductive health information sensitivity"),
        ("STD", "sexually transmitted disease information sensitivity"),
    )
}

PROFILED = {
    "Patient": "vn-patient",
    "Coverage": "vn-coverage",
    "Organization": "vn-organization",
    "Practitioner": "vn-practitioner",
    "Encounter": "vn-encounter",
    "Condition": "vn-condition",
    "MedicationRequest": "vn-medication-request",
    "Immunization": "vn-immunization",
    "Observation": "vn-observation",
    "Composition": "vn-health-record",
}


@cache
def meta(resource_type: str, label: str = "") -> Resource:
    """The meta of a made-up resource: its profile, and HTEST. `label`: a sensitivity, which also restricts it."""
    found: Resource = {}
    if resource_type in PROFILED:
        found["profile"] = [f"{BASE}StructureDefinition/{PROFILED[resource_type]}"]
    found["security"] = [MADE_UP, *([RESTRICTED, SENSITIVE[label]] if label else [])]
    return found


@cache
def rows(table: str, package: str = "anlanh.demo") -> tuple[dict[str, str], ...]:
    """The rows of a table of this package, or of another."""
    text = files(package).joinpath("tables", f"{table}.csv").read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines()))


def ref(target: str) -> Resource:
    """A reference to `Type/id`."""
    return {"reference": target}


@lru_cache(maxsize=4096)
def shared_ref(target: str) -> Resource:
    """A reference to one of the few things that many point at: facilities, wards, staff."""
    return {"reference": target}


@cache
def concept(system: str, code: str, display: str = "", text: str = "") -> Resource:
    """A CodeableConcept with one coding."""
    coding = {"system": system, "code": code} | ({"display": display} if display else {})
    return {"coding": [coding]} | ({"text": text} if text else {})


@cache
def icd10(code: str, name: str) -> Resource:
    """A diagnosis in ICD-10, in words of the Vietnamese list."""
    return concept(ICD10, code, text=name)


@cache
def vn_concept(system: str, code: str, display: str) -> Resource:
    """A CodeableConcept of a code system of the package `vn.anlanh`."""
    return concept(f"{BASE}CodeSystem/{system}", code, display)


@cache
def coded(name: str, system: str, code: str, display: str = "") -> Resource:
    """An extension of the package with a coding."""
    coding = {"system": f"{BASE}CodeSystem/{system}", "code": code} | ({"display": display} if display else {})
    return {"url": f"{BASE}StructureDefinition/{name}", "valueCoding": coding}


@cache
def hl7(system: str, code: str, text: str = "") -> Resource:
    """A CodeableConcept of a code system of HL7's terminology server."""
    return concept(f"{TERMINOLOGY}{system}", code, text=text)


def quantity(value: int | Decimal, unit: str) -> Resource:
    """A quantity in a unit of UCUM."""
    return {"value": value, "unit": unit, "system": UCUM, "code": unit}


@lru_cache(maxsize=65536)
def tenths(number: int) -> Decimal:
    """So many tenths, as a decimal with one digit."""
    return Decimal(number).scaleb(-1)


@lru_cache(maxsize=65536)
def day(ordinal: int) -> str:
    """A date out of its ordinal."""
    return date.fromordinal(ordinal).isoformat()


def moment(ordinal: int, minute: int) -> str:
    """An instant of Viet Nam: the day's ordinal, and minutes after midnight (more than a day's are the next days')."""
    days, minute = divmod(minute, 1440)
    return f"{day(ordinal + days)}T{minute // 60:02d}:{minute % 60:02d}:00+07:00"


@lru_cache(maxsize=64)
def narrative(words: str) -> Resource:
    """A generated text. `words` holds nothing that XHTML reads as markup."""
    return {"status": "generated", "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{words}</div>'}
