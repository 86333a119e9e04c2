"""The conformance resources of the record itself: terminology, profiles and search parameters that a site has added.

They are held in memory beside those of the packages. A write of one tells every process (NOTIFY), which reads them
anew; so a new ValueSet or SearchParameter counts at once, everywhere.

FHIR: CodeSystem, ValueSet, ConceptMap, StructureDefinition, SearchParameter
Source: https://hl7.org/fhir/R4/conformance-module.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from anlanh.fhir import vn
from anlanh.fhir.model import definitions, json
from anlanh.fhir.model.types import SearchParameterDef
from anlanh.fhir.search import parameters as search_parameters
from anlanh.fhir.search.extract import Extractor
from anlanh.fhir.search.parameters import Parameters
from anlanh.fhir.terminology import packages
from anlanh.fhir.terminology.service import Terminology
from anlanh.fhir.terminology.source import LayeredSource, MemorySource
from anlanh.fhir.validate.served import Served
from anlanh.fhir.validate.validator import Validator
from anlanh.platform.database import Connection
from anlanh.platform.work import Work

TYPES = ("CodeSystem", "ValueSet", "ConceptMap", "StructureDefinition", "SearchParameter")
CHANNEL = "anlanh_conformance"


@dataclass(frozen=True)
class Conformance:
    """One state of it. Made anew when a conformance resource is written."""

    zone: ZoneInfo
    resources: tuple[dict[str, Any], ...] = ()

    @cached_property
    def parameters(self) -> Parameters:
        """The search parameters in force."""
        return Parameters(definitions.load(), custom_parameters(self.resources))

    @cached_property
    def extractor(self) -> Extractor:
        """Makes the index of resources."""
        return Extractor(self.parameters, self.zone)

    @cached_property
    def terminology(self) -> Terminology:
        """Answers about codes: the record's own resources first, then the Vietnamese ones, then the packages."""
        own = LayeredSource(MemorySource(self.resources), MemorySource(vn.resources()))
        return Terminology(LayeredSource(own, packages.source()))

    @cached_property
    def validator(self) -> Validator:
        """Validates against the packages, the Vietnamese profiles and the record's own."""
        known = [dict(each) for each in vn.resources()]
        return Validator(definitions.load(), (*known, *self.resources), terminology=Served(self.terminology))


def custom_parameters(resources: Iterable[dict[str, Any]]) -> list[SearchParameterDef]:
    """The active SearchParameters among the resources that the index can hold."""
    found = []
    for resource in resources:
        if resource["resourceType"] != "SearchParameter" or resource.get("status") not in ("active", "draft"):
            continue
        definition = definition_of(resource)
        if definition.expression and search_parameters.check(definition) is None:
            found.append(definition)
    return found


def definition_of(resource: dict[str, Any]) -> SearchParameterDef:
    """A SearchParameter resource as the index knows it."""
    return SearchParameterDef(
        url=resource["url"],
        code=resource["code"],
        base=tuple(resource["base"]),
        type=resource["type"],
        expression=resource.get("expression", ""),
        targets=tuple(resource.get("target", ())),
        components=tuple((c["definition"], c["expression"]) for c in resource.get("component", ())),
        multiple_or=resource.get("multipleOr", True),
        multiple_and=resource.get("multipleAnd", True),
        description=resource.get("description", ""),
    )


async def load(connection: Connection, zone: ZoneInfo, type_numbers: list[int]) -> Conformance:
    """What the record holds now."""
    rows = await connection.fetch(
        "select content from resource where type = any($1::smallint[]) and not deleted order by rid", type_numbers
    )
    return Conformance(zone, tuple(json.decode_fast(row["content"]) for row in rows))


async def ask_back_fill(work: Work, resource: dict[str, Any], numbers: Mapping[str, int]) -> None:
    """Note that a new or changed SearchParameter needs a back-fill, in the transaction that writes it.

    `numbers`: resource type to the number under which it is stored.
    """
    definition = definition_of(resource)
    types = [numbers[each] for each in definition.base if each in numbers] or list(numbers.values())
    await work.connection.execute(
        "insert into reindex (url, types, state, asked_at) values ($1, $2, 'waiting', $3) on conflict (url) do update"
        " set types = excluded.types, state = 'waiting', last_rid = null, done = 0, repaired = 0, asked_at = excluded.asked_at,"
        " ready_at = null",
        definition.url, types, work.at,
    )  # fmt: skip
