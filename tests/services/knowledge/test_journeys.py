"""Through the pages of a running server: read and search without signing in; write, review, withdraw by two people."""

from __future__ import annotations

from anlanh.demo import personas
from anlanh.services.knowledge import store
from tests.conftest import Server
from tests.services.people import Visitor, citizen, worker


def test_anybody_finds_and_reads_an_article_without_signing_in(demo_server: Server) -> None:
    visitor = Visitor(demo_server)
    assert "/kien-thuc" in visitor.page.text
    visitor.see("/kien-thuc")
    page = visitor.send("/kien-thuc", tim="sot xuat huyet")
    assert page.index("/kien-thuc/sot-xuat-huyet-dengue") < page.index("/kien-thuc/sot-o-tre")
    assert "sot" not in str(visitor.page.url)
    page = visitor.see("/kien-thuc/sot-xuat-huyet-dengue")
    assert "Khi nào đi khám ngay" in page
    assert "CDC: Dengue Symptoms and Treatment" in page
    assert "Đã đối chiếu với nguồn ngày 23/11/2026; chưa có thầy thuốc của tỉnh duyệt." in page
    assert "data-listen" in page
    assert "Bỏng" in visitor.see("/kien-thuc?loai=so-cuu") or "bỏng" in visitor.page.text
    visitor.see("/kien-thuc/khong-co-bai-nay")
    assert visitor.page.status_code == 404


def test_what_was_asked_in_vain_is_counted_and_names_are_not_shown_at_once(demo_server: Server) -> None:
    visitor = Visitor(demo_server)
    visitor.see("/kien-thuc")
    for words in ("mắt hột", "mat hot", "Mắt Hột", "nguyễn văn kín"):
        assert "Chưa có bài nào trả lời" in visitor.send("/kien-thuc", tim=words)
    page = worker(demo_server, "doctor").see("/kien-thuc/bien-tap")
    assert "mat hot" in page
    assert "đã đối chiếu nguồn" in page
    assert "nguyen van kin" not in page


def test_one_writes_another_reviews_and_either_withdraws(demo_server: Server) -> None:
    text = store.given()["quai-bi"].replace("title: Quai bị", "title: Quai bị bản mới")
    doctor, officer, reader = (
        worker(demo_server, "doctor"),
        worker(demo_server, "surveillance-officer"),
        Visitor(demo_server),
    )
    doctor.see("/kien-thuc/bien-tap/quai-bi")
    page = doctor.send("/kien-thuc/bien-tap", slug="quai-bi", text=text.replace("## Dấu hiệu", "## Gì đó"))
    assert "Không đọc được bài quai-bi" in page
    assert "## Gì đó" in page
    page = doctor.send("/kien-thuc/bien-tap", slug="quai-bi", text=text)
    assert "phải để đồng nghiệp duyệt" in page
    path = doctor.at
    assert "bản mới" not in reader.see("/kien-thuc/quai-bi")
    decision = {"slug": "quai-bi", "number": path.rpartition("/")[2], "approved": "yes"}
    doctor.see("/kien-thuc/bien-tap/quai-bi")
    assert "Người duyệt bài phải khác người viết" in doctor.send("/kien-thuc/bien-tap/quyet-dinh", **decision)

    officer.see(path)
    assert "Mọi người đọc được ngay" in officer.send("/kien-thuc/bien-tap/quyet-dinh", **decision)
    name = personas.everybody()["surveillance-officer"].name
    page = reader.see("/kien-thuc/quai-bi")
    assert "bản mới" in page
    assert name in page
    officer.see("/kien-thuc/bien-tap/quai-bi")
    assert "Đã duyệt lại" in officer.send("/kien-thuc/bien-tap/xem-lai", slug="quai-bi")
    doctor.see("/kien-thuc/bien-tap/quai-bi")
    assert "Đã rút bài" in doctor.send("/kien-thuc/bien-tap/rut", slug="quai-bi")
    assert "Bài này đã được rút" in reader.see("/kien-thuc/quai-bi")
    reader.see("/kien-thuc")
    assert "/kien-thuc/quai-bi" not in reader.send("/kien-thuc", tim="quai bị")


def test_who_may_not_write_does_not_see_the_desk(demo_server: Server) -> None:
    farmer = citizen(demo_server, "farmer")
    farmer.see("/kien-thuc/bien-tap")
    assert farmer.page.status_code == 404
    assert "/kien-thuc/bien-tap" not in farmer.see("/kien-thuc")


def test_an_illness_of_the_record_leads_to_its_article(demo_server: Server) -> None:
    farmer = citizen(demo_server, "farmer")
    assert "/kien-thuc/tang-huyet-ap" in farmer.see("/cua-toi/benh")
    assert 'href="/kien-thuc"' in farmer.see("/hom-nay")
