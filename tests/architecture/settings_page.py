"""Writes docs/settings.md from the settings themselves: `python -m tests.architecture.settings_page`."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

from anlanh.kernel.settings import DEFAULTS, Settings

PAGE = Path(__file__).parents[2] / "docs" / "settings.md"
HEAD = """# Settings

All settings come from the environment; every one has a default that works on a fresh machine.
(Written by `python -m tests.architecture.settings_page`; a test compares it with the code.)

| variable | default | meaning |
| --- | --- | --- |
"""


def render() -> str:
    """The page as it should be."""
    rows = []
    for field in fields(Settings):
        name = field.metadata["env"]
        default = DEFAULTS[name]
        rows.append(f"| `{name}` | {f'`{default}`' if default else '–'} | {field.metadata['help']} |\n")
    return HEAD + "".join(rows)


if __name__ == "__main__":
    PAGE.write_text(render(), encoding="utf-8")
