"""A steward decides pairs, finds people, gives a number, and undoes a merge; others may not."""

from __future__ import annotations

import re

from tests.conftest import Server
from tests.services.identity.scene import let_compare, patient, put
from tests.services.people import Visitor, citizen, worker

PAIR = re.compile(r'href="(/dinh-danh/cap\?[^"]+)"[^>]*><span class="strong">([^<]+)')


def _pair(visitor: Visitor, name: str) -> str:
    """The address of the pair in the queue that has that name."""
    visitor.see("/dinh-danh")
    found = {text: href for href, text in PAIR.findall(visitor.page.text)}
    return next(href for text, href in found.items() if name in text).replace("&amp;", "&")


def _refs(visitor: Visitor) -> dict[str, str]:
    return {"one": visitor.hidden("one"), "two": visitor.hidden("two")}


def test_a_pair_is_merged_and_the_merge_undone(demo_server: Server) -> None:
    put(demo_server, patient("gop-1", "Lục Thị Lan"))
    put(demo_server, patient("gop-2", "Lục Thị Loan"))
    put(demo_server, {
        "resourceType": "Flag", "id": "co-gop-2", "status": "active", "code": {"text": "x"},
        "subject": {"reference": "Patient/gop-2"},
    })  # fmt: skip
    let_compare(demo_server)
    steward = worker(demo_server, "data-steward")
    steward.see(_pair(steward, "Lục Thị Lan"))
    assert "khác một chữ cái" in steward.page.text
    assert "chung một số điện thoại" in steward.page.text
    refs = _refs(steward)
    done = steward.send("/dinh-danh/gop", **refs, stays=steward_choice(steward))
    assert "Đã gộp." in done
    assert "Lục Thị Lan · Lục Thị Loan" not in done
    assert demo_server.client.get("/fhir/Patient/gop-1").json().get("link")
    listed = steward.see("/dinh-danh/da-gop")
    assert "do người quản trị định danh" in listed
    merge = steward.hidden("merge")
    back = steward.send("/dinh-danh/tach", merge=merge)
    assert "trở lại đúng như trước" in back
    assert demo_server.client.get("/fhir/Flag/co-gop-2").json()["subject"]["reference"] == "Patient/gop-2"


def steward_choice(visitor: Visitor) -> str:
    """The record that is proposed to stay."""
    found = re.search(r'name="stays" value="([^"]+)" checked', visitor.page.text)
    assert found is not None
    return found[1]


def test_two_people_are_told_apart_and_come_back_no_more(demo_server: Server) -> None:
    put(demo_server, patient("khac-1", "Vi Thị Hà", telecom=[{"system": "phone", "value": "0950009991"}]))
    put(demo_server, patient("khac-2", "Vi Thị Hạ", telecom=[{"system": "phone", "value": "0950009991"}]))
    let_compare(demo_server)
    steward = worker(demo_server, "data-steward")
    steward.see(_pair(steward, "Vi Thị H"))
    done = steward.send("/dinh-danh/khac", **_refs(steward))
    assert "Đã ghi nhận là hai người." in done
    assert "Vi Thị Hạ" not in done


def test_a_newborn_gets_the_number_and_keeps_the_record(demo_server: Server) -> None:
    code = {"use": "temp", "system": "http://benh-vien.example/tam", "value": "SS-19901-20261120-7"}
    phone = {"system": "phone", "value": "0950009992"}
    put(demo_server, patient("so-sinh-7", "Con bà Lành", identifier=[code], telecom=[phone]))
    steward = worker(demo_server, "data-steward")
    steward.see("/dinh-danh/tim")
    found = steward.send("/dinh-danh/tim", number="SS-19901-20261120-7")
    link = re.search(r'href="(/dinh-danh/gan-so\?person=-?\d+)"', found)
    assert link is not None
    assert "SS-19901" not in steward.page.url.query.decode()
    steward.see(link[1])
    wrong = steward.send("/dinh-danh/gan-so", person=steward.hidden("person"), number="12")
    assert "mười hai chữ số" in wrong
    card = "019326000123||Nông Bảo An|20112026|Nam|Xóm 9, Phú Đình|01122026"
    done = steward.send("/dinh-danh/gan-so", person=steward.hidden("person"), number=card)
    assert "Đã gắn số" in done
    now = demo_server.client.get("/fhir/Patient/so-sinh-7").json()
    assert [(each["value"], each["use"]) for each in now["identifier"]] == [
        ("019326000123", "official"), ("SS-19901-20261120-7", "old"),
    ]  # fmt: skip
    assert [(each["text"], each["use"]) for each in now["name"]] == [
        ("Nông Bảo An", "official"),
        ("Con bà Lành", "old"),
    ]


def test_two_that_were_found_are_compared_by_hand(demo_server: Server) -> None:
    put(
        demo_server,
        patient("tay-1", "Bế Thị Cúc", identifier=[{"system": "http://fhir.vn/sid/cccd", "value": "019190000901"}]),
    )
    put(
        demo_server,
        patient("tay-2", "Bế Thị Cúc", identifier=[{"system": "http://fhir.vn/sid/cccd", "value": "019190000777"}]),
    )
    steward = worker(demo_server, "data-steward")
    steward.see("/dinh-danh/tim")
    found = steward.send("/dinh-danh/tim", name="be thi cuc", year="1990")
    refs = re.findall(r'name="person" value="(-?\d+)"', found)
    assert len(refs) == 2
    assert "đúng hai hồ sơ" in steward.send("/dinh-danh/chon", person=refs[0])
    shown = steward.see(f"/dinh-danh/cap?one={refs[0]}&two={refs[1]}")
    assert "hai số định danh khác nhau" in shown
    assert "/dinh-danh/gop" not in shown


def test_nobody_else_comes_to_the_desk(demo_server: Server) -> None:
    for visitor in (citizen(demo_server), worker(demo_server, "doctor")):
        assert "Các cặp hồ sơ" not in visitor.see("/dinh-danh")
        assert visitor.page.status_code == 404
    assert Visitor(demo_server).see("/dinh-danh").count("/dinh-danh/cap") == 0
