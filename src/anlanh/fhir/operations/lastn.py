"""`Observation/$lastn`: the most recent observations of each code.

FHIR: Observation/$lastn
Source: https://hl7.org/fhir/R4/observation-operation-lastn.html
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from anlanh.fhir.model import json
from anlanh.fhir.operations.call import Answer, BadParameter, Call
from anlanh.fhir.search import query as queries
from anlanh.fhir.store import find, searchset
from anlanh.fhir.store.find import Page
from anlanh.fhir.store.read import Stored
from anlanh.fhir.store.record import Record
from anlanh.platform.work import Work

MOST_N = 100


async def lastn(work: Work, record: Record, call: Call) -> Answer:
    """The `max` newest of each code (default 1), among those that the other parameters select.

    Codes are the same when any coding, or else the text, is the same.

    Raises:
        BadParameter: neither patient nor subject, or `max` is not a number.
    """
    text = call.one("max") or "1"
    if not text.isascii() or not text.isdigit() or len(text) > 9 or not 1 <= int(text) <= MOST_N:
        raise BadParameter(name="max", operation=call.name, why=f"it is not a number from 1 to {MOST_N}")
    selecting = [(name, value) for name, value in call.strings if name not in ("max", "_count", "_sort", "_cursor")]
    if not {name.partition(":")[0] for name, _ in selecting} & {"patient", "subject"}:
        raise BadParameter(name="patient", operation=call.name, why="it is missing")
    criteria = record.criteria(call.base, record.sight(work))
    newest_first = [*selecting, ("_sort", "-date"), ("_count", str(queries.LARGEST_COUNT))]
    query = queries.read(criteria, ("Observation",), newest_first, lenient=call.lenient)
    kept: list[Stored] = []
    groups: list[tuple[set[Any], int]] = []
    while True:
        page = await find.find(work, record, criteria, query)
        for each in page.matches:
            if _counts(groups, _names(json.decode_fast(each.content)), int(text)):
                kept.append(each)
        if page.next is None:
            break
        query = replace(query, cursor=page.next)
    used = (*selecting, ("max", text))
    content = searchset.bundle(
        record.known, call.base, "Observation/$lastn", replace(query, used=used), Page(kept, [], None, len(kept))
    )
    return Answer(content)


def _names(observation: dict[str, Any]) -> set[Any]:
    code = observation.get("code", {})
    names: set[Any] = {(c.get("system"), c.get("code")) for c in code.get("coding", ()) if "code" in c}
    return names or {code.get("text")}


def _counts(groups: list[tuple[set[Any], int]], names: set[Any], most: int) -> bool:
    """Whether one more of this code is wanted; keeps the tally."""
    for at, (known, count) in enumerate(groups):
        if known & names:
            groups[at] = (known | names, count + 1)
            return count < most
    groups.append((names, 1))
    return True
