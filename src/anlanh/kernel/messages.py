"""Texts in Vietnamese. The English text in the code is the key; each package keeps its `messages/vi.po`.

Source: https://www.gnu.org/software/gettext/manual/html_node/PO-Files.html
"""

from __future__ import annotations

import ast
import re
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from anlanh.kernel.problem import Problem

_ENTRY = re.compile(r'^(msgid|msgstr)\s+(".*")$|^(".*")$')


@cache
def catalogue(language: str = "vi") -> dict[str, str]:
    """English text to its translation, from the catalogues of all packages of the program."""
    found: dict[str, str] = {}
    for path in sorted(_catalogues(files("anlanh"), f"{language}.po"), key=str):
        found.update(_read(path.read_text(encoding="utf-8")))
    return found


def translate(english: str, language: str = "vi", **facts: object) -> str:
    """The text in that language, with the facts in its braces; English when there is no translation."""
    return (catalogue(language).get(english) or english if language != "en" else english).format(**facts)


def in_vietnamese(problem: Problem) -> str | None:
    """What happened and the way out, in Vietnamese; None when no one has translated it."""
    says = catalogue().get(problem.says)
    if not says:
        return None
    hint = catalogue().get(problem.hint, "") if problem.hint else ""
    return f"{says.format(**problem.facts)} {hint.format(**problem.facts)}".strip()


def _catalogues(folder: Traversable, name: str) -> list[Traversable]:
    found = []
    for entry in folder.iterdir():
        if entry.is_dir() and not entry.name.startswith(("_", ".")):
            found += (
                _catalogues(entry, name) if entry.name != "messages" else [e for e in entry.iterdir() if e.name == name]
            )
    return found


def _read(text: str) -> dict[str, str]:
    """The entries of a PO file: `msgid` and `msgstr`, continued lines joined."""
    found: dict[str, str] = {}
    parts = {"msgid": "", "msgstr": ""}
    current = "msgid"
    for line in [*text.splitlines(), 'msgid ""']:
        match = _ENTRY.match(line.strip())
        if match is None:
            continue
        keyword, first, more = match.groups()
        if keyword == "msgid":
            if parts["msgid"] and parts["msgstr"]:
                found[parts["msgid"]] = parts["msgstr"]
            parts = {"msgid": ast.literal_eval(first), "msgstr": ""}
            current = "msgid"
        elif keyword == "msgstr":
            parts["msgstr"] = ast.literal_eval(first)
            current = "msgstr"
        else:
            parts[current] += ast.literal_eval(more)
    return found
