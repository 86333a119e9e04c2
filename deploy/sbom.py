#!/usr/bin/env python3
"""The list of parts: everything that the lock files pin, Python's and npm's, as a CycloneDX bill of materials.

Run beside the lock files, with any Python 3.11 and nothing installed: `python3 deploy/sbom.py > anlanh.cdx.json`. The same
lock files give the same bytes. A part has the hashes of every file under which it may be installed (a wheel for each kind of
machine), as the lock file has them; no address from which it comes.

Source: https://cyclonedx.org/docs/1.6/json/; https://github.com/package-url/purl-spec (pypi, npm)
"""

from __future__ import annotations

import base64
import json
import re
import sys
import tomllib
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

ROOT = Path(__file__).parents[1]
PYTHON = (("requirements.lock", "required"), ("requirements-dev.lock", "excluded"))
"""Lock files and what they are for, as CycloneDX calls it; what stands in the first is needed to run, whatever else has it."""

NPM = "package-lock.json"
ALGORITHMS = {"sha256": "SHA-256", "sha384": "SHA-384", "sha512": "SHA-512"}
NAMES = uuid.UUID("3f8f4a39-0c57-4c50-9d1f-6a2f5f7c1d6e")
_PIN = re.compile(r"(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;\\]+)")
_HASH = re.compile(r"--hash=(?P<kind>[a-z0-9]+):(?P<digest>[0-9a-f]+)")

Part = dict[str, Any]


def of_python(text: str, scope: str) -> Iterator[Part]:
    """The parts of a requirements file with hashes.

    >>> next(of_python("six==1.17.0 ; python_version < '4' --hash=sha256:0abc", "required"))["purl"]
    'pkg:pypi/six@1.17.0'
    """
    for line in text.replace("\\\n", " ").splitlines():
        if (pin := _PIN.match(line)) is not None:
            name, version = re.sub(r"[-_.]+", "-", pin["name"]).lower(), pin["version"]
            hashes = [(each["kind"], each["digest"]) for each in _HASH.finditer(line)]
            yield _part(f"pkg:pypi/{name}@{quote(version)}", name, version, scope, hashes)


def of_npm(lock: dict[str, Any]) -> Iterator[Part]:
    """The parts of a package-lock.json of version 2 or 3; one that stands under another name has its own."""
    for place, found in lock["packages"].items():
        if "integrity" not in found:
            continue
        name, version = found.get("name") or place.rpartition("node_modules/")[2], found["version"]
        kinds = (each.partition("-") for each in found["integrity"].split())
        hashes = [(kind, base64.b64decode(digest).hex()) for kind, _, digest in kinds]
        part = _part(f"pkg:npm/{quote(name)}@{quote(version)}", name, version, "required", hashes)
        yield part | ({"licenses": [{"expression": found["license"]}]} if found.get("license") else {})


def bill(root: Path) -> dict[str, Any]:
    """The bill of materials of the lock files in a folder, parts by their address (purl), each once."""
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    parts: dict[str, Part] = {}
    for name, scope in PYTHON:
        for part in of_python((root / name).read_text("utf-8"), scope):
            parts.setdefault(part["purl"], part)
    for part in of_npm(json.loads((root / NPM).read_text("utf-8"))):
        parts.setdefault(part["purl"], part)
    listed = [parts[purl] for purl in sorted(parts)]
    whole = {"type": "application", "name": project["name"], "version": project["version"], "bom-ref": project["name"]}
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(NAMES, json.dumps([whole, listed]))}",
        "version": 1,
        "metadata": {"component": whole},
        "components": listed,
        "dependencies": [{"ref": whole["bom-ref"], "dependsOn": sorted(parts)}],
    }


def _part(purl: str, name: str, version: str, scope: str, hashes: list[tuple[str, str]]) -> Part:
    return {
        "type": "library",
        "bom-ref": purl,
        "name": name,
        "version": version,
        "scope": scope,
        "hashes": [{"alg": ALGORITHMS[kind], "content": digest} for kind, digest in sorted(set(hashes))],
        "purl": purl,
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(bill(ROOT), indent=1, ensure_ascii=False) + "\n")
