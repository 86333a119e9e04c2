"""Somebody at the pages: a station sends a spreadsheet, a steward looks after connected systems."""

from __future__ import annotations

import re

import httpx

from tests.conftest import Server
from tests.exchange.ccda.hospital import document
from tests.exchange.hl7v2.hospital import message
from tests.services.people import TOKEN, Visitor, citizen, worker

FILE = """Họ tên,Năm sinh,Thẻ BHYT,Vắc xin,Ngày tiêm
Nguyễn An,2020,TE1197000000001,BCG,02/05/2026
Trần Bình,2021,TE1197000000002,BCG,32/05/2026
""".encode()


def send_file(visitor: Visitor, data: bytes) -> str:
    """Send a file with the form that is seen."""
    token = TOKEN.search(visitor.page.text)
    with httpx.Client(base_url=visitor.address, cookies=visitor.cookies, follow_redirects=True, timeout=60) as client:
        visitor.page = client.post(
            "/nhap-tep", data={"_token": token[1] if token else ""}, files={"file": ("tiem.csv", data)}
        )
        visitor.cookies = client.cookies
    return visitor.page.text


def test_a_station_sees_its_rows_imports_them_and_takes_back_the_wrong_ones(demo_server: Server) -> None:
    station = worker(demo_server, "station-worker")
    station.see("/nhap-tep")
    shown = send_file(station, FILE)
    assert "1 dòng đúng, 1 dòng có lỗi" in shown
    number = station.hidden("number")
    assert "1 dòng đã vào hồ sơ, 1 dòng không nhận." in station.send("/nhap-tep/nhap", number=number)
    assert "Trần Bình" in station.see(f"/nhap-tep/{number}/dong-loi")
    assert "Nguyễn An" not in station.page.text


def test_of_a_row_without_a_number_the_page_says_what_became_of_it(demo_server: Server) -> None:
    station = worker(demo_server, "station-worker")
    station.see("/nhap-tep")
    rows = "Họ tên,Ngày sinh,Giới tính,Xã,Vắc xin,Ngày tiêm\nLê Thị Chưa Có,05/06/1970,nữ,Xã Phú Đình,Cúm,02/05/2026\n"
    assert "đúng; không có số" in send_file(station, rows.encode())
    done = station.send("/nhap-tep/nhap", number=station.hidden("number"))
    assert "Dòng không có số: 0 dòng tìm đúng người, 1 dòng giữ dưới mã tạm" in done


def test_a_file_that_is_none_is_refused_with_the_way_out(demo_server: Server) -> None:
    station = worker(demo_server, "station-worker")
    station.see("/nhap-tep")
    assert "Hãy lưu tệp dạng XLSX" in send_file(station, b"\x00\x01")


def test_a_file_of_one_facility_is_not_there_for_another(demo_server: Server) -> None:
    station = worker(demo_server, "station-worker")
    station.see("/nhap-tep")
    send_file(station, FILE + b"\n")
    steward = worker(demo_server, "data-steward")
    assert "Không có tệp này" in steward.see(f"/nhap-tep/{station.hidden('number')}")


def test_a_steward_finds_out_why_a_message_was_not_taken_and_tries_an_overlay(demo_server: Server) -> None:
    sent = message("ADT^A04", "EX-1", "PID|1||||LÊ^HOA", sender="EXHIS|BVX")
    token = {"authorization": f"Bearer {demo_server.token()}"}
    httpx.post(f"{demo_server.url}/hl7/v2", content=sent, headers=token, timeout=60)
    steward = worker(demo_server, "data-steward")
    steward.see_in_time("/ket-noi/ben-gui?ten=EXHIS%7CBVX", "không có mã định danh", 15)
    pasted = message("ADT^A04", "EX-2", "PID|1||12^^^BVX^MR||LÊ^HOA||1980|2", sender="EXHIS|BVX").decode()
    overlay = '{"codes": {"HL70001": {"2": "F"}}}'
    tried = steward.send("/ket-noi/khai-bao", sender="EXHIS|BVX", do="preview", overlay=overlay, pasted=pasted)
    assert "female" in tried
    assert "Đã lưu" in steward.send("/ket-noi/khai-bao", sender="EXHIS|BVX", do="save", overlay=overlay)
    assert "HL70001" in steward.see("/ket-noi/ben-gui?ten=EXHIS%7CBVX")
    refused = steward.send("/ket-noi/khai-bao", sender="EXHIS|BVX", do="save", overlay='{"colour": 1}')
    assert "Hãy sửa phần khai báo" in refused
    assert "Đang chạy lại" in steward.send("/ket-noi/chay-lai", sender="EXHIS|BVX")


def test_a_steward_sees_what_became_of_posted_documents_and_tries_one_again(demo_server: Server) -> None:
    token = {"authorization": f"Bearer {demo_server.token()}"}
    for content in (document(number="EX-CDA-1"), document(number="EX-CDA-1"), b"<ClinicalDocument/>"):
        httpx.post(f"{demo_server.url}/cda", content=content, headers=token, timeout=60)
    steward = worker(demo_server, "data-steward")
    listed = steward.see("/ket-noi")
    sender = re.search(r"/ket-noi/ben-gui-tai-lieu\?ten=[^\"]+", listed)
    assert sender
    shown = steward.see(sender[0])
    assert [shown.count(f">{each}</span>") for each in ("đã vào hồ sơ", "đã gửi trước đó", "không nhận")] >= [1, 1, 1]
    parked = next(each for each in re.findall(r"/ket-noi/tai-lieu/\d+", shown) if "Vì sao" in steward.see(each))
    assert "&lt;ClinicalDocument/&gt;" in steward.see(parked)
    name, number = steward.hidden("sender"), parked.rpartition("/")[2]
    again = steward.send("/ket-noi/tai-lieu/chay-lai", sender=name, number=number)
    assert "Đã chạy lại 1 tài liệu, 0 tài liệu đã vào hồ sơ." in again


def test_citizens_do_not_see_any_of_it(demo_server: Server) -> None:
    someone = citizen(demo_server)
    someone.see("/ket-noi")
    assert someone.page.status_code == 404
    someone.see("/nhap-tep")
    assert someone.page.status_code == 404
