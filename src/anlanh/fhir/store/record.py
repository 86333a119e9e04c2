"""The record of one tenant: what every function of the store needs to know beside the unit of work.

It holds the definitions, the search parameters in force and the extractor made from them, and remembers which entries
the dictionary of strings already has.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from zoneinfo import ZoneInfo

from anlanh.fhir.model import definitions
from anlanh.fhir.model.definitions import Definitions
from anlanh.fhir.model.types import SearchParameterDef
from anlanh.fhir.search.criteria import Criteria, Terminology
from anlanh.fhir.search.extract import Extractor
from anlanh.fhir.search.leaves import StringRow
from anlanh.fhir.search.parameters import Parameters
from anlanh.platform.work import Work

REMEMBERED_STRINGS = 1_000_000


@dataclass
class Record:
    """What is known about one tenant's record. Shared by all requests of a process; only `strings` changes."""

    zone: ZoneInfo
    terminology: Terminology
    parameters: Parameters
    known: Definitions = field(default_factory=definitions.load)
    strings: set[int] = field(default_factory=set)

    @cached_property
    def extractor(self) -> Extractor:
        """Makes the index of resources."""
        return Extractor(self.parameters, self.zone)

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {name: number for number, name in enumerate(self.known.resource_types, start=1)}

    @cached_property
    def type_names(self) -> dict[int, str]:
        """Number of a resource type (as stored) to its name. R4 is closed, so the numbers never change."""
        return {number: name for name, number in self._numbers.items()}

    def type_number(self, name: str) -> int:
        """The number under which a resource type is stored."""
        return self._numbers[name]

    def criteria(self, base: str = "") -> Criteria:
        """Reads search parameters, for a server reached at `base`."""
        return Criteria(self.parameters, self.zone, self.terminology, base)


def new(zone: str, terminology: Terminology, custom: Iterable[SearchParameterDef] = ()) -> Record:
    """A record with the search parameters of the specification and `custom` ones."""
    return Record(ZoneInfo(zone), terminology, Parameters(definitions.load(), custom))


async def enter_strings(work: Work, record: Record, rows: Iterable[StringRow]) -> None:
    """Add what is missing in the dictionary of strings. In order of key, so that two writers never wait for each other."""
    missing = {row[0]: row for row in rows if row[0] not in record.strings}
    if not missing:
        return
    entries = [missing[key] for key in sorted(missing)]
    await work.connection.execute(
        "insert into string_value (key, path, whole, value)"
        " select * from unnest($1::bigint[], $2::int[], $3::boolean[], $4::text[]) on conflict do nothing",
        *map(list, zip(*entries, strict=True)),
    )

    def remember() -> None:
        if len(record.strings) > REMEMBERED_STRINGS:
            record.strings.clear()
        record.strings.update(missing)

    if work.connection.is_in_transaction():
        work.after_commit.append(remember)
    else:
        remember()
