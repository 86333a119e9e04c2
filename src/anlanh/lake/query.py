"""Asking the lake with SQL: every view is a table of an in-memory DuckDB.

Source: https://duckdb.org/docs/stable/data/parquet/overview
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from anlanh.fhir import views
from anlanh.lake import extract, tables

THREADS = 2
BATCH = 50_000


def connect(
    folder: Path, definitions: Sequence[Mapping[str, Any]], *, hidden: Collection[str] = (), threads: int = THREADS
) -> duckdb.DuckDBPyConnection:
    """A DuckDB connection in which each view of the lake is a table of that name, holding the latest rows only, and none of
    the resources `hidden` ("Type/id").

    The connection reads the files when asked; close it after use. SQL is run as it is: it must come from the program or
    from a person who may see the whole lake.
    """
    current = tables.state(folder)
    connection = duckdb.connect(config={"threads": threads})
    connection.register("_no_heads", tables.HEADS.empty_table())
    connection.register("_hidden", pa.table({"_ref": pa.array(sorted(hidden), pa.string())}))
    latest = _latest(folder, current.heads)
    connection.execute(f"create view _heads as from ({latest}) anti join _hidden using (_ref)")
    for definition in definitions:
        view = views.compile(definition)
        parts = current.tables[view.name].parts if view.name in current.tables else ()
        _add(connection, folder, view, parts)
    return connection


def ask(
    folder: Path, definitions: Sequence[Mapping[str, Any]], sql: str, parameters: Sequence[object] = ()
) -> pa.Table:
    """The answer to one SQL question, as an Arrow table."""
    with connect(folder, definitions) as connection:
        return connection.sql(sql, params=list(parameters)).to_arrow_table()


def latest(folder: Path) -> dict[str, Iterator[pa.RecordBatch]]:
    """What counts in each table and in the heads, as `tables.merge` wants it."""
    current = tables.state(folder)
    parts = {name: table.parts for name, table in current.tables.items()} | {tables.HEADS_TABLE: current.heads}
    return {name: _latest_rows(folder, current.heads, found) for name, found in parts.items() if found}


def _latest_rows(folder: Path, heads: tuple[str, ...], parts: tuple[str, ...]) -> Iterator[pa.RecordBatch]:
    with duckdb.connect(config={"threads": THREADS}) as connection:
        connection.execute(f"create view _heads as {_latest(folder, heads)}")
        rows = connection.sql(f"select rows.* from {_files(folder, parts)} rows semi join _heads using (_ref, _stamp)")  # noqa: S608
        yield from rows.to_arrow_reader(BATCH)


def _add(connection: duckdb.DuckDBPyConnection, folder: Path, view: views.CompiledView, parts: tuple[str, ...]) -> None:
    if not parts:
        connection.register(view.name, extract.schema(view).empty_table().drop_columns(["_ref", "_stamp"]))
        return
    # Names and files are the lake's own: names passed the SQL name pattern, files are numbered.
    latest = f"from {_files(folder, parts)} rows semi join _heads using (_ref, _stamp)"
    connection.execute(f'create view "{view.name}" as select rows.* exclude (_ref, _stamp) {latest}')


def _latest(folder: Path, heads: tuple[str, ...]) -> str:
    source = _files(folder, heads) if heads else "_no_heads"
    # The newest version counts; of one that came twice, the later stamp.
    newest = f"select _ref, max({{'version': version, 'stamp': _stamp, 'deleted': deleted}}) newest from {source}"  # noqa: S608
    return f"select _ref, newest.stamp _stamp from ({newest} group by _ref) where not newest.deleted"  # noqa: S608


def _files(folder: Path, parts: tuple[str, ...]) -> str:
    quoted = ", ".join("'" + str(folder / part).replace("'", "''") + "'" for part in parts)
    return f"read_parquet([{quoted}])"
