"""Refusals leave a trace that operators can follow, without personal data, and no flood of them fills the disk."""

from __future__ import annotations

import json
import logging
import re

import pytest
from prometheus_client import REGISTRY

from anlanh.access.accounts.problems import NotRecognised, TooManyTries
from anlanh.access.oauth.problems import GrantSpent
from anlanh.access.tokens import NotSignedIn, TokenExpired
from anlanh.fhir.store.problems import Hidden, NotFound, VersionConflict, VersionHidden
from anlanh.fhir.store.sight import NotAllowed
from anlanh.kernel import log as logs
from anlanh.kernel.problem import Problem
from anlanh.platform import security
from anlanh.platform.work import Principal
from anlanh.web.forgery import FormForged
from anlanh.web.site import NoSuchPage, NotForThem

DOCTOR, CITIZEN = Principal("Practitioner/doctor", "doctor"), Principal("Patient/an", "citizen")


@pytest.fixture(autouse=True)
def room(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test has a minute of its own."""
    monkeypatch.setattr(security, "_ROOM", security.Room(most=3))
    security.start(b"a key for tests")


def lines(caplog: pytest.LogCaptureFixture) -> list[dict[str, object]]:
    """The lines of refusals as they are written."""
    write = logs._JsonLine().format
    return [json.loads(write(each)) for each in caplog.records if each.name == security.__name__]


@pytest.mark.parametrize(
    ("problem", "event"),
    [
        (NotRecognised(), "sign-in-failed"), (TooManyTries(minutes=1), "locked-out"), (FormForged(), "form-forged"),
        (NotAllowed(doing="change", type="Patient"), "denied"), (NotForThem(), "denied"), (GrantSpent(), "client-refused"),
        (Hidden(type="Patient"), "denied"), (VersionHidden(type="Patient", version="1"), "denied"),
        (NotFound(type="Patient"), None), (NoSuchPage(), None),
        (VersionConflict(type="Patient", expected=1, found=2), None),
    ],
)  # fmt: skip
def test_a_refusal_is_a_security_event_and_another_problem_is_none(problem: Problem, event: str | None) -> None:
    assert security.event_of(problem) == event


@pytest.mark.parametrize("problem", [NotSignedIn(), TokenExpired()])
def test_a_token_that_is_refused_is_told_from_a_person_who_did_not_get_in(problem: Problem) -> None:
    assert security.event_of(problem, security.OF_PROGRAMS) == "token-refused"


def test_a_refusal_is_logged_with_who_what_why_and_from_where(caplog: pytest.LogCaptureFixture) -> None:
    denied = NotAllowed(doing="change", type="Patient")
    security.refused(denied, DOCTOR, route="update Patient", request="r1", network="203.0.113.9")
    (line,) = lines(caplog)
    facts = {"event": "denied", "reason": "NotAllowed", "who": "Practitioner/doctor", "role": "doctor", "status": 403}
    assert line.items() >= {**facts, "route": "update Patient", "request": "r1", "network": "203.0.113.9"}.items()


def test_a_citizen_stands_in_the_log_by_a_hash_that_is_the_same_each_time(caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(2):
        security.refused(Hidden(type="Patient"), CITIZEN, route="read Patient")
    first, second = lines(caplog)
    assert first["who"] == second["who"]
    assert re.fullmatch("person:[0-9a-f]{16}", str(first["who"]))
    assert "Patient/an" not in json.dumps(first)
    security.start(b"another key")
    assert security.name_of("Patient/an") != first["who"]


def test_a_flood_of_refusals_is_counted_and_not_written_line_by_line(caplog: pytest.LogCaptureFixture) -> None:
    labels = {"event": "form-forged", "reason": "FormForged"}
    before = REGISTRY.get_sample_value("anlanh_security_events_total", labels) or 0
    for _ in range(1000):
        security.refused(FormForged(), None, route="account.start")
    assert len(lines(caplog)) == 3
    assert REGISTRY.get_sample_value("anlanh_security_events_total", labels) == before + 1000
    security.refused(NotRecognised(), None, route="account.by_password")
    assert len(lines(caplog)) == 4


@pytest.mark.parametrize(("hidden", "absent"), [(Hidden, NotFound), (NotForThem, NoSuchPage)])
def test_who_is_denied_is_told_the_same_as_where_there_is_nothing(hidden: type[Problem], absent: type[Problem]) -> None:
    assert (hidden.says, hidden.hint, hidden.issue, hidden.status) == (
        absent.says,
        absent.hint,
        absent.issue,
        absent.status,
    )


def test_the_log_is_kept_by_the_level_of_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    security.refused(FormForged(), None, route="account.start")
    assert [each.levelno for each in caplog.records] == [logging.WARNING]
