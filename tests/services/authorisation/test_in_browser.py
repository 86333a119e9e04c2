"""The screens of this service in a browser: no barriers, and they work without JavaScript and with small screens."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from urllib.parse import urlencode

import httpx
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from anlanh.services.authorisation import demo
from tests.conftest import Server
from tests.services.chromium import PATH

pytestmark = pytest.mark.browser

AXE = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SCOPES = (
    "launch/patient openid fhirUser offline_access patient/Patient.rs patient/Observation.rs?category=laboratory"
    " patient/QuestionnaireResponse.c"
)
WAITING = {
    "client_name": "Nhật ký tiểu đường", "redirect_uris": ["https://app.example/ve"], "token_endpoint_auth_method": "none",
    "scope": "openid patient/Observation.rs patient/QuestionnaireResponse.c",
}  # fmt: skip


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=PATH, args=["--no-sandbox"])
        yield running
        running.close()


@pytest.fixture
def address(demo_server: Server) -> str:
    return demo_server.url.replace("127.0.0.1", "localhost")


def _asks(address: str) -> str:
    asked = {
        "response_type": "code", "client_id": demo.BROWSER_APP, "redirect_uri": demo.BACK[0], "scope": SCOPES,
        "state": "s", "aud": f"{address}/fhir", "code_challenge": "x" * 43, "code_challenge_method": "S256",
    }  # fmt: skip
    return f"{address}/oauth/authorize?{urlencode(asked)}"


def _barriers(page: Page) -> list[str]:
    page.evaluate(AXE)
    found = page.evaluate("rules => axe.run({runOnly: rules})", RULES)
    barriers = [f"{each['id']}: {each['nodes'][0]['html'][:120]}" for each in found["violations"]]
    wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return barriers + ["scrolls sideways"] * (wider > 0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_nobody_meets_a_barrier_when_they_decide(browser: Browser, address: str, width: int, scheme: str) -> None:
    httpx.post(f"{address}/oauth/register", json=WAITING).raise_for_status()
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)  # type: ignore[arg-type]  # one of its literals
    page, found = context.new_page(), {}
    visits = (
        ("vneid?person=mother", _asks(address)),
        ("vneid?person=mother", f"{address}/ung-dung"),
        ("so-y-te?person=doctor", _asks(address)),
        ("so-y-te?person=privacy-officer", f"{address}/ung-dung/xet-duyet"),
        ("vneid?person=mother", f"{address}/cho-phep/loi?ly_do=WrongReturn"),
    )
    for who, place in visits:
        page.goto(f"{address}/dang-nhap/qua/{who}")
        page.goto(place)
        found[f"{who} {page.url}"] = _barriers(page)
    context.close()
    assert {place: each for place, each in found.items() if each} == {}


def test_somebody_decides_without_javascript_by_keyboard(browser: Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.route("http://localhost:8001/**", lambda route: route.fulfill(body="back"))
    page.goto(f"{address}/dang-nhap/qua/vneid?person=mother")
    page.goto(_asks(address))
    box = page.get_by_role("checkbox").first
    box.focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Cho phép mục đã chọn").press("Enter")
    page.wait_for_url("http://localhost:8001/**")
    assert "code=" in page.url
    page.goto(f"{address}/ung-dung")
    assert "Họ tên, ngày sinh" in page.inner_text("main")
    assert "Phiếu trả lời câu hỏi" not in page.inner_text("main")
    context.close()
