"""Tables, clocks and choices: pure."""

from __future__ import annotations

from datetime import date, datetime
from types import ModuleType
from zoneinfo import ZoneInfo

import pytest

from anlanh.access.relations import consent
from anlanh.access.rights import choices, deadlines, erasure, requests, tables
from anlanh.access.rights.choices import Choice, Kind
from anlanh.access.rights.problems import NothingChosen
from tests.access.rights import dpia_page, privacy_page

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
FRIDAY = datetime(2026, 11, 20, 9, tzinfo=ZONE)


def test_what_needs_consent_has_words_of_its_own_and_what_the_law_orders_has_its_law() -> None:
    assert all(each.text for each in tables.purposes().values() if each.asked)
    assert all(each.law for each in tables.purposes().values())
    assert len({each.text_sha256 for each in tables.purposes().values() if each.asked}) == 6


def test_what_is_kept_says_why_and_what_goes_says_where_it_is() -> None:
    for each in tables.retention().values():
        assert bool(each.reason) is not each.erase
        assert bool(each.type) is bool(each.mine)


@pytest.mark.parametrize(
    ("kind", "days", "more"),
    [("copy", 10, 15), ("correct", 10, 15), ("restrict", 15, 20), ("withdraw", 15, 20), ("erase", 20, 30)],
)
def test_the_clocks_are_those_of_the_law(kind: str, days: int, more: int) -> None:
    made = deadlines.clock(deadlines.Kind(kind), FRIDAY, ZONE)
    assert made.answer_by.date() == date(2026, 11, 24)
    assert (made.done_by.date() - FRIDAY.date()).days == days
    assert (deadlines.extended(deadlines.Kind(kind), FRIDAY, ZONE).date() - FRIDAY.date()).days == more


def test_what_the_law_keeps_is_refused_with_its_reason_and_the_rest_goes() -> None:
    decided = requests.decide(["declarations", "medical-record", "declarations"])
    assert (decided.erase, decided.keep, decided.outcome) == (("declarations",), ("medical-record",), "partly")
    assert "TT 53/2017" in decided.answer
    assert requests.decide(["claims"]).outcome == "refused"
    assert requests.decide(["messages", "sessions"]).outcome == "done"
    with pytest.raises(NothingChosen):
        requests.decide(["unheard-of"])


def test_only_what_the_person_alone_has_written_is_theirs_to_erase() -> None:
    mine, doctor = {"reference": "Patient/an"}, {"reference": "Practitioner/doctor"}
    assert erasure.written_by({"author": [mine]}, "Patient/an", ("author",))
    assert erasure.written_by({"source": mine}, "Patient/an", ("source", "author"))
    assert not erasure.written_by({"author": [mine, doctor]}, "Patient/an", ("author",))
    assert not erasure.written_by({}, "Patient/an", ("author",))


def test_the_facility_that_keeps_an_item_is_asked_to_correct_it() -> None:
    hospital, doctor = {"reference": "Organization/h"}, {"reference": "Practitioner/d"}
    assert requests.facility_of({"recorder": doctor, "custodian": hospital}) == "Organization/h"
    assert requests.facility_of({"performer": [{"actor": doctor}]}) == "Practitioner/d"
    assert requests.facility_of({"subject": {"reference": "Patient/an"}}) == ""


CHOICES = (
    Choice(Kind.HIDE_CATEGORY, "HIV"),
    Choice(Kind.HIDE_PART, "medicines"),
    Choice(Kind.HIDE_FACILITY, "Organization/h", "Bệnh viện H"),
    Choice(Kind.SHARE, "Practitioner/d", "BS. D", date(2026, 12, 1)),
    Choice(Kind.DELEGATE, "Patient/b", "Bình", date(2026, 12, 1), "đi khám hộ", ("HIV",)),
    *(Choice(Kind.PURPOSE, each.code) for each in tables.purposes().values() if each.asked),
)


@pytest.mark.parametrize("choice", CHOICES, ids=lambda each: f"{each.kind}-{each.value}")
def test_every_choice_is_a_consent_that_says_it_in_words(choice: Choice) -> None:
    made = choices.resource("Patient/an", choice, FRIDAY, ZONE)
    assert choices.text_of(made) == choices.says(choice)
    assert choices.kind_of(made) == (choice.value if choice.kind is Kind.PURPOSE else choice.kind)
    assert choices.consent_id("Patient/an", choice) != choices.consent_id("Patient/b", choice)


def of(choice: Choice) -> tuple[list[str], int]:
    """Kinds of the relations that follow, and how many denials."""
    relations, denials = consent.of(choices.resource("Patient/an", choice, FRIDAY, ZONE), 1, lambda name: len(name))
    return sorted(each.kind for each in relations), len(denials)


def test_choices_open_and_close_what_they_say() -> None:
    assert [of(each) for each in CHOICES[:5]] == [
        ([], 1), ([], 1), ([], 1), (["consent"], 0), (["consent", "delegate"], 0),
    ]  # fmt: skip
    assert of(Choice(Kind.PURPOSE, "research")) == (["research"], 0)
    assert of(Choice(Kind.PURPOSE, "ai-training")) == ([], 0)


def test_a_last_day_counts_to_its_end_here() -> None:
    end = choices.ends_at(choices.resource("Patient/an", CHOICES[3], FRIDAY, ZONE))
    assert end is not None
    assert end.astimezone(ZONE).date() == date(2026, 12, 2)
    assert end.astimezone(ZONE).hour == 0


@pytest.mark.parametrize("page", [privacy_page, dpia_page], ids=["privacy", "impact assessment"])
def test_a_page_about_privacy_has_the_tables_that_the_program_goes_by(page: ModuleType) -> None:
    text = page.PAGE.read_text(encoding="utf-8")
    assert page.render(text) == text
    assert all(f"<!-- {name} -->\n| " in text for name in page.TABLES)
