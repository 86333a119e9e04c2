"""In which commune of today an address lies, whether it names one of today or one of before July 2025.

FHIR: Address
Source: kernel/vn/tables/SOURCES.md (NQ 1683/NQ-UBTVQH15)
"""

from __future__ import annotations

import csv
import re
import unicodedata
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from anlanh.fhir.vn.systems import BASE
from anlanh.kernel.vn.fold import fold

COMMUNE = f"{BASE}StructureDefinition/ma-xa"
_KIND = re.compile(r"^(?:xã|phường|thị trấn|xa|phuong|thi tran|tt\.?|p\.|x\.)\s+")
_TOWN = re.compile(r"^(?:thành phố|huyện|thị xã|thanh pho|huyen|thi xa|tp\.?|h\.)\s+")
_LINE = frozenset(("xom", "thon", "to", "dan", "pho", "ban", "so", "nha", "khu", "ap", "tdp"))


def codes_of(address: dict[str, Any]) -> frozenset[str]:
    """Codes of the communes of today that the address may mean; a name in place of a code where it is not known here.

    >>> sorted(codes_of({"city": "Xã Bộc Bố", "district": "Huyện Pác Nặm"}))
    ['01864']
    """
    for each in address.get("extension", ()):
        code = each.get("valueCoding", {}).get("code") if each.get("url") == COMMUNE else None
        if code:
            return _today().get(str(code), frozenset((str(code),)))
    return _of_names(str(address.get("city", "")), str(address.get("district", "")))


@lru_cache(maxsize=16384)
def _of_names(city: str, district: str) -> frozenset[str]:
    if not city:
        return frozenset()
    name = _name(city, _KIND)
    if district and (found := _by_name().get((name, _name(district, _TOWN)))):
        return found
    return _by_name().get((name, "")) or frozenset((f"~{fold(name)}",))


def line_of(address: dict[str, Any]) -> str:
    """House, hamlet or quarter as one word that does not depend on how it was written: `Xóm 07` and `xom 7` are one.

    >>> line_of({"line": ["Tổ dân phố số 07"]})
    '7'
    """
    text = fold(" ".join(map(str, address.get("line", ()))))
    parts = [part.lstrip("0") if part.isdigit() else part for part in re.findall(r"\w+", text)]
    return " ".join(part for part in parts if part not in _LINE)


@cache
def names_of_today() -> dict[str, str]:
    """Code to name of the communes of today."""
    return {row["new_commune_code"]: row["new_commune"] for row in _rows() if row["new_commune_code"]}


@cache
def _rows() -> tuple[dict[str, str], ...]:
    text = (
        files("anlanh.kernel.vn").joinpath("tables", "communes_old_to_new_thai_nguyen.csv").read_text(encoding="utf-8")
    )
    return tuple(csv.DictReader(text.splitlines()))


@cache
def _today() -> dict[str, frozenset[str]]:
    """Code to the codes of today: one, or those among which a commune was parted. A code of today may be an old one too,
    of a commune that went elsewhere: both are meant."""
    found: dict[str, set[str]] = {}
    for row in _rows():
        if row["new_commune_code"]:
            found.setdefault(row["old_commune_code"], set()).add(row["new_commune_code"])
            found.setdefault(row["new_commune_code"], set()).add(row["new_commune_code"])
    return {code: frozenset(each) for code, each in found.items()}


@cache
def _by_name() -> dict[tuple[str, str], frozenset[str]]:
    """(name, district or nothing), with accents and without, to the codes of today."""
    found: dict[tuple[str, str], set[str]] = {}
    for row in _rows():
        if not row["new_commune_code"]:
            continue
        old, district = _name(row["old_commune"], _KIND), _name(row["old_district"], _TOWN)
        for name in ((old, district), (old, ""), (_name(row["new_commune"], _KIND), "")):
            for spelt in (name, (fold(name[0]), fold(name[1]))):
                found.setdefault(spelt, set()).add(row["new_commune_code"])
    return {name: frozenset(codes) for name, codes in found.items()}


def _name(text: str, kind: re.Pattern[str]) -> str:
    return kind.sub("", unicodedata.normalize("NFC", " ".join(text.split())).lower())
