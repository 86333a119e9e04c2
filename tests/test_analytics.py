"""The lake of the record: brought up to date by what changed, asked from the command line, equal rows from all runners."""

from __future__ import annotations

import asyncio
import io
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from anlanh import analytics, importing
from anlanh.analytics import BadQuery, NoViews
from anlanh.cli import main
from anlanh.fhir.operations import view_run
from anlanh.fhir.operations.call import Call
from anlanh.fhir.store import scan, write
from anlanh.lake import spark
from anlanh.lake.problems import LakeOutdated
from anlanh.platform import work as works
from anlanh.platform.work import Principal, Work
from anlanh.tenant import open_tenant
from tests.conftest import Ground

VIEWS = analytics.read_views(Path(__file__).parents[1] / "docs" / "views")
PEOPLE = 25


@pytest.fixture
def province(ground: Ground) -> Ground:
    """A record with the made-up province in it."""
    asyncio.run(importing.load_demo(ground.settings, ground.url, PEOPLE))
    return ground


def update(ground: Ground, folder: Path, **options: Any) -> analytics.Updated:
    return analytics.update(ground.settings, ground.url, folder, VIEWS, **options)


def rows(folder: Path, sql: str) -> list[tuple[Any, ...]]:
    return analytics.ask(folder, sql).fetchall()


def put(ground: Ground, resource: dict[str, Any]) -> None:
    async def body(work: Work) -> None:
        await write.put(work, ground.record, write.prepare(ground.record, resource, resource["id"]))

    ground.run(body)


def as_set(table: pa.Table) -> set[tuple[Any, ...]]:
    lists = (
        value if not isinstance(value, list) else tuple(value) for row in table.to_pylist() for value in row.values()
    )
    width = len(table.column_names)
    return set(zip(*[lists] * width, strict=True))


def test_a_lake_holds_the_whole_record_at_first_and_then_what_changed(province: Ground, tmp_path: Path) -> None:
    first = update(province, tmp_path)
    assert rows(tmp_path, "select count(*) from people") == [(PEOPLE,)]
    assert first.resources > PEOPLE
    put(province, {"resourceType": "Patient", "id": "new", "birthDate": "2026-11-01"})
    update(province, tmp_path)
    assert rows(tmp_path, "select born_on from people where id = 'new'") == [("2026-11-01",)]
    put(province, {"resourceType": "Patient", "id": "new", "birthDate": "2026-11-02"})
    update(province, tmp_path)
    assert rows(tmp_path, "select born_on from people where id = 'new'") == [("2026-11-02",)]

    async def delete(work: Work) -> None:
        await write.delete(work, province.record, "Patient", "new")

    province.run(delete)
    update(province, tmp_path)
    assert rows(tmp_path, "select count(*) from people") == [(PEOPLE,)]


def test_many_updates_are_merged_into_few_parts(
    ground: Ground, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(analytics, "MOST_PARTS", 3)
    for number in range(4):
        put(ground, {"resourceType": "Patient", "id": f"p{number}"})
        done = update(ground, tmp_path)
    assert done.parts["people"] < 3
    assert rows(tmp_path, "select id from people order by id") == [("p0",), ("p1",), ("p2",), ("p3",)]


def test_a_changed_view_asks_for_a_lake_built_afresh(ground: Ground, tmp_path: Path) -> None:
    put(ground, {"resourceType": "Patient", "id": "a"})
    update(ground, tmp_path)
    changed = [VIEWS[0] | {"where": [{"path": "false"}]}, *VIEWS[1:]]
    with pytest.raises(LakeOutdated):
        analytics.update(ground.settings, ground.url, tmp_path, changed)
    analytics.update(ground.settings, ground.url, tmp_path, changed, afresh=True)
    assert rows(tmp_path, f"select count(*) from {VIEWS[0]['name']}") == [(0,)]


def test_the_command_line_updates_and_asks(province: Ground, tmp_path: Path) -> None:
    environment = {"DATABASE_URL": province.url, "ANLANH_DATA": str(tmp_path / "data")}
    lake, views = str(tmp_path / "lake"), str(Path(__file__).parents[1] / "docs" / "views")
    done = CliRunner().invoke(main, ["lake", "update", lake, "--views", views], env=environment)
    assert (done.exit_code, "changed resources read" in done.output) == (0, True)
    asked = CliRunner().invoke(main, ["lake", "query", lake, "select count(*) n from people"], env=environment)
    assert asked.output == f"n\n{PEOPLE}\n"
    wrong = CliRunner().invoke(main, ["lake", "query", lake, "select nothing from nowhere"], env=environment)
    assert (wrong.exit_code, "diagnoses, measurements, people" in wrong.output) == (1, True)


def test_a_folder_that_is_no_lake_and_a_question_that_is_no_sql_are_said(ground: Ground, tmp_path: Path) -> None:
    with pytest.raises(NoViews):
        analytics.ask(tmp_path, "select 1")
    with pytest.raises(NoViews):
        analytics.read_views(tmp_path)
    update(ground, tmp_path)
    with pytest.raises(BadQuery):
        analytics.ask(tmp_path, "select from where")


def test_store_lake_and_spark_cluster_give_equal_rows(province: Ground, tmp_path: Path) -> None:
    update(province, tmp_path)
    session = spark.session(
        master="local-cluster[2,1,1024]", spark_ui_enabled="false", spark_sql_shuffle_partitions="4"
    )
    try:
        for view in VIEWS:
            stored = as_set(_from_store(province, view))
            lake = as_set(analytics.ask(tmp_path, f"select * from {view['name']}").to_arrow_table())
            frame = session.createDataFrame(_everything(province, view["resource"]), spark.STORED).repartition(4)
            cluster = as_set(spark.rows(view, frame).toArrow())
            assert len(stored) > PEOPLE / 2
            assert stored == lake == cluster
    finally:
        session.stop()


def _from_store(ground: Ground, view: dict[str, Any]) -> pa.Table:
    """The rows as `$viewdefinition-run` gives them in Parquet."""

    async def body(work: Work) -> bytes:
        call = Call("viewdefinition-run", "", "", (("_format", "parquet"),), view, "")
        answer = await view_run.run(work, ground.record, call)
        assert answer.pieces is not None
        content = b""
        while (piece := await answer.pieces(work)) is not None:
            content += piece
        return content

    return pq.read_table(io.BytesIO(ground.run(body)))


def _everything(ground: Ground, resource_type: str) -> list[tuple[str, int, bytes]]:
    async def body(work: Work) -> list[tuple[str, int, bytes]]:
        found, after = [], None
        while page := await scan.page(work, ground.record, resource_type, after=after):
            found += [(f"{each.type}/{each.id}", each.version, each.content) for each in page]
            after = page[-1].rid
        return found

    return ground.run(body)


def put_with_rules(ground: Ground, resource: dict[str, Any]) -> None:
    """Written as the server writes: consents become denials."""

    async def main() -> None:
        database, record = await open_tenant(ground.settings, ground.url, connections=2)
        async with works.begin(database, Principal("script:system", "system"), works.TREATMENT) as work:
            await write.put(work, record, write.prepare(record, resource, resource["id"]))
        await database.close()

    asyncio.run(main())


def asked_now(ground: Ground, folder: Path, sql: str) -> list[tuple[Any, ...]]:
    """Asked as the command line asks: without what has been hidden since the last update."""
    return analytics.ask(folder, sql, analytics.hidden(ground.settings, ground.url, folder)).fetchall()


def test_what_is_hidden_from_a_day_on_is_left_out_when_the_day_has_come(province: Ground, tmp_path: Path) -> None:
    update(province, tmp_path)
    everybody = rows(tmp_path, "select count(*) from people")[0][0]

    async def passes(work: Work) -> None:
        await work.connection.execute(
            "insert into denial (patient, since, until, source) select rid, now(), 'infinity', 1 from resource"
            " where type = $1 order by rid limit 1",
            province.record.type_number("Patient"),
        )

    province.run(passes)
    assert asked_now(province, tmp_path, "select count(*) from people") == [(everybody - 1,)]
    update(province, tmp_path)
    assert rows(tmp_path, "select count(*) from people") == [(everybody - 1,)]


def test_who_hides_from_everyone_is_left_out_of_the_figures_and_comes_back(province: Ground, tmp_path: Path) -> None:
    update(province, tmp_path)
    everybody = rows(tmp_path, "select count(*) from people")[0][0]
    somebody = rows(
        tmp_path, "select p.id from people p semi join measurements m on m.patient = p.id order by p.id limit 1"
    )[0][0]
    consent = {
        "resourceType": "Consent", "id": "hide", "status": "active", "scope": {"coding": [{"code": "patient-privacy"}]},
        "category": [{"text": "x"}], "policyRule": {"text": "x"}, "patient": {"reference": f"Patient/{somebody}"},
        "provision": {"type": "deny"},
    }  # fmt: skip
    put_with_rules(province, consent)
    assert rows(tmp_path, "select count(*) from people") == [(everybody,)]
    assert asked_now(province, tmp_path, "select count(*) from people") == [(everybody - 1,)]
    assert asked_now(province, tmp_path, f"select count(*) from measurements where patient = '{somebody}'") == [(0,)]
    update(province, tmp_path)
    assert rows(tmp_path, "select count(*) from people") == [(everybody - 1,)]
    put_with_rules(province, {**consent, "status": "inactive"})
    update(province, tmp_path)
    assert rows(tmp_path, "select count(*) from people") == [(everybody,)]
