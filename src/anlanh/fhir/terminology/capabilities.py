"""What this terminology service can do, for `/metadata?mode=terminology`.

FHIR: TerminologyCapabilities
Source: https://hl7.org/fhir/R4/terminologycapabilities.html, https://hl7.org/fhir/R4/http.html#capabilities
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

EXPANSION_PARAMETERS = (
    "activeOnly",
    "check-system-version",
    "count",
    "default-valueset-version",
    "designation",
    "displayLanguage",
    "exclude-system",
    "excludeNested",
    "excludeNotForUI",
    "filter",
    "force-system-version",
    "includeDefinition",
    "includeDesignations",
    "offset",
    "property",
    "system-version",
    "tx-resource",
    "useSupplement",
)
"""Parameters of $expand that have an effect here."""


def capabilities(name: str, version: str, date: str, systems: Iterable[tuple[str, str | None]] = ()) -> dict[str, Any]:
    """The statement of a server of that name and version; `systems` are (URL, version) of the code systems to name."""
    versions: dict[str, list[str]] = {}
    for url, each in systems:
        versions.setdefault(url, []).extend([each] if each else [])
    listed = [
        {"uri": url, **({"version": [{"code": each} for each in sorted(found)]} if found else {})}
        for url, found in sorted(versions.items())
    ]
    return {
        "resourceType": "TerminologyCapabilities",
        "version": version,
        "name": name,
        "title": f"{name}: terminology",
        "status": "active",
        "date": date,
        "kind": "instance",
        "software": {"name": name, "version": version},
        "implementation": {"description": f"{name} {version}"},
        **({"codeSystem": listed} if listed else {}),
        "expansion": {
            "hierarchical": True,
            "paging": True,
            "incomplete": False,
            "parameter": [{"name": each} for each in EXPANSION_PARAMETERS],
            "textFilter": "Each word has to begin a word of a display or designation, or a code; accents do not count.",
        },
        "codeSearch": "all",
        "validateCode": {"translations": True},
        "translation": {"needsMap": False},
        "closure": {"translation": False},
    }
