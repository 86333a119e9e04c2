"""What follows from a declaration, and how two people's answers to one form go together.

FHIR: PlanDefinition.action.condition
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from anlanh.fhir import fhirpath
from anlanh.fhir.fhirpath import Context, FhirPathProblem
from anlanh.services.declaration.model import URGENT, Answers, Form, Merged, Rule

NAMES = uuid.UUID("0d3c6d0a-5b0e-4a52-9d7f-7f6f7c1f7a11")
TOLD = "Tờ khai đỏ: cần xem ngay"
TOLD_OF_REGISTERED = "Một người đăng ký tại trạm vừa khai, kết quả đỏ."
TOLD_OF_RESIDENT = "Một người ở địa bàn, chưa đăng ký tại trạm, vừa khai, kết quả đỏ."
TOLD_OF_GUEST = "Một người ở địa bàn vừa khai không cần tài khoản, kết quả đỏ."
TO_DO = "Mở để xem là ai và gọi lại ngay."
"""What a station is told of a red declaration: nobody's name, no illness, no name of the form."""

OPERATION_KEEPS = ("in-progress", "completed", "amended")


def outcome(rules: Sequence[Rule], response: dict[str, Any], now: datetime) -> Rule | None:
    """The first line that applies to a QuestionnaireResponse; None where there are no rules."""
    return next((each for each in rules if _applies(each, response, now)), None)


def tells(form: Form, rules: Sequence[Rule]) -> bool:
    """Whether a red outcome of this form is told to the station where somebody lives: there is one, and it is not sensitive."""
    return not form.labels and any(each.colour == URGENT for each in rules)


def _applies(rule: Rule, response: dict[str, Any], now: datetime) -> bool:
    if not rule.expression:
        return True
    try:
        return fhirpath.compile(rule.expression).holds(response, Context(resource=response, now=now))
    except FhirPathProblem:
        return False


def merged(base: Answers, theirs: Answers, mine: Answers) -> Merged:
    """What two people wrote on the same form, starting from `base`: whatever only one of them changed counts; where both
    did differently, mine stands and theirs is shown beside it."""
    found: dict[str, tuple[str, ...]] = {}
    conflicts: dict[str, tuple[str, ...]] = {}
    for key in dict.fromkeys((*base, *theirs, *mine)):
        was, there, here = (tuple(filter(None, each.get(key, ()))) for each in (base, theirs, mine))
        found[key] = there if here == was else here
        if here not in (was, there) and there != was:
            conflicts[key] = there
    return Merged({key: values for key, values in found.items() if values}, conflicts)


def id_of(key: str, person: str) -> str:
    """The id of the one declaration that a page with that key makes for a person."""
    return str(uuid.uuid5(NAMES, f"{key} {person}"))


def delete_on(form: Form, at: datetime, zone: ZoneInfo) -> date:
    """The day on which what is declared now is erased."""
    return at.astimezone(zone).date() + timedelta(days=form.days)


def response(
    form: Form, items: list[dict[str, Any]], patient: str, author: str, status: str, at: str
) -> dict[str, Any]:
    """The QuestionnaireResponse that is kept. `patient`, `author`: "Patient/x", empty of a guest; `at`: FHIR dateTime."""
    found: dict[str, Any] = {"resourceType": "QuestionnaireResponse"}
    if form.labels:
        found["meta"] = {"security": [dict(each) for each in form.labels]}
    found |= {"questionnaire": form.canonical, "status": status}
    if patient:
        found |= {"subject": {"reference": patient}}
    found["authored"] = at
    if author:
        found |= {"author": {"reference": author}, "source": {"reference": author}}
    return found | ({"item": items} if items else {})


def phone_of(patient: Mapping[str, Any]) -> str:
    """The first telephone number of a Patient that is still in use; empty: none is known."""
    numbers = (each for each in patient.get("telecom", ()) if each.get("system") in ("phone", "sms"))
    return next((str(each["value"]) for each in numbers if each.get("use") != "old" and each.get("value")), "")


def checkable(form_resource: Mapping[str, Any], found: Mapping[str, Any]) -> dict[str, Any]:
    """The same with its Questionnaire inside, for a validator that does not know it."""
    inside = {**form_resource, "id": "form"}
    inside.pop("meta", None)
    return {**found, "contained": [inside], "questionnaire": "#form"}
