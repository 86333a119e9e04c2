"""Questionnaires: conditions that can be asked, and a map from linkId to item.

FHIR: Questionnaire
Source: https://hl7.org/fhir/R4/questionnaire.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from anlanh.fhir.validate.profiles import Profiles
from anlanh.fhir.validate.run import Run, Scope


def check(scope: Scope, run: Run, profiles: Profiles) -> None:
    """Each enableWhen must ask a question that is there, and that is not the item itself or inside it."""
    known = {link_id for link_id, _, _ in walk(scope.resource, scope.path)}
    for link_id, item, path in walk(scope.resource, scope.path):
        inside = {inner for inner, _, _ in walk(item, path)}
        for index, condition in enumerate(item.get("enableWhen") or ()):
            question = condition.get("question") if isinstance(condition, dict) else None
            if not isinstance(question, str):
                continue
            if question == link_id:
                run.add("enable-when-self", f"{path}.enableWhen[{index}]", found=question)
            elif question in inside:
                run.add("enable-when-inner", path, found=question)
            elif question not in known:
                run.add("enable-when-unknown", f"{path}.enableWhen[{index}]", found=question)


def walk(owner: dict[str, Any], path: str) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Every item below a questionnaire or item: linkId, item, location."""
    for index, item in enumerate(owner.get("item") or ()):
        if isinstance(item, dict):
            at = f"{path}.item[{index}]"
            yield str(item.get("linkId")), item, at
            yield from walk(item, at)
