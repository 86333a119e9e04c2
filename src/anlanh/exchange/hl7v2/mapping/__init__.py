"""A message as a FHIR Bundle. Pure: the same message and overlay make the same Bundle, to the last urn:uuid.

FHIR: Bundle (message), MessageHeader
Source: HL7 Version 2 to FHIR, https://build.fhir.org/ig/HL7/v2-to-fhir/
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from anlanh.exchange.hl7v2 import tables
from anlanh.exchange.hl7v2.codec import Message, Segment
from anlanh.exchange.hl7v2.mapping import complete, dates, orders, people, places, plans, stays
from anlanh.exchange.hl7v2.mapping.make import Make, Resource
from anlanh.exchange.hl7v2.mapping.reading import Reading
from anlanh.exchange.hl7v2.sites import Site

TRANSFORMED = "http://hl7.org/fhir/uv/v2mappings/CodeSystem/provenance-activity-type-v2-to-fhir"
ASSEMBLER = {"coding": [{"system": f"{tables.TERMINOLOGY}provenance-participant-type", "code": "assembler"}]}

SEGMENTS: dict[str, Callable[[Reading, Segment], None]] = {
    "EVN": stays.evn,
    "PID": people.pid,
    "PD1": people.pd1,
    "NK1": people.nk1,
    "MRG": people.mrg,
    "GT1": people.gt1,
    "IN1": people.in1,
    "IN2": people.in2,
    "ROL": people.role,
    "PRT": people.role,
    "PDA": people.pda,
    "PV1": stays.pv1,
    "PV2": stays.pv2,
    "DG1": stays.dg1,
    "PR1": stays.pr1,
    "AL1": stays.allergy,
    "IAM": stays.allergy,
    "RF1": stays.rf1,
    "ORC": orders.orc,
    "OBR": orders.obr,
    "OBX": orders.obx,
    "NTE": orders.nte,
    "SPM": orders.spm,
    "TQ1": orders.tq1,
    "RXO": orders.treatment,
    "RXE": orders.treatment,
    "RXD": orders.treatment,
    "RXG": orders.treatment,
    "RXA": orders.treatment,
    "RXR": orders.route,
    "SCH": plans.sch,
    "AIS": plans.resource,
    "AIG": plans.resource,
    "AIL": plans.resource,
    "AIP": plans.resource,
    "TXA": plans.txa,
    "FT1": plans.ft1,
    "CTI": plans.cti,
}
"""What is done with each segment; others stay in the message, which is kept."""


def to_bundle(message: Message, site: Site, received: str | None = None, *, whole: bool = True) -> Resource:
    """The Bundle of a message: MessageHeader first, then what the segments say, in their order.

    `received`: an instant, for what must have one when MSH-7 tells none. `whole=False` leaves out what
    is said of the message itself (MessageHeader, who sent and who mapped it): the record keeps the message instead.
    """
    changed = overlaid(message, site)
    header = changed.header
    make = Make(changed, site, f"{changed.sender}\n{changed.control_id}\n{header.first(7)}")
    kinds = header.repetitions(9)
    kind, event = (kinds[0].component(1), kinds[0].component(2)) if kinds else ("", "")
    reading = Reading(make, changed, kind, event)
    if whole:
        reading.header = make.new("MessageHeader")
        reading.fill("MSH MessageHeader", header, reading.header)
        _address(reading.header)
        _provenance(reading)
    for at, segment in enumerate(changed.segments):
        handle = SEGMENTS.get(segment.name) if whole or segment.name != "EVN" else None
        if handle is not None:
            reading.at = at
            handle(reading, segment)
        elif segment.name == "SFT" and whole:
            _software(reading, segment)
    sent = dates.instant(header.first(7), site.zone)
    make.entries[:] = [(url, each) for url, each in make.entries if complete.complete(each, sent or received)]
    return make.bundle(sent)


def overlaid(message: Message, site: Site) -> Message:
    """The message as the overlay wants it read: fields moved and dropped. The given message is left as it is."""
    if not site.move and not site.drop:
        return message
    segments = [Segment(each.line(), each.end, each.delimiters) for each in message.segments]
    for segment in segments:
        for name, was, to in site.move:
            if segment.name == name and segment.valued(was):
                segment.fields += [""] * (to + 1 - len(segment.fields))
                segment.fields[to], segment.fields[was] = segment.fields[was], ""
        for name, number in site.drop:
            if segment.name == name and number < len(segment.fields):
                segment.fields[number] = ""
    return replace(message, segments=segments)


def _address(header: Resource) -> None:
    """What FHIR demands and the message does not tell."""
    source = header.setdefault("source", {})
    if "endpoint" not in source:
        source["_endpoint"] = complete.ABSENT
    for each in header.get("destination", []):
        if "endpoint" not in each:
            each["_endpoint"] = complete.ABSENT
    header.setdefault("eventCoding", {"system": f"{tables.TERMINOLOGY}v2-0003"})


def _provenance(reading: Reading) -> None:
    """Who sent the message, and who made resources of it."""
    make, header = reading.make, reading.message.header
    sent = reading.fill("MSH Provenance", header, make.new("Provenance"))
    sent["target"] = [make.reference(reading.header)]
    own = {"coding": [{"system": places.UNIVERSAL_TYPES, "code": "URI"}]}
    assembler = make.new(
        "Organization",
        identifier=[
            {"value": make.site.assembler},
            {"type": own, "system": "urn:ietf:rfc:3986", "value": make.site.base},
        ],
    )
    make.new(
        "Provenance",
        target=[make.reference(reading.header)],
        recorded=sent.get("recorded"),
        activity={"coding": [{"system": TRANSFORMED, "code": "v2-fhir-transformation"}]},
        agent=[{"type": ASSEMBLER, "who": make.reference(assembler)}],
    )


def _software(reading: Reading, segment: Segment) -> None:
    reading.fill("SFT MessageHeader", segment, reading.header)
    reading.fill("SFT Device", segment, reading.make.new("Device"))
