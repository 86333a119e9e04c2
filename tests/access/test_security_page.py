"""The table of docs/security.md: every requirement once, with a test that is there wherever it says that it is met."""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path

import pytest

from tests.access import security_page
from tests.access.rights import dpia_page
from tests.access.security_page import SAYS, Line

LINES = security_page.lines()
TESTS = Path(__file__).parents[1]
WRITTEN_DOWN = {"1.1.4", "1.1.5", "1.11.1", "1.14.4", "2.1.10", "2.5.2", "5.2.3", "5.4.1", "7.3.4"}
"""Met by what is not there, or by a page: no test could fail. The list may only shrink."""
LEVEL_2 = {
    "V1": 38, "V2": 53, "V3": 18, "V4": 9, "V5": 30, "V6": 13, "V7": 12, "V8": 15, "V9": 7, "V10": 5, "V11": 8, "V12": 15,
    "V13": 13, "V14": 23,
}  # fmt: skip
"""How many requirements of levels 1 and 2 each chapter of ASVS 4.0.3 has, without those it calls deleted or optional."""


def _names() -> set[str]:
    return {
        node.name.removeprefix("test_")
        for path in TESTS.rglob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
    }


NAMES = _names()


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.id)
def test_every_line_names_a_test_that_is_there_or_says_that_it_is_open(line: Line) -> None:
    assert line.status in SAYS
    assert line.test in NAMES or (not line.test and (line.status != "met" or line.id in WRITTEN_DOWN))


def test_every_test_that_the_impact_assessment_names_is_there() -> None:
    named = set(re.findall(r"`test_(\w+)`", dpia_page.PAGE.read_text("utf-8")))
    assert len(named) > 15
    assert named - NAMES == set()


def test_every_requirement_stands_there_once() -> None:
    assert [name for name, count in Counter(each.id for each in LINES).items() if count > 1] == []
    assert Counter(f"V{each.id.partition('.')[0]}" for each in LINES) == LEVEL_2


def test_the_page_shows_the_table_as_it_is() -> None:
    text = security_page.PAGE.read_text("utf-8")
    assert security_page.render(text) == text
