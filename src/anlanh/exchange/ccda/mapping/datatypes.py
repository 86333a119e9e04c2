"""Data types: CDA's to FHIR's. What is not known (nullFlavor) is left out.

FHIR: Identifier, CodeableConcept, Coding, HumanName, Address, ContactPoint, Quantity, Range, Period, dateTime
Source: HL7 "C-CDA on FHIR" 2.0, mapping of data types; HL7 V3 data types R1
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from anlanh.exchange.ccda.codec import Node
from anlanh.exchange.ccda.tables import codes, systems
from anlanh.fhir.vn.systems import BHXH_NUMBER, BHYT_CARD, PERSONAL_ID

Resource = dict[str, Any]

AUTHORITIES = {"CCCD": PERSONAL_ID, "DDCN": PERSONAL_ID, "BHYT": BHYT_CARD, "BHXH": BHXH_NUMBER}
"""Names of authorities that mean the same at every sender; no OID is assigned to them."""
PARTS = ("city", "county", "state", "postalCode", "country")
URI_SYSTEM = "urn:ietf:rfc:3986"
UCUM = "http://unitsofmeasure.org"
_TIME = re.compile(r"(\d{4})(\d\d)?(\d\d)?(?:(\d\d)(\d\d)?(\d\d)?(?:\.\d+)?)?([+-]\d{4}|Z)?")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
_UNIT_OF_ONE = "1"
_PROPER_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")


def filled(**content: Any) -> Resource:
    """An element of what there is."""
    return {name: value for name, value in content.items() if value not in (None, "", [], {})}


def identifiers(nodes: Iterable[Node]) -> list[Resource]:
    """II: root and extension. A root alone is a URI of its own."""
    return [found for each in nodes if (found := identifier(each))]


def identifier(node: Node | None) -> Resource | None:
    """One of them; None without a value."""
    if node is None or node.get("nullFlavor"):
        return None
    root, extension = node.get("root"), node.get("extension")
    named = AUTHORITIES.get(node.get("assigningAuthorityName").upper())
    if extension:
        return filled(system=named or systems.uri_of(root), value=extension)
    whole = systems.uri_of(root) if root else None
    return {"system": URI_SYSTEM, "value": whole} if whole else None


def coding(node: Node | None) -> Resource | None:
    """CD without its translations."""
    if node is None or not node.get("code"):
        return None
    return filled(system=systems.uri_of(node.get("codeSystem")), code=node.get("code"), display=node.get("displayName"))


def concept(node: Node | None, narrative: Mapping[str, str] | None = None) -> Resource | None:
    """CD, CE: the code and its translations; its words where they stand in the section's text."""
    if node is None:
        return None
    found = [each for each in (coding(node), *map(coding, node.all("translation"))) if each]
    said = words(node, narrative) or (node.get("displayName") if not found else "")
    return filled(coding=found, text=said) or None


def words(node: Node | None, narrative: Mapping[str, str] | None) -> str:
    """The originalText (or text) of an element: its own, or what it points to in the section's text."""
    for each in [*node.all("originalText"), *node.all("text")] if node is not None else ():
        if own := each.text():
            return own
        reference = each.one("reference")
        target = (reference.get("value") if reference is not None else each.get("value")).removeprefix("#")
        if target and narrative and narrative.get(target):
            return narrative[target]
    return ""


def moment(node: Node | None, zone: ZoneInfo) -> str | None:
    """TS as a dateTime as exact as it is; a time without zone is of `zone`. None for what is no date."""
    return when(node.get("value"), zone) if node is not None else None


def when(text: str, zone: ZoneInfo) -> str | None:
    """The text of a TS, such as 20130815103000-0800."""
    found = _TIME.fullmatch(text)
    if found is None:
        return None
    year, month, day, hour, minute, second, offset = found.groups()
    try:
        at = datetime.combine(
            date(int(year), int(month or 1), int(day or 1)),
            time(int(hour or 0), int(minute or 0), int(second or 0)),
            zone,
        )
    except ValueError:
        return None
    if month is None or day is None:
        return "-".join(part for part in (year, month) if part)
    if hour is None or minute is None:
        return f"{year}-{month}-{day}"
    if offset is None:
        return at.isoformat()
    told = offset if offset == "Z" else f"{offset[:3]}:{offset[3:]}"
    return at.replace(tzinfo=None).isoformat() + told


def instant(node: Node | None, zone: ZoneInfo) -> str | None:
    """TS as an instant: a date alone begins at midnight."""
    found = moment(node, zone)
    if found is None or len(found) < len("2013-08-15"):
        return None
    return found if "T" in found else datetime.fromisoformat(found).replace(tzinfo=zone).isoformat()


def day(node: Node | None) -> str | None:
    """TS as a date."""
    found = when(node.get("value")[:8], ZoneInfo("UTC")) if node is not None else None
    return found[:10] if found else None


def period(node: Node | None, zone: ZoneInfo) -> Resource | None:
    """IVL_TS: low to high; a single value is its beginning."""
    if node is None:
        return None
    start = moment(node.one("low"), zone) or moment(node.one("center"), zone) or moment(node, zone)
    return filled(start=start, end=moment(node.one("high"), zone)) or None


def time_of(node: Node | None, stem: str, zone: ZoneInfo) -> Resource:
    """IVL_TS as [stem]DateTime, or as [stem]Period where it has a beginning and an end."""
    span = period(node, zone)
    if node is None or not span:
        return {}
    if node.one("low") is None and "start" in span:
        return {f"{stem}DateTime": span["start"]}
    return {f"{stem}Period": span}


def started(node: Node | None, zone: ZoneInfo) -> str | None:
    """When something of an effectiveTime began."""
    return (period(node, zone) or {}).get("start")


def ended(node: Node | None, zone: ZoneInfo) -> str | None:
    """When it ended."""
    return (period(node, zone) or {}).get("end")


def number(text: str) -> Decimal | None:
    """A decimal as it is written; None for what is none."""
    return Decimal(text.lstrip("+")) if _NUMBER.fullmatch(text) else None


def quantity(node: Node | None) -> Resource | None:
    """PQ; its unit is UCUM's."""
    value = number(node.get("value")) if node is not None else None
    if node is None or value is None:
        return None
    unit = node.get("unit")
    if not unit or unit == _UNIT_OF_ONE:
        return {"value": value}
    coded = {"system": UCUM, "code": unit} if unit.isascii() and " " not in unit else {}
    return {"value": value, "unit": unit, **coded}


def value(node: Node | None, zone: ZoneInfo, narrative: Mapping[str, str] | None = None) -> Resource:
    """ANY: `value` of an observation under the name that its type has in FHIR."""
    if node is None or (node.get("nullFlavor") and not words(node, narrative) and not node.all("translation")):
        return {}
    kind = node.get("xsi:type").rpartition(":")[2]
    name, convert = VALUES.get(kind, ("valueString", _text))
    found = convert(node, zone, narrative)
    return {name: found} if found not in (None, "", {}) else {}


def _text(node: Node, zone: ZoneInfo, narrative: Mapping[str, str] | None) -> str:
    return node.text() or node.get("value")


def _quantity(node: Node, zone: ZoneInfo, narrative: Mapping[str, str] | None) -> Resource | None:
    return quantity(node)


def _whole(node: Node, zone: ZoneInfo, narrative: Mapping[str, str] | None) -> int | None:
    return int(node.get("value")) if re.fullmatch(r"-?\d{1,9}", node.get("value")) else None


def _true(node: Node, zone: ZoneInfo, narrative: Mapping[str, str] | None) -> bool | None:
    return {"true": True, "false": False}.get(node.get("value"))


def _bounds(node: Node, zone: ZoneInfo, narrative: Mapping[str, str] | None) -> Resource | None:
    low, high = quantity(node.one("low")), quantity(node.one("high"))
    return filled(low=low, high=high) or None


def _ratio(node: Node, zone: ZoneInfo, narrative: Mapping[str, str] | None) -> Resource | None:
    parts = filled(numerator=quantity(node.one("numerator")), denominator=quantity(node.one("denominator")))
    return parts if len(parts) == 2 else None


def _concept(node: Node, zone: ZoneInfo, narrative: Mapping[str, str] | None) -> Resource | None:
    return concept(node, narrative)


def _moment(node: Node, zone: ZoneInfo, narrative: Mapping[str, str] | None) -> str | None:
    return moment(node, zone)


def _period(node: Node, zone: ZoneInfo, narrative: Mapping[str, str] | None) -> Resource | None:
    return period(node, zone)


VALUES = {
    "CD": ("valueCodeableConcept", _concept), "CE": ("valueCodeableConcept", _concept),
    "CO": ("valueCodeableConcept", _concept), "CV": ("valueCodeableConcept", _concept),
    "PQ": ("valueQuantity", _quantity), "REAL": ("valueQuantity", _quantity), "INT": ("valueInteger", _whole),
    "IVL_PQ": ("valueRange", _bounds), "RTO": ("valueRatio", _ratio), "RTO_PQ_PQ": ("valueRatio", _ratio),
    "ST": ("valueString", _text), "ED": ("valueString", _text), "BL": ("valueBoolean", _true),
    "TS": ("valueDateTime", _moment), "IVL_TS": ("valuePeriod", _period),
}  # fmt: skip
"""Types of Observation.value."""


def names(nodes: Iterable[Node]) -> list[Resource]:
    """PN: parts, or the whole text of a name that has none."""
    found = []
    for each in nodes:
        if each.get("nullFlavor"):
            continue
        given = [text for part in each.all("given") if (text := part.text())]
        name = filled(
            use=codes.NAME_USE.get(each.get("use").partition(" ")[0]),
            family=" ".join(text for part in each.all("family") if (text := part.text())), given=given,
            prefix=[text for part in each.all("prefix") if (text := part.text())],
            suffix=[text for part in each.all("suffix") if (text := part.text())],
        )  # fmt: skip
        if not given and "family" not in name and each.text():
            name["text"] = each.text()
        found += [name] if name.keys() - {"use"} else []
    return found


def addresses(nodes: Iterable[Node]) -> list[Resource]:
    """AD: lines and parts; what stands between them is left out."""
    found = []
    for each in nodes:
        if each.get("nullFlavor"):
            continue
        parts = {name: " ".join(part.text() for part in each.all(name)) for name in PARTS}
        lines = [text for part in (*each.all("streetAddressLine"), *each.all("streetName")) if (text := part.text())]
        address = filled(
            use=codes.ADDRESS_USE.get(each.get("use").partition(" ")[0]), line=lines, city=parts["city"],
            district=parts["county"], state=parts["state"], postalCode=parts["postalCode"], country=parts["country"],
        )  # fmt: skip
        if not address.keys() - {"use"} and each.text():
            address["text"] = each.text()
        found += [address] if address.keys() - {"use"} else []
    return found


def telecoms(nodes: Iterable[Node]) -> list[Resource]:
    """TEL: a URL by its scheme."""
    found = []
    for each in nodes:
        scheme, _, rest = each.get("value").partition(":")
        system = codes.TELECOM_SYSTEM.get(scheme.lower())
        said = (rest if system in ("phone", "fax", "email", "sms") else each.get("value")).strip()
        if not said or each.get("nullFlavor"):
            continue
        use = next((codes.TELECOM_USE[part] for part in each.get("use").split() if part in codes.TELECOM_USE), None)
        found.append(
            filled(
                system=system or ("phone" if said[:1].isdigit() or said[:1] == "+" else "other"), value=said, use=use
            )
        )
    return found


def language(node: Node | None) -> Resource | None:
    """A language code as BCP 47 has it."""
    text = node.get("code") if node is not None else ""
    first, _, rest = text.partition("-")
    tag = "-".join(part for part in (codes.LANGUAGE.get(first.lower(), first.lower()), rest) if part)
    if not _PROPER_LANGUAGE.fullmatch(tag):
        return None
    display = codes.LANGUAGE_NAMES.get(tag)
    return {"coding": [filled(system="urn:ietf:bcp:47", code=tag, display=display)]}
