"""`$closure`: a table of subsumption kept for a client, so that its own database can search by hierarchy.

FHIR: ConceptMap/$closure
Source: https://hl7.org/fhir/R4/conceptmap-operation-closure.html
"""

from __future__ import annotations

from anlanh.fhir.model import json
from anlanh.fhir.operations.call import Answer, BadParameter, Call
from anlanh.fhir.store import closure as kept
from anlanh.fhir.store.record import Record
from anlanh.fhir.terminology import closure
from anlanh.fhir.terminology.problems import UnknownClosure
from anlanh.platform.work import Work


async def closed(work: Work, record: Record, call: Call) -> Answer:
    """A ConceptMap of what is new: with `concept`, of these codes; with `version`, since then; with neither, the table
    is made or emptied. Safe to repeat: codes that the table has add nothing.

    Raises:
        BadParameter: no name, both concept and version, or a version that is no number.
        UnknownClosure: the table has not been made.
    """
    name, version = call.one("name"), call.one("version")
    codings = [each["valueCoding"] for each in call.parameters if isinstance(each.get("valueCoding"), dict)]
    if not name:
        raise BadParameter(name="name", operation=call.name, why="it is missing")
    if codings and version is not None:
        raise BadParameter(name="version", operation=call.name, why="it does not go together with concept")
    if version is not None and (not version.isdecimal() or len(version) > 9):
        raise BadParameter(name="version", operation=call.name, why="it is not the version of a closure table")
    source = record.conformance.terminology.source
    if not codings and version is None:
        return Answer(json.encode(closure.since(source, await kept.reset(work, name), 0)))
    table = await kept.lock(work, name)
    if table is None:
        raise UnknownClosure(name=name)
    if version is not None:
        return Answer(json.encode(closure.since(source, table, int(version))))
    grown, answer = closure.add(source, table, codings)
    if grown is not table:
        await kept.save(work, grown)
    return Answer(json.encode(answer))
