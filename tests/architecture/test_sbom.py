"""The list of parts names everything that the lock files pin, and nothing else."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import Any

import pytest

from tests.architecture.sources import ROOT


@pytest.fixture(scope="module")
def bill() -> dict[str, Any]:
    """What the script writes, with nothing of the environment."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", ROOT / "deploy" / "sbom.py"], capture_output=True, text=True, check=True
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def pinned(lock: str) -> set[tuple[str, str]]:
    """Names and versions that a lock file of Python pins."""
    return set(re.findall(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", (ROOT / lock).read_text("utf-8"), re.MULTILINE))


def test_the_list_of_parts_has_every_pinned_part_with_version_and_hash(bill: dict[str, Any]) -> None:
    listed = {(each["name"], each["version"]): each for each in bill["components"]}
    packages = json.loads((ROOT / "package-lock.json").read_text("utf-8"))["packages"]
    npm = {
        (found.get("name") or place[len("node_modules/") :], found["version"])
        for place, found in packages.items()
        if place
    }
    assert set(listed) == pinned("requirements.lock") | pinned("requirements-dev.lock") | npm
    assert [each["purl"] for each in listed.values() if not each["hashes"]] == []
    text = "".join((ROOT / lock).read_text("utf-8") for lock in ("requirements.lock", "requirements-dev.lock"))
    hashes = {one["content"] for each in listed.values() for one in each["hashes"] if one["alg"] == "SHA-256"}
    assert hashes == set(re.findall(r"--hash=sha256:([0-9a-f]{64})", text))


def test_what_is_only_for_developing_is_told_from_what_runs(bill: dict[str, Any]) -> None:
    scopes = {each["name"]: each["scope"] for each in bill["components"]}
    assert (scopes["asyncpg"], scopes["htmx.org"], scopes["pytest"]) == ("required", "required", "excluded")


def test_the_list_of_parts_is_cyclonedx_and_names_no_address(bill: dict[str, Any]) -> None:
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    refs = [each["bom-ref"] for each in bill["components"]]
    assert len(refs) == len(set(refs))
    assert bill["dependencies"] == [{"ref": "anlanh", "dependsOn": refs}]
    assert re.findall(r"https?://[^\"]+", json.dumps(bill)) == ["http://cyclonedx.org/schema/bom-1.6.schema.json"]
