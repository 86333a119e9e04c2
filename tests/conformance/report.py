"""Runs the harnesses of a suites folder against this engine and writes one table: what passed, the goal, the peers.

    python -m tests.conformance.report --suites ../shared/suites [--write docs/conformance.md] [--only NAME]

A row is one harness run, in a process of its own; its figures are read from what the harness prints. The exit status
is 1 when a goal is missed. The peers' scores are those that the suites' own README publishes.
"""

from __future__ import annotations

import argparse
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.conformance.served import BASE_VARIABLE, TOKEN_VARIABLE

ROOT = Path(__file__).parents[2]
ADAPTERS = "tests.conformance.adapters"
ANLANH = str(Path(sys.executable).with_name("anlanh"))
PAIR = r"\s*(\d+)\s*/\s*(\d+)"
START_S = 60


@dataclass(frozen=True)
class Suite:
    """One line of the table. `figure`: what stands before "passed/total" in the output; several such lines add up.

    `{suites}` in the command is filled in. `served`: it asks a running server.
    """

    name: str
    command: tuple[str, ...]
    figure: str
    goal: float
    peers: str
    served: bool = False


def harness(script: str, *options: str, engine: str = "") -> tuple[str, ...]:
    return (f"{{suites}}/{script}", *options, *(("--engine", f"{ADAPTERS}:{engine}") if engine else ()))


def fhirpath(suite: str) -> tuple[str, ...]:
    return harness("run_fhirpath.py", "--suite", suite, engine="fhirpath")


def validator(*options: str) -> tuple[str, ...]:
    return harness("run_validator.py", *options, engine="validator")


def patch(kind: str) -> tuple[str, ...]:
    return harness("run_patch.py", "--kind", kind, engine=f"{kind}_patch")


def hl7v2(what: str, engine: str = "hl7v2") -> tuple[str, ...]:
    return harness("run_hl7v2.py", "--what", what, engine=engine)


TX = ("-m", "tests.conformance.tx", "{suites}/tx-ecosystem.tar.xz")
SEARCH = ("{suites}/run_search.py", "--engine", "tests.conformance.served:search")

SUITES = (
    Suite("FHIRPath, HL7 R4", fhirpath("r4"), "r4:", 97, "fhirpath.js 95.6, fhirpathpy 83.5"),
    Suite("FHIRPath, HL7 R5", fhirpath("r5"), "r5:", 96, "fhirpath.js 95.1, fhirpathpy 82.3"),
    Suite("FHIRPath, result table", fhirpath("oracle"), "oracle:", 100, "both 100 (it holds what they agree on)"),
    Suite(
        "SQL on FHIR v2", harness("run_sof.py", engine="sof"), "sof:", 100, "sof-js 92.9, sqlonfhir 79.8, Medplum 76.8"
    ),
    Suite("Validator, JSON core", validator(), "flag", 88, "fhir.resources 52.8, Medplum 52.2, npm fhir 50.9"),
    Suite("Validator, JSON core: valid accepted", validator(), "valid accepted", 97, "–"),
    Suite("Validator, JSON core: error paths", validator(), "paths named", 75, "–"),
    Suite("Validator, XML core", validator("--format", "xml"), "flag", 80, "–"),
    Suite("Validator, packages", validator("--cls", "packages"), "flag", 80, "–"),
    Suite("Terminology (tx), general", TX, "all", 85, "–"),
    Suite("UCUM", harness("run_ucum.py", engine="Ucum"), r"Ucum \w+:", 100, "ucum-lhc 100 (validation, conversion)"),
    Suite("FHIRPath Patch", patch("fhirpath"), "fhirpath:", 100, "–"),
    Suite("JSON Patch", patch("json"), "json:", 100, "jsonpatch 100"),
    Suite("HL7v2 parsing", hl7v2("parse", "hl7v2_parse"), "parse:", 99.8, "python-hl7 99.6"),
    Suite("HL7v2 → FHIR, CDC rules: recall", hl7v2("cdc-mapping"), "recall", 85, "–"),
    Suite("HL7v2 → FHIR, CDC reports: recall", hl7v2("cdc-report"), "recall", 85, "–"),
    Suite("HL7v2 → FHIR, Microsoft: recall", hl7v2("ms"), "recall", 60, "–"),
    Suite("C-CDA → FHIR: recall", hl7v2("ms-ccda", "ccda"), "recall", 50, "–"),
    Suite("REST search", SEARCH, "search:", 98, "Medplum matcher 47.4", served=True),
)


@dataclass(frozen=True)
class Row:
    """What became of one suite."""

    suite: Suite
    passed: int
    total: int

    @property
    def percent(self) -> float:
        return 100 * self.passed / self.total if self.total else 0.0

    @property
    def reached(self) -> bool:
        return self.percent >= self.suite.goal

    @property
    def cells(self) -> tuple[str, ...]:
        wanted = f"≥ {self.suite.goal:g}" if self.suite.goal < 100 else "100"
        return self.suite.name, str(self.passed), str(self.total), f"{self.percent:.1f}", wanted, self.suite.peers


class HarnessFailed(Exception):
    """A harness printed no figure."""


def run(suites: Path, chosen: Sequence[Suite] = SUITES) -> Iterator[Row]:
    """The rows in order; equal commands run once."""
    outputs: dict[tuple[str, ...], str] = {}
    with server_when(any(suite.served for suite in chosen)) as environment:
        for suite in chosen:
            command = tuple(part.format(suites=suites) for part in suite.command)
            if command not in outputs:
                outputs[command] = _output(command, environment)
            found = re.findall(suite.figure + PAIR, outputs[command])
            if not found:
                raise HarnessFailed(f"{suite.name}: {outputs[command][-500:]}")
            yield Row(suite, sum(int(passed) for passed, _ in found), sum(int(total) for _, total in found))


def _output(command: tuple[str, ...], more: dict[str, str]) -> str:
    environment = {**os.environ, **more, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    return done.stdout + done.stderr


@contextmanager
def server_when(wanted: bool) -> Iterator[dict[str, str]]:
    """The environment that names a server on an empty record, which runs meanwhile; nothing when none is wanted."""
    if not wanted:
        yield {}
        return
    with tempfile.TemporaryDirectory(prefix="anlanh-conformance-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)  # the embedded database runs as a user of its own
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        environment = {**os.environ, "ANLANH_DATA": folder, "ANLANH_WORKERS": "1"}
        environment.pop("DATABASE_URL", None)
        command = [ANLANH, "serve", "--port", str(port)]
        process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            _wait(f"http://127.0.0.1:{port}/health/ready")
            asked = subprocess.run(
                [ANLANH, "token", "--role", "system"], env=environment, capture_output=True, text=True, check=True
            )
            yield {BASE_VARIABLE: f"http://127.0.0.1:{port}/fhir", TOKEN_VARIABLE: asked.stdout.strip()}
        finally:
            process.terminate()
            process.wait(40)


def _wait(url: str) -> None:
    until = time.monotonic() + START_S
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    raise HarnessFailed(f"{url} does not answer")


HEAD = ("Suite", "Passed", "Of", "%", "Goal %", "Peers, published %")

INTRODUCTION = """\
# Conformance

Test suites of HL7 and others, run against this engine. This page is made by `anlanh conformance --suites FOLDER`; the
folder holds the suites with their harnesses. The peers' scores are those published with the suites.

"""


def page(rows: Sequence[Row]) -> str:
    """The page in Markdown."""
    lines = [HEAD, ("---", "---:", "---:", "---:", "---:", "---"), *(row.cells for row in rows)]
    return INTRODUCTION + "".join(f"| {' | '.join(line)} |\n" for line in lines)


def plain(cells: Sequence[str]) -> str:
    """One line of the table for a terminal."""
    name, passed, total, percent, goal, peers = cells
    return f"{name:38} {passed:>7} {total:>7} {percent:>6} {goal:>7}  {peers}"


def main(arguments: Sequence[str] | None = None) -> int:
    asked = argparse.ArgumentParser(description="Run the conformance suites.")
    asked.add_argument("--suites", type=Path, required=True)
    asked.add_argument("--write", type=Path, help="write the table to this page")
    asked.add_argument("--only", default="", help="suites whose name begins like this")
    given = asked.parse_args(arguments)
    chosen = [suite for suite in SUITES if suite.name.lower().startswith(given.only.lower())]
    print(plain(HEAD))
    rows = []
    for row in run(given.suites.absolute(), chosen):
        print(plain(row.cells), "" if row.reached else "MISSED", flush=True)
        rows.append(row)
    if given.write and len(rows) == len(SUITES):
        given.write.write_text(page(rows), encoding="utf-8")
    return 0 if all(row.reached for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
