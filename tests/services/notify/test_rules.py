"""The ladder, the quiet hours and the words: pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from anlanh.services.notify import rules
from anlanh.services.notify.model import KINDS, AgesWrong, Message, NothingToSay, UnknownKind

HERE = ZoneInfo("Asia/Ho_Chi_Minh")


def at(hour: int, minute: int = 0, day: int = 23) -> datetime:
    """A moment of November 2026 here."""
    return datetime(2026, 11, day, hour, minute, tzinfo=HERE)


@pytest.mark.parametrize(
    ("due", "priority", "rings"),
    [
        (at(20, 59), "asap", at(20, 59)),
        (at(21, 0), "asap", at(6, 0, day=24)),
        (at(23, 30), "routine", at(6, 0, day=24)),
        (at(5, 59), "asap", at(6, 0)),
        (at(6, 0), "asap", at(6, 0)),
        (at(23, 30), "urgent", at(23, 30)),
        (at(2, 0), "urgent", at(2, 0)),
    ],
)
def test_at_night_only_what_is_urgent_rings(due: datetime, priority: str, rings: datetime) -> None:
    assert rules.not_before(due, priority, HERE) == rings


@pytest.mark.parametrize(
    ("priority", "ladder"),
    [
        ("routine", [("push", at(9)), ("email", at(9, day=24))]),
        ("asap", [("push", at(9)), ("email", at(10)), ("zalo", at(12)), ("sms", at(6, day=24))]),
        ("urgent", [("push", at(9)), ("zalo", at(9, 5)), ("sms", at(9, 15))]),
        ("unheard-of", [("push", at(9)), ("email", at(9, day=24))]),
    ],
)
def test_the_ladder_goes_from_cheap_to_dear_the_faster_the_more_urgent(
    priority: str, ladder: list[tuple[str, datetime]]
) -> None:
    assert rules.planned(priority, at(9), HERE) == ladder


def test_pauses_between_tries_grow_and_end() -> None:
    pauses = [rules.pause(tries) for tries in range(1, 7)]
    assert pauses[:5] == sorted(each for each in pauses[:5] if each)
    assert pauses[5] is None


@pytest.mark.parametrize("kind", [code for code, each in KINDS.items() if not each.open])
def test_a_locked_screen_tells_nothing_but_that_there_is_news(kind: str) -> None:
    assert rules.outside(kind, "Kết quả HIV của Nông Thị Hoa") == "Ông/bà có tin mới từ An Lành."


def test_only_calls_that_two_have_looked_at_show_their_heading() -> None:
    assert rules.outside("broadcast", "Bão số 9: ở trong nhà") == "An Lành: Bão số 9: ở trong nhà"
    assert [code for code, each in KINDS.items() if each.open] == ["broadcast"]


def test_one_person_and_occasion_make_one_message_whoever_tells_it() -> None:
    assert rules.id_of("Patient/a", "x") == rules.id_of("Patient/a", "x")
    assert len({rules.id_of(person, what) for person in ("Patient/a", "Patient/b") for what in "xy"}) == 4


def test_a_message_comes_back_from_its_resource_as_it_was() -> None:
    told = Message("Patient/a", "result", "Có kết quả mới", "Xem.", "r1", "/ho-so", focus="DiagnosticReport/r1")
    made = rules.resource(told, "2026-11-23T02:00:00.000Z")
    assert (rules.recipient(made), rules.kind_in(made), rules.priority_in(made)) == ("Patient/a", "result", "asap")
    assert made["about"] == [{"reference": "DiagnosticReport/r1"}]


@pytest.mark.parametrize(
    "change",
    [
        {"status": "preparation"},
        {"recipient": [{"reference": "Practitioner/x"}]},
        {"recipient": [{"reference": "Patient/a"}, {"reference": "Patient/b"}]},
        {"sender": {"reference": "Patient/a"}},
        {"sent": None},
    ],
)
def test_what_is_not_told_to_one_person_is_not_brought_to_anybody(change: dict[str, object]) -> None:
    made = rules.resource(Message("Patient/a", "result", "x", "y", "z"), "2026-11-23T02:00:00.000Z")
    assert rules.recipient({**made, **change}) == ""


def test_a_kind_that_is_not_there_is_refused() -> None:
    with pytest.raises(UnknownKind):
        rules.resource(Message("Patient/a", "gossip", "x", "y", "z"), "2026-11-23T02:00:00.000Z")


def test_a_report_is_one_occasion_and_each_correction_of_it_another() -> None:
    report = {"id": "r", "status": "final", "issued": "2026-11-23T01:00:00Z"}
    corrected = {**report, "status": "corrected", "issued": "2026-11-23T02:00:00Z"}
    told = [rules.told_of(each) for each in (report, report, corrected, {**report, "status": "preliminary"})]
    assert told[0] == told[1] != told[2]
    assert told[3] is None


def test_old_results_are_history_not_news() -> None:
    now = at(9)
    assert rules.is_fresh(now - timedelta(days=3), now)
    assert not rules.is_fresh(now - timedelta(days=3, seconds=1), now)
    assert not rules.is_fresh(None, now)


def test_a_call_needs_words_and_sensible_ages() -> None:
    rules.check_call("Bão", "Ở trong nhà", 0, 130)
    with pytest.raises(NothingToSay):
        rules.check_call("Bão", " ", 0, 130)
    with pytest.raises(AgesWrong):
        rules.check_call("Bão", "Ở trong nhà", 60, 18)
