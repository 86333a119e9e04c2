"""The purposes of processing and the table of what is kept how long, as they stand in the tables beside this file.

Source: the `Source` and `law` lines of the tables
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True, slots=True)
class Purpose:
    """One purpose. `asked`: it needs consent to `text`; otherwise the law is the ground."""

    code: str
    vi: str
    en: str
    asked: bool
    law: str
    text: str

    @property
    def text_sha256(self) -> str:
        """Hex digest of the wording, by which a receipt names it."""
        return hashlib.sha256(self.text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Kept:
    """One kind of data. `erase`: it goes when its person asks; `type` and `mine` (elements that name the person as who
    wrote it) find it in the record, both empty for what is not in it."""

    code: str
    vi: str
    en: str
    erase: bool
    years: int
    law: str
    reason: str
    type: str
    mine: tuple[str, ...]


@lru_cache(maxsize=1)
def purposes() -> Mapping[str, Purpose]:
    """All purposes by code, in the order of the table. Cached."""
    return {
        code: Purpose(code, row["vi"], row["en"], row["basis"] == "consent", row["law"], row.get("text", ""))
        for code, row in _table("purposes").items()
    }


@lru_cache(maxsize=1)
def retention() -> Mapping[str, Kept]:
    """All kinds of data by code, in the order of the table. Cached."""
    return {
        code: Kept(
            code, row["vi"], row["en"], row["erase"], row["years"], row["law"], row.get("reason", ""),
            row.get("type", ""), tuple(row.get("mine", "").split()),
        )
        for code, row in _table("retention").items()
    }  # fmt: skip


def _table(name: str) -> dict[str, Any]:
    return tomllib.loads(files("anlanh.access.rights").joinpath(f"{name}.toml").read_text("utf-8"))
