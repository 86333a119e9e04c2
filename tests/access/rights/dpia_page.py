"""Writes the tables of docs/dpia.md from those of the program: `python -m tests.access.rights.dpia_page`."""

from __future__ import annotations

import re
from pathlib import Path

from anlanh.access.policy import rules
from tests.access.rights import privacy_page
from tests.access.rights.privacy_page import table

PAGE = Path(__file__).parents[3] / "docs" / "dpia.md"


def categories() -> str:
    """What is sensitive beyond health itself, and until when parents see it."""
    rows = [
        f"| {each.en} ({each.vi}) | {', '.join(each.labels)} | {each.grown or 'never'} |"
        for each in rules.load().categories.values()
    ]
    return table("category | security labels | parents see it until the age of", rows)


def recipients() -> str:
    """Everybody who is shown something or writes, by role, with the rules that allow it."""
    rows = []
    for role in rules.load().roles.values():
        mine = [each.id for each in rules.load().rules if role.name in each.roles]
        factors = "two" if role.careful else "none" if role.anonymous else "one"
        rows.append(
            f"| {role.en} ({role.vi}) | {', '.join(role.purposes)} | {factors} | {'yes' if role.exports else 'no'} |"
            f" {', '.join(mine) or '–'} |"
        )
    return table("role | purposes of use | factors | takes many at once | rules", rows)


TABLES = {
    "purposes": privacy_page.purposes,
    "categories": categories,
    "recipients": recipients,
    "retention": privacy_page.retention,
}


def render(text: str) -> str:
    """The page with its tables as they should be."""
    for name, made in TABLES.items():
        whole = f"<!-- {name} -->\n{made()}\n<!-- end -->"
        text = re.sub(rf"<!-- {name} -->\n.*?<!-- end -->", lambda _, whole=whole: whole, text, flags=re.DOTALL)
    return text


if __name__ == "__main__":
    PAGE.write_text(render(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
