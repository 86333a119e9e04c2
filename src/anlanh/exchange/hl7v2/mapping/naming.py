"""How people are called and reached: names, addresses, telephones.

FHIR: HumanName, Address, ContactPoint
Source: HL7 v2.8.2 chapter 2A (XPN, XAD, XTN); HL7 Version 2 to FHIR, datatype maps
"""

from __future__ import annotations

from anlanh.exchange.hl7v2 import tables
from anlanh.exchange.hl7v2.codec import Repetition
from anlanh.exchange.hl7v2.mapping import codes, simple
from anlanh.exchange.hl7v2.mapping.make import Make, Resource

FAMILY_PARTS = (
    (2, f"{tables.DEFINITION}humanname-own-prefix"),
    (3, f"{tables.DEFINITION}humanname-own-name"),
    (4, f"{tables.DEFINITION}humanname-partner-prefix"),
    (5, f"{tables.DEFINITION}humanname-partner-name"),
)
"""Components of FN beside the surname, and the extensions that hold them."""
PHONE_PARTS = (
    (5, f"{tables.DEFINITION}contactpoint-country"),
    (6, f"{tables.DEFINITION}contactpoint-area"),
    (7, f"{tables.DEFINITION}contactpoint-local"),
    (8, f"{tables.DEFINITION}contactpoint-extension"),
)
BY_ADDRESS = ("Internet", "X.400")


def human_name(make: Make, value: Repetition, table: str) -> Resource | None:
    """XPN."""
    found = name(value, family=1, suffixes=(4, 6, 14), prefix=5, use=7, start=12, end=13, order=11, zone_of=make)
    if not found:
        return None
    return found


def name_text(make: Make, value: Repetition, table: str) -> str | None:
    """XPN as one text, in the order in which it is written."""
    parts = [value.component(at) for at in ((5, 1, 3, 2, 4) if make.site.middle else (5, 2, 3, 1, 4))]
    return " ".join(part for part in parts if part) or None


def name(
    value: Repetition, *, family: int, suffixes: tuple[int, ...], prefix: int, use: int, start: int, end: int,
    order: int, zone_of: Make,
) -> Resource:  # fmt: skip
    found: Resource = {}
    if code := codes.code_of(zone_of.site, "NameType", value.component(use)):
        found["use"] = code
    surname = value.within(family)
    if surname.has(1):
        found["family"] = surname.component(1)
    parts = [{"url": url, "valueString": surname.component(at)} for at, url in FAMILY_PARTS if surname.has(at)]
    if parts:
        found["_family"] = {"extension": parts}
    given = (family + 2, family + 1) if zone_of.site.middle else (family + 1, family + 2)
    for name, places_ in (("given", given), ("prefix", (prefix,)), ("suffix", suffixes)):
        texts = [value.component(at) for at in places_ if value.has(at)]
        if texts:
            found[name] = texts
    if value.has(order):
        found["extension"] = [
            {"url": f"{tables.DEFINITION}humanname-assembly-order", "valueCode": value.component(order)}
        ]
    if period := simple.between(zone_of, value, start, end):
        found["period"] = period
    return found


def address(make: Make, value: Repetition, table: str) -> Resource | None:
    """XAD."""
    found: Resource = {}
    kind = value.component(7)
    if use := codes.code_of(make.site, "AddressType:Use", kind):
        found["use"] = use
    if sort := codes.code_of(make.site, "AddressType:Type", kind):
        found["type"] = sort
    street = value.within(1)
    lines = [street.component(at) for at in (1, 2, 3) if street.has(at)]
    lines += [value.component(at) for at in (2, 19) if value.has(at)]
    if lines:
        found["line"] = lines
    for name, at in (("city", 3), ("state", 4), ("postalCode", 5), ("country", 6), ("district", 9)):
        if value.has(at):
            found[name] = value.component(at)
    extensions = []
    if kind == "HV":
        extensions.append({"url": f"{tables.DEFINITION}iso21090-AD-use", "valueCode": "HV"})
    if value.has(10):
        extensions.append({"url": f"{tables.DEFINITION}iso21090-ADXP-censusTract", "valueCode": value.component(10)})
    if extensions:
        found["extension"] = extensions
    if period := simple.between(make, value, 13, 14) or simple.between(make, value.within(12), 1, 2):
        found["period"] = period
    return found or None


def contact_point(make: Make, value: Repetition, table: str) -> Resource | None:
    """XTN."""
    kind = value.component(3)
    found: Resource = {}
    extensions = [{"url": url, "valueString": value.component(at)} for at, url in PHONE_PARTS if value.has(at)]
    if kind in BY_ADDRESS:
        extensions = [each for each in extensions if not each["url"].endswith("local")]
    if extensions:
        found["extension"] = extensions
    system = codes.code_of(make.site, "TelecommunicationEquipmentType", kind)
    if not kind:
        system = "email" if value.has(4) else None
    if system:
        found["system"] = system
    elif any(value.has(at) for at in (1, 7, 12)):
        found["_system"] = {"extension": [{"url": f"{tables.DEFINITION}data-absent-reason", "valueCode": "unknown"}]}
    if said := _dialled(value, kind):
        found["value"] = said
    if use := codes.code_of(make.site, "TelecommunicationUseCode", value.component(2)):
        found["use"] = use
    elif kind == "CP":
        found["use"] = "mobile"
    rank = simple.number(value.component(18))
    if rank is not None and rank > 0 and rank == int(rank):
        found["rank"] = int(rank)
    if period := simple.between(make, value, 13, 14):
        found["period"] = period
    return found if found.keys() - {"use", "_system"} else None


def _dialled(value: Repetition, kind: str) -> str:
    if kind in BY_ADDRESS:
        return value.component(4) or value.component(1)
    if value.has(12):
        return value.component(12)
    if value.has(7):
        country, area, extension = value.component(5), value.component(6), value.component(8)
        parts = [
            f"+{country.lstrip('+')}" if country else "",
            area,
            value.component(7),
            f"X{extension}" if extension else "",
        ]
        return " ".join(part for part in parts if part)
    return value.component(1) or value.component(4)


def ethnicity(make: Make, value: Repetition, table: str) -> Resource | None:
    """CWE as the extensions of US Core for race and ethnicity, where the code is one of the CDC's."""
    code, said = value.component(1), value.component(2)
    inner: list[Resource] = []
    if code[:4].isdigit() and code[4:5] == "-":
        coding = {"system": "urn:oid:2.16.840.1.113883.6.238", "code": code}
        if said:
            coding["display"] = said
        inner.append({"url": "ombCategory", "valueCoding": coding})
    if said or code:
        inner.append({"url": "text", "valueString": said or code})
    return {"extension": inner} if inner else None
