"""What one account or app asks by FHIR has an end, within a minute and within a day, for reading and for writing apart."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from anlanh.access import quota
from anlanh.access.public import ANYBODY
from anlanh.access.quota import Limits, Quota, ReadQuotaSpent, WriteQuotaSpent
from anlanh.fhir.rest import http
from anlanh.fhir.rest.exchange import Ask
from anlanh.kernel.problem import Problem
from anlanh.platform.work import Principal
from tests.access.test_public import Clock

DOCTOR = Principal("Practitioner/doctor", "doctor", client="emr")
NIGHT = 86_400.0 * 20_000
MANY = Limits(10**6, 10**9)


def ask(who: Principal = DOCTOR, method: str = "GET", *path: str, resource: Any = None) -> Ask:
    return Ask(method, path or ("Patient",), (), "", who, resource=resource)


def bundle(*methods: str) -> Ask:
    entries = [{"request": {"method": each, "url": "Patient/1"}} for each in methods]
    return Ask("POST", (), (), "", DOCTOR, resource={"resourceType": "Bundle", "entry": entries})


@pytest.fixture
def clock() -> Clock:
    clock = Clock()
    clock.at = NIGHT
    return clock


def granted(counts: Quota, asked: Ask, tries: int = 50) -> int:
    """How many of so many requests one after the other are let through."""
    return sum(spent(counts, asked) is None for _ in range(tries))


def spent(counts: Quota, asked: Ask) -> Problem | None:
    try:
        counts.check(asked)
    except Problem as problem:
        return problem
    return None


def test_within_a_minute_so_much_is_read_and_then_one_is_told_when_to_come_back(tmp_path: Path, clock: Clock) -> None:
    counts = Quota(tmp_path / "quota", Limits(10, 1000), MANY, now=clock)
    assert granted(counts, ask()) == 10
    clock.at += 30
    with pytest.raises(ReadQuotaSpent) as refused:
        counts.check(ask())
    wait = refused.value.facts["retry_after_s"]
    assert wait == 36
    clock.at += wait - 1
    assert granted(counts, ask()) == 0
    clock.at += 1
    assert granted(counts, ask()) == 1


def test_the_answer_is_429_with_the_seconds_in_its_header() -> None:
    refused = http._refused(WriteQuotaSpent(most=10, window_s=60, retry_after_s=17))
    assert (refused.status, refused.headers["retry-after"]) == (429, "17")
    assert "được ghi tối đa 10 lần" in refused.content.decode()


def test_within_a_day_so_much_is_written_however_slowly(tmp_path: Path, clock: Clock) -> None:
    counts = Quota(tmp_path / "quota", MANY, Limits(5, 12), now=clock)
    given = 0
    for _ in range(10):
        given += granted(counts, ask(DOCTOR, "PUT", "Patient", "1"))
        clock.at += 600
    problem = spent(counts, ask(DOCTOR, "PUT", "Patient", "1"))
    assert given == 12
    assert isinstance(problem, WriteQuotaSpent)
    clock.at += float(str(problem.facts["retry_after_s"]))
    assert granted(counts, ask(DOCTOR, "PUT", "Patient", "1")) == 1


def test_several_workers_and_a_restart_count_together(tmp_path: Path, clock: Clock) -> None:
    workers = [Quota(tmp_path / "quota", Limits(10, 1000), MANY, now=clock) for _ in range(2)]
    assert [granted(worker, ask(), 4) for worker in workers] == [4, 4]
    again = Quota(tmp_path / "quota", Limits(10, 1000), MANY, now=clock)
    assert granted(again, ask()) == 2


def test_accounts_apps_and_reading_and_writing_are_counted_apart(tmp_path: Path, clock: Clock) -> None:
    counts = Quota(tmp_path / "quota", Limits(3, 1000), Limits(2, 1000), now=clock)
    other_app = Principal("Practitioner/doctor", "doctor", client="portal")
    other = Principal("Practitioner/other", "doctor", client="emr")
    assert [granted(counts, ask(who)) for who in (DOCTOR, other_app, other)] == [3, 3, 3]
    assert granted(counts, ask(DOCTOR, "POST", "Patient")) == 2
    assert granted(counts, ask(DOCTOR, "POST", "Patient", "_search")) == 0


def test_the_entries_of_a_bundle_count_each(tmp_path: Path, clock: Clock) -> None:
    counts = Quota(tmp_path / "quota", Limits(3, 1000), Limits(3, 1000), now=clock)
    counts.check(bundle("GET", "GET", "PUT"))
    assert granted(counts, ask()) == 1
    assert granted(counts, ask(DOCTOR, "DELETE", "Patient", "1")) == 2
    clock.at += 600
    assert granted(counts, bundle(*["PUT"] * 9)) == 1


@pytest.mark.parametrize(
    "asked",
    [
        ask(Principal("system:import", "system")), ask(ANYBODY), ask(http.NOBODY, "GET", "metadata"),
        ask(DOCTOR, "GET", "_bulk", "1", "Patient-1.ndjson"), ask(DOCTOR, "GET", "Patient", "$export"),
    ],
)  # fmt: skip
def test_the_system_and_bulk_data_have_no_quota(tmp_path: Path, clock: Clock, asked: Ask) -> None:
    counts = Quota(tmp_path / "quota", Limits(1, 1), Limits(1, 1), now=clock)
    assert granted(counts, asked) == 50


@pytest.mark.parametrize("resource", [None, [], {}, {"entry": 7}, {"entry": [None, {"request": 1}]}])
def test_what_is_no_bundle_counts_as_writing(tmp_path: Path, clock: Clock, resource: Any) -> None:
    counts = Quota(tmp_path / "quota", MANY, Limits(2, 1000), now=clock)
    assert granted(counts, Ask("POST", (), (), "", DOCTOR, resource=resource)) in (1, 2)


def test_whoever_has_not_asked_for_two_days_makes_room(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quota, "PLACES", 4)
    monkeypatch.setattr(quota, "PROBED", 4)
    counts = Quota(tmp_path / "quota", Limits(1, 1), MANY, now=clock)
    people = [Principal(f"Practitioner/{number}", "doctor") for number in range(4)]
    assert [granted(counts, ask(who)) for who in people] == [1, 1, 1, 1]
    clock.at += 2 * quota.DAY_S
    fresh = [Principal(f"Practitioner/new-{number}", "doctor") for number in range(4)]
    assert [granted(counts, ask(who)) for who in (*fresh, *fresh)] == [1, 1, 1, 1, 0, 0, 0, 0]
    clock.at += 2 * quota.DAY_S
    assert granted(counts, ask(people[0])) == 1
