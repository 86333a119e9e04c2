"""What each resource of a message's or document's Bundle is in the record, so that a replay or a later message finds the same one.

People, professionals and organizations are looked up by their identifiers. Everything else gets an id made of what it is
within them: a stay is its visit number, a result its order number and code. What has no identity of its own belongs to
its message. Ids are hashes, so nothing of an identifier shows in them.

FHIR: Identifier, logical id
Source: HL7 v2.8.2 section 2.A (assigning authority); https://hl7.org/fhir/R4/http.html#cond-update
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from anlanh.exchange.intake.problems import Contradiction, NoPatient

Resource = dict[str, Any]
Found = Mapping[tuple[str, str], frozenset[str]]
"""Ids of the record's resources by type and `system|value`."""

IDS = uuid.UUID("0c1b7a52-9f5e-5d0c-8a51-3a1f6a0d2b44")
LOOKED_UP = ("Patient", "Practitioner", "Organization")
NOT_A_PERSONS = frozenset(("AN", "VN", "ACSN", "ANON", "ANC", "AND", "ANT", "BA", "BC", "BRN"))
"""HL7 table 0203: identifiers in PID-3 that are of an account, a visit or a bank, not of the person."""
LEFT_OUT = frozenset(("MessageHeader",))
KEPT_PROVENANCE = frozenset(("ServiceRequest",))
ORDER = ("Organization", "Location", "Practitioner", "PractitionerRole", "Patient", "RelatedPerson", "Account", "Coverage",
         "EpisodeOfCare", "Encounter", "ServiceRequest", "Specimen", "DiagnosticReport")  # fmt: skip
"""Types whose ids others are made of, in that order; the rest come after."""


@dataclass(slots=True)
class Plan:
    """The resources of one message under the ids that they have in the record, references included, in order."""

    resources: list[Resource]
    patient_id: str = ""


@dataclass(slots=True)
class _Naming:
    """Ids given so far. `named`: urn to `Type/id`; `shown`: urn to a display, for what is no resource of its own."""

    entries: list[tuple[str, Resource]]
    found: Found
    message: str
    scope: str
    named: dict[str, str] = field(default_factory=dict)
    shown: dict[str, str] = field(default_factory=dict)
    told: dict[str, str] = field(default_factory=dict)
    parents: dict[str, str] = field(default_factory=dict)
    counted: dict[str, int] = field(default_factory=dict)
    patient: str = ""


def tokens(resource: Resource) -> list[str]:
    """The identifiers by which a resource may be looked up, as `system|value`."""
    out = []
    for each in resource.get("identifier", []):
        kinds = {coding.get("code") for coding in each.get("type", {}).get("coding", [])}
        if each.get("system") and each.get("value") and not kinds & NOT_A_PERSONS:
            out.append(f"{each['system']}|{each['value']}")
    return out


def wanted(bundle: Resource, scope: str) -> set[tuple[str, str]]:
    """What has to be looked up before the plan can be made: types and `system|value`."""
    asked = set()
    for entry in bundle["entry"]:
        resource = entry["resource"]
        if resource["resourceType"] in LOOKED_UP:
            scoped(resource, scope)
            asked |= {(resource["resourceType"], token) for token in tokens(resource)}
    return asked


def scoped(resource: Resource, scope: str) -> None:
    """Identifiers without an authority are the sender's own: they get a system below its base."""
    for each in resource.get("identifier", []):
        if "value" in each and "system" not in each:
            each["system"] = scope


def document_key(scope: str, resource: Resource) -> str:
    """What a DocumentReference is known by: its masterIdentifier."""
    master = resource["masterIdentifier"]
    return f"{master.get('system', scope)}|{master['value']}"


def id_of(kind: str, key: str) -> str:
    """The id in the record of what is known by a key."""
    return str(uuid.uuid5(IDS, f"{kind}|{key}"))


def plan(bundle: Resource, found: Found, *, message: str, scope: str) -> Plan:
    """The Bundle's resources under their ids in the record. `message` is the identity of the message itself.

    Raises:
        NoPatient: the person has no identifier.
        Contradiction: its identifiers belong to different people.
    """
    entries = [(entry["fullUrl"], entry["resource"]) for entry in bundle["entry"]]
    naming = _Naming(entries, found, message, scope)
    for url, resource in entries:
        _note_parents(naming, url, resource)
    rank = {name: at for at, name in enumerate(ORDER)}
    for url, resource in sorted(entries, key=lambda entry: rank.get(entry[1]["resourceType"], len(ORDER))):
        _name(naming, url, resource)
    return Plan(_written(naming), naming.patient)


def _note_parents(naming: _Naming, url: str, resource: Resource) -> None:
    """Results of a report are told apart within it."""
    for reference in resource.get("result", []):
        naming.parents[reference["reference"]] = url


def _name(naming: _Naming, url: str, resource: Resource) -> None:
    kind = resource["resourceType"]
    if kind in LEFT_OUT or (kind == "Provenance" and not _is_kept(naming, resource)):
        naming.shown[url] = ""
        return
    scoped(resource, naming.scope) if kind in LOOKED_UP else None
    key_of = KEYS.get(kind, _by_identifier)
    key = key_of(naming, url, resource)
    if key == THIN:
        naming.shown[url] = _display(resource)
        return
    if key is None:
        key = _of_message(naming, kind)
    if kind in TOLD_APART:
        key = _apart(naming, kind, key, resource)
    resource_id = key[3:] if key.startswith("id:") else id_of(kind, key)
    naming.named[url] = f"{kind}/{resource_id}"
    if kind == "Patient" and not naming.patient and resource.get("active") is not False:
        naming.patient = resource_id


TOLD_APART = ("Observation", "Condition", "Procedure", "AllergyIntolerance", "Immunization", "MedicationStatement", "Device",
              "MedicationRequest", "FamilyMemberHistory", "ServiceRequest", "DiagnosticReport", "DocumentReference")  # fmt: skip
CODED = ("code", "vaccineCode", "medicationCodeableConcept", "relationship", "type")
DATED = ("effectiveDateTime", "effectivePeriod", "onsetDateTime", "performedDateTime", "occurrenceDateTime")


def _apart(naming: _Naming, kind: str, key: str, resource: Resource) -> str:
    """Some senders give one number to different things of a message: they stay different."""
    said = "|".join([*(_code(resource, name) for name in CODED), *(str(resource.get(name, "")) for name in DATED)])
    known = naming.told.setdefault(f"{kind}|{key}", said)
    return key if known == said else f"{key}|{said}"


THIN = "\0thin"
"""The key of what is only a name: a reference shows it, and no resource is written."""


def _is_kept(naming: _Naming, resource: Resource) -> bool:
    targets = {naming.named.get(each.get("reference", ""), "").partition("/")[0] for each in resource.get("target", [])}
    return bool(targets & KEPT_PROVENANCE)


def _of_message(naming: _Naming, kind: str) -> str:
    number = naming.counted[kind] = naming.counted.get(kind, 0) + 1
    return f"{naming.message}|{number}"


def _patient(naming: _Naming, url: str, resource: Resource) -> str | None:
    asked = tokens(resource)
    ids = frozenset[str]().union(*(naming.found.get(("Patient", token), frozenset()) for token in asked))
    if len(ids) > 1:
        raise Contradiction(count=len(ids))
    if ids:
        return f"id:{next(iter(ids))}"
    if not asked:
        raise NoPatient
    return asked[0]


def _looked_up(naming: _Naming, url: str, resource: Resource) -> str | None:
    """Professionals and organizations: the one in the record, or a new one; without identifier only a name."""
    asked = tokens(resource)
    for token in asked:
        if ids := naming.found.get((resource["resourceType"], token)):
            return f"id:{min(ids)}"
    if asked and (resource.get("name") or resource["resourceType"] == "Practitioner"):
        return asked[0]
    if resource["resourceType"] == "Organization" and resource.get("name"):
        return f"{naming.scope}|{resource['name']}"
    return THIN


def _location(naming: _Naming, url: str, resource: Resource) -> str | None:
    name = resource.get("name") or next((each["value"] for each in resource.get("identifier", [])), None)
    if name is None:
        return THIN
    around = _ref(naming, resource.get("partOf"))
    kind = next((each["code"] for each in resource.get("physicalType", {}).get("coding", [])), "")
    return f"{around or naming.scope}|{kind}|{name}"


def _encounter(naming: _Naming, url: str, resource: Resource) -> str | None:
    if token := _token(resource):
        return f"{_subject(naming, resource)}|{token}"
    start = resource.get("period", {}).get("start")
    return f"{_subject(naming, resource)}|{start}" if start else THIN


def _by_identifier(naming: _Naming, url: str, resource: Resource) -> str | None:
    token = _token(resource)
    return f"{_subject(naming, resource)}|{token}" if token else None


def _order(naming: _Naming, url: str, resource: Resource) -> str | None:
    """An order or report: its number, and what it is for, since one number may stand for several."""
    token = _token(resource, "PLAC") or _token(resource, "FILL") or _token(resource)
    return f"{_subject(naming, resource)}|{token}|{_code(resource)}" if token else None


def _report(naming: _Naming, url: str, resource: Resource) -> str | None:
    token = _token(resource, "FILL") or _token(resource, "PLAC") or _token(resource)
    return f"{_subject(naming, resource)}|{token}|{_code(resource)}" if token else None


def _observation(naming: _Naming, url: str, resource: Resource) -> str | None:
    if token := _token(resource):
        return f"{_subject(naming, resource)}|{token}"
    parent = naming.named.get(naming.parents.get(url, ""))
    if parent is None:
        parent = next((_ref(naming, each) for each in resource.get("partOf", [])), None)
    if parent is None:
        at = resource.get("effectiveDateTime", naming.message)
        parent = f"{_ref(naming, resource.get('encounter')) or _subject(naming, resource)}|{at}"
    sub = next((inner.get("valueString", "") for each in resource.get("extension", []) for inner in each.get("extension", [])
                if each["url"].endswith("observation-v2-subid")), "")  # fmt: skip
    key = f"{parent}|{_code(resource)}|{sub}"
    number = naming.counted[key] = naming.counted.get(key, 0) + 1
    return f"{key}|{number}"


def _within_stay(naming: _Naming, url: str, resource: Resource) -> str | None:
    """A condition or procedure: its identifier, or what it is in this stay."""
    if token := _token(resource):
        return f"{_subject(naming, resource)}|{token}"
    where = _ref(naming, resource.get("encounter")) or _subject(naming, resource)
    at = resource.get("performedDateTime") or resource.get("performedPeriod", {}).get("start", "")
    return f"{where}|{_code(resource)}|{at}"


def _of_person(naming: _Naming, url: str, resource: Resource) -> str | None:
    """What a person has at most once: an allergy to a thing, a relative of that name."""
    about = _subject(naming, resource)
    if token := _token(resource):
        return f"{about}|{token}"
    name = next((f"{each.get('family')} {' '.join(each.get('given', []))}" for each in resource.get("name", [])), "")
    said = _code(resource) or name
    if resource["resourceType"] == "RelatedPerson":
        said += "|" + ",".join(
            coding.get("code", "") for each in resource.get("relationship", []) for coding in each.get("coding", [])[:1]
        )
    return f"{about}|{said}" if said.strip("|") else None


def _immunization(naming: _Naming, url: str, resource: Resource) -> str | None:
    if token := _token(resource, "FILL") or _token(resource, "PLAC"):
        return f"{_subject(naming, resource)}|{token}|{_code(resource, 'vaccineCode')}"
    at = resource.get("occurrenceDateTime")
    return f"{_subject(naming, resource)}|{_code(resource, 'vaccineCode')}|{at}" if at else None


def _medication(naming: _Naming, url: str, resource: Resource) -> str | None:
    token = _token(resource, "PLAC") or _token(resource, "FILL") or _token(resource)
    return f"{_subject(naming, resource)}|{token}|{_code(resource, 'medicationCodeableConcept')}" if token else None


def _coverage(naming: _Naming, url: str, resource: Resource) -> str | None:
    token = _token(resource) or resource.get("subscriberId")
    kinds = "|".join(each["value"] for each in resource.get("class", []))
    payer = next((_ref(naming, each) for each in resource.get("payor", [])), None)
    said = token or kinds or payer
    return f"{_subject(naming, resource)}|{said}" if said else None


def _role(naming: _Naming, url: str, resource: Resource) -> str | None:
    who = _ref(naming, resource.get("practitioner"))
    if who is None:
        return THIN
    return f"{who}|{_ref(naming, resource.get('organization'))}|{_code(resource, 'code')}"


def _document(naming: _Naming, url: str, resource: Resource) -> str | None:
    return document_key(naming.scope, resource) if "value" in resource.get("masterIdentifier", {}) else None


def _composition(naming: _Naming, url: str, resource: Resource) -> str | None:
    own = resource.get("identifier", {})
    return f"{own.get('system', naming.scope)}|{own['value']}" if "value" in own else None


KEYS: dict[str, Callable[[_Naming, str, Resource], str | None]] = {
    "Patient": _patient,
    "Practitioner": _looked_up,
    "Organization": _looked_up,
    "Location": _location,
    "PractitionerRole": _role,
    "RelatedPerson": _of_person,
    "AllergyIntolerance": _of_person,
    "Encounter": _encounter,
    "Condition": _within_stay,
    "Procedure": _within_stay,
    "ServiceRequest": _order,
    "DiagnosticReport": _report,
    "Observation": _observation,
    "Immunization": _immunization,
    "MedicationRequest": _medication,
    "MedicationDispense": _medication,
    "Coverage": _coverage,
    "DocumentReference": _document,
    "Composition": _composition,
}
"""What a resource is known by; None: it is its message's own."""


def _token(resource: Resource, kind: str = "") -> str | None:
    for each in resource.get("identifier", []):
        codes = [coding.get("code") for coding in each.get("type", {}).get("coding", [])]
        if "value" in each and (not kind or kind in codes):
            return f"{each.get('system', '')}|{each['value']}"
    return None


def _code(resource: Resource, name: str = "code") -> str:
    coded = resource.get(name, {})
    coded = coded[0] if isinstance(coded, list) and coded else coded
    if not isinstance(coded, dict):
        return ""
    first: Resource = next(iter(coded.get("coding", [])), {})
    return f"{first.get('system', '')}#{first['code']}" if "code" in first else str(coded.get("text", ""))


def _subject(naming: _Naming, resource: Resource) -> str:
    for name in ("subject", "patient", "beneficiary"):
        about = resource.get(name)
        if isinstance(about, list):
            about = about[0] if about else None
        if found := _ref(naming, about):
            return found
    return naming.scope


def _ref(naming: _Naming, reference: Any) -> str | None:
    return naming.named.get(reference.get("reference", "")) if isinstance(reference, dict) else None


def _display(resource: Resource) -> str:
    name = resource.get("name")
    if isinstance(name, list) and name:
        parts = [*name[0].get("prefix", []), name[0].get("family", ""), *name[0].get("given", [])]
        return " ".join(part for part in parts if part)
    if isinstance(name, str):
        return name
    return next((each["value"] for each in resource.get("identifier", []) if "value" in each), "")


def _written(naming: _Naming) -> list[Resource]:
    """The resources with ids and references in place; what has one id is one resource."""
    by_target: dict[str, Resource] = {}
    for url, resource in naming.entries:
        target = naming.named.get(url)
        if target is None:
            continue
        _rename(naming, resource)
        resource["id"] = target.partition("/")[2]
        known = by_target.setdefault(target, resource)
        if known is not resource:
            for name, value in resource.items():
                known.setdefault(name, value)
    return list(by_target.values())


def _rename(naming: _Naming, value: Resource) -> None:
    """Put ids, or displays, in place of references within the message; what is left without content goes."""
    for name, child in list(value.items()):
        if type(child) is dict:
            if not _refer(naming, child):
                del value[name]
        elif type(child) is list:
            kept = [each for each in child if type(each) is not dict or _refer(naming, each)]
            if len(kept) < len(child):
                value[name] = kept
                if not kept:
                    del value[name]


def _refer(naming: _Naming, element: Resource) -> bool:
    """Whether anything of the element stays."""
    reference = element.get("reference")
    if type(reference) is str and reference.startswith("urn:uuid:"):
        if reference in naming.named:
            element["reference"] = naming.named[reference]
            return True
        del element["reference"]
        if display := naming.shown.get(reference, ""):
            element["display"] = display
        return bool(element)
    _rename(naming, element)
    return True
