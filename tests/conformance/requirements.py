"""Which requirement of SMART App Launch and of Bulk Data is met by which test: `python -m tests.conformance.requirements`.

A test names requirements at the start of its docstring: `SMART [14 15 110-115]`, `Bulk [5]`, or `[28 29]` below
tests/fhir/bulk. What no test names stands with its reason in requirements.toml. Numbers are those of the tables of the
Inferno test kits.

Source: https://github.com/inferno-framework/smart-app-launch-test-kit,
https://github.com/inferno-framework/bulk-data-test-kit (requirements tables)
"""

from __future__ import annotations

import ast
import csv
import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

HERE = Path(__file__).parent
TESTS = HERE.parent
PAGE = TESTS.parent / "docs" / "conformance-smart.md"
TABLES = TESTS.parents[1] / "shared" / "suites" / "inferno"
REQUIREMENTS = {
    "SMART": ("hl7.fhir.uv.smart-app-launch_2.2.0", "smart_stu2_2_requirements_coverage.csv"),
    "Bulk": ("hl7.fhir.uv.bulkdata_2.0.0", "bulk_data_v200_requirements_coverage.csv"),
}
TITLES = {"SMART": "SMART App Launch 2.2.0", "Bulk": "Bulk Data Access 2.0.0"}
NAMED = re.compile(r"(?:(SMART|Bulk) )?\[([\d\s\-]+)\]")
HEAD = """# SMART App Launch and Bulk Data: each requirement and its test

Every SHALL that binds a server, by the numbers of the requirement tables of the Inferno test kits (SMART App Launch 2.2.0, Bulk
Data Access 2.0.0), and the tests that hold this server to it. What is out of scope says why; what is open is a known gap.
(Written by `python -m tests.conformance.requirements`; tests compare it with the tests and with the tables.)
"""


@dataclass(frozen=True, order=True)
class Named:
    """A requirement that a test names."""

    guide: str
    number: int
    place: str
    test: str


@cache
def named() -> tuple[Named, ...]:
    """All that tests name, in order."""
    return tuple(sorted(each for path in sorted(TESTS.rglob("test_*.py")) for each in _in_file(path)))


@cache
def reasons() -> dict[str, dict[int, tuple[str, str]]]:
    """Guide and number to (`outside` or `open`, why)."""
    found: dict[str, dict[int, tuple[str, str]]] = {guide: {} for guide in TITLES}
    for row in tomllib.loads((HERE / "requirements.toml").read_text("utf-8"))["reason"]:
        for guide in TITLES:
            for number in numbers(row.get(guide, "")):
                found[guide][number] = (row["state"], row["why"])
    return found


@cache
def inferno() -> dict[str, dict[str, str]]:
    """Kit and file of a test of Inferno to `file::test` of ours, or `outside: ` and why."""
    found: dict[str, dict[str, str]] = tomllib.loads((HERE / "requirements.toml").read_text("utf-8"))["inferno"]
    return found


def of_inferno(kit: str) -> set[str]:
    """The files of a kit that hold tests of their own; others gather them, or speak of clients."""
    with (TABLES / "acceptance_inferno_tests.tsv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file, delimiter="\t") if row["kit"] == kit]
    return {row["file"] for row in rows if "_test.rb" in row["file"] or "_test_" in row["file"]} - {
        row["file"] for row in rows if row["file"].endswith(("_group.rb", "_suite.rb"))
    }


def exists(place: str) -> bool:
    """Whether there is such a test: `file::test`."""
    file, _, name = place.partition("::")
    path = TESTS / file
    return path.is_file() and f"\ndef {name}(" in path.read_text("utf-8")


def demanded(guide: str) -> set[int]:
    """The numbers of every SHALL and SHALL NOT that binds a server, as the table has them."""
    own, name = REQUIREMENTS[guide]
    with (TABLES / name).open(encoding="utf-8-sig", newline="") as file:
        return {
            int(row["ID"])
            for row in csv.DictReader(file)
            if row["Req Set"] == own and "Server" in row["Actors"] and row["Conformance"].startswith("SHALL")
        }


def numbers(text: str) -> set[int]:
    """Numbers and ranges of them.

    >>> sorted(numbers("3 7-9"))
    [3, 7, 8, 9]
    """
    spans = [(part.partition("-")[0], part.partition("-")[2]) for part in text.split()]
    return {number for first, last in spans for number in range(int(first), int(last or first) + 1)}


def render(known: dict[str, set[int]]) -> str:
    """The page. `known`: the requirements to list, by guide."""
    lines = [HEAD]
    for guide, title in TITLES.items():
        met = {each.number for each in named() if each.guide == guide} & known[guide]
        states = [reasons()[guide][each][0] for each in known[guide] - met]
        lines.append(
            f"\n## {title}\n\n{len(known[guide])} requirements: {len(met)} tested, {states.count('outside')} out of scope,"
            f" {states.count('open')} open.\n\n| requirement | test, or why not |\n| --- | --- |"
        )
        lines += [f"| {number} | {'; '.join(_cell(guide, number))} |" for number in sorted(known[guide])]
    for kit, rows in inferno().items():
        lines.append(f"\n## Tests of Inferno: {kit}\n\n| theirs | ours, or why not |\n| --- | --- |")
        lines += [f"| `{name}` | {_ours(place)} |" for name, place in sorted(rows.items())]
    return "\n".join(lines) + "\n"


def _ours(place: str) -> str:
    file, _, name = place.partition("::")
    return f"`{file}` {_sentence(name)}" if name else f"out of scope: {place.removeprefix('outside: ')}"


def _cell(guide: str, number: int) -> Iterable[str]:
    tests = [f"`{each.place}` {each.test}" for each in named() if (each.guide, each.number) == (guide, number)]
    if tests:
        return tests
    state, why = reasons()[guide][number]
    return [f"{'out of scope' if state == 'outside' else '**open**'}: {why}"]


def _in_file(path: Path) -> Iterator[Named]:
    place = path.relative_to(TESTS).as_posix()
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            for guide, text in NAMED.findall(ast.get_docstring(node) or ""):
                if guide or place.startswith("fhir/bulk/"):
                    yield from (Named(guide or "Bulk", each, place, _sentence(node.name)) for each in numbers(text))


def _sentence(name: str) -> str:
    return name.removeprefix("test_").replace("_", " ")


if __name__ == "__main__":
    PAGE.write_text(render({guide: demanded(guide) for guide in TITLES}), encoding="utf-8")
