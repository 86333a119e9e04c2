"""The keys by which one finds those whom it is worth while to compare: whoever shares one is a candidate.

Each key holds few people even among millions, and a duplicate with two mistakes still shares one.
"""

from __future__ import annotations

from collections.abc import Iterator

from anlanh.access.identity.person import Person
from anlanh.fhir.search.keys import hash64


def keys_of(person: Person) -> list[int]:
    """64-bit keys, in no particular order, each once."""
    return [hash64(f"person:{text}") for text in dict.fromkeys(_texts(person))]


def _texts(person: Person) -> Iterator[str]:
    for number in person.personal | person.once:
        yield f"personal|{number}"
    for number in person.insurance:
        yield f"insurance|{number}"
    for token in person.others:
        yield f"other|{token}"
    for phone in person.phones:
        yield f"phone|{phone}"
    year, month, day = person.born or (0, 0, 0)
    for name in person.names:
        ends = "|".join(sorted((name.plain[0], name.plain[-1])))
        if year:
            yield f"year|{ends}|{year}"
        if day:
            low, high = sorted((month, day))
            yield f"day|{ends}|{low}|{high}"
            yield f"given|{name.plain[-1]}|{year}|{low}|{high}"
        whole = "|".join(sorted(name.plain))
        for commune in person.communes:
            yield f"name|{whole}|{commune}"
    if day:
        for commune in person.communes:
            yield f"born|{commune}|{year}|{month}|{day}"
