"""The definitions of FHIR R4 at run time: types, search parameters, and any conformance resource by its canonical URL.

They come from one compact file that `compile.py` makes of the npm packages when the project is built. The tables of
types and search parameters are read at once; conformance resources are unpacked when first asked for.

FHIR: StructureDefinition, SearchParameter, ValueSet, CodeSystem, ConceptMap, OperationDefinition
Source: https://hl7.org/fhir/R4/conformance-module.html
"""

from __future__ import annotations

import mmap
import zlib
from collections.abc import Mapping
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import msgspec

from anlanh.fhir.model import json
from anlanh.fhir.model.types import SearchParameterDef, TypeDef
from anlanh.kernel.problem import Problem

FILE = Path(__file__).with_name("definitions.bin")
MAGIC = b"ANLANH-DEFINITIONS-1\n"


class DefinitionsMissing(Problem):
    issue = "exception"
    says = "The FHIR definitions have not been built ({file} is missing or of another version)."
    hint = "Install the project again (`pip install -e .`): the build fetches the packages and makes the file."


class Definitions:
    """The definitions of one build. Read-only; what it hands out must not be changed."""

    def __init__(self, file: Path = FILE) -> None:
        try:
            with file.open("rb") as stream:
                self._bytes = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
        except OSError:
            raise DefinitionsMissing(file=file.name) from None
        if self._bytes[: len(MAGIC)] != MAGIC:
            raise DefinitionsMissing(file=file.name)
        start = len(MAGIC) + 8
        size = int.from_bytes(self._bytes[len(MAGIC) : start], "big")
        head = msgspec.json.decode(zlib.decompress(self._bytes[start : start + size]), type=_Head)
        self._blobs = start + size
        self._index = head.index
        self._parsed: dict[str, dict[str, Any] | None] = {}
        self.packages: Mapping[str, str] = head.packages
        self.types: Mapping[str, TypeDef] = {each.name: each for each in head.types}
        self.search_parameters: tuple[SearchParameterDef, ...] = tuple(head.search_parameters)
        self.compartments: Mapping[str, Mapping[str, tuple[str, ...]]] = head.compartments

    @property
    def resource_types(self) -> list[str]:
        """Names of all concrete resource types, sorted."""
        return sorted(each.name for each in self.types.values() if each.kind == "resource" and not each.abstract)

    @cached_property
    def type_numbers(self) -> dict[str, int]:
        """Name of a resource type to the number under which it is stored. R4 is closed, so the numbers never change."""
        return {name: number for number, name in enumerate(self.resource_types, start=1)}

    def resource(self, canonical: str) -> dict[str, Any] | None:
        """The conformance resource with that URL (`url` or `url|version`), or None. Must not be changed."""
        if canonical in self._parsed:
            return self._parsed[canonical]
        found = self._index.get(canonical)
        value = None
        if found is not None:
            at = self._blobs + found[1]
            value = json.decode_fast(zlib.decompress(self._bytes[at : at + found[2]]))
        self._parsed[canonical] = value
        return value

    def canonicals(self, resource_type: str) -> list[str]:
        """URLs (without version) of all conformance resources of that type, sorted."""
        return sorted(url for url, found in self._index.items() if found[0] == resource_type and "|" not in url)


class _Head(msgspec.Struct):
    packages: dict[str, str]
    types: list[TypeDef]
    search_parameters: list[SearchParameterDef]
    compartments: dict[str, dict[str, tuple[str, ...]]]
    index: dict[str, tuple[str, int, int]]


@cache
def load() -> Definitions:
    """The definitions of this build, loaded once per process."""
    return Definitions()
