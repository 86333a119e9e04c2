"""Writes the tables of docs/privacy.md from those of the program: `python -m tests.access.rights.privacy_page`."""

from __future__ import annotations

import re
from pathlib import Path

from anlanh.access.policy import rules
from anlanh.access.rights import tables

PAGE = Path(__file__).parents[3] / "docs" / "privacy.md"


def purposes() -> str:
    """For what data is used."""
    rows = [
        f"| {each.en} ({each.vi}) | {'consent' if each.asked else 'law'} | {each.law} |"
        for each in tables.purposes().values()
    ]
    return table("purpose | ground | law", rows)


def retention() -> str:
    """How long what is kept."""
    rows = [
        f"| {each.en} ({each.vi}) | {_kept(each)} | {'yes' if each.erase else 'no'} | {each.law} |"
        for each in tables.retention().values()
    ]
    return table("what | kept | erased on request | law", rows)


def _kept(each: tables.Kept) -> str:
    return f"at least {each.years} years" if each.years else "until its person asks" if each.erase else "for life"


def who_sees_what() -> str:
    """The rules, one in a line."""
    groups = rules.load().groups
    rows = []
    for each in rules.load().rules:
        types = [name for name, of in groups.items() if of <= each.types]
        single = each.types - frozenset().union(*(groups[name] for name in types))
        what = ", ".join([*types, *sorted(single)])
        roles = "everyone" if each.roles == (rules.EVERYBODY,) else ", ".join(each.roles)
        rows.append(
            f"| {each.id} | {roles} | {''.join(each.may)} | {what} | {', '.join(each.where)} |"
            f" {each.mask.name if each.mask else '–'} | {each.sensitive} | {'yes' if each.consent else 'no'} |"
        )
    return table("rule | roles | may | types | where | part only | sensitive | may be hidden", rows)


def table(head: str, rows: list[str]) -> str:
    """A table of Markdown; `head` has its columns with bars between."""
    return "\n".join([f"| {head} |", f"|{' --- |' * (head.count('|') + 1)}", *rows])


TABLES = {"purposes": purposes, "rules": who_sees_what, "retention": retention}


def render(text: str) -> str:
    """The page with its tables as they should be."""
    for name, table in TABLES.items():
        made = f"<!-- {name} -->\n{table()}\n<!-- end -->"
        text = re.sub(rf"<!-- {name} -->\n.*?<!-- end -->", lambda _, made=made: made, text, flags=re.DOTALL)
    return text


if __name__ == "__main__":
    PAGE.write_text(render(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
