"""Loading the province: by several processes, once, and from the command line."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from anlanh import importing
from anlanh.cli import main
from anlanh.demo import province
from anlanh.fhir.bulk.load import Report
from tests.conftest import Ground

PEOPLE = 120


def load(ground: Ground, people: int) -> Report:
    return importing.run_demo(ground.settings, ground.url, people, processes=2, progress=lambda report, done: None)


def test_processes_side_by_side_load_all_of_it_and_it_is_loaded_once(ground: Ground) -> None:
    first, again = load(ground, PEOPLE), load(ground, PEOPLE)
    assert first.created == sum(1 for _ in province.resources(PEOPLE))
    assert first.rejects == []
    assert (again.created, again.updated) == (0, 0)


def test_a_larger_province_grows_out_of_a_smaller_one(ground: Ground) -> None:
    small = load(ground, 100)
    grown = load(ground, PEOPLE)
    assert grown.unchanged > small.created - 20
    assert grown.updated < 20
    assert grown.rejects == []


def test_the_command_line_loads_and_moves(ground: Ground, tmp_path: Path) -> None:
    environment = {"DATABASE_URL": ground.url, "ANLANH_DATA": str(tmp_path)}
    early = CliRunner().invoke(main, ["demo", "live", "--steps", "1"], env=environment)
    assert (early.exit_code, "no made-up province" in early.output) == (1, True)
    done = CliRunner().invoke(main, ["demo", "--people", "30", "--processes", "1"], env=environment)
    assert (done.exit_code, done.output.startswith("30 people:")) == (0, True)
    moved = CliRunner().invoke(main, ["demo", "live", "--steps", "5", "--every", "0.01"], env=environment)
    assert (moved.exit_code, "×" in moved.output) == (0, True)
