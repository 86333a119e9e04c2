"""A document that another system handed over, as it is shown: its own words, made safe."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Chapter:
    """A section. `level`: 2, within another one 3; `html`: its text without anything that could run; `lines`: what its
    entries say, where it has no text."""

    title: str
    level: int
    html: str = ""
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Foreign:
    """A document. `on`: a FHIR date; `name`, `born`: whom it says it is about; `keeper`: who keeps it."""

    title: str
    on: str
    authors: tuple[str, ...]
    keeper: str
    name: str
    born: str
    chapters: tuple[Chapter, ...]
