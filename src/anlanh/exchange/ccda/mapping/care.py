"""What was done and is planned: procedures, encounters, orders, devices, goals; the family; insurance.

FHIR: Procedure, Encounter, ServiceRequest, Device, Goal, FamilyMemberHistory, Coverage
Source: HL7 "C-CDA on FHIR" 2.0: Procedures, Encounter, Participations; C-CDA 2.1 templates
"""

from __future__ import annotations

from anlanh.exchange.ccda.codec import Node
from anlanh.exchange.ccda.mapping import datatypes as types
from anlanh.exchange.ccda.mapping import header, problems
from anlanh.exchange.ccda.mapping.datatypes import filled
from anlanh.exchange.ccda.mapping.make import Place, Resource, related
from anlanh.exchange.ccda.tables import codes

INDICATION = "2.16.840.1.113883.10.20.22.4.19"
AGE = "2.16.840.1.113883.10.20.22.4.31"
DEATH = "2.16.840.1.113883.10.20.22.4.47"
DIAGNOSIS = "2.16.840.1.113883.10.20.22.4.80"
POLICY = "2.16.840.1.113883.10.20.22.4.61"
DEVICE_KINDS = ("MANU",)
PLACE_KINDS = ("SDLOC",)
YEARS = "a"
ACT_CODES = "2.16.840.1.113883.5.4"


def procedure(place: Place, node: Node) -> None:
    """Procedure Activity: as a procedure, an act or an observation; planned ones become orders."""
    if node.get("moodCode") not in ("EVN", ""):
        order(place, node)
        return
    make = place.make
    code = types.concept(node.one("code"), place.narrative)
    if code is None:
        return
    devices = [each for told in node.all("participant/participantRole") if (each := _device(place, told))]
    found = place.add(
        "Procedure", identifier=types.identifiers(node.all("id")),
        status="not-done" if node.get("negationInd") == "true" else codes.PROCEDURE_STATUS.get(_status(node), "unknown"),
        code=code, subject=place.subject, encounter=place.encounter, **types.time_of(node.one("effectiveTime"), "performed", make.zone),
        performer=[{"actor": each} for each in header.performers(make, node)],
        reasonCode=[each for told in related(node, INDICATION) if (each := types.concept(told.one("value"), place.narrative))],
        bodySite=[each for told in node.all("targetSiteCode") if (each := types.concept(told))],
        focalDevice=[{"manipulated": make.reference(each)} for each in devices],
    )  # fmt: skip
    where = [each for told in node.all("participant/participantRole") if told.get("classCode") in PLACE_KINDS
             and (each := header.location(make, told))]  # fmt: skip
    if where:
        found["location"] = make.reference(where[0])


def order(place: Place, node: Node) -> None:
    """A planned act, procedure, observation or encounter: a ServiceRequest."""
    make = place.make
    code = types.concept(node.one("code"), place.narrative)
    if code is None:
        return
    priority = node.one("priorityCode")
    author = header.practitioner(make, node.one("author/assignedAuthor"))
    mood = node.get("moodCode")
    place.add(
        "ServiceRequest", identifier=types.identifiers(node.all("id")),
        status=codes.SERVICE_REQUEST_STATUS.get(_status(node), "active"),
        intent={"RQO": "order", "PRP": "proposal"}.get(mood, "plan"),
        priority=codes.PRIORITY.get(priority.get("code")) if priority is not None else None,
        code=code, subject=place.subject, encounter=place.encounter,
        **types.time_of(node.one("effectiveTime"), "occurrence", make.zone),
        authoredOn=types.moment(node.one("author/time"), make.zone), requester=make.reference(author) if author else None,
        bodySite=[each for told in node.all("targetSiteCode") if (each := types.concept(told))],
        reasonCode=[each for told in related(node, INDICATION) if (each := types.concept(told.one("value"), place.narrative))],
    )  # fmt: skip


def encounter(place: Place, node: Node) -> None:
    """Encounter Activity: a visit, with what was found."""
    if node.get("moodCode") not in ("EVN", ""):
        order(place, node)
        return
    make = place.make
    kind = types.concept(node.one("code"), place.narrative)
    told_as = [*node.all("code/translation"), *node.all("code")]
    act = next((types.coding(each) for each in told_as if each.get("codeSystem") == ACT_CODES), None)
    found = place.add(
        "Encounter",
        identifier=types.identifiers(node.all("id")),
        status=codes.ENCOUNTER_STATUS.get(_status(node), "unknown"),
    )
    found["class"] = act or types.coding(node.one("code")) or dict(header.UNKNOWN_CLASS)
    span = types.period(node.one("effectiveTime"), make.zone)
    people = header.performers(make, node)
    where = [each for told in node.all("participant/participantRole") if told.get("classCode") in PLACE_KINDS
             and (each := header.location(make, told))]  # fmt: skip
    within = place.within("46241-6", place.narrative)
    found |= filled(
        type=[kind] if kind else None, subject=place.subject, participant=[{"individual": each} for each in people], period=span,
        reasonCode=[each for told in related(node, INDICATION) if (each := types.concept(told.one("value"), place.narrative))],
        location=[{"location": make.reference(each)} for each in where],
        hospitalization=filled(dischargeDisposition=types.concept(node.one("sdtc:dischargeDispositionCode"))),
    )  # fmt: skip
    for told in related(node, DIAGNOSIS):
        problems.concern(within, told)
    if within.made:
        found["diagnosis"] = [{"condition": make.reference(each)} for each in within.made]
        place.made.extend(within.made)


def family(place: Place, node: Node) -> None:
    """Family History Organizer: a relative and what they had."""
    relative = node.one("subject/relatedSubject")
    relationship = types.concept(relative.one("code")) if relative is not None else None
    if relative is None or relationship is None:
        return
    person = relative.one("subject") or Node("subject", {})
    dead = person.one("sdtc:deceasedInd")
    conditions = [each for told in node.all("component/observation") if (each := _inherited(place, told))]
    born = types.moment(person.one("birthTime"), place.make.zone)
    found = place.add(
        "FamilyMemberHistory", identifier=types.identifiers(node.all("id")),
        status="completed" if _status(node) == "completed" else "partial", patient=place.subject, relationship=relationship,
        sex=types.concept(person.one("administrativeGenderCode")), condition=conditions,
    )  # fmt: skip
    if born:
        found["bornDate" if len(born) == len("1910-01-01") else "bornString"] = born
    if dead is not None and dead.get("value") in ("true", "false"):
        found["deceasedBoolean"] = dead.get("value") == "true"


def _inherited(place: Place, node: Node) -> Resource | None:
    code = types.concept(node.one("value"), place.narrative)
    if code is None:
        return None
    age = next((types.quantity(each.one("value")) for each in related(node, AGE)), None)
    onset = {"value": age["value"], "system": types.UCUM, "code": age.get("unit", YEARS)} if age else None
    return filled(code=code, onsetAge=onset, contributedToDeath=any(True for _ in related(node, DEATH)) or None)


def device(place: Place, node: Node) -> None:
    """Non-Medicinal Supply: the device that was handed out."""
    for told in node.all("participant/participantRole"):
        _device(place, told)


def _device(place: Place, role: Node) -> Resource | None:
    """Product Instance."""
    kind = types.concept(role.one("playingDevice/code"), place.narrative)
    if role.get("classCode") not in DEVICE_KINDS or kind is None:
        return None
    maker = header.organization(place.make, role.one("scopingEntity"))
    named = role.one("scopingEntity/desc")
    return place.add(
        "Device", identifier=types.identifiers(role.all("id")), type=kind, patient=place.subject,
        manufacturer=named.text() if named is not None else None, owner=place.make.reference(maker) if maker else None,
    )  # fmt: skip


def goal(place: Place, node: Node) -> None:
    """Goal Observation."""
    said = types.concept(node.one("code"), place.narrative)
    if said is None:
        return
    start = types.started(node.one("effectiveTime"), place.make.zone)
    place.add(
        "Goal", identifier=types.identifiers(node.all("id")), lifecycleStatus=codes.GOAL_STATUS.get(_status(node), "active"),
        description=said, subject=place.subject, startDate=start[:10] if start else None,
    )  # fmt: skip


def coverage(place: Place, node: Node) -> None:
    """Coverage Activity: each policy in it."""
    for policy in related(node, POLICY):
        make = place.make
        payer = next((header.organization(make, entity.one("representedOrganization")) for entity in policy.all("performer/assignedEntity")
                      if entity.one("representedOrganization") is not None), None)  # fmt: skip
        holder = next((each for each in policy.all("participant") if each.get("typeCode") == "COV"), None)
        member = types.identifier(holder.one("participantRole/id")) if holder is not None else None
        place.add(
            "Coverage", identifier=types.identifiers(policy.all("id")), status="active", type=types.concept(policy.one("code")),
            subscriberId=member["value"] if member else None, beneficiary=place.subject,
            relationship=types.concept(holder.one("participantRole/code")) if holder is not None else None,
            period=types.period(holder.one("time"), make.zone) if holder is not None else None,
            payor=[make.reference(payer) if payer else {"display": "unknown"}],
        )  # fmt: skip


def _status(node: Node) -> str:
    found = node.one("statusCode")
    return found.get("code") if found is not None else ""
