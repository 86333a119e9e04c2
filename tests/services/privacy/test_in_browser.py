"""In a real browser: a look in an emergency is on the citizen's list within five seconds; no barriers; no JavaScript."""

from __future__ import annotations

import time
from collections.abc import Iterator
from importlib.resources import files

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from anlanh.demo import personas
from tests.conftest import Server
from tests.services.chromium import PATH

pytestmark = pytest.mark.browser

AXE = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
REASON = "Tai nạn giao thông, bất tỉnh, cần biết dị ứng và thuốc"
CITIZEN_PAGES = (
    "/rieng-tu", "/rieng-tu/ai-da-xem", "/rieng-tu/ai-da-xem?nguoi={child}", "/rieng-tu/ai-da-xem?ky=7&may=0&minh=1",
    "/rieng-tu/cau-hoi", "/rieng-tu/dong-y", "/rieng-tu/dong-y/co-so?deed=hide&tim=benh",
    "/rieng-tu/dong-y/co-so?deed=share&loai=Practitioner&tim=minh", "/rieng-tu/uy-quyen", "/rieng-tu/uy-quyen/moi",
    "/rieng-tu/du-lieu", "/rieng-tu/du-lieu/tai", "/rieng-tu/du-lieu/ban-in", "/rieng-tu/du-lieu/muc",
)  # fmt: skip


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=PATH, args=["--no-sandbox"])
        yield running
        running.close()


@pytest.fixture
def address(demo_server: Server) -> str:
    return demo_server.url.replace("127.0.0.1", "localhost")


def _barriers(page: Page) -> list[str]:
    """What axe-core finds, and a page that scrolls sideways."""
    page.evaluate(AXE)
    found = page.evaluate("rules => axe.run({runOnly: rules})", RULES)
    barriers = [f"{each['id']}: {each['nodes'][0]['html'][:120]}" for each in found["violations"]]
    wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return barriers + ["scrolls sideways"] * (wider > 0)


def _signed_in(context: BrowserContext, address: str, way: str, key: str) -> Page:
    page = context.new_page()
    page.goto(f"{address}/dang-nhap/qua/{way}?person={key}")
    return page


def _open_in_emergency(page: Page, address: str, key: str) -> None:
    page.goto(f"{address}/truy-cap-khan-cap")
    page.get_by_label("Số căn cước hoặc số thẻ bảo hiểm y tế").fill(personas.everybody()[key].personal_id)
    page.get_by_role("button", name="Tìm").click()
    page.get_by_label("Vì sao cần xem hồ sơ ngay?").fill(REASON)
    page.get_by_label("Tôi đã nhận đúng người bệnh").check()
    page.get_by_role("button", name="Mở trong bốn giờ").click()
    page.get_by_role("heading", name="Hồ sơ mở khẩn cấp").wait_for()


def test_a_look_in_an_emergency_is_on_the_list_within_five_seconds_and_is_asked_about(
    browser: Browser, address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    contexts = [browser.new_context(java_script_enabled=False, viewport={"width": 360, "height": 740}) for _ in "123"]
    own = contexts[0].new_page()
    own.goto(f"{address}/rieng-tu/ai-da-xem")
    own.get_by_role("link", name="Đăng nhập bằng VNeID").click()
    own.get_by_role("button", name="Trần Thị Nhung").click()
    assert own.url == f"{address}/rieng-tu/ai-da-xem"
    assert REASON not in own.content()

    doctor = _signed_in(contexts[1], address, "so-y-te", "emergency-doctor")
    _open_in_emergency(doctor, address, "pregnant")
    began = time.monotonic()
    while REASON not in own.content():
        assert time.monotonic() - began < 20
        own.reload()
    seconds = time.monotonic() - began
    with capsys.disabled():
        print(f"\nA look in an emergency was on the citizen's list after {seconds:.2f} s")

    line = own.locator("ol.timeline > li", has_text=REASON).first
    assert "Đặng Quốc Việt · Bác sĩ · Bệnh viện A Thái Nguyên" in line.inner_text()
    line.get_by_role("link", name="Tôi thắc mắc").click()
    own.get_by_label("Ông/bà muốn biết điều gì?").fill("Hôm đó tôi không cấp cứu. Vì sao?")
    own.get_by_role("button", name="Gửi câu hỏi").click()
    assert "hạn trả lời" in own.content()

    officer = _signed_in(contexts[2], address, "so-y-te", "privacy-officer")
    officer.goto(f"{address}/giam-sat")
    officer.get_by_role("link", name="Hôm đó tôi không cấp cứu").click()
    assert REASON in officer.content()
    officer.get_by_label("Trả lời").fill("Đã xác minh: bác sĩ mở nhầm hồ sơ, đã nhắc nhở.")
    officer.get_by_role("button", name="Gửi trả lời").click()
    own.goto(f"{address}/rieng-tu/cau-hoi")
    assert "bác sĩ mở nhầm hồ sơ" in own.content()
    for context in contexts:
        context.close()


def test_a_mother_switches_to_the_list_of_her_child(browser: Browser, address: str) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 740})
    page = _signed_in(context, address, "vneid", "mother")
    page.goto(f"{address}/rieng-tu/ai-da-xem")
    page.get_by_role("navigation", name="Xem hồ sơ của").get_by_role("link", name="Nguyễn Minh Khang").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Ai đã xem hồ sơ của Nguyễn Minh Khang"
    assert "con của ông/bà" in page.get_by_role("complementary").inner_text()
    context.close()


@pytest.mark.parametrize("width", [360, 1280])
def test_nobody_meets_a_barrier(browser: Browser, address: str, width: int) -> None:
    found = {}
    context = browser.new_context(viewport={"width": width, "height": 800})
    doctor = _signed_in(context, address, "so-y-te", "doctor")
    _open_in_emergency(doctor, address, "mother")
    found["summary"] = _barriers(doctor)
    doctor.goto(f"{address}/truy-cap-khan-cap")
    doctor.get_by_label("Số căn cước hoặc số thẻ bảo hiểm y tế").fill(personas.everybody()["mother"].personal_id)
    doctor.get_by_role("button", name="Tìm").click()
    found["found"] = _barriers(doctor)

    mother = _signed_in(browser.new_context(viewport={"width": width, "height": 800}), address, "vneid", "mother")
    child = personas.everybody()["child"].reference.partition("/")[2]
    for path in CITIZEN_PAGES:
        mother.goto(address + path.format(child=child))
        found[path] = _barriers(mother)
    mother.goto(f"{address}/rieng-tu/ai-da-xem")
    mother.locator("main > ol.timeline").get_by_role("link", name="Tôi thắc mắc").first.click()
    found["question"] = _barriers(mother)
    mother.goto(f"{address}/rieng-tu/du-lieu/muc")
    visit = mother.locator("a[href*='Encounter']").first.get_attribute("href") or ""
    mother.goto(f"{address}/rieng-tu/can-cu?muc={visit.partition('muc=')[2]}")
    assert mother.get_by_role("heading", level=1).inner_text() == "Căn cứ của lần xem này"
    found["basis"] = _barriers(mother)
    mother.goto(f"{address}/rieng-tu/du-lieu/muc")
    mother.get_by_role("link", name="Tôi không đồng ý").first.click()
    found["correction"] = _barriers(mother)

    officer = _signed_in(
        browser.new_context(viewport={"width": width, "height": 800}), address, "so-y-te", "privacy-officer"
    )
    for path in ("/giam-sat", "/giam-sat/nhat-ky"):
        officer.goto(address + path)
        found[path] = _barriers(officer)
    officer.get_by_label("Ai truy cập").fill("Lê Đức Minh")
    officer.get_by_role("button", name="Tra cứu").click()
    found["log"] = _barriers(officer)
    for page in (doctor, mother, officer):
        page.context.close()
    assert {path: each for path, each in found.items() if each} == {}
