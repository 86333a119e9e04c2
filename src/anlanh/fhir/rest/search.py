"""Search by GET and POST, on a type, everything, or a compartment; answered with a searchset Bundle.

FHIR: search, compartments
Source: https://hl7.org/fhir/R4/http.html#search, https://hl7.org/fhir/R4/compartmentdefinition.html
"""

from __future__ import annotations

from collections.abc import Sequence

from anlanh.fhir.rest.exchange import Ask, Reply, Server
from anlanh.fhir.rest.problems import UnknownAddress
from anlanh.fhir.search import query as queries
from anlanh.fhir.search.conditions import Condition
from anlanh.fhir.search.criteria import in_compartment
from anlanh.fhir.store import find, searchset
from anlanh.platform.work import Work


async def search_type(work: Work, server: Server, ask: Ask) -> Reply:
    """`GET [type]?…` and `POST [type]/_search`."""
    return await _search(work, server, ask, (ask.path[0],), ask.path[0], None)


async def search_system(work: Work, server: Server, ask: Ask) -> Reply:
    """`GET [base]?…`: all types, or those of `_type`."""
    return await _search(work, server, ask, server.record.known.resource_types, "", None)


async def search_compartment(work: Work, server: Server, ask: Ask) -> Reply:
    """`GET Patient/[id]/Observation?…`, or `*` for every type of the compartment."""
    compartment, resource_id, wanted = ask.path[:3]
    members = server.record.known.compartments.get(compartment)
    if members is None or (wanted != "*" and wanted not in members and wanted != compartment):
        raise UnknownAddress(method=ask.method, path=f"{compartment}/[id]/{wanted}")
    types = [each for each in sorted(members) if members[each]] if wanted == "*" else [wanted]
    inside = in_compartment(compartment, resource_id)
    return await _search(work, server, ask, types, f"{compartment}/{resource_id}/{wanted}", inside)


async def _search(
    work: Work, server: Server, ask: Ask, types: Sequence[str], path: str, within: Condition | None
) -> Reply:
    criteria = server.record.criteria(ask.base, server.record.sight(work))
    query = queries.read(criteria, types, ask.pairs, lenient=ask.lenient, within=within)
    page = await find.find(work, server.record, criteria, query)
    return Reply(200, searchset.bundle(server.record.known, ask.base, path, query, page), resource_type="Bundle")
