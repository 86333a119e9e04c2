"""OIDs of code systems and identifiers, and the URIs that FHIR has for them.

FHIR: Coding.system, Identifier.system
Source: https://hl7.org/fhir/R4/terminologies-systems.html, https://terminology.hl7.org/identifiers.html
"""

from __future__ import annotations

import re

from anlanh.fhir.vn.systems import CVX, ICD9_CM, ICD10

TERMINOLOGY = "http://terminology.hl7.org/CodeSystem/"

URIS = {
    "2.16.840.1.113883.6.1": "http://loinc.org",
    "2.16.840.1.113883.6.96": "http://snomed.info/sct",
    "2.16.840.1.113883.6.88": "http://www.nlm.nih.gov/research/umls/rxnorm",
    "2.16.840.1.113883.6.8": "http://unitsofmeasure.org",
    "2.16.840.1.113883.6.69": "http://hl7.org/fhir/sid/ndc",
    "2.16.840.1.113883.6.12": "http://www.ama-assn.org/go/cpt",
    "2.16.840.1.113883.6.285": "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets",
    "2.16.840.1.113883.6.3": ICD10,
    "2.16.840.1.113883.6.90": "http://hl7.org/fhir/sid/icd-10-cm",
    "2.16.840.1.113883.6.4": "http://www.cms.gov/Medicare/Coding/ICD10",
    "2.16.840.1.113883.6.42": ICD9_CM,
    "2.16.840.1.113883.6.103": ICD9_CM,
    "2.16.840.1.113883.6.104": ICD9_CM,
    "2.16.840.1.113883.6.73": "http://www.whocc.no/atc",
    "2.16.840.1.113883.6.101": "http://nucc.org/provider-taxonomy",
    "2.16.840.1.113883.6.259": "https://www.cdc.gov/nhsn/cdaportal/terminology/codesystem/hsloc.html",
    "2.16.840.1.113883.4.9": "http://fdasis.nlm.nih.gov",
    "2.16.840.1.113883.12.292": CVX,
    "2.16.840.1.113883.6.59": CVX,
    "2.16.840.1.113883.12.227": "http://hl7.org/fhir/sid/mvx",
    "2.16.840.1.113883.3.26.1.1": "http://ncicb.nci.nih.gov/xml/owl/EVS/Thesaurus.owl",
    "1.2.840.10008.2.16.4": "http://dicom.nema.org/resources/ontology/DCM",
    "2.16.840.1.113883.5.1": f"{TERMINOLOGY}v3-AdministrativeGender",
    "2.16.840.1.113883.5.2": f"{TERMINOLOGY}v3-MaritalStatus",
    "2.16.840.1.113883.5.4": f"{TERMINOLOGY}v3-ActCode",
    "2.16.840.1.113883.5.6": f"{TERMINOLOGY}v3-ActClass",
    "2.16.840.1.113883.5.7": f"{TERMINOLOGY}v3-ActPriority",
    "2.16.840.1.113883.5.8": f"{TERMINOLOGY}v3-ActReason",
    "2.16.840.1.113883.5.25": f"{TERMINOLOGY}v3-Confidentiality",
    "2.16.840.1.113883.5.83": f"{TERMINOLOGY}v3-ObservationInterpretation",
    "2.16.840.1.113883.5.84": f"{TERMINOLOGY}v3-ObservationMethod",
    "2.16.840.1.113883.5.88": f"{TERMINOLOGY}v3-ParticipationFunction",
    "2.16.840.1.113883.5.110": f"{TERMINOLOGY}v3-RoleClass",
    "2.16.840.1.113883.5.111": f"{TERMINOLOGY}v3-RoleCode",
    "2.16.840.1.113883.5.112": f"{TERMINOLOGY}v3-RouteOfAdministration",
    "2.16.840.1.113883.5.1008": f"{TERMINOLOGY}v3-NullFlavor",
    "2.16.840.1.113883.5.1076": f"{TERMINOLOGY}v3-ReligiousAffiliation",
    "2.16.840.1.113883.12.112": f"{TERMINOLOGY}discharge-disposition",
    "2.16.840.1.113883.6.238": "urn:oid:2.16.840.1.113883.6.238",
    "2.16.840.1.113883.4.6": "http://hl7.org/fhir/sid/us-npi",
    "2.16.840.1.113883.4.1": "http://hl7.org/fhir/sid/us-ssn",
}

_OID = re.compile(r"[0-2](\.(0|[1-9][0-9]*))+")
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def uri_of(root: str) -> str | None:
    """The URI of an OID, UUID or URI; None for what is none of them."""
    if found := URIS.get(root):
        return found
    if _OID.fullmatch(root):
        return f"urn:oid:{root}"
    if _UUID.fullmatch(root):
        return f"urn:uuid:{root.lower()}"
    return root if root.startswith(("http://", "https://", "urn:")) else None
