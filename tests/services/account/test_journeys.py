"""Through the pages of a running server, as the made-up people, without JavaScript."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

import httpx
import pyotp
import pytest

from anlanh.demo import personas
from tests.conftest import Server
from tests.services.people import Visitor, citizen, worker

PASSWORD = "bốn mùa trà xanh 7"


def test_a_citizen_signs_in_by_vneid_and_out_again(demo_server: Server) -> None:
    visitor = citizen(demo_server)
    assert visitor.at == "/hom-nay"
    assert "Nông Văn Thành" in visitor.page.text
    assert visitor.page.headers["cache-control"] == "no-store"
    visitor.send("/dang-xuat")
    assert visitor.at == "/"
    visitor.see("/tai-khoan")
    assert visitor.at == "/dang-nhap"


def test_whoever_says_no_at_the_provider_is_told_the_other_ways(demo_server: Server) -> None:
    visitor = Visitor(demo_server)
    page = visitor.see("/dang-nhap/qua/vneid")
    asked = {name: visitor.hidden(name) for name in re.findall(r'type="hidden" name="([^"]+)"', page)}
    said = visitor.send("/mo-phong/vneid/authorize", person="", **asked)
    assert visitor.page.status_code == 401
    assert 'role="alert"' in said


def test_a_citizen_signs_in_with_a_code_and_their_birth_date(demo_server: Server) -> None:
    wife = personas.everybody()["elder-alone"]
    visitor = Visitor(demo_server)
    visitor.see("/dang-nhap/dien-thoai?next=/tai-khoan")
    said = visitor.send("/dang-nhap/dien-thoai", phone=f"+84 {wife.phone[1:]}", next="/tai-khoan")
    code = re.findall(r"\b\d{6}\b", re.sub("<[^>]+>", " ", said))[0]
    ticket = visitor.hidden("ticket")
    year, month, day = wife.born.split("-")
    again = visitor.send("/dang-nhap/ma", ticket=ticket, code=code, born="31/02/1947", next="/tai-khoan")
    assert "Không có ngày này" in again
    visitor.send("/dang-nhap/ma", ticket=ticket, code=code, born=f"{int(day)}/{int(month)}/{year}", next="/tai-khoan")
    assert wife.name in visitor.page.text
    visitor.see("/tai-khoan/khoa")
    assert visitor.at == "/xac-nhan-lai"


def test_nothing_tells_whether_a_number_is_known(demo_server: Server) -> None:
    answers = []
    for phone in (personas.everybody()["mother"].phone, "0999999999"):
        visitor = Visitor(demo_server)
        visitor.see("/dang-nhap/dien-thoai")
        text = visitor.send("/dang-nhap/dien-thoai", phone=phone)
        main = text.partition("<h1>")[2]
        answers.append(re.sub(r'value="[^"]*"', "", main))
    assert answers[0] == answers[1]


def test_staff_with_two_roles_choose_before_they_go_on(demo_server: Server) -> None:
    director = worker(demo_server, "director")
    assert director.at == "/chon-noi-lam-viec"
    choice = re.findall(r'name="assignment" value="(\d+)"', director.page.text)
    director.send("/chon-noi-lam-viec", assignment=choice[0], next="/tai-khoan")
    assert "Lãnh đạo" in director.page.text
    before = director.cookies["an_phien"]
    director.see("/chon-noi-lam-viec")
    director.send("/chon-noi-lam-viec", assignment=choice[1], next="/tai-khoan")
    assert "Bác sĩ" in director.page.text
    assert director.cookies["an_phien"] != before


@pytest.mark.parametrize("who", ["nurse", "director"])
def test_the_desk_is_not_there_for_those_who_do_not_work_at_it(demo_server: Server, who: str) -> None:
    visitor = worker(demo_server, who)
    visitor.see("/quay/dang-nhap")
    assert (visitor.page.status_code, visitor.at) in ((404, "/quay/dang-nhap"), (200, "/chon-noi-lam-viec"))


def test_a_slip_of_the_desk_opens_an_account_once(demo_server: Server) -> None:
    desk = worker(demo_server, "receptionist")
    desk.see("/quay/dang-nhap")
    number = personas.everybody()["mental-health"].personal_id
    page = desk.send("/quay/dang-nhap", number=number, document="can-cuoc", what="slip")
    slip = page.partition("/phieu?ma=")[2].partition("<")[0]
    for status in (200, 401):
        visitor = Visitor(demo_server)
        visitor.see(f"/phieu?ma={slip}")
        visitor.send("/phieu", slip=slip)
        assert visitor.page.status_code == status


def test_the_desk_gives_a_card_that_opens_with_the_pin(demo_server: Server) -> None:
    desk = worker(demo_server, "station-worker")
    desk.see("/quay/dang-nhap")
    number = personas.everybody()["elder-alone"].personal_id
    assert "Mã PIN gồm" in desk.send("/quay/dang-nhap", number=number, document="can-cuoc", what="card", pin="111111")
    assert "Thẻ sức khỏe An Lành" in desk.send(
        "/quay/dang-nhap", number=number, document="can-cuoc", what="card", pin="274906"
    )


def test_nobody_helps_themselves_at_the_desk(demo_server: Server) -> None:
    desk = worker(demo_server, "receptionist")
    desk.see("/quay/dang-nhap")
    number = personas.everybody()["receptionist"].personal_id
    assert "cho chính mình" in desk.send("/quay/dang-nhap", number=number, document="can-cuoc", what="slip")


def test_an_operators_link_lets_staff_set_up_password_and_app_and_come_back_with_both(demo_server: Server) -> None:
    made = demo_server.run(
        "access", "add-staff", "--person", "Practitioner/nhan-vien-laboratory", "--login", "x", "--role", "technician",
        "--organization", "Organization/bv-a",
    )  # fmt: skip
    visitor = Visitor(demo_server)
    slip = made.stdout.strip().partition("ma=")[2]
    visitor.see(f"/phieu?ma={slip}")
    visitor.send("/phieu", slip=slip)
    assert visitor.at == "/tai-khoan/khoa"
    assert "ít nhất 14" in visitor.send("/tai-khoan/mat-khau", password="short")
    assert "Đã đổi mật khẩu" in visitor.send("/tai-khoan/mat-khau", password=PASSWORD)
    page = visitor.see("/tai-khoan/ung-dung")
    secret = re.findall(r"<code>([A-Z2-7]{32})</code>", page)[0]
    visitor.send("/tai-khoan/ung-dung", sealed=visitor.hidden("sealed"), code=pyotp.TOTP(secret).now())
    assert "Đã thiết lập ứng dụng" in visitor.page.text
    visitor.send("/dang-xuat")
    visitor.see("/dang-nhap/nhan-vien")
    login = "laboratory@anlanh.example"
    said = visitor.send("/dang-nhap/nhan-vien", login=login, password=PASSWORD)
    assert visitor.page.status_code == 401
    assert login in said
    assert PASSWORD not in said


def test_a_device_is_signed_out_from_another(demo_server: Server) -> None:
    lost, here = citizen(demo_server, "violence"), citizen(demo_server, "violence")
    devices = re.findall(r'name="device" value="(\d+)"', here.see("/tai-khoan"))
    here.send("/tai-khoan/thiet-bi/dang-xuat", device=devices[0])
    lost.see("/tai-khoan")
    assert lost.at == "/dang-nhap"
    here.see("/tai-khoan")
    assert here.at == "/tai-khoan"


@pytest.mark.parametrize("comes", [partial(citizen, key="elder-alone"), partial(worker, key="laboratory")])
def test_a_sign_in_on_a_new_device_is_in_the_inbox_with_the_way_out(
    demo_server: Server, comes: Callable[[Server], Visitor]
) -> None:
    comes(demo_server)
    visitor = comes(demo_server)
    inbox = visitor.see_in_time("/tin-nhan", "Đăng nhập từ thiết bị mới")
    letter = visitor.see(re.findall(r'href="(/tin-nhan/thu/[^"]+)"', inbox)[0])
    assert "từ một thiết bị không rõ loại" in letter
    assert 'href="/tai-khoan"' in letter
    assert "Không phải tôi? Xem thiết bị" in letter


def test_who_does_not_get_in_and_a_forged_form_are_counted_for_operators(demo_server: Server) -> None:
    visitor = Visitor(demo_server)
    visitor.see("/dang-nhap/nhan-vien")
    visitor.send("/dang-nhap/nhan-vien", login="khong-ai@anlanh.example", password="sai", code="")
    Visitor(demo_server).send("/dang-nhap/nhan-vien", login="khong-ai@anlanh.example", password="sai")
    figures = httpx.get(f"{demo_server.url}/metrics", timeout=30).text
    assert 'anlanh_security_events_total{event="sign-in-failed",reason="NotRecognised"}' in figures
    assert 'anlanh_security_events_total{event="form-forged",reason="FormForged"}' in figures
