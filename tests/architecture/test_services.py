"""Services meet only at what each offers: its `api`."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.architecture.sources import PACKAGE, name_of, tree_of

SERVICES = sorted((PACKAGE / "services").rglob("*.py"))


def _meetings(tree: ast.Module, own: str) -> set[str]:
    """Modules of other services that a file imports, without those named `api`."""
    found = [
        name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module is not None
        for name in ([node.module] if node.module.count(".") > 2 else [f"{node.module}.{a.name}" for a in node.names])
    ]
    parts = [name.split(".") for name in found if name.startswith("anlanh.services.")]
    return {".".join(each) for each in parts if len(each) > 3 and each[2] != own and each[3] != "api"}


@pytest.mark.parametrize("path", SERVICES, ids=name_of)
def test_a_service_uses_another_only_by_its_api(path: Path) -> None:
    assert _meetings(tree_of(path), path.relative_to(PACKAGE / "services").parts[0]) == set()


def test_an_import_of_the_inside_of_another_service_is_seen() -> None:
    tree = ast.parse("from anlanh.services.record import api\nfrom anlanh.services.record import store\n")
    assert _meetings(tree, "portal") == {"anlanh.services.record.store"}
