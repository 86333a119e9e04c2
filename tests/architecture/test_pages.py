"""Every route names the permission it needs, and every text of a page is there in Vietnamese."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from anlanh.kernel import messages
from tests.architecture.page_texts import TEMPLATES, page_texts
from tests.architecture.sources import MODULES, name_of, tree_of

FORBIDDEN = re.compile(
    r"""<style|\sstyle=|\son[a-z]+=|javascript:|<script(?![^>]*\ssrc=)|(?:src|href|action)="(?:https?:)?//"""
)
METHODS = {"page.get": "GET", "page.post": "POST", "page.answer": "POST"}
TEXTS = sorted(page_texts())


def _routes() -> Iterator[tuple[str, ast.Call]]:
    for path in MODULES:
        for function in ast.walk(tree_of(path)):
            if isinstance(function, ast.AsyncFunctionDef | ast.FunctionDef):
                for call in function.decorator_list:
                    if isinstance(call, ast.Call) and ast.unparse(call.func) in METHODS:
                        yield f"{name_of(path)}:{function.name}", call


ROUTES = list(_routes())


@pytest.mark.parametrize(("place", "route"), ROUTES, ids=[place for place, _ in ROUTES])
def test_a_route_names_its_permission_itself(place: str, route: ast.Call) -> None:
    needs = [each.value for each in route.keywords if each.arg == "needs"]
    assert [type(each) for each in needs] == [ast.Name]
    assert ast.unparse(needs[0]).isupper()


def test_what_takes_no_proof_of_a_browser_is_for_nobody_who_is_signed_in() -> None:
    answers = [route for _, route in ROUTES if ast.unparse(route.func) == "page.answer"]
    needs = [ast.unparse(each.value) for route in answers for each in route.keywords if each.arg == "needs"]
    assert set(needs) == {"PUBLIC"}


def test_no_two_routes_have_one_address() -> None:
    addresses = [f"{METHODS[ast.unparse(route.func)]} {ast.unparse(route.args[0])}" for _, route in ROUTES]
    assert len(addresses) == len(set(addresses))


@pytest.mark.parametrize("english", TEXTS)
def test_a_text_of_a_page_is_there_in_vietnamese(english: str) -> None:
    assert messages.catalogue().get(english), page_texts()[english]


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_a_page_holds_no_script_and_no_style_of_its_own(path: Path) -> None:
    assert not re.search(FORBIDDEN, path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_what_htmx_does_works_without_it_too(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for tag in re.findall(r"<[^>]*\shx-(?:get|post|put|patch|delete)=[^>]*>", text):
        assert re.search(r"\s(href|action|formaction)=", tag)
