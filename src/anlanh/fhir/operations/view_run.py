"""`$viewdefinition-run`: the rows of a view over the record, streamed as JSON, NDJSON, CSV or Parquet.

FHIR: SQL on FHIR v2, $viewdefinition-run
Source: https://sql-on-fhir.org/ig/OperationDefinition-ViewDefinitionRun.html
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from anlanh.fhir import views
from anlanh.fhir.model import json
from anlanh.fhir.operations.call import Answer, BadParameter, Call, Operation
from anlanh.fhir.search.conditions import All, Column, Condition
from anlanh.fhir.search.criteria import in_compartment
from anlanh.fhir.store import scan
from anlanh.fhir.store.read import Stored
from anlanh.fhir.store.record import Record
from anlanh.fhir.views import formats
from anlanh.fhir.views.formats import Writer
from anlanh.platform.work import Work

DEFAULT_FORMAT = "ndjson"
TYPE = "ViewDefinition"
"""No resource type of R4: views are sent with the call, and only operations have an address below it."""

NOT_HERE = ("viewReference", "group", "source")
"""Parameters of the specification that would change the answer and are refused."""


async def run(work: Work, record: Record, call: Call) -> Answer:
    """Check the view and what limits it; the rows follow piece by piece. Safe to repeat.

    Raises:
        BadParameter: a parameter is wrong, or not supported here.
        ViewInvalid: the view is wrong.
    """
    for name in NOT_HERE:
        if any(each.get("name") == name for each in call.parameters):
            raise BadParameter(name=name, operation=call.name, why="it is not supported; send the view as viewResource")
    definition = call.resource("viewResource")
    if not isinstance(definition, dict) or definition.get("resourceType", TYPE) != TYPE:
        raise BadParameter(name="viewResource", operation=call.name, why=f"it is to be a {TYPE}")
    view = views.compile(definition)
    media, writer = _writer(call, view)
    given = [each["resource"] for each in call.parameters if each.get("name") == "resource" and "resource" in each]
    return Answer(b"", media=media, pieces=_Run(record, view, writer, _condition(call), _limit(call), given or None))


def _writer(call: Call, view: views.CompiledView) -> tuple[str, Writer]:
    wanted = call.one("_format")
    asked = [wanted] if wanted else [part.partition(";")[0].strip() for part in call.accept.split(",")]
    name = next((formats.MEDIA[each.lower()] for each in asked if each.lower() in formats.MEDIA), None)
    if name is None and wanted:
        raise BadParameter(name="_format", operation=call.name, why=f"it is one of {', '.join(formats.WRITERS)}")
    media, make = formats.WRITERS[name or DEFAULT_FORMAT]
    if make is formats.Csv and call.one("header") == "false":
        make = formats.CsvWithoutNames
    return media, make(view.columns)


def _condition(call: Call) -> Condition:
    tests: list[Condition] = []
    if since := call.one("_since"):
        try:
            moment = datetime.fromisoformat(since.replace(" ", "+"))
        except ValueError:
            raise BadParameter(name="_since", operation=call.name, why="it is not an instant") from None
        tests.append(Column("updated_at", ">=", (moment if moment.tzinfo else moment.replace(tzinfo=UTC),)))
    if patient := _patient(call):
        tests.append(in_compartment("Patient", patient))
    return All(tuple(tests))


def _patient(call: Call) -> str | None:
    references = [
        each["valueReference"].get("reference")
        for each in call.parameters
        if each.get("name") == "patient" and isinstance(each.get("valueReference"), dict)
    ]
    text = next(iter(references), None) or call.one("patient")
    if text is None:
        return None
    kind, _, resource_id = str(text).rpartition("/")
    if kind not in ("", "Patient") or not resource_id:
        raise BadParameter(name="patient", operation=call.name, why="it is written as Patient/[id]")
    return resource_id


def _limit(call: Call) -> int | None:
    text = call.one("_limit")
    if text is None:
        return None
    if not text.isdecimal() or len(text) > 12:
        raise BadParameter(name="_limit", operation=call.name, why="it is not a whole number")
    return int(text)


@dataclass
class _Run:
    """Gives the next piece each time it is called with a unit of work; None after the last."""

    record: Record
    view: views.CompiledView
    writer: Writer
    condition: Condition
    left: int | None
    given: list[dict[str, Any]] | None
    after: int | None = None
    done: bool = False
    begun: bool = field(default=False)

    async def __call__(self, work: Work) -> bytes | None:
        if self.done:
            return None
        stored: list[Stored] = []
        if self.given is None and self.left != 0:
            stored = await scan.page(work, self.record, self.view.resource, self.condition, self.after)
            self.after = stored[-1].rid if stored else self.after
        self.done = len(stored) < scan.PAGE
        return await asyncio.to_thread(self._piece, stored)

    def _piece(self, stored: list[Stored]) -> bytes:
        resources = self.given if self.given is not None else (json.decode_fast(each.content) for each in stored)
        rows = [row for resource in resources for row in self.view.rows(resource)]
        if self.left is not None:
            rows = rows[: self.left]
            self.left -= len(rows)
            self.done = self.done or self.left == 0
        piece = b"" if self.begun else self.writer.begin()
        self.begun = True
        piece += self.writer.rows(rows)
        return piece + self.writer.end() if self.done else piece


_DEFINITION = "http://sql-on-fhir.org/OperationDefinition/$viewdefinition-run"

OFFERED = (
    Operation("viewdefinition-run", run, ("system", "type"), _DEFINITION, (TYPE,), ("POST",), own_media=True),
    Operation("run", run, ("type",), _DEFINITION, (TYPE,), ("POST",), own_media=True),
)
"""One row for each address."""
