"""Codes and the systems they belong to: through the sender's overlay, the standard's code maps, and table 0396.

FHIR: CodeableConcept, Coding, code, Identifier.system
Source: HL7 Version 2 to FHIR, https://build.fhir.org/ig/HL7/v2-to-fhir/ConceptMap-datatype-cwe-to-codeableconcept.html
"""

from __future__ import annotations

import re
from urllib.parse import quote

from anlanh.exchange.hl7v2 import tables
from anlanh.exchange.hl7v2.codec import Repetition
from anlanh.exchange.hl7v2.mapping.make import Make, Resource
from anlanh.exchange.hl7v2.sites import Site
from anlanh.exchange.hl7v2.tables import systems

_OID = re.compile(r"[0-2](\.(0|[1-9]\d*))+")
UNIVERSAL = {"ISO": "urn:oid:", "UUID": "urn:uuid:", "GUID": "urn:uuid:", "DNS": "urn:dns:", "URI": "urn:uri:"}
"""HL7 table 0301: kinds of universal ids that are URIs."""

PARTS = ((1, 2, 3, 7), (4, 5, 6, 8), (10, 11, 12, 13))
"""Components of CWE: code, display, system and version, three times. Source: HL7 v2.8.2 section 2A.2.13"""


def concept(make: Make, value: Repetition, table: str) -> Resource | None:
    """CWE, CE, CNE, CF, IS, ID as a CodeableConcept; the first coding through the code map of that name."""
    codings = []
    for at, parts in enumerate(PARTS):
        if found := _coding(make.site, value, parts, table if at == 0 else ""):
            codings.append(found)
            if at == 0 and table and found.get("code") != value.component(1) and value.has(1):
                codings.append(_as_sent(make.site, value, tables.code_maps()[table].table))
    concept_: Resource = {"coding": codings} if codings else {}
    if value.has(9):
        concept_["text"] = value.component(9)
    return concept_ or None


def more(make: Make, value: Repetition, table: str) -> Resource | None:
    """CWE that modifies what another field says: further codings beside it."""
    return concept(make, value, table)


def coding(make: Make, value: Repetition, table: str) -> Resource | None:
    """CWE as one Coding."""
    return _coding(make.site, value, PARTS[0], table)


def code(make: Make, value: Repetition, table: str) -> str | None:
    """The code that the map has for it; None when it has none, for FHIR allows no other there."""
    return code_of(make.site, table, value.component(1))


def code_of(site: Site, table: str, sent: str) -> str | None:
    """The FHIR code for a v2 code; through the sender's own codes first."""
    if not sent:
        return None
    known = tables.code_maps()[table]
    sent = site.codes.get(known.table, {}).get(sent, sent)
    found = known.codes.get(sent) or known.codes.get(sent.upper())
    return found[0] if found else None


def _coding(site: Site, value: Repetition, parts: tuple[int, int, int, int], table: str) -> Resource | None:
    at, said, system, version = parts
    sent, display = value.component(at), value.component(said)
    if not sent and not display:
        return None
    found: Resource = {}
    name = value.component(system)
    if table and sent:
        known = tables.code_maps().get(table)
        if known is not None and (not name or name == known.table or not systems.uri_of(name)):
            sent = site.codes.get(known.table, {}).get(sent, sent)
            mapped = known.codes.get(sent)
            if mapped is not None:
                found = {"system": mapped[1], "code": mapped[0], "display": mapped[2] or display}
            elif known.same:
                found = {"system": known.system, "code": sent, "display": display}
    if not found:
        found = {"system": system_of(site, name) if name else "", "code": sent, "display": display}
    if value.has(version):
        found["version"] = value.component(version)
    return {key: each for key, each in found.items() if each}


def _as_sent(site: Site, value: Repetition, table: str) -> Resource:
    """The coding that was translated, as the sender wrote it."""
    found = {"system": system_of(site, value.component(3) or table), "code": value.component(1)}
    return found | ({"display": value.component(2)} if value.has(2) else {})


def system_of(site: Site, name: str) -> str:
    """The URI of a coding system by the name in the message; a name of the sender's own is put below its base."""
    return site.systems.get(name) or systems.uri_of(name) or f"{site.base}/codesystem/{quote(name, safe='')}"


def namespace(site: Site, name: str, universal_id: str, kind: str) -> str | None:
    """The URI of who assigned an identifier: the overlay's, the universal id's, or the name's below the sender's base."""
    for sent in (name, universal_id):
        if sent and sent in site.identifiers:
            return site.identifiers[sent]
    if universal_id and (found := universal(universal_id, kind)):
        return found
    sent = name or universal_id
    return f"{site.base}/identifier/{quote(sent, safe='')}" if sent else None


def authority(site: Site, value: Repetition) -> str | None:
    """The same of an HD."""
    if not value.raw:
        return None
    return namespace(site, value.component(1), value.component(2), value.component(3))


def is_system(value: Repetition) -> bool:
    """Whether an HD names a system by a universal id, rather than an organization."""
    return value.component(3) in ("ISO", "UUID", "GUID", "URI")


def universal(universal_id: str, kind: str) -> str | None:
    """A universal id as a URI; None when its kind has none."""
    if universal_id.startswith(("urn:", "http://", "https://")):
        return universal_id
    if kind in UNIVERSAL:
        return UNIVERSAL[kind] + universal_id
    return f"urn:oid:{universal_id}" if not kind and _OID.fullmatch(universal_id) else None
