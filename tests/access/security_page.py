"""Writes the table of docs/security.md from docs/asvs.tsv: `python -m tests.access.security_page`."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"
PAGE, TABLE = DOCS / "security.md", DOCS / "asvs.tsv"
BEGIN, END = "<!-- asvs -->\n", "<!-- end -->"
SAYS = {
    "met": "met", "part": "in part", "open": "open", "site": "of the site", "process": "of the process",
    "none": "does not apply",
}  # fmt: skip
"""What each status of the table is called."""


@dataclass(frozen=True, slots=True)
class Line:
    """One requirement."""

    id: str
    status: str
    what: str
    how: str
    test: str


def lines() -> list[Line]:
    """The requirements of levels 1 and 2, in order."""
    return [Line(*line.split("\t")) for line in TABLE.read_text("utf-8").splitlines()[1:]]


def render(text: str) -> str:
    """The page with its table as it should be."""
    before, _, rest = text.partition(BEGIN)
    counted = Counter(each.status for each in lines())
    rows = [
        f"{sum(counted.values())} requirements: "
        + ", ".join(f"{counted[s]} {name}" for s, name in SAYS.items())
        + ".\n",
        "| id | what | status | by | test |\n| --- | --- | --- | --- | --- |",
        *(
            f"| {each.id} | {each.what} | {SAYS[each.status]} | {each.how} | {'`test_' + each.test + '`' if each.test else ''} |"
            for each in lines()
        ),
    ]
    return before + BEGIN + "\n".join(rows) + "\n" + END + rest.partition(END)[2]


if __name__ == "__main__":
    PAGE.write_text(render(PAGE.read_text("utf-8")), "utf-8")
