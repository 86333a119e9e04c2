"""The whole package: its resources, its examples, and the archive that other tools install.

FHIR: ImplementationGuide, packages
Source: https://confluence.hl7.org/display/FHIR/NPM+Package+Specification
"""

from __future__ import annotations

import gzip
import io
import tarfile
from functools import cache
from importlib.resources import files
from typing import Any

from anlanh.fhir.model import json
from anlanh.fhir.vn.codesystems import code_systems, concept_maps, value_sets
from anlanh.fhir.vn.differential import DATE, VERSION
from anlanh.fhir.vn.extensions import extensions
from anlanh.fhir.vn.profiles import profiles
from anlanh.fhir.vn.systems import BASE, naming_systems

NAME = "vn.anlanh"
DEPENDENCIES = {"hl7.fhir.r4.core": "4.0.1", "hl7.terminology.r4": "7.0.1"}


@cache
def resources(base: str = BASE) -> tuple[dict[str, Any], ...]:
    """Every resource of the package under a canonical base that ends in `/`. Must not be changed."""
    made = [
        *profiles(base),
        *extensions(base),
        *code_systems(base),
        *value_sets(base),
        *concept_maps(base),
        *naming_systems(base),
    ]
    return (_guide(base, made), *made)


def examples(base: str = BASE) -> list[dict[str, Any]]:
    """An example of each profile, of people who do not exist."""
    folder = files("anlanh.fhir.vn").joinpath("examples")
    texts = (each.read_text() for each in sorted(folder.iterdir(), key=lambda each: each.name))
    return [json.decode(text.replace(BASE, base)) for text in texts]


@cache
def profile_of(resource_type: str) -> str | None:
    """Canonical of the Vietnamese profile of a resource type, under the canonical base of `resources()`; None without one."""
    found = (each for each in resources() if each["resourceType"] == "StructureDefinition")
    return next((each["url"] for each in found if each["type"] == resource_type), None)


def archive(base: str = BASE) -> bytes:
    """The package as .tgz; the same bytes every time."""
    head = {
        "name": NAME,
        "version": VERSION,
        "description": "Profiles for Viet Nam, of the An Lành project; no national guide",
        "canonical": base.rstrip("/"),
        "fhirVersions": ["4.0.1"],
        "type": "fhir.ig",
        "dependencies": DEPENDENCIES,
    }
    stream = io.BytesIO()
    with gzip.GzipFile(fileobj=stream, mode="wb", mtime=0) as packed, tarfile.open(fileobj=packed, mode="w") as tar:
        _add(tar, "package/package.json", head)
        for each in resources(base):
            _add(tar, f"package/{each['resourceType']}-{each['id']}.json", each)
        for each in examples(base):
            _add(tar, f"package/example/{each['resourceType']}-{each['id']}.json", each)
    return stream.getvalue()


def _add(tar: tarfile.TarFile, name: str, value: dict[str, Any]) -> None:
    content = json.encode(value)
    info = tarfile.TarInfo(name)
    info.size = len(content)
    tar.addfile(info, io.BytesIO(content))


def _guide(base: str, made: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "resourceType": "ImplementationGuide",
        "id": NAME,
        "url": f"{base}ImplementationGuide/{NAME}",
        "version": VERSION,
        "name": "AnLanhVn",
        "title": "An Lành: FHIR R4 cho Việt Nam",
        "status": "draft",
        "date": DATE,
        "description": "Bộ hồ sơ FHIR của dự án An Lành; không phải hướng dẫn quốc gia.",
        "packageId": NAME,
        "fhirVersion": ["4.0.1"],
        "definition": {
            "resource": [
                {"reference": {"reference": f"{each['resourceType']}/{each['id']}"}, "exampleBoolean": False}
                for each in made
            ]
        },
    }
