"""Packages of conformance resources (implementation guides): out of a .tgz as npm has them, or out of a folder.

The bytes are handed in; nothing here reads a disk. A package is bounded in files and bytes, and only its conformance
resources are taken.

FHIR: NPM package specification
Source: https://hl7.org/fhir/packages.html
"""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterable, Iterator
from typing import Any, Final

from anlanh.fhir.model import json, xml
from anlanh.kernel.problem import Problem

CONFORMANCE: Final = frozenset(
    {
        "CapabilityStatement",
        "CodeSystem",
        "CompartmentDefinition",
        "ConceptMap",
        "ImplementationGuide",
        "Measure",
        "NamingSystem",
        "OperationDefinition",
        "Questionnaire",
        "SearchParameter",
        "StructureDefinition",
        "StructureMap",
        "ValueSet",
    }
)
MOST_FILES: Final = 50_000
MOST_BYTES: Final = 1024 * 1024 * 1024
INDEXES: Final = frozenset({"package.json", ".index.json", "ig-r4.json"})


class PackageUnreadable(Problem):
    """The bytes are no package, or one beyond all bounds."""

    issue = "structure"
    says = "The package cannot be read: {reason}."
    hint = "Give a FHIR npm package (.tgz) or its unpacked folder."


def from_tgz(data: bytes) -> list[dict[str, Any]]:
    """The conformance resources of a package, in the order of the archive.

    Raises:
        PackageUnreadable: not a gzipped tar, too many files or bytes, or a file in it that is no JSON.
    """
    return list(from_files(_members(data)))


def from_files(files: Iterable[tuple[str, bytes]]) -> Iterator[dict[str, Any]]:
    """The conformance resources among files (name, content) of a package folder; JSON and XML.

    Raises:
        PackageUnreadable: a file that is neither.
    """
    for name, content in files:
        last = name.rpartition("/")[2]
        if last in INDEXES or not last.endswith((".json", ".xml")):
            continue
        try:
            resource = json.decode(content) if last.endswith(".json") else xml.from_xml(content)
        except Problem as problem:
            raise PackageUnreadable(reason=f"{name}: {problem.text}") from None
        if isinstance(resource, dict) and resource.get("resourceType") in CONFORMANCE:
            yield resource


def _members(data: bytes) -> Iterator[tuple[str, bytes]]:
    read = 0
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:gz") as archive:
            for count, member in enumerate(archive):
                read += member.size
                if count >= MOST_FILES or read > MOST_BYTES:
                    raise PackageUnreadable(reason=f"more than {MOST_FILES} files or {MOST_BYTES} bytes")
                parts = member.name.removeprefix("./").split("/")
                stream = archive.extractfile(member) if member.isfile() and len(parts) == 2 else None
                if stream is not None:
                    yield member.name, stream.read()
    except (tarfile.TarError, OSError, EOFError) as error:
        raise PackageUnreadable(reason=str(error)) from None
