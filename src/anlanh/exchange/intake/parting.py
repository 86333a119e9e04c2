"""A FHIR document as something that can be written: entries under names of our own, references only among them.

Ids of another server mean nothing here. A reference within the document becomes one to what its entry is in the record; one
out of the document names what it meant by its address, and points to nothing of ours.

FHIR: Bundle (document), Reference
Source: https://hl7.org/fhir/R4/documents.html, https://hl7.org/fhir/R4/bundle.html#references
"""

from __future__ import annotations

import base64
import hashlib
import re
import uuid
from typing import Any

from anlanh.exchange.intake.problems import NoDocument
from anlanh.fhir.model import json

Resource = dict[str, Any]

SEED = uuid.UUID("c0f3ba3e-96a8-5a53-9c64-5d2c7c1d9f10")
TAKEN = frozenset((
    "Patient", "Practitioner", "PractitionerRole", "Organization", "Location", "RelatedPerson", "Encounter", "EpisodeOfCare",
    "Condition", "AllergyIntolerance", "Procedure", "Observation", "DiagnosticReport", "Specimen", "ImagingStudy", "Media",
    "Immunization", "Medication", "MedicationStatement", "MedicationRequest", "MedicationDispense", "MedicationAdministration",
    "ServiceRequest", "CarePlan", "CareTeam", "Goal", "FamilyMemberHistory", "Device", "DeviceUseStatement", "Flag", "Coverage",
    "Composition", "DocumentReference", "ClinicalImpression", "RiskAssessment", "NutritionOrder", "Binary",
))  # fmt: skip
"""Types that a document may bring into the record. Others, such as a Consent that would open data, stay in the original."""
ADDRESS = re.compile(r"(?:https?://.+/)?[A-Z][A-Za-z]+/[A-Za-z0-9\-.]{1,64}(?:/_history/[A-Za-z0-9\-.]{1,64})?")
URI = "urn:ietf:rfc:3986"
MEDIA = "application/fhir+json"


def part(bundle: Resource) -> Resource:
    """The document with new fullUrls, references among them, and a DocumentReference that keeps the original. Pure.

    Raises:
        NoDocument: it has no identifier, no Composition first, nobody it is about, or entries that cannot be told apart.
    """
    identifier = bundle.get("identifier")
    if not isinstance(identifier, dict) or not isinstance(identifier.get("value"), str) or not identifier["value"]:
        raise NoDocument(why="it has no identifier")
    entries = _entries(bundle)
    seed = f"{identifier.get('system', '')}|{identifier['value']}"
    urls = {
        url: f"urn:uuid:{uuid.uuid5(SEED, f'{seed}|{url}')}" for url, each in entries if each["resourceType"] in TAKEN
    }
    original = json.encode(bundle)
    composition = entries[0][1]
    if composition["resourceType"] != "Composition":
        raise NoDocument(why="its first entry is no Composition")
    about = composition.get("subject")
    told = about.get("reference") if isinstance(about, dict) else None
    target = _resolved(told, entries[0][0], urls) if isinstance(told, str) else None
    kinds = {urls[url]: each["resourceType"] for url, each in entries if url in urls}
    if target is None or kinds[target] != "Patient":
        raise NoDocument(why="its Composition is about no Patient of the document")
    out: list[Resource] = [
        {"fullUrl": urls[url], "resource": _renamed(each, url, urls)} for url, each in entries if url in urls
    ]
    kept = _original(identifier, composition, {"reference": target}, original)
    out.append({"fullUrl": f"urn:uuid:{uuid.uuid5(SEED, f'{seed}|original')}", "resource": kept})
    out[0]["resource"].setdefault("identifier", identifier)
    return {"resourceType": "Bundle", "type": "document", "entry": out}


def _entries(bundle: Resource) -> list[tuple[str, Resource]]:
    found: list[tuple[str, Resource]] = []
    told = bundle.get("entry")
    for number, each in enumerate(told if isinstance(told, list) else []):
        resource = each.get("resource") if isinstance(each, dict) else None
        if not isinstance(resource, dict) or not isinstance(resource.get("resourceType"), str):
            raise NoDocument(why=f"entry {number} has no resource")
        url = each.get("fullUrl")
        if not isinstance(url, str) or not url:
            raise NoDocument(why=f"entry {number} has no fullUrl")
        found.append((url, resource))
    if not found:
        raise NoDocument(why="it has no entries")
    if len({url for url, _ in found}) < len(found):
        raise NoDocument(why="two entries have the same fullUrl")
    return found


def _resolved(reference: str, base: str, urls: dict[str, str]) -> str | None:
    """The entry that a reference means, seen from the entry `base`."""
    if reference in urls:
        return urls[reference]
    bare = reference.partition("/_history/")[0]
    root = "/".join(base.split("/")[:-2])
    if base.startswith("http") and f"{root}/{bare}" in urls:
        return urls[f"{root}/{bare}"]
    ends = [new for url, new in urls.items() if url.startswith("http") and url.endswith(f"/{bare}")]
    return ends[0] if len(ends) == 1 and "/" in bare and not bare.startswith("http") else None


def _renamed(resource: Resource, base: str, urls: dict[str, str]) -> Resource:
    renamed: Resource = _copied(resource, base, urls)
    renamed.pop("id", None)
    return renamed


def _copied(value: Any, base: str, urls: dict[str, str]) -> Any:
    if isinstance(value, list):
        return [_copied(each, base, urls) for each in value]
    if not isinstance(value, dict):
        return value
    out = {name: _copied(each, base, urls) for name, each in value.items()}
    reference = out.get("reference")
    if (
        isinstance(reference, str)
        and not reference.startswith("#")
        and (ADDRESS.fullmatch(reference) or reference.startswith("urn:"))
    ):
        _point(out, reference, base, urls)
    return out


def _point(element: Resource, reference: str, base: str, urls: dict[str, str]) -> None:
    target = _resolved(reference, base, urls)
    if target is not None:
        element["reference"] = target
        return
    del element["reference"]
    if reference.startswith(("http", "urn:")):
        element.setdefault("identifier", {"system": URI, "value": reference})
    else:
        element.setdefault("display", reference)


def _original(identifier: Resource, composition: Resource, subject: Resource, data: bytes) -> Resource:
    attachment = {
        "contentType": MEDIA, "data": base64.b64encode(data).decode("ascii"), "size": len(data),
        "hash": base64.b64encode(hashlib.sha1(data, usedforsecurity=False).digest()).decode("ascii"),
    }  # fmt: skip
    kind = {"type": composition["type"]} if isinstance(composition.get("type"), dict) else {}
    return {
        "resourceType": "DocumentReference", "masterIdentifier": identifier, "status": "current", **kind,
        "subject": subject, "content": [{"attachment": attachment}],
    }  # fmt: skip
