"""In a browser: the library and an article have no barriers, on a telephone and on a screen."""

from __future__ import annotations

from importlib.resources import files

import pytest
from playwright.sync_api import sync_playwright

from tests.conftest import Server
from tests.services.chromium import PATH

pytestmark = pytest.mark.browser

AXE = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PAGES = ("/kien-thuc", "/kien-thuc?loai=so-cuu", "/kien-thuc/sot-xuat-huyet-dengue")


def test_nobody_meets_a_barrier(demo_server: Server) -> None:
    address = demo_server.url.replace("127.0.0.1", "localhost")
    found = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=PATH, args=["--no-sandbox"])
        for width in (360, 1280):
            page = browser.new_context(viewport={"width": width, "height": 800}, service_workers="block").new_page()
            for path in PAGES:
                page.goto(address + path)
                page.evaluate(AXE)
                barriers = page.evaluate("rules => axe.run({runOnly: rules})", RULES)["violations"]
                wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
                found[path, width] = [each["id"] for each in barriers] + ["wide"] * (wider > 0)
        browser.close()
    assert {each: what for each, what in found.items() if what} == {}
