"""The table of docs/security.md names tests that are there; what names none says that it is open."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROWS = [
    [cell.strip() for cell in line.strip("| \n").split("|")]
    for line in (ROOT / "docs" / "security.md").read_text("utf-8").splitlines()
    if re.match(r"\| \d+\.\d+\.\d+ ", line)
]
TESTS = {
    name
    for path in (ROOT / "tests").rglob("test_*.py")
    for name in re.findall(r"^(?:async )?def (test_\w+)", path.read_text("utf-8"), re.MULTILINE)
}


def test_every_line_names_a_test_that_is_there_or_says_that_it_is_open() -> None:
    wrong = [row for row in ROWS if row[-1] not in TESTS and "open: " not in f"{row[-2]} {row[-1]}"]
    assert wrong == []


def test_no_requirement_stands_twice() -> None:
    ids = [row[0] for row in ROWS]
    assert len(ids) == len(set(ids)) > 50
