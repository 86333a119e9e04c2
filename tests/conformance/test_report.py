"""The page of conformance figures: made by the command, complete, and above every goal."""

from pathlib import Path

import pytest

from tests.conformance import report
from tests.conformance.report import SUITES, Row, Suite

PAGE = Path(__file__).parents[2] / "docs" / "conformance.md"
ECHO = Suite("Echo", ("-c", "print('kind a: 3/4 (75 %) kind b: 2/2')"), r"kind \w:", 80, "–")


def rows_of_page() -> list[list[str]]:
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_the_page_has_one_line_for_each_suite_in_order() -> None:
    assert [row[0] for row in rows_of_page()] == [suite.name for suite in SUITES]


def test_every_figure_of_the_page_reaches_its_goal() -> None:
    for suite, (name, passed, total, percent, *_) in zip(SUITES, rows_of_page(), strict=True):
        row = Row(suite, int(passed), int(total))
        assert (percent, row.reached) == (f"{row.percent:.1f}", True), name


def test_figures_of_several_lines_add_up() -> None:
    (row,) = report.run(Path(), [ECHO])
    assert (row.passed, row.total, row.reached) == (5, 6, True)


def test_a_missed_goal_is_not_reached() -> None:
    assert not Row(ECHO, 4, 6).reached
    assert not Row(ECHO, 0, 0).reached


def test_a_harness_without_a_figure_is_said_to_have_failed() -> None:
    with pytest.raises(report.HarnessFailed):
        list(report.run(Path(), [Suite("Silent", ("-c", "print('nothing')"), "x", 1, "–")]))
