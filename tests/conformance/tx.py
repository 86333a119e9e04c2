"""Runs the HL7 terminology ecosystem suite (general mode) against `fhir.terminology`.

The suite's responses hold patterns in `$`: `$optional$`, `$optional-properties$`, `$count-arrays$`, `$external:n:text$`,
`$choice:a|b$`, `$fragments:a|b$` and types such as `$uuid$`; its readme explains them. The order of arrays never counts.

    python -m tests.conformance.tx SUITE.tar.xz [-v] [--only NAME]

Source: https://github.com/HL7/fhir-tx-ecosystem-ig (tests)
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from anlanh.fhir.terminology import LayeredSource, MemorySource, answer, packages

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
IDENTIFIER = "urn:uuid:6f1c1f0a-5a53-4c2c-9b1c-2f0d6a1d3c11"
OPERATIONS = {"batch-validate": "batch-validate-code"}
OF_THE_SERVER = frozenset({"metadata", "term-caps"})
"""Tests of the CapabilityStatement; the REST layer answers them."""

TWIN = frozenset({"location"})
"""`location` repeats `expression`; half of the responses have it and half have not."""

TYPES = {
    "uuid": r"urn:uuid:[0-9a-f-]{36}",
    "id": r"[A-Za-z0-9.-]{1,64}",
    "instant": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)",
    "date": r"\d{4}(-\d\d(-\d\d.*)?)?",
    "url": r"https?://.+",
    "token": r".+",
    "string": r"(?s).+",
    "version": r"[\w.-]+",
    "semver": r"\d+\.\d+(\.\d+)?.*",
}


@dataclass(frozen=True)
class Case:
    """One test of the suite."""

    suite: str
    name: str
    operation: str
    setup: tuple[dict[str, Any], ...]
    request: dict[str, Any]
    responses: tuple[dict[str, Any], ...]
    profile: dict[str, Any]
    http_code: str
    accept_language: str | None


def cases(archive: Path) -> Iterator[Case]:
    """The tests of the general mode."""
    with tarfile.open(archive) as tar:
        texts = {
            member.name.partition("/")[2]: (tar.extractfile(member) or sys.exit(2)).read()
            for member in tar.getmembers()
            if member.isfile() and member.name.endswith(".json")
        }

    def load(name: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(texts[name].decode("utf-8-sig"), parse_float=Decimal)
        return found

    for suite in load("test-cases.json")["suites"]:
        setup = tuple(load(each) for each in suite.get("setup", ()))
        for test in suite["tests"]:
            named = [test[each] for each in ("response", "response2", "response:flat") if each in test]
            yield Case(
                suite["name"],
                test["name"],
                test["operation"],
                setup,
                load(test["request"]) if "request" in test else {},
                tuple(load(each) for each in named),
                load(test["profile"]) if "profile" in test else {},
                test.get("http-code", "2xx"),
                test.get("Accept-Language"),
            )


def run(case: Case) -> str | None:
    """None when the test passes, else what differs from the first of its responses."""
    source = LayeredSource(MemorySource(reversed(case.setup)), packages.source())
    given = [*case.request.get("parameter", ()), *case.profile.get("parameter", ())]
    status, found = answer(
        source,
        OPERATIONS.get(case.operation, case.operation),
        {"resourceType": "Parameters", "parameter": given},
        now=NOW,
        identifier=IDENTIFIER,
        accept_language=case.accept_language,
        release="5.0",
    )
    if case.http_code[0] != str(status)[0] and len(case.responses) < 2:
        return f"HTTP {status}, wanted {case.http_code}: {json.dumps(found, default=str)[:600]}"
    differences = [differ(wanted, found, "") for wanted in case.responses]
    return None if None in differences else differences[0]


def differ(wanted: Any, found: Any, path: str) -> str | None:
    """The first difference, or None."""
    if isinstance(wanted, dict):
        return _differ_objects(wanted, found, path)
    if isinstance(wanted, list):
        return _differ_arrays(wanted, found, path, counted=False)
    if isinstance(wanted, str) and wanted.startswith("$") and wanted.endswith("$"):
        return None if _fits(wanted, found) else f"{path}: {found!r} is not {wanted}"
    if isinstance(wanted, str) and isinstance(found, str) and "$" in wanted:
        pattern = re.sub(r"\\\$(\w+)\\\$", lambda match: TYPES.get(match[1], ".*"), re.escape(wanted))
        return None if re.fullmatch(pattern, found) else f"{path}: {found!r} is not {wanted!r}"
    same = wanted == found and isinstance(wanted, bool) == isinstance(found, bool)
    return None if same else f"{path}: {found!r} is not {wanted!r}"


def _differ_objects(wanted: dict[str, Any], found: Any, path: str) -> str | None:
    if not isinstance(found, dict):
        return f"{path}: {found!r} is no object"
    optional = set(wanted.get("$optional-properties$", ()))
    counted = set(wanted.get("$count-arrays$", ()))
    plain = {name: value for name, value in wanted.items() if not name.startswith("$")}
    for name, value in plain.items():
        at = f"{path}.{name}"
        if name not in found:
            if name in optional or name in TWIN or _all_optional(value):
                continue
            return f"{at}: missing, wanted {json.dumps(value, default=str)[:300]}"
        if isinstance(value, list):
            difference = _differ_arrays(value, found[name], at, counted=name in counted)
        else:
            difference = differ(value, found[name], at)
        if difference:
            return difference
    extra = found.keys() - plain.keys() - optional - TWIN
    return f"{path}: too much: { ({name: found[name] for name in sorted(extra)})!s:.300}" if extra else None


def _all_optional(value: Any) -> bool:
    if isinstance(value, dict):
        return _is_optional(value)
    return isinstance(value, list) and all(isinstance(each, dict) and _is_optional(each) for each in value)


def _is_optional(wanted: dict[str, Any]) -> bool:
    mark = wanted.get("$optional$", wanted.get("$optional"))
    return mark is not None and mark is not False


def _differ_arrays(wanted: list[Any], found: Any, path: str, *, counted: bool) -> str | None:
    if not isinstance(found, list):
        return f"{path}: {found!r} is no array"
    if counted:
        return None if len(wanted) == len(found) else f"{path}: {len(found)} items, wanted {len(wanted)}"
    left = list(found)
    for each in wanted:
        differences = [differ(each, other, path) for other in left]
        if None in differences:
            left.pop(differences.index(None))
        elif not (isinstance(each, dict) and _is_optional(each)):
            closest = max(differences, key=lambda text: len(text or "")) if differences else None
            return f"{path}: nothing like {json.dumps(each, default=str)[:500]} ({closest})"
    return f"{path}: too much: {json.dumps(left, default=str)[:600]}" if left else None


def _fits(pattern: str, found: Any) -> bool:
    kind, _, rest = pattern.strip("$").partition(":")
    if kind == "external":
        wanted = rest.partition(":")[2]
        return isinstance(found, str) and wanted in found
    if kind == "choice":
        return found in rest.split("|")
    if kind == "fragments":
        return isinstance(found, str) and all(each in found for each in rest.split("|"))
    return isinstance(found, str) and re.fullmatch(TYPES.get(kind, r"(?s).*"), found) is not None


def main() -> int:
    """The command line: counts by suite, the differences with -v."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("archive", type=Path)
    parser.add_argument("-v", "--verbose", action="store_true")
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    totals: dict[str, list[int]] = {}
    for case in cases(options.archive):
        if options.only not in f"{case.suite}/{case.name}" or case.operation in OF_THE_SERVER:
            continue
        difference = run(case)
        count = totals.setdefault(case.suite, [0, 0])
        count[0] += difference is None
        count[1] += 1
        if difference and options.verbose:
            print(f"{case.suite}/{case.name}: {difference}")
    for name, (passed, total) in totals.items():
        print(f"{name:28} {passed:4} / {total}")
    passed, total = (sum(each[at] for each in totals.values()) for at in (0, 1))
    print(f"{'all':28} {passed:4} / {total}")
    return 0 if passed == total else 1


if __name__ == "__main__":
    sys.exit(main())
