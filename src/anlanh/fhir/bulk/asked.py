"""What an export is asked for: the parameters of $export, read and checked before anything is started.

FHIR: Bulk Data Access 2.0, query parameters
Source: https://hl7.org/fhir/uv/bulkdata/STU2/export.html#query-parameters
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from anlanh.fhir.bulk.problems import BadExport, NotExported
from anlanh.fhir.model.definitions import Definitions
from anlanh.fhir.search import query as queries
from anlanh.fhir.search.criteria import Criteria

NDJSON = "application/fhir+ndjson"
FORMATS = (NDJSON, "application/ndjson", "ndjson")

_FILTER_ENDS = re.compile(r",(?=[A-Z][A-Za-z]+\?)")
"""Queries of one _typeFilter are parted by commas; a comma inside a query is not followed by a type and a question mark."""


@dataclass(frozen=True)
class Asked:
    """One export. `level` is system, Patient or Group; `patients` None: all there are; `notes`: what was left out."""

    level: str
    base: str
    types: tuple[str, ...]
    since: str | None = None
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    elements: tuple[str, ...] = ()
    group_id: str | None = None
    patients: tuple[str, ...] | None = None
    notes: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """For the table of jobs."""
        return asdict(self)

    @property
    def since_at(self) -> datetime | None:
        """`_since` as an aware instant."""
        return instant_of(self.since) if self.since else None


def of_json(value: Mapping[str, Any]) -> Asked:
    """Back from the table of jobs."""
    lists = {name: tuple(value[name]) for name in ("types", "elements", "notes")}
    patients = None if value["patients"] is None else tuple(value["patients"])
    filters = {name: tuple(each) for name, each in value["filters"].items()}
    return Asked(**{**value, **lists, "patients": patients, "filters": filters})


def read(
    criteria: Criteria, level: str, group_id: str | None, pairs: Sequence[tuple[str, str]], *, base: str, lenient: bool
) -> Asked:
    """The export of these parameters, names and texts; repeated ones count as if they were joined by commas.

    Raises:
        BadExport, NotExported: a parameter is wrong, or not known and `lenient` is off.
        Problem: of a query in _typeFilter.
    """
    known = criteria.parameters.definitions
    notes: list[str] = []
    given: dict[str, list[str]] = {}
    for name, value in pairs:
        if name in PARAMETERS and (name != "patient" or level != "system"):
            given.setdefault(name, []).append(value)
        elif name not in ("_format", "_pretty"):
            if not lenient:
                raise NotExported(what=f"the parameter {name[:40]}")
            notes.append(f"The parameter {name[:40]} is not supported and was ignored.")
    for form in given.get("_outputFormat", ()):
        if form.replace(" ", "+") not in FORMATS:
            raise NotExported(what=f"the format {form[:40]!r} (it writes {NDJSON})")
    since = given.get("_since", [None])[-1]
    if since is not None:
        since = instant_of(since).isoformat()
    types = _types(known, level, _listed(given, "_type"), notes, lenient=lenient)
    filters = _filters(criteria, types, given.get("_typeFilter", ()))
    patients = tuple(each.removeprefix("Patient/") for each in _listed(given, "patient")) or None
    return Asked(level, base, types, since, filters, _listed(given, "_elements"), group_id, patients, tuple(notes))


PARAMETERS = frozenset(("_outputFormat", "_since", "_type", "_typeFilter", "_elements", "patient"))


def compartment_types(known: Definitions) -> tuple[str, ...]:
    """What Patient and Group exports consist of: the types of the Patient compartment, and patients."""
    members = known.compartments["Patient"]
    return tuple(sorted({"Patient", *(each for each in members if members[each])}))


def instant_of(text: str) -> datetime:
    """A FHIR instant.

    Raises:
        BadExport: it is not one, or has no time zone.
    """
    try:
        found = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        raise BadExport(name="_since", why=f"{text[:40]!r} is not an instant such as 2026-11-23T08:00:00Z") from None
    if found.tzinfo is None:
        raise BadExport(name="_since", why=f"{text[:40]!r} has no time zone")
    return found


def _listed(given: Mapping[str, Sequence[str]], name: str) -> tuple[str, ...]:
    parts = (part.strip() for value in given.get(name, ()) for part in value.split(","))
    return tuple(dict.fromkeys(part for part in parts if part))


def _types(
    known: Definitions, level: str, wanted: Sequence[str], notes: list[str], *, lenient: bool
) -> tuple[str, ...]:
    possible = known.resource_types if level == "system" else compartment_types(known)
    possible = [each for each in possible if each != "Binary" or "Binary" in wanted]
    for each in wanted:
        if each in possible:
            continue
        if not lenient or each not in known.resource_types:
            outside = (
                f" (it is not in the Patient compartment of a {level} export)" if each in known.resource_types else ""
            )
            raise NotExported(what=f"the type {each[:40]}{outside}")
        notes.append(f"{each} is not in the Patient compartment and was left out.")
    found = tuple(each for each in (wanted or possible) if each in possible)
    if not found:
        raise NotExported(what="an export of none of the types asked for")
    return found


def _filters(criteria: Criteria, types: Sequence[str], values: Sequence[str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for text in (part for value in values for part in _FILTER_ENDS.split(value)):
        resource_type, mark, query = text.strip().partition("?")
        if not mark or resource_type not in types:
            raise BadExport(name="_typeFilter", why=f"{text[:60]!r} is not a query on a type that is exported")
        pairs = parse_qsl(query, keep_blank_values=True)
        for name, _ in pairs:
            if name.partition(":")[0] in queries.RESULT_PARAMETERS or name == "_list":
                raise BadExport(name="_typeFilter", why=f"{name[:40]} has no meaning in an export")
        queries.read(criteria, [resource_type], pairs)
        found.setdefault(resource_type, []).append(query)
    return {name: tuple(each) for name, each in found.items()}
