"""A CDA document as a FHIR document Bundle. Pure: the same document makes the same Bundle, to the last urn:uuid.

FHIR: Bundle (document), Composition, DocumentReference
Source: HL7 "C-CDA on FHIR" 2.0, https://hl7.org/fhir/us/ccda/
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterator
from zoneinfo import ZoneInfo

from anlanh.exchange.ccda.codec import Node
from anlanh.exchange.ccda.mapping import care, header, medicines, narrative, problems, results
from anlanh.exchange.ccda.mapping import datatypes as types
from anlanh.exchange.ccda.mapping.datatypes import filled
from anlanh.exchange.ccda.mapping.make import STATEMENTS, Make, Place, Resource
from anlanh.exchange.ccda.problems import NoDocumentId, SeveralPeople
from anlanh.exchange.ccda.tables.codes import COMPOSITION_STATUS

C_CDA = "2.16.840.1.113883.10.20.22.4."
TEMPLATES: dict[str, Callable[[Place, Node], None]] = {
    f"{C_CDA}3": problems.concern, f"{C_CDA}4": problems.concern, f"{C_CDA}80": problems.concern,
    f"{C_CDA}33": problems.concern, f"{C_CDA}34": problems.concern, f"{C_CDA}51": problems.concern,
    f"{C_CDA}65": problems.concern, f"{C_CDA}132": problems.concern,
    f"{C_CDA}30": problems.allergies, f"{C_CDA}7": problems.allergies,
    f"{C_CDA}16": medicines.medication, f"{C_CDA}42": medicines.medication,
    f"{C_CDA}17": medicines.supply, f"{C_CDA}18": medicines.supply,
    f"{C_CDA}52": medicines.immunization, f"{C_CDA}120": medicines.immunization,
    f"{C_CDA}1": results.report, f"{C_CDA}26": results.vitals, f"{C_CDA}66": results.group, f"{C_CDA}75": results.group,
    f"{C_CDA}14": care.procedure, f"{C_CDA}13": care.procedure, f"{C_CDA}12": care.procedure,
    f"{C_CDA}41": care.order, f"{C_CDA}39": care.order, f"{C_CDA}44": care.order, f"{C_CDA}40": care.order,
    f"{C_CDA}49": care.encounter, f"{C_CDA}45": care.family, f"{C_CDA}50": care.device, f"{C_CDA}121": care.goal,
    f"{C_CDA}48": results.single, f"{C_CDA}60": care.coverage,
}  # fmt: skip
"""What each template of an entry becomes."""
SHAPES: dict[str, Callable[[Place, Node], None]] = {
    "observation": results.single, "organizer": results.group, "procedure": care.procedure, "encounter": care.encounter,
    "substanceAdministration": medicines.medication,
}  # fmt: skip
"""What an entry of no known template becomes, by its kind; acts and supplies stay in the document's text."""
RELATIVES = ("NOK", "ECON", "CAREGIVER", "GUARD", "PRS", "AGNT", "CON", "QUAL")
CONFIDENTIALITY = ("U", "L", "M", "N", "R", "V")
MEDIA = "application/xml"
FORMAT = {
    "system": "http://ihe.net/fhir/ihe.formatcode.fhir/CodeSystem/formatcode",
    "code": "urn:hl7-org:sdwg:ccda-structuredBody:2.1",
}


def to_bundle(document: Node, original: bytes, zone: ZoneInfo) -> Resource:
    """The document's Bundle: its Composition first, its DocumentReference with the original last.

    `zone`: where times without a zone are.

    Raises:
        NoDocumentId: it has no id. SeveralPeople: it is about more than one.
    """
    if (count := len(document.all("recordTarget/patientRole"))) > 1:
        raise SeveralPeople(count=count)
    own = types.identifier(document.one("id"))
    if own is None:
        raise NoDocumentId
    series = types.identifier(document.one("setId")) or own
    make = Make(f"{own.get('system')}|{own['value']}|{hashlib.sha256(original).hexdigest()}", zone)
    composition = make.new("Composition", identifier={"use": "official", **series}, status=_status(document))
    role = document.one("recordTarget/patientRole") or Node("patientRole", {})
    person = header.patient(make, role)
    subject = make.reference(person)
    stay = document.one("componentOf/encompassingEncounter")
    encounter = make.reference(header.stay(make, stay, subject)) if stay is not None else None
    keeper = header.organization(make, document.one("custodian/assignedCustodian/representedCustodianOrganization"))
    authors = header.authors(make, document)
    custodian = make.reference(keeper) if keeper else None
    _people(make, document, subject)
    kind = types.concept(document.one("code")) or {"text": "Clinical document"}
    at = types.instant(document.one("effectiveTime"), zone)
    composition |= filled(
        type=kind, subject=subject, encounter=encounter,
        date=at or "1900-01-01", author=authors or ([custodian] if custodian else [{"display": "unknown"}]),
        title=_title(document, kind), confidentiality=_confidentiality(document), attester=_attesters(make, document),
        custodian=custodian, event=_events(make, document),
    )  # fmt: skip
    place = Place(make, subject, encounter)
    body = document.one("component/structuredBody")
    sections = [_section(place, each) for each in (body.all("component/section") if body is not None else [])]
    composition |= filled(section=sections)
    _document_reference(make, document, original, filled(
        masterIdentifier=_version(own, document), status="current", type=kind, subject=subject, date=at, author=authors,
        custodian=custodian, context=filled(encounter=[encounter] if encounter else None),
    ))  # fmt: skip
    return make.bundle()


def _status(document: Node) -> str:
    told = document.one("sdtc:statusCode")
    return COMPOSITION_STATUS.get(told.get("code"), "final") if told is not None else "final"


def _title(document: Node, kind: Resource) -> str:
    title = document.one("title")
    said = title.text() if title is not None else ""
    return said or next((each["display"] for each in kind.get("coding", []) if "display" in each), "Clinical document")


def _confidentiality(document: Node) -> str | None:
    told = document.one("confidentialityCode")
    return told.get("code") if told is not None and told.get("code") in CONFIDENTIALITY else None


def _version(own: Resource, document: Node) -> Resource:
    """What tells this version of the document from all others."""
    number = document.one("versionNumber")
    told = number.get("value") if number is not None else ""
    return own | {"value": f"{own['value']}#{told}"} if told else own


def _attesters(make: Make, document: Node) -> list[Resource]:
    """Who signed: for the institution by law, or as a professional."""
    found = []
    for name, mode in (("legalAuthenticator", "legal"), ("authenticator", "professional")):
        for each in document.all(name):
            who = header.practitioner(make, each.one("assignedEntity"))
            header.organization(make, each.one("assignedEntity/representedOrganization"))
            found.append(
                filled(
                    mode=mode,
                    time=types.instant(each.one("time"), make.zone),
                    party=make.reference(who) if who else None,
                )
            )
    return found


def _events(make: Make, document: Node) -> list[Resource]:
    found = []
    for each in document.all("documentationOf/serviceEvent"):
        for entity in each.all("performer/assignedEntity"):
            header.practitioner(make, entity)
            header.organization(make, entity.one("representedOrganization"))
        code = types.concept(each.one("code"))
        event = filled(code=[code] if code else None, period=types.period(each.one("effectiveTime"), make.zone))
        found += [event] if event else []
    return found


def _people(make: Make, document: Node, subject: dict[str, str]) -> None:
    """Relatives and others whom the header names."""
    for each in document.all("participant/associatedEntity"):
        if each.get("classCode") in RELATIVES:
            header.relative(make, each, subject)
    for each in document.all("informant/relatedEntity"):
        header.relative(make, each, subject)
    for path in ("informant/assignedEntity", "dataEnterer/assignedEntity"):
        for each in document.all(path):
            header.practitioner(make, each)


def _section(place: Place, node: Node) -> Resource:
    code, heading = types.concept(node.one("code")), node.one("title")
    text = node.one("text")
    title = heading.text() if heading is not None else ""
    within = place.within(_loinc(node), narrative.by_id(text))
    for entry in node.all("entry"):
        for statement in entry.children():
            if statement.name in STATEMENTS:
                _entry(within, statement)
    return filled(
        title=title, code=code, text={"status": "generated", "div": narrative.div(text, title)}, mode="snapshot",
        entry=[place.make.reference(each) for each in within.made],
        section=[_section(place, each) for each in node.all("component/section")],
    )  # fmt: skip


def _loinc(node: Node) -> str:
    code = node.one("code")
    return code.get("code") if code is not None else ""


def _entry(place: Place, node: Node) -> None:
    """An entry by the first template that is known; else by its kind."""
    for each in node.all("templateId"):
        if convert := TEMPLATES.get(each.get("root")):
            convert(place, node)
            return
    if not node.get("nullFlavor") and (shape := SHAPES.get(node.name)):
        shape(place, node)


def _document_reference(make: Make, document: Node, original: bytes, content: Resource) -> None:
    """The original as it came; and of a document without structure the file that it holds."""
    attachments = [{"attachment": _attachment(original), "format": dict(FORMAT)}]
    attachments += [{"attachment": each} for each in _files(document)]
    make.new("DocumentReference", **content, content=attachments)


def _attachment(data: bytes) -> Resource:
    return {
        "contentType": MEDIA,
        "data": base64.b64encode(data).decode("ascii"),
        "size": len(data),
        "hash": base64.b64encode(hashlib.sha1(data, usedforsecurity=False).digest()).decode("ascii"),
    }


def _files(document: Node) -> Iterator[Resource]:
    """nonXMLBody: where the file lies; one that is in the document is in the original already."""
    for text in document.all("component/nonXMLBody/text"):
        reference = text.one("reference")
        if reference is not None and reference.get("value"):
            yield filled(contentType=text.get("mediaType"), url=reference.get("value"))
