"""What is selected has an order: every `select` of many rows says `order by`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.architecture.sources import MODULES, name_of, texts_in, tree_of

MANY_ROWS = {"fetch", "cursor"}
PLACES = (
    "fhir/store/",
    "fhir/bulk/",
    "fhir/subscriptions/",
    "fhir/operations/meta.py",
    "platform/",
    "access/",
    "lake/",
    "exchange/",
    "checking.py",
)
"""Where SQL is run. `$meta` alone of the operations reads the tags of all resources itself."""
SERVICE_STORE = re.compile(r"services/\w+/store[./]")
"""And in services, each for its own tables."""


@dataclass(frozen=True)
class Selecting:
    """A call that fetches many rows: where, the text of its SQL, and all text of the function around it."""

    place: str
    sql: str
    around: str


def _selecting() -> Iterator[Selecting]:
    for path in MODULES:
        for function in ast.walk(tree_of(path)):
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                around = texts_in(function)
                for call in ast.walk(function):
                    if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.args:
                        sql = texts_in(call.args[0]).lstrip("( ").lower()
                        if call.func.attr in MANY_ROWS and sql.startswith(("select", "with")):
                            yield Selecting(f"{name_of(path)}:{call.lineno}", sql, around)


SELECTING = sorted(set(_selecting()), key=lambda each: each.place)


@pytest.mark.parametrize("each", SELECTING, ids=lambda each: each.place)
def test_a_select_of_many_rows_says_its_order(each: Selecting) -> None:
    assert "order by" in each.sql or "order by" in each.around


def test_selects_are_found_at_all() -> None:
    assert len(SELECTING) > 10


def test_sql_is_run_only_where_the_house_says() -> None:
    places = [each.place for each in SELECTING if not SERVICE_STORE.match(each.place)]
    assert [each for each in places if not each.startswith(PLACES)] == []
