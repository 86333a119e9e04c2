"""What tells others' data in words is hidden with them."""

from __future__ import annotations

import copy
from typing import Any

from anlanh.access.policy.sight import LABELS
from anlanh.exchange.intake import labelling, parting
from tests.exchange.intake.test_documents import bundle

HIV = {"system": LABELS, "code": "HIV"}
B20 = {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": "B20"}]}


def labels(parted: dict[str, Any]) -> dict[str, list[Any]]:
    """Resource type to its security labels, after labelling."""
    labelling.label(parted)
    found = (each["resource"] for each in parted["entry"])
    return {each["resourceType"]: each.get("meta", {}).get("security", []) for each in found}


def told(code: dict[str, Any]) -> dict[str, Any]:
    """A document with that diagnosis."""
    sent = bundle()
    sent["entry"][2]["resource"]["code"] = code
    return sent


def test_a_document_is_as_sensitive_as_what_stands_in_it() -> None:
    found = labels(parting.part(told(B20)))
    assert found["Composition"] == found["DocumentReference"] == [HIV]
    assert found["Patient"] == []


def test_an_ordinary_document_stays_as_it_was() -> None:
    parted = parting.part(bundle())
    before = copy.deepcopy(parted)
    labelling.label(parted)
    assert parted == before


def test_what_stays_in_the_original_counts_too() -> None:
    sent = bundle()
    sent["entry"][3]["resource"] = {"resourceType": "Basic", "id": "k", "code": B20}
    assert labels(parting.part(sent))["DocumentReference"] == [HIV]


def test_labelling_twice_is_labelling_once() -> None:
    parted = parting.part(told(B20))
    labels(parted)
    assert labels(parted)["Composition"] == [HIV]


def test_a_report_in_words_is_as_sensitive_as_its_results() -> None:
    test = {"resourceType": "Observation", "code": {"coding": [{"system": "http://loinc.org", "code": "25835-0"}]}}
    other = {"resourceType": "Observation", "code": {"coding": [{"system": "http://loinc.org", "code": "718-7"}]}}
    results = [("urn:uuid:1", test), ("urn:uuid:2", other)]

    def report(*which: str, **words: Any) -> dict[str, Any]:
        made = {"resourceType": "DiagnosticReport", "result": [{"reference": each} for each in which], **words}
        return {"entry": [{"fullUrl": url, "resource": each} for url, each in [*results, ("urn:uuid:3", made)]]}

    file = {"presentedForm": [{"contentType": "application/pdf", "data": "JVBERi0="}]}
    assert labels(report("urn:uuid:1", "urn:uuid:2", **file))["DiagnosticReport"] == [HIV]
    assert labels(report("urn:uuid:2", **file))["DiagnosticReport"] == []
    assert labels(report("urn:uuid:1"))["DiagnosticReport"] == []
