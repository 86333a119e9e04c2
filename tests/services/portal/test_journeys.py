"""Citizens at the portal, without JavaScript: their day, their record, their family's, the emergency card."""

from __future__ import annotations

from anlanh.demo import personas
from anlanh.web import offline
from tests.conftest import Server
from tests.services.people import citizen, worker

GLUCOSE = "/cua-toi/dien-bien?ma=http%3A%2F%2Floinc.org%7C14771-0"


def _id(key: str) -> str:
    return personas.everybody()[key].reference.partition("/")[2]


def _tested(server: Server, person: str, system: str, code: str, title: str) -> None:
    """A result of long ago reaches somebody's record now."""
    result = {
        "resourceType": "Observation", "status": "final", "code": {"coding": [{"system": system, "code": code}], "text": title},
        "subject": {"reference": f"Patient/{person}"}, "valueString": "âm tính", "effectiveDateTime": "2019-03-02",
    }  # fmt: skip
    server.client.post("/fhir/Observation", json=result).raise_for_status()


def test_who_signs_in_begins_with_the_day(demo_server: Server) -> None:
    visitor = citizen(demo_server, "pregnant")
    assert visitor.at == "/hom-nay"
    assert "Chào Trần Thị Nhung" in visitor.page.text
    assert 'href="/rieng-tu/ai-da-xem"' in visitor.page.text
    assert worker(demo_server, "laboratory").see("/hom-nay").count("Không có trang này")


def test_a_result_says_what_it_is_how_it_lies_and_where_it_is_from(demo_server: Server) -> None:
    farmer = citizen(demo_server)
    assert "Glucose máu lúc đói" in farmer.see("/cua-toi/ket-qua")
    shown = farmer.see(GLUCOSE)
    assert "Đường trong máu lúc đói" in shown
    assert 'role="img"' in shown
    assert "Trạm Y tế xã Chợ Rã" in shown
    assert "Số liệu dạng bảng" in shown


def test_a_result_is_new_until_it_was_looked_at_and_to_each_of_the_family_apart(demo_server: Server) -> None:
    girl, mother = citizen(demo_server, "adolescent"), citizen(demo_server, "adolescent-mother")
    mine, hers = "/cua-toi/ket-qua", f"/cua-toi/ket-qua?nguoi={_id('adolescent')}"
    girl.see(mine)
    mother.see(hers)
    _tested(demo_server, _id("adolescent"), "urn:thu", "moi", "Thử máu mới")
    assert "1 kết quả mới" in girl.see("/hom-nay")
    assert "1 kết quả mới" in girl.see("/hom-nay")
    assert "Thử máu mới" in girl.see("/cua-toi/dien-bien?ma=urn%3Athu%7Cmoi")
    assert "kết quả mới" not in girl.see("/hom-nay")
    assert 'note">mới' not in girl.see(mine)
    assert mother.see(hers).count('note">mới') == 1
    assert 'note">mới' not in mother.see(hers)


def test_what_is_new_of_a_child_is_on_each_parent_s_first_page_until_that_parent_looks(demo_server: Server) -> None:
    child, said = _id("child"), "Nguyễn Minh Khang: 1 kết quả mới"
    mother, father = citizen(demo_server, "mother"), citizen(demo_server, "father")
    for parent in (mother, father):
        parent.see(f"/cua-toi/ket-qua?nguoi={child}")
        assert said not in parent.see("/hom-nay")
    _tested(demo_server, child, "urn:thu", "con", "Thử máu của con")
    shown = mother.see("/hom-nay")
    assert said in shown
    link = f"/cua-toi/dien-bien?ma=urn%3Athu%7Ccon&amp;nguoi={child}"
    assert f'href="{link}"' in shown
    assert "Thử máu của con" in mother.see(link.replace("&amp;", "&"))
    assert said not in mother.see("/hom-nay")
    assert said in father.see("/hom-nay")
    assert "Người thân hoặc người được ủy quyền" in father.see(f"/rieng-tu/ai-da-xem?nguoi={child}&ky=7")


def test_what_an_adolescent_keeps_to_herself_is_new_to_her_and_not_on_her_mother_s_first_page(
    demo_server: Server,
) -> None:
    girl, mother = citizen(demo_server, "adolescent"), citizen(demo_server, "adolescent-mother")
    girl.see("/cua-toi/ket-qua")
    mother.see(f"/cua-toi/ket-qua?nguoi={_id('adolescent')}")
    _tested(demo_server, _id("adolescent"), "http://loinc.org", "56888-1", "Thử kín")
    assert "Thử kín" in girl.see("/hom-nay")
    shown = mother.see("/hom-nay")
    assert mother.page.status_code == 200
    assert "kết quả mới" not in shown
    assert "Thử kín" not in shown


def test_a_result_that_nobody_measured_is_not_found(demo_server: Server) -> None:
    farmer = citizen(demo_server)
    farmer.see("/cua-toi/dien-bien?ma=http%3A%2F%2Floinc.org%7C1-1")
    assert farmer.page.status_code == 404
    farmer.see("/cua-toi/dien-bien?ma=khong")
    assert farmer.page.status_code == 404


def test_a_mother_sees_her_child_under_a_banner_and_nobody_else(demo_server: Server) -> None:
    mother = citizen(demo_server, "mother")
    shown = mother.see(f"/cua-toi?nguoi={_id('child')}")
    assert 'class="whose"' in shown
    assert "con của ông/bà" in shown
    assert "Nguyễn Minh Khang" in mother.see("/cua-toi/tiem-chung")
    for path in ("/cua-toi", "/cua-toi/benh", "/cua-toi/ket-qua", "/the-cap-cuu", "/the-cap-cuu/chon"):
        mother.see(f"{path}?nguoi={_id('farmer')}")
        assert mother.page.status_code in (403, 404)
        assert "Nông Văn Thành" not in mother.page.text


def test_the_card_says_what_the_person_chose(demo_server: Server) -> None:
    farmer = citizen(demo_server)
    assert "Bệnh lý tăng huyết áp" not in farmer.see("/the-cap-cuu")
    form = farmer.see("/the-cap-cuu/chon")
    line = form.partition('name="lines" value="')[2].partition('"')[0]
    again = farmer.send("/the-cap-cuu/chon", blood="O+", contact="Con gái", phone="12")
    assert farmer.page.status_code == 422
    assert 'value="Con gái"' in again
    kept = farmer.send("/the-cap-cuu/chon", lines=line, blood="O+", contact="Con gái", phone="0912 345 678")
    assert farmer.at == "/the-cap-cuu"
    assert "O+ (theo lời tự khai)" in kept
    assert 'href="tel:0912345678"' in kept
    assert kept.count("<h2>Bệnh</h2>") == 1


def test_a_parent_chooses_for_the_child(demo_server: Server) -> None:
    father, child = citizen(demo_server, "father"), _id("child")
    father.see(f"/the-cap-cuu/chon?nguoi={child}")
    kept = father.send("/the-cap-cuu/chon", blood="B+", nguoi=child)
    assert father.page.url.query.decode() == f"nguoi={child}"
    assert "B+ (theo lời tự khai)" in kept
    assert "B+" not in father.see("/the-cap-cuu")


def test_pages_of_the_portal_are_kept_apart_for_each_person_and_others_are_not(demo_server: Server) -> None:
    farmer, mother = citizen(demo_server), citizen(demo_server, "mother")
    farmer.see("/hom-nay")
    mother.see("/hom-nay")
    assert farmer.page.headers[offline.PERSON] != mother.page.headers[offline.PERSON]
    assert mother.page.headers[offline.ALSO] == f"/the-cap-cuu /the-cap-cuu?nguoi={_id('child')}"
    mother.see("/the-cap-cuu")
    assert mother.page.headers[offline.KEEP] == "180"
    assert mother.page.headers["cache-control"] == "no-store"
    for path in ("/tai-khoan", "/rieng-tu/ai-da-xem", "/the-cap-cuu/chon"):
        mother.see(path)
        assert offline.KEEP not in mother.page.headers


def test_what_a_citizen_looks_at_of_a_child_stands_on_the_childs_list(demo_server: Server) -> None:
    mother = citizen(demo_server, "mother")
    mother.see(f"/cua-toi/benh?nguoi={_id('child')}")
    father = citizen(demo_server, "father")
    assert "Người thân hoặc người được ủy quyền" in father.see(f"/rieng-tu/ai-da-xem?nguoi={_id('child')}&ky=7")


def test_a_paper_opens_for_whose_record_holds_it_and_for_nobody_else(demo_server: Server) -> None:
    farmer = citizen(demo_server)
    papers = farmer.see("/cua-toi/giay-to")
    path = "/cua-toi/giay-to/" + papers.partition('href="/cua-toi/giay-to/')[2].partition('"')[0]
    assert "Nông Văn Thành" in farmer.see(path)
    mother = citizen(demo_server, "mother")
    mother.see(path)
    assert mother.page.status_code == 404


def test_appointments_to_come_stand_above_the_visits_that_were(demo_server: Server) -> None:
    shown = citizen(demo_server, "pregnant").see("/cua-toi/luot-kham")
    assert 0 < shown.index("Lịch hẹn sắp tới") < shown.index("Các lượt khám đã qua")
