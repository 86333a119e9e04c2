"""`anlanh conformance`: the published test suites against this engine, from a checkout of its sources.

The runner lies with the tests, for the suites are no part of what is shipped.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from anlanh.kernel.problem import Problem

CHECKOUT = Path(__file__).parents[2]
RUNNER = "tests.conformance.report"


class NotACheckout(Problem):
    issue = "not-found"
    says = "The conformance runner is not here: this An Lành was installed without its tests."
    hint = "Run the command from a checkout of the sources (pip install -e .)."


class NoSuites(Problem):
    issue = "not-found"
    says = "There are no test suites in {folder}."
    hint = "Name the folder that holds run_fhirpath.py and the other harnesses with --suites."


def run(suites: Path, only: str = "") -> int:
    """Run the suites, print the table and, when all ran, write the page; 0 when every goal is reached, else 1.

    Raises:
        NotACheckout, NoSuites: what is needed is not there.
    """
    if not (CHECKOUT / Path(*RUNNER.split("."))).with_suffix(".py").is_file():
        raise NotACheckout
    if not (suites / "run_fhirpath.py").is_file():
        raise NoSuites(folder=suites)
    page = CHECKOUT / "docs" / "conformance.md"
    command = [sys.executable, "-m", RUNNER, "--suites", str(suites.absolute()), "--write", str(page), "--only", only]
    return subprocess.run(command, cwd=CHECKOUT, env=os.environ, check=False).returncode
