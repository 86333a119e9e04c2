"""The lake on disk: one Parquet table for each view, kept up to date by adding parts.

A folder holds `lake.json`, the parts of every table (`<view>/000001.parquet`) and the heads (`_heads/000001.parquet`):
which version of each resource is the latest, and whether it is deleted. Every resource that is written gets a stamp of
its own, so that a version that comes twice counts once. An update writes parts and heads for what has
changed and then replaces `lake.json`; parts that it does not name do not exist, so nothing half-written is ever seen. A
row counts when the version it comes from is the latest of its resource.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from anlanh.fhir.views.definition import NAME
from anlanh.lake import extract
from anlanh.lake.extract import Stored
from anlanh.lake.problems import LakeOutdated, ViewWithoutName

HEADS = pa.schema([("_ref", pa.string()), ("version", pa.int64()), ("_stamp", pa.int64()), ("deleted", pa.bool_())])
RUN_SIZE = 2**40
"""Stamps that one run may give."""
FILE = "lake.json"
HEADS_TABLE = "_heads"


class Table(msgspec.Struct, frozen=True):
    """A table: the fingerprint of its view, and its parts, oldest first."""

    fingerprint: str
    parts: tuple[str, ...] = ()


class State(msgspec.Struct, frozen=True):
    """What `lake.json` says. `watermark` is the caller's mark of how far the lake has read the store."""

    watermark: str = ""
    run: int = 0
    tables: dict[str, Table] = {}
    heads: tuple[str, ...] = ()


def state(folder: Path) -> State:
    """The state of the lake in that folder; an empty one where there is none."""
    try:
        return msgspec.json.decode((folder / FILE).read_bytes(), type=State)
    except FileNotFoundError:
        return State()


def update(
    folder: Path,
    definitions: Sequence[Mapping[str, Any]],
    resources: Iterable[Stored],
    *,
    watermark: str,
    afresh: bool = False,
    processes: int = 1,
) -> State:
    """Bring the lake up to date with resources that changed since its watermark, or build it `afresh` from all.

    Safe to repeat: the same versions again change nothing that a query sees.

    Raises:
        LakeOutdated: a view was changed or added; the lake has to be built afresh.
        ViewWithoutName: a view has no name, or the name of another.
        ViewInvalid: a view is wrong.
    """
    wanted = {_name(view): Table(fingerprint(view)) for view in definitions}
    if len(wanted) != len(definitions):
        raise ViewWithoutName(name=_twice(definitions))
    before = State() if afresh else state(folder)
    begun = bool(before.run)
    for name, table in wanted.items() if begun else ():
        if name not in before.tables or before.tables[name].fingerprint != table.fingerprint:
            raise LakeOutdated(table=name)
    run = state(folder).run + 1
    writer = _Writer(folder, run)
    for batches in extract.run(definitions, writer.heads(resources), processes):
        for name, batch in batches.items():
            writer.write(name, batch)
    written = writer.close()
    after = State(
        watermark,
        run,
        {
            name: Table(table.fingerprint, (*_parts(before, name), *written.get(name, ())))
            for name, table in wanted.items()
        },
        (*before.heads, *written.get(HEADS_TABLE, ())),
    )
    _save(folder, after)
    return after


def merge(folder: Path, tables: Mapping[str, Iterator[pa.RecordBatch]]) -> State:
    """Replace all parts of each table by one, made of the batches given: its latest rows, with `_ref` and `_stamp`.

    `query.latest` gives them. Queries that run meanwhile keep reading the old parts until `forget_unused`.
    """
    before = state(folder)
    writer = _Writer(folder, before.run + 1)
    for name, batches in tables.items():
        for batch in batches:
            writer.write(name, batch)
    written = writer.close()
    after = State(
        before.watermark,
        before.run + 1,
        {name: Table(table.fingerprint, written.get(name, ())) for name, table in before.tables.items()},
        written.get(HEADS_TABLE, ()),
    )
    _save(folder, after)
    return after


def forget_unused(folder: Path) -> int:
    """Delete parts that no state names (of an earlier build, or an update that broke off); how many there were."""
    current = state(folder)
    used = {part for table in current.tables.values() for part in table.parts} | set(current.heads)
    unused = [file for file in sorted(folder.glob("*/*.parquet")) if file.relative_to(folder).as_posix() not in used]
    for file in unused:
        file.unlink()
    return len(unused)


def fingerprint(view: Mapping[str, Any]) -> str:
    """The same for the same ViewDefinition, whatever the order of its properties."""
    plain = msgspec.json.encode(dict(view), order="sorted")
    return hashlib.sha256(plain).hexdigest()


class _Writer:
    """Writes one part for each table that gets rows, named after the run."""

    def __init__(self, folder: Path, run: int) -> None:
        self.folder = folder
        self.file = f"{run:06}.parquet"
        self.stamp = run * RUN_SIZE
        self.writers: dict[str, pq.ParquetWriter] = {}

    def heads(self, resources: Iterable[Stored]) -> Iterator[Stored]:
        """The resources with stamps for versions, noting the head of each on the way."""
        for chunk in extract.chunks(resources):
            stamps = range(self.stamp, self.stamp + len(chunk))
            self.stamp += len(chunk)
            columns: list[list[Any]] = [
                [one.ref for one in chunk],
                [one.version for one in chunk],
                list(stamps),
                [one.content is None for one in chunk],
            ]
            arrays = [pa.array(column, field.type) for column, field in zip(columns, HEADS, strict=True)]
            self.write(HEADS_TABLE, pa.RecordBatch.from_arrays(arrays, schema=HEADS))
            yield from (Stored(one.ref, stamp, one.content) for one, stamp in zip(chunk, stamps, strict=True))

    def write(self, table: str, batch: pa.RecordBatch) -> None:
        if table not in self.writers:
            path = self.folder / table / self.file
            path.parent.mkdir(parents=True, exist_ok=True)
            self.writers[table] = pq.ParquetWriter(path, batch.schema, compression="zstd")
        self.writers[table].write_batch(batch)

    def close(self) -> dict[str, tuple[str, ...]]:
        for writer in self.writers.values():
            writer.close()
        return {table: (f"{table}/{self.file}",) for table in self.writers}


def _parts(before: State, name: str) -> tuple[str, ...]:
    return before.tables[name].parts if name in before.tables else ()


def _name(view: Mapping[str, Any]) -> str:
    name = view.get("name")
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise ViewWithoutName(name=name)
    return name


def _twice(definitions: Sequence[Mapping[str, Any]]) -> str:
    names = [_name(view) for view in definitions]
    return next(name for name in names if names.count(name) > 1)


def _save(folder: Path, after: State) -> None:
    """Put the new state in the place of the old one, at once."""
    folder.mkdir(parents=True, exist_ok=True)
    fresh = folder / f"{FILE}.new"
    fresh.write_bytes(msgspec.json.format(msgspec.json.encode(after)))
    fresh.replace(folder / FILE)
