"""In a real browser: questions come and go, a lost network loses nothing, no barriers."""

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


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=PATH, args=["--no-sandbox"])
        yield running
        running.close()


def barriers(page: Page) -> list[str]:
    """What axe-core finds, and a page that scrolls sideways."""
    page.evaluate(AXE)
    found = page.evaluate("rules => axe.run({runOnly: rules})", RULES)
    wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return [each["id"] for each in found["violations"]] + ["scrolls sideways"] * (wider > 0)


def test_a_declaration_outlives_a_lost_network_and_has_no_barriers(forms_open: Server, browser: Browser) -> None:
    address = forms_open.url.replace("127.0.0.1", "localhost")
    context = browser.new_context(viewport={"width": 360, "height": 800})
    page = context.new_page()
    page.goto(f"{address}/dang-nhap/qua/vneid?person=farmer")
    page.goto(f"{address}/khai-bao/sot-ho-hap")
    assert not page.locator("[name='ngay-sot']").is_visible()
    page.check("input[name=sot][value=true]")
    page.fill("[name='ngay-sot']", "2026-11-21")
    page.check("input[name=ho][value=false]")
    assert barriers(page) == []
    context.set_offline(True)
    page.get_by_role("button", name="Tiếp tục").last.click()
    assert page.locator("[data-offline]").is_visible()
    context.set_offline(False)
    page.wait_for_selector("input[name='benh-nen']")
    page.check("input[name='benh-nen'][value=true]")
    page.goto(f"{address}/khai-bao/sot-ho-hap")
    page.get_by_role("button", name="Khai tiếp tờ chưa gửi").click()
    assert page.is_checked("input[name='benh-nen'][value=true]")
    page.check("input[name='tiep-xuc'][value=false]")
    page.get_by_role("button", name="Tiếp tục").last.click()
    page.get_by_role("button", name="Gửi tờ khai").click()
    page.wait_for_url("**/khai-bao/xong/**")
    assert "Đi khám ngay hôm nay" in page.inner_text("main")
    assert barriers(page) == []
    assert page.evaluate("Object.keys(localStorage).filter(each => each.startsWith('anlanh-declare'))") == []
    context.close()
