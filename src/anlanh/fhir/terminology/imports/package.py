"""Reads FHIR packages (npm .tgz) and single resources for import.

FHIR: packages
Source: https://confluence.hl7.org/display/FHIR/NPM+Package+Specification
"""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from anlanh.fhir.model import json
from anlanh.fhir.terminology.imports.load import Reject
from anlanh.kernel.problem import Problem

LARGEST_FILE = 64 * 1024 * 1024
LARGEST_PACKAGE = 1024 * 1024 * 1024


class NotAPackage(Problem):
    issue = "structure"
    says = "The file is no FHIR package: {why}."
    hint = "Send the .tgz that a package registry or an IG's `package.tgz` link gives."


@dataclass
class PackageReport:
    """What was read of a package."""

    name: str = ""
    version: str = ""
    resources: int = 0
    rejects: list[Reject] = field(default_factory=list)


def read(
    data: bytes, take: Callable[[dict[str, Any]], None], progress: Callable[[int], None] | None = None
) -> PackageReport:
    """Hand every resource of a package to `take`; files that are none are reported. `progress` gets the count so far.

    Raises:
        NotAPackage: it is no gzipped tar archive with a package.json.
    """
    report = PackageReport()
    for number, (name, content) in enumerate(_files(data), start=1):
        if name == "package/package.json":
            head = json.decode(content)
            report.name, report.version = head.get("name", ""), head.get("version", "")
            continue
        resource = _resource(content)
        if resource is None:
            way_out = "remove the file, or repair it"
            report.rejects.append(Reject(number, name, "the file holds no FHIR resource in JSON", way_out))
            continue
        take(resource)
        report.resources += 1
        if progress:
            progress(report.resources)
    if not report.name:
        raise NotAPackage(why="package/package.json is missing")
    return report


def _files(data: bytes) -> Iterator[tuple[str, bytes]]:
    """(name, content) of the JSON files in the folder `package`; the index of the packager is not one of them."""
    total = 0
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:gz") as archive:
            for member in archive:
                folder, _, name = member.name.partition("/")
                if not member.isfile() or folder != "package" or "/" in name or name.startswith("."):
                    continue
                total += member.size
                if member.size > LARGEST_FILE or total > LARGEST_PACKAGE:
                    raise NotAPackage(why=f"{member.name} is too large")
                stream = archive.extractfile(member)
                if stream is not None and name.endswith(".json"):
                    yield member.name, stream.read()
    except (tarfile.TarError, EOFError, OSError) as error:
        raise NotAPackage(why=f"the archive cannot be read ({type(error).__name__})") from None


def _resource(content: bytes) -> dict[str, Any] | None:
    try:
        found = json.decode(content)
    except Problem:
        return None
    return found if isinstance(found, dict) and "resourceType" in found else None
