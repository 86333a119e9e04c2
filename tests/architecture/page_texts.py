"""The texts of pages: what stands in `_("…")`, in templates and in Python."""

from __future__ import annotations

import ast
from functools import cache

from jinja2 import Environment, nodes

from tests.architecture.sources import MODULES, PACKAGE, name_of, tree_of

TEMPLATES = sorted(PACKAGE.rglob("templates/**/*.html"))


@cache
def page_texts() -> dict[str, str]:
    """English text to the first file that holds it."""
    found: dict[str, str] = {}
    for path in TEMPLATES:
        for call in Environment(autoescape=True).parse(path.read_text(encoding="utf-8")).find_all(nodes.Call):
            if isinstance(call.node, nodes.Name) and call.node.name == "_":
                for each in call.args[:1]:
                    if isinstance(each, nodes.Const):
                        found.setdefault(each.value, name_of(path))
    for path in MODULES:
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "_":
                for argument in node.args[:1]:
                    if isinstance(argument, ast.Constant):
                        found.setdefault(argument.value, name_of(path))
    return found
