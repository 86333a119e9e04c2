"""A hospital's discharge summary, made of a few words."""

from __future__ import annotations

from typing import Any

OID = "2.16.840.1.113883.10.20.22.4."
LOINC = "2.16.840.1.113883.6.1"
SNOMED = "2.16.840.1.113883.6.96"
BHYT = "DN4191234567890"


def document(
    *sections: str, number: str = "XV-1", version: str = "", person: str = "", at: str = "20260601080000+0700"
) -> bytes:
    """A discharge summary of Nguyễn An with sections in it."""
    who = person or f'<id root="2.999.1" extension="{BHYT}" assigningAuthorityName="BHYT"/>'
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:sdtc="urn:hl7-org:sdtc">
<id root="2.999.7" extension="{number}"/>
<code code="18842-5" codeSystem="{LOINC}" displayName="Discharge summary"/>
<title>Giấy ra viện</title><effectiveTime value="{at}"/><confidentialityCode code="N"/>
<setId root="2.999.7" extension="GRV-1"/>{f'<versionNumber value="{version}"/>' if version else ""}
<recordTarget><patientRole>{who}
<addr use="H"><streetAddressLine>Tổ 3</streetAddressLine><city>Phan Đình Phùng</city><state>Thái Nguyên</state></addr>
<telecom value="tel:0912345678" use="MC"/>
<patient><name><family>NGUYỄN</family><given>Văn An</given></name><administrativeGenderCode code="M"/>
<birthTime value="19800102"/></patient></patientRole></recordTarget>
<author><time value="{at}"/><assignedAuthor><id root="2.999.2" extension="BS01"/>
<assignedPerson><name><family>Trần</family><given>Bình</given></name></assignedPerson></assignedAuthor></author>
<custodian><assignedCustodian><representedCustodianOrganization><id root="2.999.3" extension="19001"/>
<name>Bệnh viện A</name></representedCustodianOrganization></assignedCustodian></custodian>
<componentOf><encompassingEncounter><id root="2.999.4" extension="V1"/>
<effectiveTime><low value="20260528"/><high value="20260601"/></effectiveTime></encompassingEncounter></componentOf>
<component><structuredBody>{"".join(sections)}</structuredBody></component>
</ClinicalDocument>""".encode()


def section(code: str, title: str, *entries: str, text: str = "") -> str:
    """A section with entries."""
    inner = "".join(f"<entry>{each}</entry>" for each in entries)
    return (
        f'<component><section><code code="{code}" codeSystem="{LOINC}"/><title>{title}</title>'
        f"<text>{text or title}</text>{inner}</section></component>"
    )


def problem(code: str, name: str, number: str = "P1", more: str = "") -> str:
    """A Problem Concern Act."""
    return (
        f'<act classCode="ACT" moodCode="EVN"><templateId root="{OID}3"/><id root="2.999.5" extension="C{number}"/>'
        f'<statusCode code="active"/><entryRelationship typeCode="SUBJ"><observation classCode="OBS" moodCode="EVN" {more}>'
        f'<templateId root="{OID}4"/><id root="2.999.5" extension="{number}"/><effectiveTime><low value="20260528"/></effectiveTime>'
        f'<value xsi:type="CD" code="{code}" codeSystem="2.16.840.1.113883.6.3" displayName="{name}"/>'
        "</observation></entryRelationship></act>"
    )


def allergy(code: str, name: str, reaction: str = "") -> str:
    """An Allergy Concern Act to a medicine."""
    told = (
        f'<entryRelationship><observation><templateId root="{OID}9"/><value xsi:type="CD" code="247472004"'
        f' codeSystem="{SNOMED}" displayName="{reaction}"/><entryRelationship><observation><templateId root="{OID}8"/>'
        f'<value xsi:type="CD" code="24484000" codeSystem="{SNOMED}"/></observation></entryRelationship>'
        "</observation></entryRelationship>"
        if reaction
        else ""
    )
    return (
        f'<act><templateId root="{OID}30"/><statusCode code="active"/><entryRelationship><observation>'
        f'<templateId root="{OID}7"/><id root="2.999.5" extension="A1"/><value xsi:type="CD" code="416098002" codeSystem="{SNOMED}"/>'
        f'<participant><participantRole><playingEntity><code code="{code}" codeSystem="2.16.840.1.113883.6.88"'
        f' displayName="{name}"/></playingEntity></participantRole></participant>{told}</observation></entryRelationship></act>'
    )


def vital(code: str, value: str, unit: str) -> str:
    """A Vital Signs Organizer with one sign."""
    return (
        f'<organizer><templateId root="{OID}26"/><statusCode code="completed"/><component><observation moodCode="EVN">'
        f'<templateId root="{OID}27"/><code code="{code}" codeSystem="{LOINC}"/><statusCode code="completed"/>'
        f'<effectiveTime value="202605281015"/><value xsi:type="PQ" value="{value}" unit="{unit}"/></observation></component></organizer>'
    )


def medicine(name: str, mood: str = "EVN") -> str:
    """A Medication Activity."""
    return (
        f'<substanceAdministration moodCode="{mood}"><templateId root="{OID}16"/><id root="2.999.5" extension="M{mood}"/>'
        '<text><reference value="#m1"/></text><statusCode code="active"/><effectiveTime xsi:type="PIVL_TS"><period value="8" unit="h"/>'
        '</effectiveTime><doseQuantity value="1" unit="{viên}"/><consumable><manufacturedProduct><manufacturedMaterial>'
        f"<code nullFlavor='OTH'><originalText>{name}</originalText></code></manufacturedMaterial></manufacturedProduct></consumable>"
        "</substanceAdministration>"
    )


def resources(bundle: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    """The Bundle's resources of a type."""
    return [each["resource"] for each in bundle["entry"] if each["resource"]["resourceType"] == kind]
