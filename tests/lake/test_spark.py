"""Views on Spark give the rows that they give here."""

from collections.abc import Iterator
from typing import Any

import pytest

from anlanh.fhir.model import json
from anlanh.lake import extract, spark
from anlanh.lake.extract import Stored

VIEW: dict[str, Any] = {
    "name": "given",
    "resource": "Patient",
    "select": [
        {"column": [{"name": "id", "path": "getResourceKey()", "type": "id"}]},
        {
            "forEach": "name",
            "column": [
                {"name": "family", "path": "family", "type": "string"},
                {"name": "given", "path": "given", "type": "string", "collection": True},
                {"name": "at", "path": "%rowIndex", "type": "integer"},
            ],
        },
    ],
}


def patient(id: str, version: int, *families: str) -> Stored:
    names = [{"family": family, "given": [family.lower(), "X"]} for family in families]
    return Stored(f"Patient/{id}", version, json.encode({"resourceType": "Patient", "id": id, "name": names}))


@pytest.fixture(scope="module")
def session() -> Iterator[Any]:
    found = spark.session(spark_ui_enabled="false", spark_sql_shuffle_partitions="2")
    yield found
    found.stop()


def test_the_rows_are_those_of_one_machine(session: Any) -> None:
    stored = [
        patient("a", 1, "An", "Bình"),
        patient("b", 3, "Chi"),
        Stored("Observation/o", 1, b'{"resourceType":"Observation"}'),
    ]
    (batches,) = extract.run([VIEW], stored)
    here = [{key: row[key] for key in ("id", "family", "given", "at")} for row in batches["given"].to_pylist()]
    there = spark.rows(VIEW, session.createDataFrame(stored, spark.STORED)).orderBy("id", "at").collect()
    assert [row.asDict() for row in there] == here


def test_only_the_latest_version_of_what_is_not_deleted_counts(session: Any) -> None:
    stored = [patient("a", 1, "An"), patient("a", 2, "Ánh"), patient("b", 1, "Chi"), Stored("Patient/b", 2, None)]
    there = spark.rows(VIEW, session.createDataFrame(stored, spark.STORED)).collect()
    assert [(row.id, row.family) for row in there] == [("a", "Ánh")]
