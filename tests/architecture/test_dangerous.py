"""What a program that keeps health records does not do: shells, objects from outside, weak algorithms, guessable secrets,
dependencies of whatever content.

Source: OWASP ASVS 4.0.3, V1.5.2, V5.2.4, V5.3.8, V5.5.3, V6.2.5, V6.3.1, V10.3.2
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.architecture.sources import MODULES, ROOT, name_of, tree_of

CALLS = frozenset(("eval", "exec", "os.system", "os.popen", "__import__"))
READERS = frozenset(("pickle", "marshal", "shelve", "yaml", "dill", "xml.etree.ElementTree", "xml.sax", "xml.dom"))
COMPILED = "fhir/search/extract.py"
"""Compiles the index of a type from parsed paths: every name in what it writes is an element of FHIR or a number."""
WEAK = re.compile(r"\b(md5|DES3?|RC4|Blowfish|ECB|uuid1)\b")
DICE = re.compile(r"^(?:import random|from random import)", re.MULTILINE)
LOCKS = ("requirements.lock", "requirements-dev.lock")


def _called(tree: ast.Module) -> set[str]:
    return {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}


def _imported(tree: ast.Module) -> set[str]:
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    return names | {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}


def _shells(tree: ast.Module) -> list[str]:
    return [
        ast.unparse(node)
        for node in ast.walk(tree)
        if isinstance(node, ast.keyword) and node.arg == "shell" and ast.unparse(node.value) != "False"
    ]


@pytest.mark.parametrize("path", [path for path in MODULES if name_of(path) != COMPILED], ids=name_of)
def test_what_calls_the_system_or_reads_objects_is_not_used(path: Path) -> None:
    tree = tree_of(path)
    assert (_called(tree) & CALLS, _imported(tree) & READERS, _shells(tree)) == (set(), set(), [])


def test_what_nobody_may_guess_is_not_made_by_the_dice_of_tests() -> None:
    dice = {name_of(path) for path in MODULES if DICE.search(path.read_text("utf-8"))}
    assert {name for name in dice if not name.startswith("demo/")} == set()


def test_no_weak_algorithm_is_named() -> None:
    assert {name_of(path) for path in MODULES if WEAK.search(path.read_text("utf-8"))} == set()


@pytest.mark.parametrize("lock", LOCKS)
def test_every_dependency_is_pinned_by_hash(lock: str) -> None:
    entries = (ROOT / lock).read_text("utf-8").replace("\\\n", " ").splitlines()
    pinned = [entry for entry in entries if entry.strip() and not entry.lstrip().startswith("#")]
    assert [entry for entry in pinned if "==" not in entry or "--hash=sha256:" not in entry] == []
    assert len(pinned) > 20


def test_every_script_from_elsewhere_is_pinned_by_hash() -> None:
    text = (ROOT / "package-lock.json").read_text("utf-8")
    assert text.count('"integrity": "sha512-') >= text.count('"node_modules/') > 0
