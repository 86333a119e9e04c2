"""Full validation with what the record knows: the policy of writes, and references that lead into the record.

FHIR: $validate, Reference
Source: https://hl7.org/fhir/R4/validation.html, https://hl7.org/fhir/R4/references.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from anlanh.fhir import vn
from anlanh.fhir.model import json
from anlanh.fhir.search.keys import rid_of
from anlanh.fhir.store import read
from anlanh.fhir.store.record import Record
from anlanh.fhir.validate.issue import Issue
from anlanh.fhir.validate.policy import CORE, VN
from anlanh.fhir.validate.run import Options
from anlanh.platform.work import Work

MOST_REFERENCES = 500
"""More are not looked up, for the question should stay cheap."""

_LITERAL = re.compile(r"([A-Z][A-Za-z]+)/([A-Za-z0-9\-.]{1,64})(?:/_history/[A-Za-z0-9\-.]{1,64})?")


def by_policy(record: Record, resource: Any, rule: str) -> list[Issue]:
    """The issues that keep a resource from being written under a rule of the policy other than `structure`."""
    profile = vn.profile_of(resource.get("resourceType")) if rule == VN else None if rule == CORE else rule
    return [issue for issue in record.validator.validate(resource, profile=profile) if issue.fails]


async def validate(work: Work, record: Record, resource: Any, profile: str | None) -> list[Issue]:
    """All issues of a resource; a reference into the record that leads nowhere, or to another type, is one.

    What is not there yet may still come, so that is a warning.
    """
    wanted = {f"{kind}/{id_}": rid_of(kind, id_) for kind, id_ in _literals(resource)}
    if len(wanted) > MOST_REFERENCES:
        return record.validator.validate(resource, profile=profile)
    there = await read.current(work, record, list(wanted.values()))

    def fetch(reference: str) -> dict[str, Any] | None:
        found = _LITERAL.fullmatch(reference)
        stored = there.get(wanted.get(f"{found[1]}/{found[2]}", 0)) if found else None
        decoded: dict[str, Any] | None = json.decode_fast(stored.content) if stored else None
        return decoded

    options = Options(references="exist", fetch=fetch, now=work.at)
    issues = record.validator.validate(resource, profile=profile, options=options)
    return [replace(each, severity="warning") if each.rule == "reference-unresolved" else each for each in issues]


def _literals(value: Any) -> Iterator[tuple[str, str]]:
    """(type, id) of every reference in a resource that is written as Type/id."""
    pending = [value]
    while pending:
        each = pending.pop()
        if isinstance(each, list):
            pending += each
        elif isinstance(each, dict):
            pending += each.values()
            text = each.get("reference")
            if isinstance(text, str) and (found := _LITERAL.fullmatch(text)):
                yield found[1], found[2]
