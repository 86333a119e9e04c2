"""The lake: built, brought up to date, asked; the same rows from one process, from several and from Spark."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from anlanh.fhir.model import json
from anlanh.lake import extract, query, tables
from anlanh.lake.extract import Stored
from anlanh.lake.problems import LakeOutdated, ViewWithoutName

PATIENT = {
    "name": "patient",
    "resource": "Patient",
    "where": [{"path": "active"}],
    "select": [
        {
            "column": [
                {"name": "id", "path": "getResourceKey()", "type": "id"},
                {"name": "born_on", "path": "birthDate", "type": "date"},
                {"name": "given", "path": "name.given", "type": "string", "collection": True},
                {"name": "children", "path": "multipleBirth.ofType(integer)", "type": "integer"},
            ]
        }
    ],
}
PULSE = {
    "name": "pulse",
    "resource": "Observation",
    "select": [
        {
            "column": [
                {"name": "patient", "path": "subject.getReferenceKey(Patient)", "type": "id"},
                {"name": "rate", "path": "value.ofType(Quantity).value", "type": "decimal"},
            ]
        }
    ],
}
VIEWS: list[dict[str, Any]] = [PATIENT, PULSE]


def patient(id: str, version: int = 1, **parts: Any) -> Stored:
    resource = {"resourceType": "Patient", "id": id, "active": True, "birthDate": "1980-02", **parts}
    return Stored(f"Patient/{id}", version, json.encode(resource))


def pulse(id: str, patient: str, rate: str) -> Stored:
    resource = {"resourceType": "Observation", "id": id, "subject": {"reference": f"Patient/{patient}"}}
    return Stored(f"Observation/{id}", 1, json.encode(resource | {"valueQuantity": {"value": Decimal(rate)}}))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    resources = [
        patient("a", name=[{"given": ["An", "Bình"]}], multipleBirthInteger=2),
        patient("b"),
        patient("c", active=False),
        pulse("a", "a", "72.50"),
        pulse("p2", "a", "80"),
    ]
    tables.update(tmp_path, VIEWS, resources, watermark="5")
    return tmp_path


def ids(folder: Path) -> list[str]:
    return list(query.ask(folder, VIEWS, "select id from patient order by id").column("id").to_pylist())


def test_every_view_is_a_table_with_its_columns(folder: Path) -> None:
    assert query.ask(folder, VIEWS, "select * from patient order by id").to_pylist() == [
        {"id": "a", "born_on": "1980-02", "given": ["An", "Bình"], "children": 2},
        {"id": "b", "born_on": "1980-02", "given": [], "children": None},
    ]


def test_tables_are_joined_by_their_keys(folder: Path) -> None:
    asked = "select id, avg(rate)::double mean from patient join pulse on patient = id group by id having mean > ?"
    assert query.ask(folder, VIEWS, asked, [70]).to_pylist() == [{"id": "a", "mean": 76.25}]


def test_an_update_replaces_rows_and_takes_away_those_of_deleted_resources(folder: Path) -> None:
    changes = [patient("a", 2, active=False), Stored("Patient/b", 2, None), patient("c", 2), pulse("p3", "c", "60")]
    state = tables.update(folder, VIEWS, changes, watermark="9")
    assert ids(folder) == ["c"]
    assert state.watermark == tables.state(folder).watermark == "9"
    assert query.ask(folder, VIEWS, "select count(*) n from pulse").to_pylist() == [{"n": 3}]


def test_the_same_changes_again_change_nothing(folder: Path) -> None:
    tables.update(folder, VIEWS, [patient("b")], watermark="5")
    tables.update(folder, VIEWS, [patient("b", 2)], watermark="6")
    tables.update(folder, VIEWS, [patient("b", 2)], watermark="6")
    assert ids(folder) == ["a", "b"]


def test_a_resource_that_comes_back_is_seen_again(folder: Path) -> None:
    tables.update(folder, VIEWS, [Stored("Patient/a", 2, None)], watermark="6")
    assert ids(folder) == ["b"]
    tables.update(folder, VIEWS, [patient("a", 3)], watermark="7")
    assert ids(folder) == ["a", "b"]


def test_merging_keeps_what_counts_in_one_part_of_each_table(folder: Path) -> None:
    tables.update(folder, VIEWS, [patient("a", 2, birthDate="1999"), Stored("Patient/b", 2, None)], watermark="6")
    before = query.ask(folder, VIEWS, "select * from patient").to_pylist()
    state = tables.merge(folder, query.latest(folder))
    assert (state.watermark, [len(table.parts) for table in state.tables.values()], len(state.heads)) == (
        "6",
        [1, 1],
        1,
    )
    assert tables.forget_unused(folder) == 5
    assert query.ask(folder, VIEWS, "select * from patient").to_pylist() == before
    tables.update(folder, VIEWS, [patient("b", 3), patient("a", 1)], watermark="7")
    assert ids(folder) == ["a", "b"]


def test_a_changed_view_needs_a_fresh_lake(folder: Path) -> None:
    changed = PATIENT | {"where": []}
    with pytest.raises(LakeOutdated):
        tables.update(folder, [changed, PULSE], [patient("c")], watermark="6")
    tables.update(folder, [changed, PULSE], [patient("c", active=False)], watermark="6", afresh=True)
    assert ids(folder) == ["c"]
    assert tables.forget_unused(folder) == 3


def test_an_update_that_breaks_off_leaves_the_lake_as_it_was(folder: Path) -> None:
    with pytest.raises(json.MalformedJson):
        tables.update(folder, VIEWS, [patient("d"), Stored("Patient/x", 1, b"{")], watermark="6")
    assert ids(folder) == ["a", "b"]
    assert tables.state(folder).watermark == "5"


def test_views_of_the_lake_have_names_of_their_own(tmp_path: Path) -> None:
    with pytest.raises(ViewWithoutName):
        tables.update(tmp_path, [PATIENT, PATIENT], [], watermark="")
    with pytest.raises(ViewWithoutName):
        tables.update(tmp_path, [PATIENT | {"name": "../x"}], [], watermark="")


def test_an_empty_lake_has_its_tables(tmp_path: Path) -> None:
    assert query.ask(tmp_path, VIEWS, "select count(*) n from patient").to_pylist() == [{"n": 0}]


def test_values_that_do_not_fit_their_column_are_null(tmp_path: Path) -> None:
    tables.update(tmp_path, VIEWS, [patient("a", multipleBirthInteger=2**40), pulse("p", "a", "1E+40")], watermark="")
    assert query.ask(tmp_path, VIEWS, "select children from patient").to_pylist() == [{"children": None}]
    assert query.ask(tmp_path, VIEWS, "select rate from pulse").to_pylist() == [{"rate": None}]


def test_several_processes_give_the_rows_of_one() -> None:
    resources = [patient(str(number)) for number in range(5_000)]
    alone, shared = (
        [row for batches in extract.run(VIEWS, resources, processes) for row in batches["patient"].to_pylist()]
        for processes in (1, 2)
    )
    assert alone == shared
    assert len(alone) == 5_000
