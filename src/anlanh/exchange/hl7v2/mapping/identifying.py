"""Who and what is meant: identifiers and those who gave them, professionals, organizations, systems.

FHIR: Identifier, Practitioner, PractitionerRole, Organization, MessageHeader.source
Source: HL7 v2.8.2 chapter 2A (CX, EI, XCN, XON, HD, NDL); HL7 Version 2 to FHIR, datatype maps
"""

from __future__ import annotations

from anlanh.exchange.hl7v2 import tables
from anlanh.exchange.hl7v2.codec import Repetition
from anlanh.exchange.hl7v2.mapping import codes, dates, naming, places, simple
from anlanh.exchange.hl7v2.mapping.make import Make, Resource

CHECK_DIGIT = f"{tables.DEFINITION}identifier-checkDigit"
CHECK_SCHEME = f"{tables.DEFINITION}namingsystem-checkDigit"
IDENTIFIER_TYPES = f"{tables.TERMINOLOGY}v2-0203"


def identifier(make: Make, value: Repetition, table: str) -> Resource | None:
    """CX."""
    if not value.raw.strip("^&"):
        return None
    found: Resource = {}
    extensions: list[Resource] = []
    if value.has(2):
        extensions.append({"url": CHECK_DIGIT, "valueString": value.component(2)})
    if value.has(3):
        extensions.append({"url": CHECK_SCHEME, "valueString": value.component(3)})
    if value.has(6):
        place = make.new("Organization", **organization_of(make, value.within(6)))
        extensions.append({"url": f"{make.site.base}/assigning-facility", "valueReference": make.reference(place)})
    if extensions:
        found["extension"] = extensions
    if value.has(5):
        found["type"] = identifier_type(value.component(5))
    _assigned(make, found, value.within(4))
    if value.has(1):
        found["value"] = value.component(1)
    if period := simple.between(make, value, 7, 8):
        found["period"] = period
    return found


def _assigned(make: Make, found: Resource, authority: Repetition) -> None:
    """The system of an identifier; and its assigner, where the authority is an organization rather than a system."""
    if system := codes.authority(make.site, authority):
        found["system"] = system
    if authority.raw and not codes.is_system(authority):
        found["assigner"] = make.reference(make.new("Organization", **organization_of(make, authority)))


def identifier_type(code: str) -> Resource:
    """HL7 table 0203."""
    coding = {"system": IDENTIFIER_TYPES, "code": code}
    if display := tables.displays()["HL70203"].get(code):
        coding["display"] = display
    return {"coding": [coding]}


def entity(make: Make, value: Repetition, table: str) -> Resource | None:
    """EI."""
    if not value.has(1):
        return None
    found: Resource = {"value": value.component(1)}
    if system := codes.namespace(make.site, value.component(2), value.component(3), value.component(4)):
        found["system"] = system
    return found


def placer(make: Make, value: Repetition, table: str) -> Resource | None:
    """EIP, the half of who ordered."""
    return _half(make, value, 1, "PGN")


def filler(make: Make, value: Repetition, table: str) -> Resource | None:
    """EIP, the half of who fulfils."""
    return _half(make, value, 2, "FGN")


def _half(make: Make, value: Repetition, part: int, kind: str) -> Resource | None:
    found = entity(make, value.within(part), "")
    return found and {"type": {"coding": [{"system": IDENTIFIER_TYPES, "code": kind}]}} | found


def both(make: Make, value: Repetition, table: str) -> list[Resource] | None:
    """EIP, both halves."""
    return [each for each in (placer(make, value, ""), filler(make, value, "")) if each] or None


def group(make: Make, value: Repetition, table: str) -> list[Resource] | None:
    """EI or EIP of a group of orders, as it is known to both sides."""
    found = entity(make, value, "")
    return [{"type": identifier_type(kind)} | found for kind in ("PGN", "FGN")] if found else None


def licence(make: Make, value: Repetition, table: str) -> Resource | None:
    """DLN."""
    found: Resource = {"value": value.component(1), "type": identifier_type("DL")}
    if system := codes.namespace(make.site, value.component(2), "", ""):
        found["system"] = system
    if end := dates.day(value.component(3)):
        found["period"] = {"end": end}
    return found if value.has(1) else None


def practitioner(make: Make, value: Repetition, table: str) -> Resource | None:
    """XCN, and CNN within NDL."""
    found: Resource = {}
    if value.has(1) or value.has(13):
        own: Resource = {}
        extensions = []
        if value.has(11):
            extensions.append({"url": CHECK_DIGIT, "valueString": value.component(11)})
        if value.has(12):
            extensions.append({"url": CHECK_SCHEME, "valueCode": value.component(12)})
        if extensions:
            own["extension"] = extensions
        if value.has(13):
            own["type"] = identifier_type(value.component(13))
        _assigned(make, own, value.within(9))
        if value.has(1):
            own["value"] = value.component(1)
        found["identifier"] = [own]
    name = naming.name(value, family=2, suffixes=(5, 7, 21), prefix=6, use=10, start=19, end=20, order=18, zone_of=make)
    if name.keys() - {"use", "period", "extension"}:
        found["name"] = [name]
    if value.has(14):
        make.new("Location", **places.facility(make, value.within(14)))
    return found or None


def organization(make: Make, value: Repetition, table: str) -> Resource | None:
    """XON."""
    found: Resource = {}
    if value.has(1):
        found["name"] = value.component(1)
    own: Resource = {}
    if value.has(10) or value.has(3):
        own["value"] = value.component(10) or value.component(3)
    extensions = []
    if value.has(4):
        extensions.append({"url": CHECK_DIGIT, "valueString": value.component(4)})
    if value.has(5):
        extensions.append({"url": CHECK_SCHEME, "valueCode": value.component(5)})
    if extensions:
        own["extension"] = extensions
    if value.has(7):
        own["type"] = identifier_type(value.component(7))
    if own:
        _assigned(make, own, value.within(6))
        found["identifier"] = [own]
    if value.has(8):
        make.new("Location", **places.facility(make, value.within(8)))
    return found or None


def organization_name(make: Make, value: Repetition, table: str) -> str | None:
    """XON as a text."""
    return value.component(1) or value.component(10) or value.component(3) or None


def organization_of(make: Make, value: Repetition) -> Resource:
    """HD as an Organization: its name in the sender's world, and its universal id."""
    return {"identifier": found} if (found := places.designator(make, value)) else {}


def designated(make: Make, value: Repetition, table: str) -> Resource | None:
    """HD as an Organization."""
    return organization_of(make, value) or None


def source(make: Make, value: Repetition, table: str) -> Resource | None:
    """HD as MessageHeader.source."""
    return _endpoint(value)


def destination(make: Make, value: Repetition, table: str) -> Resource | None:
    """HD as MessageHeader.destination."""
    return _endpoint(value)


def _endpoint(value: Repetition) -> Resource | None:
    found: Resource = {}
    if value.has(1):
        found["name"] = value.component(1)
    if value.has(2):
        found["endpoint"] = codes.universal(value.component(2), value.component(3)) or value.component(2)
    return found or None


def event(make: Make, value: Repetition, table: str) -> Resource:
    """MSG as MessageHeader.eventCoding."""
    found = {"system": f"{tables.TERMINOLOGY}v2-0003"}
    if value.has(2):
        found["code"] = value.component(2)
    found["display"] = value.text
    return found


def named_role(make: Make, value: Repetition, table: str) -> Resource:
    """NDL: a PractitionerRole, with who and where."""
    found: Resource = {}
    who = practitioner_of_cnn(make, value.within(1))
    if who:
        found["practitioner"] = make.reference(make.new("Practitioner", **who))
    if period := simple.between(make, value, 2, 3):
        found["period"] = period
    if where := places.of_named_role(make, value):
        found["location"] = [make.reference(each) for each in where]
    return found


def practitioner_of_cnn(make: Make, value: Repetition) -> Resource:
    """CNN: id, family, given, further given, suffix, prefix, degree, and who assigned the id."""
    found: Resource = {}
    if value.has(1):
        own: Resource = {"value": value.component(1)}
        if system := codes.namespace(make.site, value.component(9), value.component(10), value.component(11)):
            own["system"] = system
        found["identifier"] = [own]
    name: Resource = {"family": value.component(2)} if value.has(2) else {}
    for key, at in (("given", (3, 4)), ("prefix", (6,)), ("suffix", (5, 7))):
        if texts := [value.component(each) for each in at if value.has(each)]:
            name[key] = texts
    if name:
        found["name"] = [name]
    return found


def organization_of_concept(make: Make, value: Repetition, table: str) -> Resource | None:
    """CWE as an Organization."""
    found: Resource = {}
    if value.has(1):
        found["identifier"] = [{"value": value.component(1)}]
        if value.has(3) and (system := codes.system_of(make.site, value.component(3))):
            found["identifier"][0]["system"] = system
    if value.has(2):
        found["name"] = value.component(2)
    return found or None


def device_of_concept(make: Make, value: Repetition, table: str) -> Resource | None:
    """CWE as a Device."""
    return {"identifier": [{"value": value.component(1)}]} if value.has(1) else None
