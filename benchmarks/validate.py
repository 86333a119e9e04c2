"""How fast are the structure check and the full validation? Synthea's resources, one core.

Usage: python benchmarks/validate.py FOLDER_OF_BUNDLES [NUMBER_OF_BUNDLES]
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from anlanh.fhir.model import definitions, json
from anlanh.fhir.validate import Validator, structure


def resources(folder: Path, bundles: int) -> list[dict[str, Any]]:
    """The resources in the entries of the first Bundles of a folder."""
    files = sorted(folder.rglob("*.json"))[:bundles]
    return [entry["resource"] for file in files for entry in json.decode(file.read_bytes()).get("entry", [])]


def rate(what: str, work: Callable[[dict[str, Any]], object], over: Iterable[dict[str, Any]]) -> None:
    """Print how many resources a second the work does, at its best of three passes."""
    held = list(over)
    best = min(_seconds(work, held) for _ in range(3))
    print(f"{what:28} {len(held) / best:10,.0f} resources/s {best / len(held) * 1e6:8.1f} us each")


def _seconds(work: Callable[[dict[str, Any]], object], over: list[dict[str, Any]]) -> float:
    started = time.perf_counter()
    for resource in over:
        work(resource)
    return time.perf_counter() - started


def main() -> None:
    folder, bundles = Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 10
    found = resources(folder, bundles)
    size = sum(len(json.encode(each)) for each in found) / len(found)
    print(f"{len(found)} resources of {size:.0f} bytes on average")
    validator = Validator(definitions.load())
    rate("structure", structure, found)
    rate("full validation", validator.validate, found)
    issues = Counter(f"{i.severity} {i.rule}" for each in found for i in validator.validate(each))
    for name, count in issues.most_common():
        print(f"  {name:40} {count}")


if __name__ == "__main__":
    main()
