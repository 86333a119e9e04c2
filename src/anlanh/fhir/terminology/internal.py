"""Code systems that are a grammar and not a list: units, languages, media types, times zones, URIs.

FHIR: http://unitsofmeasure.org, urn:ietf:bcp:47, urn:ietf:bcp:13, urn:ietf:rfc:3986
Source: https://hl7.org/fhir/R4/terminologies-systems.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any
from zoneinfo import available_timezones

from anlanh.fhir.terminology.concepts import CodeSystemProvider, Concept
from anlanh.fhir.terminology.languages import TAG
from anlanh.fhir.terminology.problems import TooCostly
from anlanh.kernel import units

MEDIA_TYPE = re.compile(
    r"(?:application|audio|font|example|image|message|model|multipart|text|video|haptics|x-[\w.+-]+)"
    r"/[A-Za-z0-9][\w!#$&^.+-]{0,126}(?:\s*;\s*[\w!#$&^.+-]+=(?:[\w!#$&^.+/:-]+|\"[^\"]*\"))*"
)
"""Source: https://www.rfc-editor.org/rfc/rfc6838#section-4.2"""

URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+")
"""Source: https://www.rfc-editor.org/rfc/rfc3986#section-3"""

OID = re.compile(r"[0-2](?:\.(?:0|[1-9]\d*))+")


class Grammar:
    """A `CodeSystemProvider` whose codes are told by a rule; their display is made by another."""

    def __init__(
        self,
        url: str,
        name: str,
        accepts: Callable[[str], bool],
        display: Callable[[str], str] = str,
        case_sensitive: bool = True,
    ) -> None:
        self.head: Mapping[str, Any] = {
            "resourceType": "CodeSystem",
            "url": url,
            "name": name,
            "title": name,
            "status": "active",
            "content": "complete",
            "caseSensitive": case_sensitive,
        }
        self._accepts = accepts
        self._display = display

    def find(self, code: str) -> Concept | None:
        return Concept(code, self._display(code)) if self._accepts(code) else None

    def concepts(self) -> Iterable[Concept]:
        raise TooCostly(value_set=self.head["url"], limit=0)

    def descendants(self, code: str) -> set[str]:
        return set()

    def ancestors(self, code: str) -> set[str]:
        return set()

    def supplements(self) -> tuple[str, ...]:
        return ()


def _pattern(pattern: re.Pattern[str]) -> Callable[[str], bool]:
    return lambda code: pattern.fullmatch(code) is not None


def _unit_name(code: str) -> str:
    return units.display(code) or code


GRAMMARS: tuple[Grammar, ...] = (
    Grammar("http://unitsofmeasure.org", "UCUM", units.validate, _unit_name),
    Grammar("urn:ietf:bcp:47", "BCP47", _pattern(TAG), case_sensitive=False),
    Grammar("urn:ietf:bcp:13", "MediaTypes", _pattern(MEDIA_TYPE), case_sensitive=False),
    Grammar("http://www.rfc-editor.org/bcp/bcp13.txt", "MediaTypes", _pattern(MEDIA_TYPE), case_sensitive=False),
    Grammar("urn:ietf:rfc:3986", "URI", _pattern(URI)),
    Grammar("urn:oid", "OID", _pattern(OID)),
    Grammar("https://www.iana.org/time-zones", "TimeZones", lambda code: code in available_timezones()),
)


class GrammarSource:
    """A source of the code systems above; it has nothing else."""

    def __init__(self) -> None:
        self._by_url = {each.head["url"]: each for each in GRAMMARS}

    def versions(self, kind: str, url: str) -> list[str | None]:
        return [None] if kind == "CodeSystem" and url in self._by_url else []

    def get(self, kind: str, url: str, version: str | None) -> Mapping[str, Any] | None:
        return self._by_url[url].head if kind == "CodeSystem" and url in self._by_url else None

    def provider(self, url: str, version: str | None) -> CodeSystemProvider | None:
        return self._by_url.get(url)

    def supplements(self, url: str) -> Iterator[Mapping[str, Any]]:
        return iter(())

    def concept_maps(self) -> Iterator[Mapping[str, Any]]:
        return iter(())
