"""Over the wire: who is denied learns no more than before, and the refusal stands in the log and in the figures."""

from __future__ import annotations

import logging

import pytest

from anlanh.platform import security
from tests.access.stage import AN, OTHER_DOCTOR, Stage, condition


@pytest.fixture(autouse=True)
def room(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test has a minute of its own."""
    monkeypatch.setattr(security, "_ROOM", security.Room())


def traces(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str, str, str]]:
    """Event, reason, who and route of each refusal."""
    found = [vars(each) for each in caplog.records if each.name == security.__name__]
    return [(each["event"], each["reason"], each["who"], each["route"]) for each in found]


def test_a_denied_read_is_told_as_absent_and_noted_as_denied(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    stage.put(condition("of-an", AN, "I10"))
    caplog.set_level(logging.WARNING)
    denied, absent = stage.other_doctor.get("Condition/of-an"), stage.other_doctor.get("Condition/nothing")
    assert denied == absent
    assert denied.status == 404
    assert traces(caplog) == [("denied", "Hidden", OTHER_DOCTOR, "read Condition")]


def test_a_refused_write_is_noted_also_within_a_batch(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    tried = condition("tried", AN, "I10")
    assert stage.other_doctor.put(tried).status in (403, 404)
    entry = {"resource": tried, "request": {"method": "PUT", "url": "Condition/tried"}}
    stage.other_doctor.send("POST", "", {"resourceType": "Bundle", "type": "batch", "entry": [entry]})
    assert [(event, route) for event, _reason, _who, route in traces(caplog)] == [
        ("denied", "update Condition"), ("denied", "batch"),
    ]  # fmt: skip


def test_what_is_allowed_leaves_no_line(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    assert stage.as_("citizen", AN).get(AN).status == 200
    assert stage.as_("citizen", AN).get("Condition/nothing").status == 404
    assert traces(caplog) == []


def test_a_token_that_is_not_ours_is_noted_without_the_token(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    stranger = stage.system.signed_in_with("not-a-token-of-ours")
    assert stranger.send("GET", f"/{AN}").status == 401
    assert traces(caplog) == [("token-refused", "NotSignedIn", "nobody", "none Patient")]
    assert "not-a-token" not in str([vars(each) for each in caplog.records])
