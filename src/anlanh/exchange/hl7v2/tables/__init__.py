"""The standard's own tables: code maps, names of code systems, and which field of a segment goes where in FHIR.

Source: HL7 v2.8.2; HL7 Version 2 to FHIR, https://build.fhir.org/ig/HL7/v2-to-fhir/ (8c9b414)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

TERMINOLOGY = "http://terminology.hl7.org/CodeSystem/"
FHIR = "http://hl7.org/fhir/"
DEFINITION = "http://hl7.org/fhir/StructureDefinition/"


@dataclass(frozen=True, slots=True)
class CodeMap:
    """A code map: the v2 table (HL70001), the system that codes have when nothing else is said, and the codes: v2 code
    to FHIR code, system and display. `same`: codes that are not listed mean themselves."""

    table: str
    system: str
    codes: Mapping[str, tuple[str, str, str]]
    same: bool


@cache
def code_maps() -> dict[str, CodeMap]:
    """Every code map by its name: AdministrativeSex, PatientClass:EncounterStatus…"""
    found: dict[str, CodeMap] = {}
    codes: dict[str, tuple[str, str, str]] = {}
    system = ""
    for line in lines("codes.txt"):
        if line.startswith("["):
            name, _, rest = line[1:].partition("]")
            table, kind, system = rest.split()
            system = whole(system)
            codes = {}
            found[name] = CodeMap(table, system, codes, kind == "=")
            continue
        code, to, *display = line.split(" ", 2)
        target, _, other = to.partition("@")
        codes[code] = (target, whole(other) if other else system, display[0] if display else "")
    return found


@cache
def displays() -> dict[str, dict[str, str]]:
    """Displays of the codes that mean themselves, by v2 table: `{"HL70203": {"MR": "Medical record number"}}`."""
    found: dict[str, dict[str, str]] = {}
    for each in code_maps().values():
        own = {code: display for code, (to, _, display) in each.codes.items() if code == to and display}
        found.setdefault(each.table, {}).update(own)
    return found


def whole(system: str) -> str:
    """The URI of a system in the short form of these tables."""
    if system.startswith("fhir:"):
        return FHIR + system[5:]
    return system if ":" in system else TERMINOLOGY + system


def lines(name: str) -> Iterator[str]:
    """The lines of a table that say something."""
    text = (files(__package__) / name).read_text(encoding="utf-8")
    return (line for line in text.splitlines() if line and not line.startswith("#"))
