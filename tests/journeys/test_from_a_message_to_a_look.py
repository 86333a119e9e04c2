"""The main job end to end: a hospital sends what it has, the citizen reads it on a telephone, a worker elsewhere opens
the summary, and the citizen sees that look. Each hop within five seconds.

Source: docs/demo.md (the people)
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from anlanh.demo import personas
from anlanh.exchange.hl7v2 import mllp
from tests.conftest import Server
from tests.services.chromium import PATH

pytestmark = pytest.mark.browser

LIMIT_S = 5.0
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
PERSON = personas.everybody()["farmer-wife"]
WORKER = personas.everybody()["station-worker"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=PATH, args=["--no-sandbox"])
        yield running
        running.close()


def _stamp(at: datetime) -> str:
    return f"{at:%Y%m%d%H%M%S}+0700"


def _message(kind: str, number: str, at: datetime, *segments: str) -> bytes:
    head = f"MSH|^~\\&|LIS|BVA|AL|TN|{_stamp(at)}||{kind}|{number}|P|2.5|||AL|NE||UNICODE UTF-8"
    numbers = f"SO{PERSON.personal_id[-4:]}^^^BVA^MR~{PERSON.personal_id}^^^CCCD^NI"
    who = f"PID|1||{numbers}||{PERSON.name.upper()}||{PERSON.born.replace('-', '')}|F"
    return ("\r".join((head, who, "PV1|1|O|PK1^^^BVA|" + "|" * 15 + "LK1^^^BVA^VN", *segments)) + "\r").encode()


def _glucose(number: int, at: datetime, value: str, flag: str) -> bytes:
    return _message(
        "ORU^R01", f"R{number}-{time.time_ns()}", datetime.now(ZONE),
        f"OBR|1|CD{number}|KQ{number}|24323-8^Sinh hóa máu^LN|||{_stamp(at)}|||||||||||||||{_stamp(datetime.now(ZONE))}||CH|F",
        f"OBX|1|NM|15074-8^Glucose máu^LN||{value}|mmol/L|3.9-6.4|{flag}|||F|||{_stamp(at)}",
    )  # fmt: skip


def _send(server: Server, *messages: bytes) -> None:
    """Send by MLLP, each after the one before was acknowledged."""
    with socket.create_connection(("127.0.0.1", int(server.environment["ANLANH_MLLP_PORT"])), timeout=10) as line:
        for each in messages:
            line.sendall(mllp.frame(each))
            assert b"|CA|" in line.recv(65536)


def _until(page: Page, shows: Callable[[], bool]) -> float:
    """Seconds until the page, loaded anew, shows it."""
    began = time.monotonic()
    while not shows():
        assert time.monotonic() - began < LIMIT_S
        page.reload()
    return time.monotonic() - began


def _phone(browser: Browser, address: str) -> tuple[BrowserContext, Page]:
    context = browser.new_context(viewport={"width": 360, "height": 740})
    page = context.new_page()
    page.goto(f"{address}/dang-nhap/qua/vneid?person=farmer-wife")
    return context, page


def test_a_result_reaches_the_telephone_and_every_look_the_list(
    browser: Browser, demo_server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    address = demo_server.url.replace("127.0.0.1", "localhost")
    context, own = _phone(browser, address)
    own.goto(f"{address}/tin-nhan")
    before = own.get_by_role("link", name="Có kết quả mới").count()

    now = datetime.now(ZONE)
    _send(
        demo_server,
        _message("ADT^A04", f"A-{time.time_ns()}", now),
        *(
            _glucose(n, now - timedelta(days=90 * (2 - n)), v, f)
            for n, v, f in ((0, "5.4", "N"), (1, "6.1", "N"), (2, "8.2", "H"))
        ),
    )
    told = _until(own, lambda: own.get_by_role("link", name="Có kết quả mới").count() == before + 3)
    own.get_by_role("link", name="Có kết quả mới").first.click()
    own.get_by_role("link", name="Xem ngay").click()
    own.get_by_role("link", name="Glucose máu").first.click()
    assert "8,2" in own.locator("main").inner_text()
    chart = own.get_by_role("img").first
    assert "Glucose" in (chart.get_attribute("aria-label") or "")
    assert own.locator("main tbody tr").count() >= 3

    own.goto(f"{address}/rieng-tu/ai-da-xem")
    assert WORKER.name not in own.locator("main").inner_text()

    elsewhere = browser.new_context(viewport={"width": 768, "height": 1000}).new_page()
    elsewhere.goto(f"{address}/dang-nhap/qua/so-y-te?person=station-worker")
    elsewhere.goto(f"{address}/ho-so")
    elsewhere.get_by_role("textbox").first.fill(PERSON.personal_id)
    elsewhere.keyboard.press("Enter")
    elsewhere.get_by_text(PERSON.name).first.wait_for()
    elsewhere.goto(f"{address}/ho-so/{PERSON.reference.partition('/')[2]}/tom-tat")
    assert "Glucose máu" in elsewhere.locator("main").inner_text()

    seen = _until(own, lambda: WORKER.name in own.locator("main").inner_text())
    with capsys.disabled():
        print(f"\nMessage to inbox {told:.2f} s; a look elsewhere to the citizen's list {seen:.2f} s")
    context.close()
