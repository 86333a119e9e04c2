"""Code systems, their value sets, and concept maps of the package, made of the tables in `kernel.vn`.

FHIR: CodeSystem, ValueSet, ConceptMap
Source: the decision named in each table
"""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files
from typing import Any

from anlanh.fhir.terminology import MemorySource
from anlanh.fhir.terminology.imports import Catalogue, MemorySink, load, tables, vietnam
from anlanh.fhir.vn.differential import DATE, VERSION
from anlanh.fhir.vn.systems import CVX, ICD9_CM, ICD10
from anlanh.kernel.vn import codes
from anlanh.kernel.vn.codes import CodeTable

FILES: dict[str, Catalogue] = {
    "provinces_2025.csv": vietnam.PROVINCES_2025,
    "communes_2025.csv": vietnam.COMMUNES_2025,
    "ethnic_groups.csv": vietnam.ETHNIC_GROUPS,
    "occupations_qd34_2020.csv": vietnam.OCCUPATIONS,
    "entitlements_qd3276_2025.csv": vietnam.ENTITLEMENTS,
}

EQUIVALENCE = {"unchanged": "equal", "part": "inexact", "rest": "inexact"}
"""By the scope in the table of old and new communes; a whole commune went into a wider one."""


def code_systems(base: str) -> list[dict[str, Any]]:
    """All code systems of the package."""
    return [_of_table(base, each) for each in codes.TABLES] + [_of_file(base, name) for name in FILES]


def value_sets(base: str) -> list[dict[str, Any]]:
    """A value set of all codes for each code system, and those of ICD-10 and ICD-9-CM."""
    own = [(each["id"], each["title"], each["url"]) for each in code_systems(base)]
    others = [("icd10-vn", "ICD-10", ICD10), ("icd9-cm-vn", "ICD-9-CM tập 3", ICD9_CM)]
    return [_value_set(base, *each) for each in own + others]


def concept_maps(base: str) -> list[dict[str, Any]]:
    """Vaccines to CVX, BHYT gender to that of FHIR, communes of Thái Nguyên before and after 01/07/2025."""
    gender = "http://hl7.org/fhir/administrative-gender"
    return [
        _map(
            base, "tcmr-cvx", "Vắc xin TCMR sang CVX [K]", f"{base}CodeSystem/tcmr-vac-xin", CVX, codes.VACCINE_TO_CVX
        ),
        _map(base, "gioi-tinh-bhyt", "Giới tính BHYT", f"{base}CodeSystem/byt-gioi-tinh", gender, codes.GENDER_OF_BHYT),
        _communes(base),
    ]


def _of_table(base: str, table: CodeTable) -> dict[str, Any]:
    found: dict[str, Any] = {
        "resourceType": "CodeSystem",
        "id": table.id,
        "language": "vi",
        "url": f"{base}CodeSystem/{table.id}",
        "version": table.version,
        "name": "".join(part.capitalize() for part in table.id.split("-")),
        "title": table.title,
        "status": "draft",
        "experimental": False,
        "date": (table.effective_from.isoformat() if table.effective_from else DATE),
        "description": f"{table.title}. Nguồn: {table.source}",
        "caseSensitive": True,
        "valueSet": f"{base}ValueSet/{table.id}",
        "content": "complete" if table.complete else "fragment",
        "count": len(table.rows),
    }
    return {**found, "concept": [{"code": code, "display": name} for code, name in table.rows]}


@cache
def _of_file(base: str, name: str) -> dict[str, Any]:
    catalogue = vietnam.rebased(FILES[name], f"{base}CodeSystem/")
    source = MemorySource()
    load(catalogue, tables.read(_bytes(name)), MemorySink(source))
    found = source.get("CodeSystem", catalogue.url, catalogue.version) or {}
    identity = catalogue.url.rpartition("/")[2]
    return {"resourceType": "CodeSystem", "id": identity, **found, "valueSet": f"{base}ValueSet/{identity}"}


def _bytes(name: str) -> bytes:
    return files("anlanh.kernel.vn").joinpath("tables", name).read_bytes()


def _value_set(base: str, identity: str, title: str, system: str) -> dict[str, Any]:
    return {
        "resourceType": "ValueSet",
        "id": identity,
        "url": f"{base}ValueSet/{identity}",
        "version": VERSION,
        "name": "".join(part.capitalize() for part in identity.split("-")) + "Vs",
        "title": title,
        "status": "draft",
        "experimental": False,
        "date": DATE,
        "immutable": False,
        "compose": {"include": [{"system": system}]},
    }


def _map(
    base: str, identity: str, title: str, source: str, target: str, pairs: tuple[tuple[str, str], ...]
) -> dict[str, Any]:
    lines = [{"code": code, "target": [{"code": other, "equivalence": "equivalent"}]} for code, other in pairs]
    return _concept_map(base, identity, title, {"source": source, "target": target, "element": lines})


def _communes(base: str) -> dict[str, Any]:
    """Each old commune to the new ones that took it in; a part is narrower than the old one."""
    elements: dict[str, list[dict[str, str]]] = {}
    for row in csv.DictReader(_bytes("communes_old_to_new_thai_nguyen.csv").decode().splitlines()):
        if row["new_commune_code"]:
            equivalence = EQUIVALENCE.get(row["scope"], "wider")
            line = {"code": row["new_commune_code"], "display": row["new_commune"], "equivalence": equivalence}
            if equivalence == "inexact":
                line["comment"] = "Một phần của xã, phường cũ"
            elements.setdefault(row["old_commune_code"], []).append(line)
    system = f"{base}CodeSystem/dvhc"
    group = {
        "source": system,
        "sourceVersion": vietnam.COMMUNES_2024.version,
        "target": system,
        "targetVersion": vietnam.COMMUNES_2025.version,
        "element": [{"code": code, "target": targets} for code, targets in elements.items()],
    }
    title = "Xã, phường của Thái Nguyên và Bắc Kạn trước và sau 01/07/2025 (NQ 1683/NQ-UBTVQH15)"
    return _concept_map(base, "dvhc-thai-nguyen-2025", title, group)


def _concept_map(base: str, identity: str, title: str, group: dict[str, Any]) -> dict[str, Any]:
    return {
        "resourceType": "ConceptMap",
        "id": identity,
        "url": f"{base}ConceptMap/{identity}",
        "version": VERSION,
        "name": "".join(part.capitalize() for part in identity.split("-")),
        "title": title,
        "status": "draft",
        "date": DATE,
        "group": [group],
    }
