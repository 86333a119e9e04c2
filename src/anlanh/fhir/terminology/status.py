"""The standing of a code system or value set that another resource relies on.

FHIR: status, experimental, extension structuredefinition-standards-status
Source: https://hl7.org/fhir/R4/valueset-publication-status.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from anlanh.fhir.terminology.concepts import STANDARDS_STATUS, extension_value


def of(resource: Mapping[str, Any], holder: Mapping[str, Any]) -> str | None:
    """deprecated, withdrawn, retired, experimental or draft, where `holder` should not rely on it unawares."""
    standing = extension_value(resource, STANDARDS_STATUS)
    if standing in {"deprecated", "withdrawn"}:
        return str(standing)
    if resource.get("status") == "retired":
        return "retired"
    if resource.get("experimental") and not holder.get("experimental"):
        return "experimental"
    is_draft = "draft" in {resource.get("status"), standing}
    holder_is_draft = "draft" in {holder.get("status"), extension_value(holder, STANDARDS_STATUS)}
    return "draft" if is_draft and not holder_is_draft else None
