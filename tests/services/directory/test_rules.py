"""The rules of the directory: hours, licences, prices, searching, what a facility corrects; as tables."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from anlanh.services.directory import api
from anlanh.services.directory.model import (
    Asked,
    Catalogue,
    Charge,
    Correction,
    Facility,
    HoursNotUnderstood,
    Kind,
    Licence,
    PhoneNotUnderstood,
    Practice,
    Practitioner,
    Price,
    Span,
    Standing,
)
from anlanh.services.directory.rules import confirming, hours, licences, prices, reading, searching, ways

OFFICE = (Span((0, 1, 2, 3, 4), 420, 690), Span((0, 1, 2, 3, 4), 810, 1020))
ALL_WEEK = (Span(tuple(range(7)), 0, 1440),)
NIGHT = (Span((5,), 1320, 360),)
TODAY = date(2026, 11, 23)


def _at(day: int, clock: str) -> datetime:
    """A moment of the week that begins on Monday 23/11/2026."""
    hour, minute = clock.split(":")
    return datetime(2026, 11, 23 + day, int(hour), int(minute), tzinfo=UTC)


@pytest.mark.parametrize(
    ("spans", "day", "clock", "is_open", "changes"),
    [
        (OFFICE, 0, "06:59", False, "23 07:00"),
        (OFFICE, 0, "07:00", True, "23 11:30"),
        (OFFICE, 0, "11:30", False, "23 13:30"),
        (OFFICE, 4, "17:00", False, "30 07:00"),
        (OFFICE, 6, "10:00", False, "30 07:00"),
        (NIGHT, 5, "23:00", True, "29 06:00"),
        (NIGHT, 6, "05:59", True, "29 06:00"),
        (NIGHT, 6, "06:00", False, "05 22:00"),
    ],
)
def test_it_is_open_until_it_closes(spans: tuple[Span, ...], day: int, clock: str, is_open: bool, changes: str) -> None:
    assert hours.is_open(spans, _at(day, clock)) is is_open
    assert f"{hours.changes_at(spans, _at(day, clock)):%d %H:%M}" == changes


def test_day_and_night_never_changes_and_nothing_known_is_never_open() -> None:
    assert (hours.is_always_open(ALL_WEEK), hours.changes_at(ALL_WEEK, _at(6, "23:59"))) == (True, None)
    assert (hours.is_open((), _at(0, "08:00")), hours.changes_at((), _at(0, "08:00"))) == (False, None)


def test_hours_that_are_typed_come_back_as_they_were() -> None:
    typed = ["7:00-11:30, 13h30 - 17h00", "24h", "", "", "", "22:00-06:00", ""]
    read = hours.read(typed)
    assert hours.by_day(hours.of({"hoursOfOperation": hours.as_fhir(read)})) == hours.by_day(read)
    assert [text for _day, text in hours.by_day(read)[:2]] == ["07:00–11:30, 13:30–17:00", "24h"]


@pytest.mark.parametrize("text", ["sáng", "25:00-26:00", "07:00", "07:00-07:00", "7-11"])
def test_hours_that_are_not_understood_name_their_day(text: str) -> None:
    with pytest.raises(HoursNotUnderstood) as caught:
        hours.read(["", text, "", "", "", "", ""])
    assert caught.value.expression == "day1"


@pytest.mark.parametrize(
    ("licence", "standing"),
    [
        (None, Standing.MISSING),
        (Licence("", "Bác sĩ", None, None), Standing.MISSING),
        (Licence("1", "Bác sĩ", date(2024, 6, 1), date(2026, 11, 23)), Standing.VALID),
        (Licence("1", "Bác sĩ", date(2024, 6, 1), date(2026, 11, 22)), Standing.EXPIRED),
        (Licence("1", "Bác sĩ", date(2026, 11, 24), None), Standing.TO_COME),
        (Licence("1", "Bác sĩ", None, None), Standing.VALID),
    ],
)
def test_a_licence_counts_from_its_first_to_its_last_day(licence: Licence | None, standing: Standing) -> None:
    who = Practitioner("x", "BS. X", licence, (Practice("r", "f", "d", "Bác sĩ", active=True),))
    assert licences.standing(licence, TODAY) is standing
    assert api.is_bookable(who, who.practices[0], TODAY) is (standing is Standing.VALID)


@pytest.mark.parametrize(
    ("practice", "who_active", "bookable"),
    [
        (Practice("r", "f", "d", "", active=True), True, True),
        (Practice("r", "f", "d", "", active=False), True, False),
        (Practice("r", "f", "d", "", active=True), False, False),
        (Practice("r", "f", "d", "", active=True, until=date(2026, 11, 22)), True, False),
        (Practice("r", "f", "d", "", active=True, until=date(2026, 11, 23)), True, True),
        (Practice("r", "f", "d", "", active=True, since=date(2026, 11, 24)), True, False),
    ],
)
def test_who_has_left_or_not_begun_cannot_be_booked(practice: Practice, who_active: bool, bookable: bool) -> None:
    licence = Licence("1", "Bác sĩ", None, None)
    assert licences.is_bookable(Practitioner("x", "X", licence, (practice,), who_active), practice, TODAY) is bookable


def test_of_several_licences_the_one_that_holds_longest_counts() -> None:
    old = {"identifier": [{"value": "1"}], "period": {"start": "2018", "end": "2023-06"}}
    new = {"identifier": [{"value": "2"}], "period": {"start": "2024-06-01", "end": "2029-05-31"}}
    found = reading.licence({"qualification": [new, old]})
    assert found == Licence("2", "", date(2024, 6, 1), date(2029, 5, 31))


def _facility(name: str, kind: Kind = Kind.STATION, **facts: Any) -> Facility:
    given = {
        "level": "", "licence": "", "code": "", "commune": "", "address": "", "phone": "", "at": None, "hours": OFFICE,
        "languages": {"vi": "Tiếng Việt"}, "wheelchair": False, "insured": True, "departments": (),
        "updated_at": datetime(2026, 1, 1, tzinfo=UTC), "site": "",
    }  # fmt: skip
    return Facility(id=name, name=name, kind=kind, **{**given, **facts})


HOSPITAL = _facility("Bệnh viện A", Kind.HOSPITAL, hours=ALL_WEEK, wheelchair=True, at=(105.79, 21.58))
STATION = _facility("Trạm Y tế Đức Xuân", at=(105.85, 22.16), languages={"vi": "Tiếng Việt", "tyz": "Tiếng Tày"})
SHOP = _facility("Nhà thuốc Đức Xuân", Kind.PHARMACY, insured=False)
HELD = Catalogue(
    {each.id: each for each in (SHOP, STATION, HOSPITAL)},
    {"p": Practitioner("p", "BS. Nguyễn Văn Đức", None, (Practice("r", HOSPITAL.id, "", "", active=True),))},
    {"c": Charge("c", "SA", "Siêu âm ổ bụng", "Chẩn đoán hình ảnh", None, None, ())},
    searching.index(
        [*((each.id, each.name, "Thái Nguyên") for each in (SHOP, STATION, HOSPITAL)),
         ("p", "BS. Nguyễn Văn Đức", "Bệnh viện A"), ("c", "Siêu âm ổ bụng", "Chẩn đoán hình ảnh")]
    ),
    datetime(2026, 1, 1, tzinfo=UTC),
)  # fmt: skip


def test_a_place_opens_in_the_map_application_by_its_name_and_in_a_browser_where_there_is_none() -> None:
    found = ways.to(HOSPITAL)
    assert found is not None
    assert found.app == "geo:21.58000,105.79000?q=21.58000,105.79000(B%E1%BB%87nh%20vi%E1%BB%87n%20A)"
    assert found.web == "https://www.openstreetmap.org/?mlat=21.58000&mlon=105.79000#map=17/21.58000/105.79000"
    assert ways.to(SHOP) is None


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        (Asked(), ["Bệnh viện A", "Trạm Y tế Đức Xuân", "Nhà thuốc Đức Xuân"]),
        (Asked(words="duc xuan"), ["Trạm Y tế Đức Xuân", "Nhà thuốc Đức Xuân"]),
        (Asked(words="ĐỨC tram"), ["Trạm Y tế Đức Xuân"]),
        (Asked(words="thai nguyen"), []),
        (Asked(kind=Kind.PHARMACY), ["Nhà thuốc Đức Xuân"]),
        (Asked(open=searching.NOW), ["Bệnh viện A"]),
        (Asked(open=searching.ALWAYS), ["Bệnh viện A"]),
        (Asked(insured=True, language="tyz"), ["Trạm Y tế Đức Xuân"]),
        (Asked(wheelchair=True), ["Bệnh viện A"]),
        (Asked(here=(105.85, 22.1)), ["Trạm Y tế Đức Xuân", "Bệnh viện A", "Nhà thuốc Đức Xuân"]),
        (Asked(commune="01840"), ["Trạm Y tế Đức Xuân", "Bệnh viện A", "Nhà thuốc Đức Xuân"]),
    ],
)
def test_what_is_asked_is_found_as_it_is_typed(asked: Asked, names: list[str]) -> None:
    found = searching.search(HELD, asked, _at(0, "22:00"))
    assert [each.facility.name for each in found.places] == names


def test_people_and_services_are_found_beside_facilities() -> None:
    assert [each.id for each in searching.search(HELD, Asked(words="nguyen duc"), _at(0, "9:00")).practitioners] == [
        "p"
    ]
    assert [each.id for each in searching.search(HELD, Asked(words="sieu am"), _at(0, "9:00")).charges] == ["c"]
    assert searching.search(HELD, Asked(words="duc", kind=Kind.PHARMACY), _at(0, "9:00")).practitioners == ()


def test_prices_stand_side_by_side_for_each_level_and_payer() -> None:
    charge = Charge("c", "K", "Khám bệnh", "", None, None, (
        Price("Bệnh viện", "Viện phí", 50600), Price("Bệnh viện", "Bảo hiểm y tế", 50600), Price("Trạm y tế", "Viện phí", 36500),
    ))  # fmt: skip
    assert prices.compared(charge) == [("Bệnh viện", (50600, 50600, None)), ("Trạm y tế", (None, 36500, None))]
    assert prices.at_level([charge], "Trạm y tế") == [(charge, (None, 36500, None))]
    assert prices.at_level([charge], prices.level_of(Kind.PHARMACY)) == []


def test_a_correction_changes_only_what_differs() -> None:
    location = {"resourceType": "Location", "telecom": [{"system": "phone", "value": "0952000111", "use": "work"}],
                "hoursOfOperation": [{"daysOfWeek": ["mon"], "openingTime": "07:00:00", "closingTime": "11:00:00"}]}  # fmt: skip
    same = Correction("0952000111", (Span((0,), 420, 660),))
    assert confirming.corrected(location, same) == location
    changed = confirming.corrected(location, Correction("", ()))
    assert changed == {"resourceType": "Location"}


@pytest.mark.parametrize(
    ("typed", "phone"), [("0208 3855 123", "02083855123"), ("+84.208.385-512", "+84208385512"), ("", "")]
)
def test_telephones_are_taken_as_people_write_them(typed: str, phone: str) -> None:
    assert confirming.phone(typed) == phone


def test_what_is_no_telephone_is_said_to_be_none() -> None:
    with pytest.raises(PhoneNotUnderstood):
        confirming.phone("gọi cô Hoa")
