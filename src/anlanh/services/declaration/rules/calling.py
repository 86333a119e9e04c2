"""Whether a station called back whoever declared something red: what it notes, the Task that says so, the reminder. Pure.

FHIR: Task.status, Task.businessStatus, Task.note
Source: https://hl7.org/fhir/R4/task.html; the half hour and the hours of the day are the program's own
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any

from anlanh.services.declaration.model import CALLS, Call, Entry

NAMES = uuid.UUID("5c1f4f0e-6f6e-4f0a-9a52-0a4f5b1de0c7")
STATUSES = "https://yte.thainguyen.gov.vn/fhir/CodeSystem/goi-lai"
TITLE = "Gọi lại người khai báo, kết quả đỏ"
REQUESTED = "requested"

REMIND_AFTER = timedelta(minutes=30)
REMIND_WITHIN = timedelta(days=1)
"""What was told longer ago is not reminded of any more: it was told before the program knew of calls, or while it was down."""

DAY_FROM, DAY_TO = time(6), time(21)
"""By the clock of the province: reminders of what came in the night are told in the morning."""

REMINDED = "Chưa ai gọi lại: tờ khai đỏ"
REMINDER = "Trạm được báo lúc {at}, đến nay chưa ghi là đã gọi. Mở để gọi, rồi ghi kết quả."


def id_of(alert: str) -> str:
    """The id of the Task of an alert."""
    return str(uuid.uuid5(NAMES, alert))


def task(entry: Entry, labels: Sequence[Mapping[str, str]], patient: str, at: str) -> dict[str, Any]:
    """The Task that a station is given. `labels`: of the form; `patient`: "Patient/x", empty of a guest; `at`: FHIR dateTime."""
    found: dict[str, Any] = {"resourceType": "Task"}
    if labels:
        found["meta"] = {"security": [dict(each) for each in labels]}
    found |= {"status": REQUESTED, "intent": "order", "priority": "urgent", "code": {"text": TITLE}}
    found |= {"authoredOn": at, "lastModified": at, "owner": {"reference": entry.told}}
    return about(found, entry.id, patient) if patient else found


def about(found: Mapping[str, Any], response_id: str, patient: str) -> dict[str, Any]:
    """The same of somebody with a record."""
    return {
        **found, "focus": {"reference": f"QuestionnaireResponse/{response_id}"}, "for": {"reference": patient},
    }  # fmt: skip


def noted(found: Mapping[str, Any], code: str, note: str, author: str, at: str, seen: int) -> dict[str, Any] | None:
    """The Task with one try more; None: it is noted already, by the same hand, on a page that had `seen` so many."""
    kind, notes = CALLS[code], list(found.get("note", ()))
    text = f"{kind.words}: {note}" if note else kind.words
    made = {"authorReference": {"reference": author}, "time": at, "text": text}
    if len(notes) > seen and (notes[-1]["text"], notes[-1]["authorReference"]) == (text, made["authorReference"]):
        return None
    status = {"coding": [{"system": STATUSES, "code": code}], "text": kind.words}
    return {
        **found, "status": kind.status, "businessStatus": status, "lastModified": at, "note": [*notes, made],
    }  # fmt: skip


def calls(found: Mapping[str, Any]) -> tuple[Call, ...]:
    """The tries of a Task, the first one first."""
    return tuple(Call(datetime.fromisoformat(each["time"]), str(each["text"])) for each in found.get("note", ()))


def is_day(at: datetime) -> bool:
    """Whether reminders are told at an instant by the clock of the province.

    >>> is_day(datetime(2026, 11, 23, 6)), is_day(datetime(2026, 11, 23, 21))
    (True, False)
    """
    return DAY_FROM <= at.time() < DAY_TO
