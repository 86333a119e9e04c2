"""Through the pages of a running server, without a browser's script: guests, families, those who publish."""

from __future__ import annotations

import json
import re
from typing import Any

import httpx

from tests.conftest import Server
from tests.services.declaration.forms import form, option, question, when
from tests.services.people import TOKEN, Visitor, citizen, worker

HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')
SICK = {"tuoi": "34", "sot": "true", "ngay-sot": "2026-11-21", "ho": "true", "dau-hieu": "tim-tai"}
ROUND = {"benh-nen": "false", "tiep-xuc": "false"}
HOME = {"xa": "Phường Linh Sơn"}


def go(visitor: Visitor, name: str, way: str, **fields: str) -> str:
    """Send the form that is seen with these fields, and everything it carries."""
    carried = dict(HIDDEN.findall(visitor.page.text))
    del carried["_token"]
    return visitor.send(f"/khai-bao/{name}", **{**carried, **fields, "_go": way})


def upload(visitor: Visitor, content: dict[str, Any]) -> str:
    """Publish a form as a file; the text of the page that follows."""
    visitor.see("/bieu-mau")
    token = TOKEN.search(visitor.page.text)
    assert token
    address = str(visitor.page.url.copy_with(path="/bieu-mau", query=None))
    with httpx.Client(cookies=visitor.cookies, follow_redirects=True, timeout=60) as client:
        files = {"file": ("form.json", json.dumps(content).encode(), "application/json")}
        return client.post(address, data={"_token": token[1]}, files=files).text


def test_a_guest_declares_by_the_address_of_a_poster_and_sees_what_to_do(forms_open: Server) -> None:
    guest = Visitor(forms_open)
    assert "Xóa hẳn vào ngày" in guest.see("/khai-bao/sot-ho-hap")
    assert "cần họ tên và số điện thoại" in go(guest, "sot-ho-hap", "next", **SICK)
    fields = {**SICK, "_name": "Nông Văn Khách", "_phone": "0912345678"}
    assert "Hoàn cảnh" in go(guest, "sot-ho-hap", "next", **fields)
    go(guest, "sot-ho-hap", "next", **ROUND)
    sent = dict(HIDDEN.findall(guest.page.text))
    done = go(guest, "sot-ho-hap", "send", **HOME)
    assert "Gọi 115 ngay" in done
    assert guest.at == f"/khai-bao/khach/{sent['_key']}"
    assert "Khách" not in done
    guest.see("/khai-bao/sot-ho-hap")
    again = guest.send("/khai-bao/sot-ho-hap", **{**sent, **HOME, "_go": "send"})
    assert guest.at == f"/khai-bao/khach/{sent['_key']}"
    assert "Gọi 115 ngay" in again


def test_the_station_of_the_commune_is_told_at_once_of_what_is_red(forms_open: Server) -> None:
    guest, station = Visitor(forms_open), worker(forms_open, "station-worker")
    guest.see("/khai-bao/sot-ho-hap")
    go(guest, "sot-ho-hap", "next", **SICK, _name="Nông Văn Khách", _phone="0912345678")
    go(guest, "sot-ho-hap", "next", **ROUND)
    assert "Trạm Y tế xã Chợ Rã đã được báo" in go(guest, "sot-ho-hap", "send", xa="Xã Chợ Rã")
    letter = re.search(r"/tin-nhan/thu/[^\"]+", station.see("/tin-nhan"))
    assert letter
    link = re.search(r"/khai-bao/tram/[^\"]+", station.see(letter[0]))
    assert "Khách" not in station.page.text
    assert link
    assert "Gọi 0912345678" in station.see(link[0])
    assert worker(forms_open, "doctor").see(link[0]).count("0912345678") == 0
    assert "Chưa chọn kết quả cuộc gọi" in station.send(f"{link[0]}/goi", seen="0")
    noted = station.send(f"{link[0]}/goi", call="not-reached", note="máy bận", seen="0")
    assert station.at == link[0]
    assert "Chưa gọi được: máy bận" in noted
    assert "Trạm Y tế xã Chợ Rã đã gọi lúc" in guest.see(guest.at)
    doctor = worker(forms_open, "doctor")
    doctor.send(f"{link[0]}/goi", call="called", seen="1")
    assert doctor.page.status_code == 404


def test_a_question_that_a_condition_brings_is_asked_without_script_too(forms_open: Server) -> None:
    guest = Visitor(forms_open)
    guest.see("/khai-bao/sot-ho-hap")
    more = {"_name": "Nông Văn Khách", "_phone": "0912345678", "tuoi": "34", "sot": "true", "ho": "false"}
    page = go(guest, "sot-ho-hap", "next", **more)
    assert "Còn 1 câu cần xem lại" in page
    assert re.search(r'data-key="ngay-sot"[^>]*\shidden', page) is None


def test_what_two_parents_write_on_one_form_is_put_together(forms_open: Server) -> None:
    mother, father = citizen(forms_open, "mother"), citizen(forms_open, "father")
    child = "nguoi-000006"
    mother.see(f"/khai-bao/sot-xuat-huyet?cho={child}")
    go(mother, "sot-xuat-huyet", "later", tuoi="5")
    saved = re.search(r"/khai-bao/sot-xuat-huyet\?tiep=[^\"]+", mother.page.text)
    assert saved
    for each in (mother, father):
        each.see(saved[0].replace("&amp;", "&"))
    go(mother, "sot-xuat-huyet", "later", tuoi="4", sot="true", **{"ngay-sot": "2026-11-21"})
    met = go(father, "sot-xuat-huyet", "later", tuoi="6", **{"kem-theo": "phat-ban", "ngay-sot": ""})
    assert father.page.status_code == 409
    assert "Một người khác trong gia đình vừa sửa tờ khai này" in met
    assert "Người khác đã ghi: 4" in met
    assert 'name="ngay-sot" type="date" value="2026-11-21"' in met
    assert "Đã lưu" in go(father, "sot-xuat-huyet", "later", tuoi="4", sot="true", **{"ngay-sot": "2026-11-21"})


def test_a_form_is_published_for_everybody_at_once_and_a_bad_one_is_refused(forms_open: Server) -> None:
    officer = worker(forms_open, "surveillance-officer")
    asked = [
        question("cay", "choice", required=True, answerOption=[option("x"), option("y")]),
        question("b", enableWhen=[when("cay", answerCoding={"code": "x"})]),
    ]
    assert "Phiên bản 1 đã mở" in upload(officer, form(*asked, name="lu-lut", title="Sau lũ lụt"))
    assert "Không thể công bố biểu mẫu này" in upload(officer, form(question("a"), name="x", purpose=""))
    guest = Visitor(forms_open)
    assert "Sau lũ lụt" in guest.see("/khai-bao")
    assert "/khai-bao/lu-lut" in officer.see("/bieu-mau/lu-lut/ap-phich")
    officer.see("/bieu-mau")
    assert "Biểu mẫu đã đóng" in officer.send("/bieu-mau/dong", name="lu-lut")
    assert "Sau lũ lụt" not in guest.see("/khai-bao")


def test_everybody_may_read_the_rules_of_the_advice(forms_open: Server) -> None:
    page = Visitor(forms_open).see("/khai-bao/phq-9/quy-tac")
    assert "Tổng điểm từ 15" in page
    assert "Kroenke" in page
