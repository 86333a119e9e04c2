"""Conditions answered in memory give what the database gives."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from anlanh.fhir.search import query as queries
from anlanh.fhir.search.keys import rid_of
from anlanh.fhir.store import find, write
from anlanh.fhir.store import record as records
from anlanh.fhir.subscriptions.matching import facts_of, meets
from anlanh.platform.work import Work
from tests.conftest import Ground

OBSERVATION: dict[str, Any] = {
    "resourceType": "Observation", "id": "o", "status": "final", "effectiveDateTime": "2026-03-01",
    "code": {"text": "Nhiệt độ", "coding": [{"system": "http://loinc.org", "code": "8310-5", "display": "Body temperature"}]},
    "subject": {"reference": "Patient/an"}, "valueQuantity": {"value": 38.5, "system": "http://unitsofmeasure.org", "code": "Cel"},
}  # fmt: skip

QUERIES = [
    ("status", "final"), ("status", "preliminary"), ("status:not", "final"), ("code", "http://loinc.org|8310-5"),
    ("code", "8310-5,1234-5"), ("code:text", "body"), ("code:text", "weight"), ("date", "ge2026-02"), ("date", "lt2026-02"),
    ("date:missing", "true"), ("date:missing", "false"), ("subject", "Patient/an"), ("subject", "Patient/binh"),
    ("value-quantity", "gt38"), ("value-quantity", "38.5|http://unitsofmeasure.org|Cel"), ("value-quantity", "lt38"),
    ("code-value-quantity", "8310-5$gt38"), ("code-value-quantity", "8310-5$gt39"), ("_id", "o"), ("_id", "p"),
    ("_lastUpdated", "gt2020"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value"), QUERIES)
def test_memory_and_database_agree(ground: Ground, name: str, value: str) -> None:
    query = queries.read(ground.record.criteria(), ["Observation"], [(name, value)])

    async def ask(work: Work) -> list[int]:
        await write.put(work, ground.record, write.prepare(ground.record, OBSERVATION, "o"))
        return await find.rids(work, ground.record, query, 10)

    found = ground.run(ask)
    index = ground.record.extractor.index(OBSERVATION, 1)
    facts = facts_of(rid_of("Observation", "o"), "o", datetime.now(UTC), index)
    assert meets(query.conditions["Observation"], facts) is bool(found)


@pytest.mark.parametrize(
    ("name", "value"), [("subject:Patient.gender", "female"), ("_has:Provenance:target:agent", "x")]
)
def test_what_memory_cannot_tell_it_leaves_to_the_database(name: str, value: str) -> None:
    own = records.new("Asia/Ho_Chi_Minh")
    query = queries.read(own.criteria(), ["Observation"], [(name, value)])
    facts = facts_of(1, "o", datetime.now(UTC), own.extractor.index(OBSERVATION, 1))
    assert meets(query.conditions["Observation"], facts) is None
