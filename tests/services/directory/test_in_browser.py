"""On a telephone and a wide screen: a place nearby, the map moved by its buttons; no barriers, nothing of where one is kept."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.conftest import Server
from tests.services.chromium import PATH

pytestmark = pytest.mark.browser

AXE = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PAGES = (
    "/danh-ba", "/danh-ba/ban-do", "/danh-ba/ban-do?xa=05443", "/danh-ba/co-so/tram-y-te-01840",
    "/danh-ba/nguoi-hanh-nghe/nhan-vien-0001", "/danh-ba/dich-vu/gia-kham",
)  # fmt: skip
DUC_XUAN = {"latitude": 22.1658, "longitude": 105.8498}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=PATH, args=["--no-sandbox"])
        yield running
        running.close()


@pytest.fixture
def address(demo_server: Server) -> str:
    return demo_server.url.replace("127.0.0.1", "localhost")


@pytest.mark.parametrize("width", [360, 1280])
def test_nobody_meets_a_barrier(browser: Browser, address: str, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 800}, service_workers="block")
    page = context.new_page()
    found = {}
    for path in PAGES:
        page.goto(address + path)
        page.evaluate(AXE)
        barriers = page.evaluate("rules => axe.run({runOnly: rules})", RULES)["violations"]
        wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        found[path] = [f"{each['id']}: {each['nodes'][0]['html'][:120]}" for each in barriers] + ["wide"] * (wider > 0)
    context.close()
    assert {path: barriers for path, barriers in found.items() if barriers} == {}


def test_the_nearest_station_is_found_by_one_tap_and_the_map_comes_closer(browser: Browser, address: str) -> None:
    context = browser.new_context(
        viewport={"width": 360, "height": 740},
        service_workers="block",
        geolocation=DUC_XUAN,
        permissions=["geolocation"],
    )  # type: ignore[arg-type]  # plain dicts of numbers
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{address}/danh-ba")
    page.get_by_role("button", name="Gần tôi").click()
    page.get_by_text("Vị trí chỉ dùng cho danh sách này").wait_for()
    assert "Đức Xuân" in page.locator("section .listing li").first.inner_text()
    assert [url for url in asked if "105.8" in url or "22.16" in url] == []
    page.goto(f"{address}/danh-ba/ban-do")
    drawing = page.locator("svg.province")
    before = str(drawing.get_attribute("viewBox")).split()
    page.get_by_role("button", name="Phóng to").click()
    after = str(drawing.get_attribute("viewBox")).split()
    assert float(after[2]) < float(before[2])
    context.close()
