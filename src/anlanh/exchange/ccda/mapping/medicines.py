"""Medicines and vaccines: taken, ordered, handed out, given.

FHIR: MedicationStatement, MedicationRequest, MedicationDispense, Immunization
Source: HL7 "C-CDA on FHIR" 2.0: Medication Activity, Immunization Activity; what was taken (EVN) is a MedicationStatement
"""

from __future__ import annotations

from anlanh.exchange.ccda.codec import Node
from anlanh.exchange.ccda.mapping import datatypes as types
from anlanh.exchange.ccda.mapping import header
from anlanh.exchange.ccda.mapping.datatypes import filled
from anlanh.exchange.ccda.mapping.make import Place, Resource, related
from anlanh.exchange.ccda.tables import codes

SUPPLY_ORDER = "2.16.840.1.113883.10.20.22.4.17"
DISPENSE = "2.16.840.1.113883.10.20.22.4.18"
INDICATION = "2.16.840.1.113883.10.20.22.4.19"
INSTRUCTION = "2.16.840.1.113883.10.20.22.4.20"
REFUSAL = "2.16.840.1.113883.10.20.22.4.53"
REACTION = "2.16.840.1.113883.10.20.22.4.9"
MATERIAL = ("consumable/manufacturedProduct/manufacturedMaterial", "product/manufacturedProduct/manufacturedMaterial")
PERIODS = {"s": "s", "min": "min", "h": "h", "d": "d", "wk": "wk", "mo": "mo", "a": "a"}


def medication(place: Place, node: Node) -> None:
    """Medication Activity: taken, or (mood INT and RQO) to be taken; with its orders and dispenses."""
    what = _medicine(place, node)
    if what is None:
        return
    moods = {"EVN": _statement}
    moods.get(node.get("moodCode"), _request)(place, node, what)
    for each in related(node, SUPPLY_ORDER):
        _order(place, each, what)
    for each in related(node, DISPENSE):
        _dispense(place, each, what)


def supply(place: Place, node: Node) -> None:
    """A supply by itself: an order, or what was handed out."""
    what = _medicine(place, node)
    if what is not None:
        (_dispense if node.get("moodCode") == "EVN" else _order)(place, node, what)


def _statement(place: Place, node: Node, what: Resource) -> None:
    place.add(
        "MedicationStatement", identifier=types.identifiers(node.all("id")),
        status="not-taken" if node.get("negationInd") == "true" else codes.STATEMENT_STATUS.get(_status(node), "unknown"),
        medicationCodeableConcept=what, subject=place.subject, context=place.encounter,
        **_span(place, node, "effective"), reasonCode=_reasons(place, node), dosage=_dosage(place, node),
    )  # fmt: skip


def _request(place: Place, node: Node, what: Resource) -> None:
    author = header.practitioner(place.make, node.one("author/assignedAuthor"))
    place.add(
        "MedicationRequest", identifier=types.identifiers(node.all("id")),
        status=codes.REQUEST_STATUS.get(_status(node), "unknown"), intent="order" if node.get("moodCode") == "RQO" else "plan",
        medicationCodeableConcept=what, subject=place.subject, encounter=place.encounter,
        authoredOn=types.moment(node.one("author/time"), place.make.zone),
        requester=place.make.reference(author) if author else None, reasonCode=_reasons(place, node),
        dosageInstruction=_dosage(place, node),
    )  # fmt: skip


def _order(place: Place, node: Node, what: Resource) -> None:
    make = place.make
    author = header.practitioner(make, node.one("author/assignedAuthor"))
    repeat = node.one("repeatNumber")
    count = repeat.get("value") if repeat is not None else ""
    repeats = int(count) - 1 if count.isdigit() and 1 <= int(count) < 100 else None
    place.add(
        "MedicationRequest", identifier=types.identifiers(node.all("id")),
        status=codes.REQUEST_STATUS.get(_status(node), "unknown"), intent="order",
        medicationCodeableConcept=_medicine(place, node) or what, subject=place.subject, encounter=place.encounter,
        authoredOn=types.moment(node.one("author/time"), make.zone), requester=make.reference(author) if author else None,
        dispenseRequest=filled(quantity=types.quantity(node.one("quantity")), numberOfRepeatsAllowed=repeats,
                               validityPeriod=types.period(node.one("effectiveTime"), make.zone)),
    )  # fmt: skip


def _dispense(place: Place, node: Node, what: Resource) -> None:
    make = place.make
    who = [{"actor": each} for each in header.performers(make, node)]
    place.add(
        "MedicationDispense", identifier=types.identifiers(node.all("id")),
        status=codes.DISPENSE_STATUS.get(_status(node), "unknown"), medicationCodeableConcept=_medicine(place, node) or what,
        subject=place.subject, performer=who, quantity=types.quantity(node.one("quantity")),
        whenHandedOver=types.started(node.one("effectiveTime"), make.zone),
    )  # fmt: skip


def immunization(place: Place, node: Node) -> None:
    """Immunization Activity: given, refused, or (mood INT) planned, which is left to the document's text."""
    vaccine, at = _medicine(place, node), types.started(node.one("effectiveTime"), place.make.zone)
    if vaccine is None or node.get("moodCode") == "INT":
        return
    refused = node.get("negationInd") == "true"
    reason = next((types.concept(each.one("code")) for each in related(node, REFUSAL)), None)
    material = _material(node)
    lot = material.one("lotNumberText") if material is not None else None
    maker = header.organization(place.make, node.one("consumable/manufacturedProduct/manufacturerOrganization"))
    reactions = [types.started(each.one("effectiveTime"), place.make.zone) for each in related(node, REACTION)]
    found = place.add(
        "Immunization", identifier=types.identifiers(node.all("id")),
        status="not-done" if refused else codes.IMMUNIZATION_STATUS.get(_status(node), "completed"),
        statusReason=reason if refused else None, vaccineCode=vaccine, patient=place.subject, encounter=place.encounter,
        lotNumber=lot.text() if lot is not None else None, manufacturer=place.make.reference(maker) if maker else None,
        site=types.concept(node.one("approachSiteCode")), route=types.concept(node.one("routeCode")),
        doseQuantity=types.quantity(node.one("doseQuantity")),
        performer=[{"actor": each} for each in header.performers(place.make, node)],
        reasonCode=_reasons(place, node), reaction=[{"date": each} for each in reactions if each],
    )  # fmt: skip
    found |= {"occurrenceDateTime": at} if at else {"occurrenceString": "unknown"}


def _material(node: Node) -> Node | None:
    return next((found for path in MATERIAL if (found := node.one(path)) is not None), None)


def _medicine(place: Place, node: Node) -> Resource | None:
    material = _material(node)
    if material is None:
        return None
    name = material.one("name")
    return types.concept(material.one("code"), place.narrative) or (
        {"text": name.text()} if name is not None and name.text() else None
    )


def _status(node: Node) -> str:
    found = node.one("statusCode")
    return found.get("code") if found is not None else ""


def _span(place: Place, node: Node, stem: str) -> Resource:
    """The effectiveTime that is a duration; another says how often."""
    times = [each for each in node.all("effectiveTime") if not each.get("xsi:type").endswith(("PIVL_TS", "EIVL_TS"))]
    return types.time_of(times[0], stem, place.make.zone) if times else {}


def _reasons(place: Place, node: Node) -> list[Resource]:
    return [found for each in related(node, INDICATION) if (found := types.concept(each.one("value"), place.narrative))]


def _dosage(place: Place, node: Node) -> list[Resource]:
    as_needed = node.one("precondition/criterion/value")
    needed = types.concept(as_needed) if as_needed is not None else None
    dose, rate = types.quantity(node.one("doseQuantity")), types.quantity(node.one("rateQuantity"))
    told = [types.words(each, place.narrative) for each in related(node, INSTRUCTION)]
    site = types.concept(node.one("approachSiteCode"))
    found = filled(
        text=types.words(node, place.narrative), patientInstruction=" ".join(each for each in told if each), timing=_timing(node),
        asNeededCodeableConcept=needed, site=site, route=types.concept(node.one("routeCode")),
        doseAndRate=[each for each in (filled(doseQuantity=dose, rateQuantity=rate),) if each],
        maxDosePerPeriod=(types.value(_typed(node.one("maxDoseQuantity")), place.make.zone) or {}).get("valueRatio"),
    )  # fmt: skip
    return [found] if found else []


def _typed(node: Node | None) -> Node | None:
    return Node(node.name, {"xsi:type": "RTO_PQ_PQ"}, node.parts) if node is not None else None


def _timing(node: Node) -> Resource | None:
    """PIVL_TS: once in a period."""
    for each in node.all("effectiveTime"):
        period = each.one("period")
        value = types.number(period.get("value")) if period is not None else None
        if period is not None and value and period.get("unit") in PERIODS:
            return {"repeat": {"frequency": 1, "period": value, "periodUnit": PERIODS[period.get("unit")]}}
    return None
