"""Through the directory without signing in; a facility confirms its entry; FHIR without a token, and what it leaves out."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import httpx
import pytest

from anlanh.access import public
from tests.conftest import Server
from tests.services.people import Visitor, citizen, worker

OPEN = ("Organization", "Location", "HealthcareService", "Practitioner", "PractitionerRole", "ChargeItemDefinition")
ONE_DOCTOR = "Practitioner/nhan-vien-0001"


@pytest.fixture
def anybody(demo_server: Server) -> Iterator[httpx.Client]:
    """Somebody without a token."""
    with httpx.Client(base_url=demo_server.url, timeout=60) as client:
        yield client


def test_anybody_finds_a_hospital_as_they_type_it_and_the_address_keeps_no_word_of_it(demo_server: Server) -> None:
    somebody = Visitor(demo_server)
    somebody.see("/danh-ba")
    found = somebody.send("/danh-ba", tim="benh vien a")
    assert "Bệnh viện A Thái Nguyên" in found
    assert str(somebody.page.url).endswith("/danh-ba")
    page = somebody.see("/danh-ba/co-so/bv-a")
    assert 'href="tel:095' in page
    assert "24/24" in page
    assert "Giấy phép còn hiệu lực" in page
    assert "50.600 ₫" in page


def test_where_somebody_stands_is_sent_with_the_form_and_sorts_the_list(demo_server: Server) -> None:
    somebody = Visitor(demo_server)
    somebody.see("/danh-ba")
    found = somebody.send("/danh-ba", tim="tram y te", kinhdo="105.85", vido="22.166")
    assert found.index("Trạm Y tế phường Đức Xuân") < found.index("Trạm Y tế phường Bắc Kạn")
    assert "105.85" not in str(somebody.page.url)
    assert 'value="105' not in found


def test_filters_stand_in_the_address_and_what_is_not_a_choice_counts_as_none(demo_server: Server) -> None:
    somebody = Visitor(demo_server)
    somebody.see("/danh-ba")
    somebody.send("/danh-ba", loai="benh-vien", xa="05443")
    assert somebody.page.url.query == b"loai=benh-vien&xa=05443"
    assert "Bệnh viện Mắt" in somebody.page.text
    assert "Nhà thuốc" not in somebody.page.text.partition('id="places"')[2]
    assert "214 cơ sở" in somebody.see("/danh-ba?loai=%3Cscript%3E&xa=99999&trang=x")


def test_the_map_of_a_commune_shows_what_its_list_shows(demo_server: Server) -> None:
    page = Visitor(demo_server).see("/danh-ba/ban-do?xa=05443")
    drawing, _, listed = page.partition("</svg>")[2].partition('id="places"')
    assert page.count('class="pin ') == listed.count("/danh-ba/co-so/") == 6
    assert drawing


def test_a_facility_says_where_it_is_in_words_and_a_telephone_opens_the_place(demo_server: Server) -> None:
    somebody = Visitor(demo_server)
    listed = somebody.see("/danh-ba/ban-do?xa=05443").partition('id="places"')[2]
    page = somebody.see("/danh-ba/co-so/" + listed.partition('href="/danh-ba/co-so/')[2].partition('"')[0])
    assert 'href="geo:2' in page
    assert 'href="https://www.openstreetmap.org/?mlat=2' in page
    assert "<dt>Địa chỉ</dt>" in page
    assert "Tọa độ" not in page


def test_an_entry_there_is_not_is_said_to_be_none(demo_server: Server) -> None:
    somebody = Visitor(demo_server)
    for path in ("co-so/truong-thcs-05443", "co-so/khong-co", "nguoi-hanh-nghe/khong-co", "dich-vu/khong-co"):
        somebody.see(f"/danh-ba/{path}")
        assert somebody.page.status_code == 404


def test_a_receptionist_confirms_and_corrects_only_the_entry_of_their_own_facility(demo_server: Server) -> None:
    staff = worker(demo_server, "receptionist")
    staff.see("/danh-ba/co-so/bv-a/xac-nhan")
    seen = staff.hidden("version")
    said = staff.send(
        "/danh-ba/co-so/bv-a/xac-nhan", version=seen, phone="0952 000 111", day0="24h", day6="07:00-11:00"
    )
    assert "Đã xác nhận" in said
    assert "Bùi Phương Linh đã xác nhận" in Visitor(demo_server).see("/danh-ba/co-so/bv-a")
    assert "0952000111" in Visitor(demo_server).see("/danh-ba/co-so/bv-a")
    staff.see("/danh-ba/co-so/bv-a/xac-nhan")
    staff.send("/danh-ba/co-so/bv-a/xac-nhan", version=seen, phone="0952 000 222", day0="24h")
    assert staff.page.status_code in (409, 412)
    week = {f"day{day}": "24h" for day in range(7)}
    staff.see("/danh-ba/co-so/bv-a/xac-nhan")
    staff.send("/danh-ba/co-so/bv-a/xac-nhan", version=staff.hidden("version"), phone="0952000111", **week)
    staff.see("/danh-ba/co-so/bv-c/xac-nhan")
    assert staff.page.status_code == 403


def test_a_citizen_finds_the_door_and_no_way_to_confirm(demo_server: Server) -> None:
    somebody = citizen(demo_server)
    assert 'href="/danh-ba"' in somebody.see("/hom-nay")
    somebody.see("/danh-ba/co-so/bv-a/xac-nhan")
    assert somebody.page.status_code == 404


def test_open_data_names_licence_and_day(anybody: httpx.Client) -> None:
    answer = anybody.get("/danh-ba/du-lieu/co-so.csv")
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert len(rows) == len(anybody.get("/danh-ba/du-lieu/co-so.json").json()["facilities"]) > 200
    assert "creativecommons.org/licenses/by/4.0" in answer.headers["link"]
    assert ".csv" in answer.headers["content-disposition"]


@pytest.mark.parametrize("resource_type", OPEN)
def test_programs_read_the_directory_without_a_token(anybody: httpx.Client, resource_type: str) -> None:
    answer = anybody.get(f"/fhir/{resource_type}?_count=1", headers={"origin": "https://elsewhere.example"})
    assert (answer.status_code, len(answer.json()["entry"])) == (200, 1)
    assert answer.headers["access-control-allow-origin"] == "*"


def test_what_is_private_of_a_practitioner_is_neither_shown_nor_searched(anybody: httpx.Client) -> None:
    shown = anybody.get(f"/fhir/{ONE_DOCTOR}").json()
    assert set(shown) == {"resourceType", "id", "meta", "active", "name", "qualification"}
    found = anybody.get("/fhir/Practitioner?telecom:missing=false&_summary=count&_total=accurate").json()
    assert found["total"] == 0


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "Patient"), ("GET", "Medication"), ("GET", "Slot"), ("GET", "Organization/bv-a/_history"), ("GET", ""),
        ("GET", "_history"), ("GET", "Organization/$export"), ("GET", "$export"), ("POST", "Organization"),
        ("PUT", "Organization/bv-a"), ("DELETE", "Organization/bv-a"), ("POST", "Organization/_search"), ("POST", ""),
        ("GET", "VerificationResult/xac-nhan-bv-a"), ("GET", "Patient/nguoi-000001/Organization"),
    ],
)  # fmt: skip
def test_everything_else_needs_a_token(anybody: httpx.Client, method: str, path: str) -> None:
    assert anybody.request(method, f"/fhir/{path}", json={} if method in ("POST", "PUT") else None).status_code == 401


def test_no_chain_or_include_leads_from_the_directory_to_people(anybody: httpx.Client) -> None:
    asked = "_revinclude=Encounter:service-provider&_revinclude=Patient:organization&_count=50"
    types = {each["resource"]["resourceType"] for each in anybody.get(f"/fhir/Organization?{asked}").json()["entry"]}
    assert types == {"Organization"}
    by_patients = anybody.get("/fhir/Organization?_has:Encounter:service-provider:status=finished").json()
    assert by_patients.get("entry", []) == []


def test_a_wrong_token_is_not_taken_for_none(anybody: httpx.Client) -> None:
    assert anybody.get("/fhir/Organization", headers={"authorization": "Bearer no"}).status_code == 401
    assert public.who("GET", ("Organization", "$x")) is None
