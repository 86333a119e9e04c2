"""In a real browser: without JavaScript, with a passkey of a virtual device, and with axe-core looking for barriers.

They need Chromium (Debian: apt-get install chromium); `./test` says so where there is none.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.conftest import Server
from tests.services.chromium import PATH

pytestmark = pytest.mark.browser

AXE = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PAGES = (
    "/", "/bo-giao-dien", "/khong-co-trang-nay", "/dang-nhap", "/dang-nhap/dien-thoai", "/dang-nhap/ma",
    "/dang-nhap/the", "/dang-nhap/nhan-vien", "/phieu",
)  # fmt: skip
OWN_PAGES = ("/tai-khoan", "/tai-khoan/khoa", "/tai-khoan/ung-dung", "/xac-nhan-lai", "/quay/dang-nhap")


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


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_nobody_meets_a_barrier(browser: Browser, address: str, width: int, scheme: str) -> None:
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)  # type: ignore[arg-type]  # one of its literals
    page, found = context.new_page(), {}
    for path in PAGES:
        page.goto(address + path)
        found[path] = _barriers(page)
    page.goto(f"{address}/dang-nhap/qua/so-y-te?person=receptionist")
    for path in OWN_PAGES:
        page.goto(address + path)
        assert page.url == address + path
        found[path] = _barriers(page)
    context.close()
    assert {path: each for path, each in found.items() if each} == {}


def test_letters_twice_as_big_fit_a_small_telephone(browser: Browser, address: str) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 640})
    page, found = context.new_page(), {}
    page.goto(f"{address}/tuy-chon?letters=big")
    for path in PAGES:
        page.goto(address + path)
        found[path] = _barriers(page)
    context.close()
    assert {path: each for path, each in found.items() if each} == {}


@pytest.mark.parametrize("path", ["/", "/dang-nhap"])
def test_on_a_slow_line_a_first_visit_shows_within_two_and_a_half_seconds(
    browser: Browser, address: str, path: str
) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 640})
    page = context.new_page()
    line = context.new_cdp_session(page)
    line.send("Network.enable")
    slow = {"offline": False, "latency": 400, "downloadThroughput": 50 * 1024, "uploadThroughput": 50 * 1024}
    line.send("Network.emulateNetworkConditions", slow)
    page.add_init_script(
        "new PerformanceObserver(list => { window.shown = list.getEntries().at(-1).startTime })"
        ".observe({type: 'largest-contentful-paint', buffered: true})"
    )
    page.goto(address + path, wait_until="networkidle")
    shown_ms = page.evaluate("window.shown")
    context.close()
    assert 0 < shown_ms < 2500


def test_a_citizen_signs_in_without_javascript(browser: Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 360, "height": 640})
    page = context.new_page()
    page.goto(f"{address}/tai-khoan")
    page.get_by_role("link", name="Đăng nhập bằng VNeID").click()
    page.get_by_role("button", name="Nông Văn Thành").click()
    assert page.url == f"{address}/tai-khoan"
    assert page.get_by_role("heading", level=1).inner_text() == "Nông Văn Thành"
    page.get_by_role("button", name="Đăng xuất", exact=True).click()
    assert "Ông/bà đã đăng xuất." in page.get_by_role("status").inner_text()
    context.close()


def test_a_password_shows_how_strong_it_is_and_itself_when_asked(browser: Browser, address: str) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 740})
    page, errors = context.new_page(), []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    page.goto(f"{address}/dang-nhap/qua/so-y-te?person=laboratory&next=/tai-khoan/khoa")
    field = page.get_by_label("Mật khẩu mới")
    field.fill("matkhau1")
    page.get_by_text("8 trên ít nhất 14 ký tự.").wait_for()
    weak = page.get_by_label("Độ mạnh của mật khẩu").evaluate("meter => meter.value")
    field.fill("ngựa đúng pin kẹp giấy vở")
    page.get_by_text("Đủ mạnh.").wait_for()
    assert weak < 3 <= page.get_by_label("Độ mạnh của mật khẩu").evaluate("meter => meter.value")
    assert field.get_attribute("type") == "password"
    page.get_by_label("Hiện mật khẩu").check()
    assert field.get_attribute("type") == "text"
    assert _barriers(page) == []
    page.get_by_label("Hiện mật khẩu").uncheck()
    assert field.get_attribute("type") == "password"
    context.close()
    assert errors == []


def test_without_javascript_the_strength_of_a_password_is_said_when_asked_for(browser: Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/dang-nhap/qua/so-y-te?person=laboratory&next=/tai-khoan/khoa")
    page.get_by_label("Mật khẩu mới").fill("matkhau1")
    page.get_by_role("button", name="Mật khẩu mạnh đến đâu?").click()
    assert "8 trên ít nhất 14 ký tự." in page.get_by_role("status").inner_text()
    assert page.get_by_label("Hiện mật khẩu").is_hidden()
    context.close()


def test_staff_make_a_passkey_and_come_back_with_it(browser: Browser, address: str) -> None:
    context = browser.new_context()
    page, errors = context.new_page(), []
    page.on("pageerror", lambda error: errors.append(str(error)))
    device = context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    key = device.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]
    page.goto(f"{address}/dang-nhap/qua/so-y-te?person=nurse&next=/tai-khoan/khoa")
    page.get_by_label("Tên thiết bị này").fill("Điện thoại của Thu")
    page.get_by_role("button", name="Thêm khóa đăng nhập").click()
    page.get_by_text("Đã lưu khóa đăng nhập").wait_for()
    page.goto(f"{address}/tai-khoan")
    page.get_by_role("button", name="Đăng xuất", exact=True).click()

    page.goto(f"{address}/dang-nhap/nhan-vien")
    page.get_by_role("button", name="Đăng nhập bằng khóa").click()
    page.wait_for_url(f"{address}/ho-so")
    page.goto(f"{address}/tai-khoan")
    assert page.get_by_role("heading", level=1).inner_text().endswith("Ngô Thị Thu")

    device.send("WebAuthn.setUserVerified", {"authenticatorId": key, "isUserVerified": False})
    page.goto(f"{address}/xac-nhan-lai")
    page.get_by_role("button", name="Bằng khóa đăng nhập").click()
    page.get_by_text("Thiết bị không trả lời").wait_for()
    device.send("WebAuthn.setUserVerified", {"authenticatorId": key, "isUserVerified": True})
    page.get_by_role("button", name="Bằng khóa đăng nhập").click()
    page.wait_for_url(f"{address}/ho-so")
    context.close()
    assert errors == []
