"""The search cases transcribed from Microsoft's FHIR server, in process.

Source: https://github.com/microsoft/fhir-server
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from anlanh.kernel.problem import Problem
from anlanh.platform.postgres import EmbeddedPostgres
from tests.conformance.adapters import exact
from tests.conformance.search import SearchEngine

CASES = Path(__file__).parents[3].parent / "shared" / "suites" / "rest-search" / "search_cases.json"
GROUPS = json.loads(CASES.read_text(encoding="utf-8"))["groups"]


@pytest.fixture(scope="module")
def engine(postgres: EmbeddedPostgres) -> Iterator[SearchEngine]:
    """Search on databases of the tests' own server."""
    made = SearchEngine(postgres)
    yield made
    made.close()


def _found(engine: SearchEngine, group: dict[str, Any], case: dict[str, Any]) -> list[str] | None:
    pairs = [(name, value) for name, value in (*group.get("common", []), *case["query"])]
    try:
        return sorted(engine.search(exact(group["resources"]), case.get("type") or group["type"], pairs))
    except Problem:
        return None


def _expected(case: dict[str, Any], found: list[str] | None) -> bool:
    if "expect_status" in case:
        return found is None
    if "expect_count" in case:
        return found is not None and len(found) == case["expect_count"]
    return found == sorted(case["expect"])


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group["name"])
def test_every_case_finds_exactly_what_it_should(engine: SearchEngine, group: dict[str, Any]) -> None:
    binding = [case for case in group["cases"] if not case.get("advisory")]
    wrong = [case["id"] for case in binding if not _expected(case, _found(engine, group, case))]
    assert wrong == []
