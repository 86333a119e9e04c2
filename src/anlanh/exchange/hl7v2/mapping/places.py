"""Places: PL and its kin as Locations, from the site down to the bed, each part of the one around it.

FHIR: Location
Source: HL7 v2.8.2 section 2A.2.50 (PL); https://build.fhir.org/ig/HL7/v2-to-fhir/ConceptMap-datatype-pl-to-location.html
"""

from __future__ import annotations

from anlanh.exchange.hl7v2 import tables
from anlanh.exchange.hl7v2.codec import Repetition
from anlanh.exchange.hl7v2.mapping import codes
from anlanh.exchange.hl7v2.mapping.make import Make, Resource

PHYSICAL = f"{tables.TERMINOLOGY}location-physical-type"
UNIVERSAL_TYPES = f"{tables.TERMINOLOGY}v2-0301"

PL = ((4, "si"), (7, "bu"), (8, "lvl"), (1, "wa"), (2, "ro"), (3, "bd"))
"""Components of PL from the widest place to the narrowest, with the code of what they are. A point of care is a ward."""
NDL = ((7, "si"), (9, "bu"), (4, "wa"), (10, "lvl"), (5, "ro"), (6, "bd"))
"""The same of NDL."""


def located(make: Make, value: Repetition, table: str) -> Resource | None:
    """PL as the narrowest place that it names; the wider ones are made beside it."""
    around: Resource | None = None
    content: Resource | None = None
    named = [(part, kind) for part, kind in PL if value.has(part)]
    for part, kind in named:
        content = place(make, value.within(part), kind)
        if around is not None:
            content["partOf"] = make.reference(around)
        if (part, kind) != named[-1]:
            around = make.new("Location", **content)
    if content is None:
        return {"name": value.component(9), "mode": "instance"} if value.has(9) else None
    if value.has(5):
        content["status"] = {"A": "active", "I": "inactive"}.get(value.component(5).upper()[:1], "active")
    if value.has(9):
        content["description"] = value.component(9)
    if value.has(10):
        own: Resource = {"value": value.component(10)}
        if value.has(11):
            own["assigner"] = make.reference(make.new("Organization", identifier=designator(make, value.within(11))))
        content.setdefault("identifier", []).append(own)
    return content


def place(make: Make, value: Repetition, kind: str) -> Resource:
    """HD as a Location: its name, and its ids."""
    found: Resource = {"mode": "instance"}
    if value.has(1):
        found["name"] = value.component(1)
    if ids := designator(make, value):
        found["identifier"] = ids
    found["physicalType"] = {"coding": [{"system": PHYSICAL, "code": kind}]}
    return found


def facility(make: Make, value: Repetition) -> Resource:
    """HD as a site, as XCN.14 and XON.8 name one."""
    found: Resource = {}
    if value.has(1):
        found["name"] = value.component(1)
    if value.has(2):
        found["identifier"] = [{"value": value.component(2)}]
    return found | {"physicalType": {"coding": [{"system": PHYSICAL, "code": "si"}]}}


def designator(make: Make, value: Repetition) -> list[Resource]:
    """HD as identifiers: the name in the sender's world, and the universal id."""
    found: list[Resource] = []
    if value.has(1):
        own: Resource = {"value": value.component(1)}
        if system := make.site.identifiers.get(value.component(1)):
            own["system"] = system
        found.append(own)
    if value.has(2):
        kind = value.component(3)
        own = {"value": value.component(2)}
        if kind:
            own["type"] = {"coding": [{"system": UNIVERSAL_TYPES, "code": kind}]}
            if display := tables.displays()["HL70301"].get(kind):
                own["type"]["coding"][0]["display"] = display
        if codes.universal(value.component(2), kind):
            own["system"] = "urn:ietf:rfc:3986"
        found.append(own)
    return found


def of_named_role(make: Make, value: Repetition) -> list[Resource]:
    """The places that NDL names, as Locations of the Bundle."""
    made = []
    for part, kind in NDL:
        if value.has(part):
            content = place(make, value.within(part), kind)
            if value.has(8):
                content["status"] = {"A": "active", "I": "inactive"}.get(value.component(8).upper()[:1], "active")
            made.append(make.new("Location", **content))
    return made


def discharged_to(make: Make, value: Repetition, table: str) -> Resource | None:
    """DLD: the kind of place somebody is discharged to."""
    kind = codes.concept(make, value.within(1), "")
    return {"type": [kind]} if kind else None
