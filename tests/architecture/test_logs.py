"""Logs carry no personal data: a fixed text, and facts by the names that `kernel.log` lets through."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from anlanh.kernel.log import FACTS
from tests.architecture.sources import MODULES, name_of, tree_of

LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}


def _calls() -> Iterator[tuple[str, ast.Call]]:
    for path in MODULES:
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in LEVELS:
                owner = node.func.value
                if isinstance(owner, ast.Name) and owner.id in ("log", "logger", "logging"):
                    yield f"{name_of(path)}:{node.lineno}", node


CALLS = list(_calls())


@pytest.mark.parametrize(("place", "call"), CALLS, ids=[place for place, _ in CALLS])
def test_a_log_line_is_a_fixed_text_and_named_facts(place: str, call: ast.Call) -> None:
    assert [type(each) for each in call.args] == [ast.Constant]
    extra = [each.value for each in call.keywords if each.arg == "extra"]
    keys = {key.value if isinstance(key, ast.Constant) else "?" for each in extra for key in getattr(each, "keys", "?")}
    assert keys <= FACTS
    assert {each.arg for each in call.keywords} <= {"extra", "exc_info"}


def test_log_calls_are_found_at_all() -> None:
    assert len(CALLS) > 5


def test_nothing_is_printed_outside_the_command_line() -> None:
    printing = {
        name_of(path)
        for path in MODULES
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    }
    assert printing <= {"cli.py"}
