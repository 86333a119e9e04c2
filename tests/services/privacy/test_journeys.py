"""Through the privacy pages of a running server, as the made-up people, without JavaScript."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta

import pytest

from anlanh.demo import personas
from tests.conftest import Server
from tests.services.marks import asked
from tests.services.people import Visitor, citizen, worker

LATER = (datetime.now(UTC).date() + timedelta(days=20)).isoformat()
REASON = "Bất tỉnh, cần biết bệnh nền và thuốc đang dùng"


def consent_of(visitor: Visitor, words: str) -> str:
    """The id of the Consent whose line holds the words."""
    before = visitor.page.text.partition(words)[2]
    return re.findall(r'name="consent" value="([^"]+)"', before)[0]


def opened(server: Server, key: str, who: str = "emergency-doctor") -> Visitor:
    """A doctor at the summary of the record of a persona, opened in an emergency."""
    doctor = worker(server, who)
    doctor.see("/truy-cap-khan-cap")
    number = personas.everybody()[key].personal_id
    found = doctor.send("/truy-cap-khan-cap", number=number)
    person = re.findall(r'name="person" value="([^"]+)"', found)[0]
    doctor.send("/truy-cap-khan-cap/mo", person=person, reason=REASON, sure="yes")
    return doctor


def test_nothing_is_chosen_for_anybody_and_what_is_chosen_is_listed_until_taken_back(demo_server: Server) -> None:
    visitor = citizen(demo_server, "mental-health")
    before = visitor.see("/rieng-tu/dong-y")
    assert "đang bật" not in before
    visitor.send("/rieng-tu/dong-y/muc-dich", purpose="research")
    assert "đang bật" in visitor.page.text
    assert "Biên nhận (1)" in visitor.page.text
    visitor.send("/rieng-tu/dong-y/che", what="mental-health")
    visitor.send("/rieng-tu/dong-y/rut", consent=consent_of(visitor, "Nghiên cứu khoa học, đã khử nhận dạng"))
    assert "đang bật" not in visitor.page.text
    assert "Biên nhận (3)" in visitor.page.text
    visitor.send("/rieng-tu/dong-y/rut", consent=consent_of(visitor, "“Sức khỏe tâm thần”"))


def test_a_facility_is_shut_out_by_its_name(demo_server: Server) -> None:
    visitor = citizen(demo_server, "violence")
    visitor.see("/rieng-tu/dong-y/co-so?deed=hide&tim=benh+vien+a")
    party = re.findall(r'name="party" value="([^"]+)"', visitor.page.text)[0]
    assert "không cho" in visitor.send("/rieng-tu/dong-y/co-so", deed="hide", party=party)
    visitor.send("/rieng-tu/dong-y/rut", consent=consent_of(visitor, "Tôi không cho"))


def test_a_record_is_entrusted_by_number_and_name_and_given_back(demo_server: Server) -> None:
    wife = personas.everybody()["farmer-wife"]
    visitor = citizen(demo_server, "farmer")
    visitor.see("/rieng-tu/uy-quyen/moi")
    fields = {"reason": "lấy thuốc hộ", "until": LATER}
    wrong = visitor.send("/rieng-tu/uy-quyen/moi", number=wife.personal_id, name="Tên Sai", **fields)
    assert "Không có ai vừa mang số định danh này" in wrong
    visitor.send("/rieng-tu/uy-quyen/moi", number=wife.personal_id, name=wife.name, **fields)
    assert "đã xem được hồ sơ" in visitor.page.text
    trusted = citizen(demo_server, "farmer-wife")
    trusted.see("/rieng-tu/ai-da-xem?nguoi=nguoi-000000")
    assert "Ai đã xem hồ sơ của Nông Văn Thành" in trusted.page.text
    trusted.see("/rieng-tu/uy-quyen")
    trusted.send("/rieng-tu/uy-quyen/tra-lai", consent=consent_of(trusted, "được ủy quyền đến"))
    trusted.see("/rieng-tu/ai-da-xem?nguoi=nguoi-000000")
    assert trusted.page.status_code == 404
    visitor.see_in_time("/rieng-tu/ai-da-xem?minh=1", "Hoàng Thị Lành")


def test_nobody_sees_the_list_of_somebody_who_is_not_entrusted(demo_server: Server) -> None:
    visitor = citizen(demo_server, "pregnant")
    visitor.see("/rieng-tu/ai-da-xem?nguoi=nguoi-000000")
    assert visitor.page.status_code == 404
    visitor.see("/rieng-tu/thac-mac?line=999999999")
    assert visitor.page.status_code == 404


def test_a_mother_sees_her_childs_list_and_that_she_looked_is_on_it(demo_server: Server) -> None:
    mother = citizen(demo_server, "mother")
    child = personas.everybody()["child"].reference.partition("/")[2]
    mother.see(f"/rieng-tu/ai-da-xem?nguoi={child}")
    assert "Đây là hồ sơ của người khác" in mother.page.text
    mother.see_in_time(f"/rieng-tu/ai-da-xem?nguoi={child}", "danh sách ai đã xem")
    father = citizen(demo_server, "father")
    father.see(f"/rieng-tu/ai-da-xem?nguoi={child}")
    assert "Phạm Thu Hà" not in father.page.text


def test_a_question_about_an_emergency_is_answered_and_the_emergency_reviewed(demo_server: Server) -> None:
    doctor = opened(demo_server, "elder-alone")
    assert "Hồ sơ mở khẩn cấp" in doctor.page.text
    elder = citizen(demo_server, "elder-alone")
    elder.see_in_time("/rieng-tu/ai-da-xem", REASON)
    line = re.findall(r"/rieng-tu/thac-mac\?line=(\d+)", elder.page.text.partition(REASON)[2])[0]
    elder.see(f"/rieng-tu/thac-mac?line={line}")
    assert "còn trống" in elder.send("/rieng-tu/thac-mac", line=line, question=" ")
    elder.send("/rieng-tu/thac-mac", line=line, question="Hôm đó tôi ở nhà, sao hồ sơ được mở?")
    assert elder.at == "/rieng-tu/cau-hoi"

    officer = worker(demo_server, "privacy-officer")
    officer.see("/giam-sat")
    inquiry = re.findall(r"/giam-sat/cau-hoi/([0-9a-f-]+)", officer.page.text)[0]
    officer.see(f"/giam-sat/cau-hoi/{inquiry}")
    assert REASON in officer.page.text
    officer.send("/giam-sat/cau-hoi", inquiry=inquiry, answer="Bác sĩ trực cấp cứu đã nhầm người; đã nhắc nhở.")
    emergency = re.findall(r'name="emergency" value="([^"]+)"', officer.page.text)[0]
    officer.send("/giam-sat/khan-cap", emergency=emergency, verdict="not-justified")
    assert "Đã ghi kết luận" in officer.page.text
    elder.see("/rieng-tu/cau-hoi")
    assert "đã nhầm người" in elder.page.text
    elder.see_in_time("/rieng-tu/ai-da-xem?vai=privacy-officer", "Cán bộ bảo vệ dữ liệu cá nhân")


def test_an_emergency_needs_a_confirmation_and_a_reason(demo_server: Server) -> None:
    doctor = worker(demo_server, "emergency-doctor")
    doctor.see("/truy-cap-khan-cap")
    doctor.send("/truy-cap-khan-cap", name="Nông Văn Thành", year="1959")
    person = re.findall(r'name="person" value="([^"]+)"', doctor.page.text)[0]
    assert "Thiếu xác nhận" in doctor.send("/truy-cap-khan-cap/mo", person=person, reason=REASON)
    assert "lý do" in doctor.send("/truy-cap-khan-cap/mo", person=person, reason="gấp", sure="yes")
    assert "Chưa có gì để tìm" in doctor.send("/truy-cap-khan-cap", name="Nông Văn Thành")
    doctor.see("/truy-cap-khan-cap/no-such")
    assert doctor.page.status_code == 404


@pytest.mark.parametrize("path", ["/giam-sat", "/giam-sat/nhat-ky", "/rieng-tu/ai-da-xem"])
def test_what_is_not_for_a_role_is_not_there(demo_server: Server, path: str) -> None:
    receptionist = worker(demo_server, "receptionist")
    receptionist.see(path)
    assert receptionist.page.status_code == 404
    receptionist.see("/truy-cap-khan-cap")
    assert receptionist.page.status_code == 404


def test_the_log_is_searched_by_person_or_actor_and_the_search_is_on_the_list(demo_server: Server) -> None:
    opened(demo_server, "tb-hiv")
    officer = worker(demo_server, "privacy-officer")
    officer.see("/giam-sat/nhat-ky")
    today = datetime.now(UTC).date()
    period = {"since": (today - timedelta(days=1)).isoformat(), "until": (today + timedelta(days=1)).isoformat()}
    assert "Đặng Quốc Việt" in officer.send(
        "/giam-sat/nhat-ky", number=personas.everybody()["tb-hiv"].personal_id, **period
    )
    assert "Hoàng Văn Kiên" in officer.send("/giam-sat/nhat-ky", actor="Đặng Quốc Việt", **period)
    assert "nhiều nhất 31 ngày" in officer.send("/giam-sat/nhat-ky", **period)
    owner = citizen(demo_server, "tb-hiv")
    owner.see_in_time("/rieng-tu/ai-da-xem?vai=privacy-officer", "Trịnh Thị Oanh")


def test_a_copy_is_whole_and_a_page_can_be_printed(demo_server: Server) -> None:
    visitor = citizen(demo_server, "farmer")
    visitor.see("/rieng-tu/du-lieu/tai")
    bundle = json.loads(visitor.send("/rieng-tu/du-lieu/tai", format="bundle"))
    types = {entry["resource"]["resourceType"] for entry in bundle["entry"]}
    assert {"Patient", "Condition", "Encounter", "Observation"} <= types
    assert "attachment" in visitor.page.headers["content-disposition"]
    visitor.see("/rieng-tu/du-lieu/tai")
    lines = visitor.send("/rieng-tu/du-lieu/tai", format="ndjson").splitlines()
    assert len(lines) >= len(bundle["entry"])
    visitor.see("/rieng-tu/du-lieu/ban-in")
    assert "Hồ sơ sức khỏe của tôi" in visitor.page.text


def test_a_correction_and_an_erasure_are_asked_for_and_decided(demo_server: Server) -> None:
    visitor = citizen(demo_server, "pregnant-husband")
    visitor.see("/rieng-tu/du-lieu/muc")
    item = re.findall(r"chinh-sua\?muc=([^\"&]+)", visitor.page.text)[0].replace("%2F", "/")
    visitor.see(f"/rieng-tu/du-lieu/chinh-sua?muc={item}")
    visitor.send("/rieng-tu/du-lieu/chinh-sua", item=item, says="Tôi không có lần khám này.")
    assert "Đã nhận yêu cầu" in visitor.page.text
    visitor.send("/rieng-tu/du-lieu/xoa", scopes="medical-record")
    assert "ít nhất 10 năm" in visitor.page.text
    assert "Chưa chọn mục nào" in visitor.send("/rieng-tu/du-lieu/xoa")
    visitor.send("/rieng-tu/du-lieu/yeu-cau", kind="restrict", says="Xin ngừng gửi tin quảng bá")

    officer = worker(demo_server, "privacy-officer")
    officer.see("/giam-sat")
    demand = re.findall(r'name="demand" value="([^"]+)"', officer.page.text.partition("Xin ngừng gửi tin quảng bá")[2])[
        0
    ]
    officer.send("/giam-sat/yeu-cau", demand=demand, outcome="done", answer="Đã ngừng từ hôm nay.")
    visitor.see("/rieng-tu/du-lieu")
    assert "Đã ngừng từ hôm nay." in visitor.page.text


def test_an_unusual_day_is_put_to_the_privacy_officer_who_asks_and_decides(demo_server: Server) -> None:
    nurse = personas.everybody()["nurse"]
    asked(
        demo_server,
        "insert into unusual_case (id, day, subject, role, organization, findings, noted_at)"
        " values ('6a1f0b2e-0000-4000-8000-000000000001', '2026-01-05', $1, 'nurse', $2, $3, now())",
        nurse.reference, nurse.facility, '[{"measure":"persons","count":130,"own":20.5,"peers":null}]',
    )  # fmt: skip
    officer = worker(demo_server, "privacy-officer")
    officer.see("/giam-sat")
    assert "Đã mở hồ sơ của 130 người" in officer.page.text
    assert "người này 20, cùng vai trò tại đó –" in officer.page.text
    case = officer.hidden("case")
    assert "còn trống" in officer.send("/giam-sat/bat-thuong", case=case, state="inquiry")
    officer.send("/giam-sat/bat-thuong", case=case, state="inquiry", words="Đã hỏi điều dưỡng trưởng")
    assert "đang xác minh" in officer.page.text
    officer.send("/giam-sat/bat-thuong", case=case, state="dismissed", words="Rà soát hồ sơ tiêm chủng cả khoa")
    assert "130 người" not in officer.page.text
