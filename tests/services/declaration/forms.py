"""A form of the tests' own, with every kind of question."""

from __future__ import annotations

from typing import Any

from anlanh.services.declaration.rules import reading

EXTENSION = "http://hl7.org/fhir/StructureDefinition/"


def question(link_id: str, kind: str = "boolean", **more: Any) -> dict[str, Any]:
    """A question."""
    return {"linkId": link_id, "text": link_id, "type": kind, **more}


def when(other: str, operator: str = "=", **answer: Any) -> dict[str, Any]:
    """When a question is asked; by default after a yes."""
    return {"question": other, "operator": operator, **(answer or {"answerBoolean": True})}


def option(code: str, points: int | None = None) -> dict[str, Any]:
    """An answer to choose, worth so many points."""
    worth = [{"url": f"{EXTENSION}ordinalValue", "valueDecimal": points}] if points is not None else []
    return {"valueCoding": {"code": code, "display": code.title(), **({"extension": worth} if worth else {})}}


def form(*items: dict[str, Any], name: str = "thu", version: str = "1", **more: Any) -> dict[str, Any]:
    """A Questionnaire that may be published."""
    return {
        "resourceType": "Questionnaire",
        "id": f"{name}-{version}",
        "extension": [{"url": reading.DELETE_AFTER, "valueInteger": 30}],
        "url": reading.FORM_URL + name,
        "version": version,
        "title": "Thử",
        "status": "active",
        "purpose": "Thử.",
        "item": list(items),
        **more,
    }
