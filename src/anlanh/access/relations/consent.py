"""What a citizen's Consent says, as relations (share, research) and denials (hide).

A provision of type `deny` hides, one of type `permit` opens: for its actors (none: everyone), its security labels
(none: everything) and its classes (resource types), for its purposes, in its period. Only an active Consent counts.

FHIR: Consent
Source: https://hl7.org/fhir/R4/consent.html; Luật 91/2025/QH15 Điều 9, 10, 26
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from anlanh.access.policy.sight import EVERYONE, LABELS, client_party
from anlanh.access.relations import care
from anlanh.access.relations.care import LONG_AGO, Resource
from anlanh.access.relations.model import FOREVER, Denial, Relation
from anlanh.fhir.search.extract import label_key
from anlanh.fhir.search.keys import rid_of

RESEARCH = "research"
TYPES = "http://hl7.org/fhir/resource-types"
KIND_OF_SCOPE = {RESEARCH: "research"}
"""Consent.scope to the kind of relation that a permission makes; any other makes `consent`."""


def of(resource: Resource, rid: int, type_number: Callable[[str], int]) -> tuple[list[Relation], list[Denial]]:
    """Relations and denials of a Consent of that key."""
    if resource.get("status") != "active":
        return [], []
    patients = care.rids_of([resource.get("patient")], "Patient")
    scope = next((each.get("code") for each in resource.get("scope", {}).get("coding", ())), "")
    relations: list[Relation] = []
    denials: list[Denial] = []
    for provision in _provisions(resource.get("provision", {})):
        types = _types(provision, type_number)
        keys = _keys(provision)
        since = care.instant_of(provision.get("period", {}).get("start")) or LONG_AGO
        until = care.instant_of(provision.get("period", {}).get("end")) or FOREVER
        actors = _actors(provision)
        for patient in patients:
            if provision.get("type") == "permit":
                kind = KIND_OF_SCOPE.get(scope or "", "consent")
                parties = actors or ([EVERYONE] if kind == RESEARCH else [])
                people = _people(provision) if kind == "consent" and keys is None else []
                relations += [
                    Relation(patient, each, "delegate" if each in people else kind, since, until, rid, types, keys)
                    for each in parties
                ]
            elif provision.get("type") == "deny":
                purposes = tuple(each["code"] for each in provision.get("purpose", ()) if "code" in each) or None
                denials.append(Denial(patient, tuple(actors) or None, types, keys, purposes, since, until, rid))
    return list(dict.fromkeys(relations)), list(dict.fromkeys(denials))


def _provisions(provision: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if provision:
        yield provision
    for each in provision.get("provision", ()):
        yield from _provisions(each)


def _people(provision: dict[str, Any]) -> list[int]:
    """Other citizens among the actors: they are delegates, who see nothing sensitive unless it is named."""
    return care.rids_of([each.get("reference", {}) for each in provision.get("actor", ())], "Patient")


def _actors(provision: dict[str, Any]) -> list[int]:
    references = [each.get("reference", {}) for each in provision.get("actor", ())]
    apps = [
        each["identifier"]["value"]
        for each in references
        if each.get("type") == "Device" and isinstance(each.get("identifier", {}).get("value"), str)
    ]
    return [
        *care.parties_of(references), *care.rids_of(references, "Patient"), *map(client_party, apps),
        *(rid_of(*r["reference"].split("/")) for r in references if str(r.get("reference")).startswith("Device/")),
    ]  # fmt: skip


def _types(provision: dict[str, Any], type_number: Callable[[str], int]) -> tuple[int, ...] | None:
    codes = [each.get("code") for each in provision.get("class", ()) if each.get("system") in (TYPES, None)]
    return tuple(type_number(each) for each in codes) or None


def _keys(provision: dict[str, Any]) -> tuple[int, ...] | None:
    labels = [
        label_key(each.get("system") or LABELS, each["code"])
        for each in provision.get("securityLabel", ())
        if each.get("code")
    ]
    return tuple(labels) or None
