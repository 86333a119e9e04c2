"""From stored resources to Arrow batches: every view over every resource, in one process or several.

Each batch has the columns of its view, before them `_ref` of the resource that a row comes from and
`_stamp`, the number of its version.

FHIR: SQL on FHIR v2
Source: https://sql-on-fhir.org/ig/
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import islice
from multiprocessing import get_context
from typing import Any, NamedTuple

import pyarrow as pa

from anlanh.fhir import views
from anlanh.fhir.model import json
from anlanh.fhir.views import arrow

CHUNK = 2_000
KEYS = (pa.field("_ref", pa.string()), pa.field("_stamp", pa.int64()))


class Stored(NamedTuple):
    """A version of a resource as the store keeps it: `ref` is `Type/id`, `content` its JSON, None once deleted."""

    ref: str
    version: int
    content: bytes | None


class Extraction:
    """A set of views compiled together; each resource is read once for all of them."""

    def __init__(self, definitions: Sequence[Mapping[str, Any]]) -> None:
        self.views = [views.compile(definition) for definition in definitions]
        self.schemas = {view.name: schema(view) for view in self.views}
        self._by_type: dict[str, list[views.CompiledView]] = {}
        for view in self.views:
            self._by_type.setdefault(view.resource, []).append(view)

    def batches(self, resources: Iterable[Stored]) -> dict[str, pa.RecordBatch]:
        """The rows of all views by view name; views without rows are left out."""
        rows: dict[str, list[tuple[Any, ...]]] = {view.name: [] for view in self.views}
        for stored in resources:
            if stored.content is None:
                continue
            resource = json.decode(stored.content)
            keys = (stored.ref, stored.version)
            for view in self._by_type.get(resource["resourceType"], ()):
                rows[view.name] += [keys + row for row in view.rows(resource)]
        return {view.name: batch(view, rows[view.name]) for view in self.views if rows[view.name]}


def schema(view: views.CompiledView) -> pa.Schema:
    """The Arrow schema of a view's batches."""
    return pa.schema([*KEYS, *arrow.schema(view.columns)])


def batch(view: views.CompiledView, rows: list[tuple[Any, ...]]) -> pa.RecordBatch:
    """Rows (with their keys before them) as an Arrow batch."""
    by_column = list(zip(*rows, strict=True)) if rows else [()] * (len(KEYS) + len(view.columns))
    arrays = [pa.array(values, key.type) for key, values in zip(KEYS, by_column, strict=False)]
    found = zip(view.columns, by_column[len(KEYS) :], strict=True)
    arrays += [arrow.array(column, list(values)) for column, values in found]
    return pa.RecordBatch.from_arrays(arrays, schema=schema(view))


def run(
    definitions: Sequence[Mapping[str, Any]], resources: Iterable[Stored], processes: int = 1
) -> Iterator[dict[str, pa.RecordBatch]]:
    """Batches by view name, a chunk of resources at a time, in the order of the resources.

    Raises:
        ViewInvalid: a view is wrong.
        SeveralValues, NotACriterion, EvaluationProblem: a view does not fit a resource.
    """
    if processes <= 1:
        extraction = Extraction(definitions)
        yield from (extraction.batches(chunk) for chunk in chunks(resources))
        return
    Extraction(definitions)  # a wrong view is told here, not by a process that dies
    # A fresh interpreter: forking a program that has threads and connections is not safe.
    with ProcessPoolExecutor(processes, get_context("spawn"), _start, (list(definitions),)) as pool:
        yield from _in_order(pool, chunks(resources), processes * 2)


def chunks(resources: Iterable[Stored]) -> Iterator[list[Stored]]:
    """The resources in lists of CHUNK."""
    source = iter(resources)
    while chunk := list(islice(source, CHUNK)):
        yield chunk


def _in_order(
    pool: ProcessPoolExecutor, source: Iterator[list[Stored]], ahead: int
) -> Iterator[dict[str, pa.RecordBatch]]:
    waiting = [pool.submit(_work, chunk) for chunk in islice(source, ahead)]
    while waiting:
        yield waiting.pop(0).result()
        waiting += [pool.submit(_work, chunk) for chunk in islice(source, 1)]


_extraction: Extraction | None = None


def _start(definitions: list[Mapping[str, Any]]) -> None:
    global _extraction
    _extraction = Extraction(definitions)


def _work(chunk: list[Stored]) -> dict[str, pa.RecordBatch]:
    assert _extraction is not None  # set when the process starts
    return _extraction.batches(chunk)
