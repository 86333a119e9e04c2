"""On a telephone: the day, a result, the child, and the emergency card without network; no barriers."""

from __future__ import annotations

import time
from collections.abc import Iterator
from importlib.resources import files

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from anlanh.demo import personas
from tests.conftest import Server
from tests.services.chromium import PATH

pytestmark = pytest.mark.browser

AXE = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PAGES = (
    "/hom-nay", "/cua-toi", "/cua-toi?nguoi={child}", "/cua-toi/benh", "/cua-toi/ket-qua", "/cua-toi/tiem-chung",
    "/cua-toi/thuoc", "/cua-toi/luot-kham", "/cua-toi/giay-to", "/the-cap-cuu", "/the-cap-cuu/chon", "/khong-co-mang",
)  # fmt: skip
PHONE = {"width": 360, "height": 740}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=PATH, args=["--no-sandbox"])
        yield running
        running.close()


@pytest.fixture
def address(demo_server: Server) -> str:
    return demo_server.url.replace("127.0.0.1", "localhost")


def _wait(page: Page, path: str, *, kept: bool) -> None:
    """Wait until the worker keeps a page, or has forgotten it."""
    until = time.monotonic() + 10
    asked = "async path => Boolean(await caches.match(path, {ignoreVary: true}))"
    while page.evaluate(asked, path) is not kept:
        assert time.monotonic() < until
        page.wait_for_timeout(50)


def test_the_card_of_mother_and_child_opens_without_network(browser: Browser, address: str) -> None:
    child = personas.everybody()["child"].reference.partition("/")[2]
    context = browser.new_context(viewport=PHONE)  # type: ignore[arg-type]  # a plain dict of two numbers
    page = context.new_page()
    page.goto(f"{address}/dang-nhap/qua/vneid?person=mother")
    assert page.get_by_role("heading", level=1).inner_text() == "Chào Phạm Thu Hà"
    page.get_by_role("link", name="Kết quả của tôi").click()
    page.get_by_role("link", name="Mạch").click()
    assert page.get_by_text("Số lần tim đập trong một phút.").is_visible()
    page.get_by_role("link", name="Về hồ sơ").click()
    page.get_by_role("navigation", name="Xem hồ sơ của").get_by_role("link", name="Nguyễn Minh Khang").click()
    assert "con của ông/bà" in page.get_by_role("complementary").inner_text()
    page.goto(f"{address}/hom-nay")
    _wait(page, f"/the-cap-cuu?nguoi={child}", kept=True)

    context.set_offline(True)
    for path, name in (("/the-cap-cuu", "Phạm Thu Hà"), (f"/the-cap-cuu?nguoi={child}", "Nguyễn Minh Khang")):
        page.goto(address + path)
        assert page.get_by_text("Đây là trang đã lưu trên máy").is_visible()
        assert page.locator(".rescue").get_by_text(name).is_visible()
    page.goto(f"{address}/tai-khoan")
    assert page.get_by_role("heading", level=1).inner_text() == "Không có mạng"
    page.get_by_role("link", name="Thẻ cấp cứu · Nguyễn Minh Khang").wait_for()

    page.close()  # it would load itself anew as soon as there is network, in the middle of what comes next
    context.set_offline(False)
    page = context.new_page()
    page.goto(f"{address}/dang-nhap/qua/vneid?person=farmer")
    _wait(page, f"/the-cap-cuu?nguoi={child}", kept=False)
    _wait(page, "/the-cap-cuu", kept=True)
    page.goto(f"{address}/tai-khoan")
    page.get_by_role("button", name="Đăng xuất", exact=True).first.click()
    page.wait_for_url(f"{address}/")
    assert page.evaluate("caches.keys().then(names => names.filter(name => name.startsWith('kept-')))") == []
    context.close()


@pytest.mark.parametrize("width", [360, 1280])
def test_nobody_meets_a_barrier(browser: Browser, address: str, width: int) -> None:
    child = personas.everybody()["child"].reference.partition("/")[2]
    context = browser.new_context(viewport={"width": width, "height": 800}, service_workers="block")
    page = context.new_page()
    page.goto(f"{address}/dang-nhap/qua/vneid?person=mother")
    found = {}
    for path in (*PAGES, "/tuy-chon?mode=elder&next=/hom-nay"):
        page.goto(address + path.format(child=child))
        page.evaluate(AXE)
        barriers = page.evaluate("rules => axe.run({runOnly: rules})", RULES)["violations"]
        wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        found[path] = [f"{each['id']}: {each['nodes'][0]['html'][:120]}" for each in barriers] + ["wide"] * (wider > 0)
    context.close()
    assert {path: each for path, each in found.items() if each} == {}
