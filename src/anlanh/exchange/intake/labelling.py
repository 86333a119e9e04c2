"""Who tells others' data in words is as sensitive as they are: a document by all that stands in it, a report by its results.

Codes say what a resource is about; a text or a file says it without any. So the labels that the parts of a telling earn are written
on what holds them in words, and the rules hide it with them. Pure.

FHIR: security labels; Composition, DocumentReference, DiagnosticReport
Source: https://hl7.org/fhir/R4/security-labels.html; Luật 64/2006/QH11 Điều 30
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from typing import Any

from anlanh.access.policy.labels import labeller
from anlanh.access.policy.sight import LABELS
from anlanh.fhir.model import json

Resource = dict[str, Any]

WHOLE = ("Composition", "DocumentReference")
"""What tells all of a document."""
WORDS = ("presentedForm", "conclusion", "text")
"""Elements in which a DiagnosticReport tells its results in words."""


def label(bundle: Resource) -> None:
    """Write on what holds others in words the labels they earn, beside those it has. Safe to repeat."""
    entries = [(each.get("fullUrl"), each["resource"]) for each in bundle["entry"]]
    holders = [resource for _, resource in entries if resource["resourceType"] in WHOLE]
    reports = [
        each for _, each in entries if each["resourceType"] == "DiagnosticReport" and any(w in each for w in WORDS)
    ]
    if not holders and not reports:
        return
    earned = [(url, labeller().labels_of(resource)) for url, resource in entries]
    results = dict(earned)
    for report in reports:
        told = [results.get(result.get("reference"), {}) for result in report.get("result", ())]
        _mark(report, (code for each in told for code in each))
    every = [*(labels for _, labels in earned), *(labeller().labels_of(resource) for resource in _originals(holders))]
    codes = sorted({code for each in every for code in each})
    for holder in holders:
        _mark(holder, codes)


def _originals(holders: Iterable[Resource]) -> Iterable[Resource]:
    """FHIR documents that a DocumentReference keeps whole: they may hold what was not taken into the record."""
    for each in holders:
        for content in each.get("content", ()):
            attachment = content.get("attachment", {})
            if attachment.get("contentType") == "application/fhir+json" and "data" in attachment:
                yield json.decode(base64.b64decode(attachment["data"]))


def _mark(resource: Resource, codes: Iterable[str]) -> None:
    meta = resource.setdefault("meta", {})
    there = {(each.get("system"), each.get("code")) for each in meta.get("security", ())}
    new = [{"system": LABELS, "code": code} for code in dict.fromkeys(codes) if (LABELS, code) not in there]
    if new:
        meta["security"] = [*meta.get("security", ()), *new]
    elif not meta:
        del resource["meta"]
