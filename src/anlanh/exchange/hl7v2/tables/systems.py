"""Names of coding systems as messages have them (HL7 table 0396) and the URIs that FHIR has for them.

Source: HL7 v2.8.2 table 0396; https://hl7.org/fhir/R4/terminologies-systems.html
"""

from __future__ import annotations

from anlanh.exchange.hl7v2.tables import TERMINOLOGY
from anlanh.fhir.vn.systems import BHXH_NUMBER, BHYT_CARD, CVX, ICD10, PERSONAL_ID

HL7_TABLE_0396 = {
    "LN": "http://loinc.org",
    "LOINC": "http://loinc.org",
    "SCT": "http://snomed.info/sct",
    "SCT2": "http://snomed.info/sct",
    "SNM": "http://snomed.info/sct",
    "SNOMED": "http://snomed.info/sct",
    "SNOMED-CT": "http://snomed.info/sct",
    "I9": "http://hl7.org/fhir/sid/icd-9-cm",
    "I9C": "http://hl7.org/fhir/sid/icd-9-cm",
    "I9CDX": "http://hl7.org/fhir/sid/icd-9-cm",
    "I9CP": "http://hl7.org/fhir/sid/icd-9-cm",
    "ICD9": "http://hl7.org/fhir/sid/icd-9-cm",
    "I10": ICD10,
    "ICD10": ICD10,
    "I10C": "http://hl7.org/fhir/sid/icd-10-cm",
    "I10P": "http://www.cms.gov/Medicare/Coding/ICD10",
    "C4": "http://www.ama-assn.org/go/cpt",
    "CPT": "http://www.ama-assn.org/go/cpt",
    "C5": "http://www.ama-assn.org/go/cpt",
    "CVX": CVX,
    "MVX": "http://hl7.org/fhir/sid/mvx",
    "NDC": "http://hl7.org/fhir/sid/ndc",
    "RXNORM": "http://www.nlm.nih.gov/research/umls/rxnorm",
    "UCUM": "http://unitsofmeasure.org",
    "ISO+": f"{TERMINOLOGY}ISOp",
    "ISO": f"{TERMINOLOGY}ISOp",
    "ANS+": f"{TERMINOLOGY}ANSp",
    "ISO3166_1": "urn:iso:std:iso:3166",
    "ISO639": "urn:ietf:bcp:47",
    "ISO639-1": "urn:ietf:bcp:47",
    "ISO639-2": "urn:ietf:bcp:47",
    "ISO639-3": "urn:ietf:bcp:47",
    "CDCREC": "urn:oid:2.16.840.1.113883.6.238",
    "HB": f"{TERMINOLOGY}HIBC",
    "ISBT": "http://www.isbt128.org",
    "HCPT": "http://www.ama-assn.org/go/cpt",
    "ATC": "http://www.whocc.no/atc",
    "DCM": "http://dicom.nema.org/resources/ontology/DCM",
    "ICDO": f"{TERMINOLOGY}icd-o-3",
    "ICDO3": f"{TERMINOLOGY}icd-o-3",
    "NCIT": "http://ncicb.nci.nih.gov/xml/owl/EVS/Thesaurus.owl",
    "HCPCS": "http://terminology.hl7.org/CodeSystem/hcpcs-Level-II",
}


VIETNAMESE_AUTHORITIES = {"CCCD": PERSONAL_ID, "DDCN": PERSONAL_ID, "BHYT": BHYT_CARD, "BHXH": BHXH_NUMBER}
"""Assigning authorities that mean the same at every sender: personal id, insurance card, social insurance number."""


def uri_of(name: str) -> str | None:
    """The URI of a system by the name a message has for it; None when only the sender knows what it means."""
    name = name.strip()
    if found := HL7_TABLE_0396.get(name.upper()):
        return found
    if name.upper().startswith(("HL7", "HL")) and name[-4:].isdigit():
        return f"{TERMINOLOGY}v2-{name[-4:]}"
    if name.startswith(("http://", "https://", "urn:")):
        return name
    parts = name.split(".")
    if len(parts) > 3 and all(part.isdigit() for part in parts):
        return f"urn:oid:{name}"
    return None
