"""The header: whose document it is, who wrote, signed and keeps it, who was there, and the stay it is about.

FHIR: Patient, Practitioner, Organization, Device, RelatedPerson, Encounter, Location
Source: HL7 "C-CDA on FHIR" 2.0: Patient, Participations, Encounter; US Realm Header 2.16.840.1.113883.10.20.22.1.1
"""

from __future__ import annotations

from anlanh.exchange.ccda.codec import Node
from anlanh.exchange.ccda.mapping import datatypes as types
from anlanh.exchange.ccda.mapping.datatypes import filled
from anlanh.exchange.ccda.mapping.make import Make, Resource
from anlanh.exchange.ccda.tables import codes

US_CORE = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-"
RELIGION = "http://hl7.org/fhir/StructureDefinition/patient-religion"
BIRTH_PLACE = "http://hl7.org/fhir/StructureDefinition/patient-birthPlace"
OMB_CATEGORIES = frozenset(("1002-5", "2028-9", "2054-5", "2076-8", "2106-3", "2135-2", "2186-5"))
"""Source: http://hl7.org/fhir/us/core/ValueSet/omb-race-category, omb-ethnicity-category"""

RACES = (("raceCode", "race"), ("ethnicGroupCode", "ethnicity"))
UNKNOWN_CLASS = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB", "display": "ambulatory"}


def patient(make: Make, role: Node) -> Resource:
    """patientRole."""
    person = role.one("patient") or Node("patient", {})
    died = types.moment(person.one("sdtc:deceasedTime"), make.zone)
    dead = person.one("sdtc:deceasedInd")
    found = make.new(
        "Patient",
        extension=_extensions(person),
        identifier=types.identifiers(role.all("id")),
        name=types.names(person.all("name")),
        telecom=types.telecoms(role.all("telecom")),
        gender=codes.GENDER.get(_code(person, "administrativeGenderCode"), "unknown"),
        birthDate=types.day(person.one("birthTime")),
        deceasedDateTime=died,
        address=types.addresses(role.all("addr")),
        maritalStatus=types.concept(person.one("maritalStatusCode")),
        communication=[each for node in person.all("languageCommunication") if (each := _communication(node))],
        contact=[each for node in person.all("guardian") if (each := _guardian(node))],
    )  # fmt: skip
    if died is None and dead is not None and dead.get("value") in ("true", "false"):
        found["deceasedBoolean"] = dead.get("value") == "true"
    if (provider := role.one("providerOrganization")) and (keeper := organization(make, provider)):
        found["managingOrganization"] = make.reference(keeper)
    return found


def _extensions(person: Node) -> list[Resource]:
    found: list[Resource] = []
    for name, extension in RACES:
        parts: list[Resource] = []
        told = person.all(name)
        for at, node in enumerate((*told, *person.all(f"sdtc:{name}"))):
            if coding := types.coding(node):
                broad = at < len(told) or coding.get("code") in OMB_CATEGORIES
                parts.append({"url": "ombCategory" if broad else "detailed", "valueCoding": coding})
        if parts:
            said = ", ".join(part["valueCoding"].get("display", part["valueCoding"]["code"]) for part in parts[:3])
            found.append({"url": f"{US_CORE}{extension}", "extension": [*parts, {"url": "text", "valueString": said}]})
    if religion := types.concept(person.one("religiousAffiliationCode")):
        found.append({"url": RELIGION, "valueCodeableConcept": religion})
    if places := types.addresses(person.all("birthplace/place/addr")):
        found.append({"url": BIRTH_PLACE, "valueAddress": places[0]})
    return found


def _communication(node: Node) -> Resource | None:
    language = types.language(node.one("languageCode"))
    preferred = node.one("preferenceInd")
    if language is None:
        return None
    return {"language": language} | ({"preferred": preferred.get("value") == "true"} if preferred else {})


def _guardian(node: Node) -> Resource:
    return filled(
        relationship=[each for each in (types.concept(node.one("code")),) if each],
        name=next(iter(types.names(node.all("guardianPerson/name"))), None),
        telecom=types.telecoms(node.all("telecom")), address=next(iter(types.addresses(node.all("addr"))), None),
    )  # fmt: skip


def practitioner(make: Make, entity: Node | None) -> Resource | None:
    """assignedEntity, assignedAuthor, associatedEntity: the professional; None when it names nobody."""
    if entity is None:
        return None
    person = (
        entity.one("assignedPerson")
        or entity.one("associatedPerson")
        or entity.one("relatedPerson")
        or entity.one("informationRecipient")
    )
    name = types.names(person.all("name")) if person else []
    known_as = types.identifiers(entity.all("id"))
    if not name and not known_as:
        return None
    qualification = types.concept(entity.one("code"))
    return make.once(
        "Practitioner", identifier=known_as, name=name, telecom=types.telecoms(entity.all("telecom")),
        address=types.addresses(entity.all("addr")), qualification=[{"code": qualification}] if qualification else None,
    )  # fmt: skip


def organization(make: Make, node: Node | None) -> Resource | None:
    """representedOrganization and its like; None when it has no name."""
    if node is None:
        return None
    name = next((said for each in node.all("name") if (said := each.text())), "")
    known_as = types.identifiers(node.all("id"))
    if not name and not known_as:
        return None
    found = make.once(
        "Organization", identifier=known_as, name=name, telecom=types.telecoms(node.all("telecom")),
        address=types.addresses(node.all("addr")),
    )  # fmt: skip
    number = known_as[0]["value"] if known_as else ""
    found["name"] = name if found.get("name") in (None, number) and name else found.get("name", number)
    return found


def device(make: Make, author: Node) -> Resource | None:
    """assignedAuthoringDevice: the program that wrote."""
    found = author.one("assignedAuthoringDevice")
    if found is None:
        return None
    model, software = (
        part.text() if (part := found.one(name)) else "" for name in ("manufacturerModelName", "softwareName")
    )
    said = model or software
    if not said:
        return None
    return make.once(
        "Device", identifier=types.identifiers(author.all("id")), manufacturer=model,
        deviceName=[{"name": said, "type": "model-name"}], type={"text": said},
        version=[{"value": software}] if software else None,
    )  # fmt: skip


def author(make: Make, assigned: Node | None) -> dict[str, str] | None:
    """Who wrote: a professional, a program, or an organization."""
    if assigned is None:
        return None
    keeper = organization(make, assigned.one("representedOrganization"))
    machine = device(make, assigned)
    if machine is not None:
        if keeper is not None:
            machine["owner"] = make.reference(keeper)
        return make.reference(machine)
    found = practitioner(make, assigned) or keeper
    return make.reference(found) if found else None


def authors(make: Make, node: Node) -> list[dict[str, str]]:
    """All who wrote an element."""
    found = [author(make, each) for each in node.all("author/assignedAuthor")]
    return list({each["reference"]: each for each in found if each}.values())


def performers(make: Make, node: Node) -> list[dict[str, str]]:
    """Who did what an element tells."""
    found = []
    for each in node.all("performer/assignedEntity"):
        who = practitioner(make, each) or organization(make, each.one("representedOrganization"))
        organization(make, each.one("representedOrganization"))
        found += [make.reference(who)] if who else []
    return list({each["reference"]: each for each in found}.values())


def relative(make: Make, entity: Node, subject: dict[str, str]) -> Resource | None:
    """associatedEntity or relatedEntity: somebody near the patient."""
    name = types.names([*entity.all("associatedPerson/name"), *entity.all("relatedPerson/name")])
    if not name:
        return None
    relationship = types.concept(entity.one("code"))
    kind = entity.get("classCode")
    if relationship is None and kind in codes.RELATIVE_CLASS:
        system = "http://terminology.hl7.org/CodeSystem/v3-RoleClass"
        relationship = {"coding": [{"system": system, "code": kind, "display": codes.RELATIVE_CLASS[kind]}]}
    return make.once(
        "RelatedPerson", patient=subject, identifier=types.identifiers(entity.all("id")),
        relationship=[relationship] if relationship else None, name=name,
        telecom=types.telecoms(entity.all("telecom")), address=types.addresses(entity.all("addr")),
    )  # fmt: skip


def stay(make: Make, node: Node, subject: dict[str, str]) -> Resource:
    """componentOf/encompassingEncounter: the stay the document is about."""
    klass = types.coding(node.one("code"))
    span = types.period(node.one("effectiveTime"), make.zone)
    found = make.new(
        "Encounter",
        identifier=types.identifiers(node.all("id")),
        status="finished" if span and "end" in span else "unknown",
    )
    found["class"] = klass or dict(UNKNOWN_CLASS)
    found["subject"] = subject
    found |= filled(
        period=span, hospitalization=filled(dischargeDisposition=types.concept(node.one("dischargeDispositionCode")))
    )
    people = [*node.all("responsibleParty/assignedEntity"), *node.all("encounterParticipant/assignedEntity")]
    who = [make.reference(each) for entity in people if (each := practitioner(make, entity))]
    for entity in people:
        organization(make, entity.one("representedOrganization"))
    found |= filled(participant=[{"individual": each} for each in who])
    facility = node.one("location/healthCareFacility")
    if facility is not None and (where := location(make, facility)):
        found["location"] = [{"location": make.reference(where)}]
    if facility is not None and (provider := organization(make, facility.one("serviceProviderOrganization"))):
        found["serviceProvider"] = make.reference(provider)
    return found


def location(make: Make, facility: Node) -> Resource | None:
    """healthCareFacility, or a participant that is a place."""
    place = facility.one("location") or facility.one("playingEntity")
    named = place.one("name") if place is not None else None
    address = [*(place.all("addr") if place is not None else []), *facility.all("addr")]
    kind = types.concept(facility.one("code"))
    if named is None or not named.text():
        return None
    return make.once(
        "Location", name=named.text(), address=next(iter(types.addresses(address)), None),
        type=[kind] if kind else None, telecom=types.telecoms(facility.all("telecom")),
    )  # fmt: skip


def _code(node: Node, name: str) -> str:
    found = node.one(name)
    return found.get("code") if found is not None else ""
