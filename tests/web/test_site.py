"""The shell around all pages: who may, whose form it is, and what the browser is told."""

from __future__ import annotations

import gzip

import msgspec
import pytest
from starlette.responses import PlainTextResponse, Response

from anlanh.kernel import settings as settings_
from anlanh.platform.database import DatabaseDown
from anlanh.web.headers import CONTENT_POLICY
from anlanh.web.request import FieldNotUnderstood, Request
from anlanh.web.screens import Pages
from anlanh.web.site import Site
from anlanh.web.texts import _
from tests.web.browsing import ADDRESS, PUBLIC, SIGNED_IN, Visitor, site_of

page = Pages("web", "anlanh.web")


class Wish(msgspec.Struct):
    """A form."""

    name: str
    count: int = 1
    days: list[str] = []


@page.get("/t/private", needs=SIGNED_IN)
async def private(request: Request) -> Response:
    return PlainTextResponse("private")


@page.get("/t/wish", needs=PUBLIC)
async def wish(request: Request) -> Response:
    return page.show(
        request, "gallery.html", example=FieldNotUnderstood(), glucose=(), pins=(), by_commune={}, commune_names={}
    )


@page.post("/t/wish", needs=PUBLIC, again=wish)
async def make(request: Request, form: Wish) -> Response:
    return page.back_to(request, "web.components", said=_("Your appointment is booked."))


@page.post("/t/echo", needs=PUBLIC)
async def echo(request: Request, form: Wish) -> Response:
    return PlainTextResponse(f"{form.name}|{form.count}|{','.join(form.days)}")


@page.get("/t/broken", needs=PUBLIC)
async def broken(request: Request) -> Response:
    raise ZeroDivisionError


@pytest.fixture
def visitor() -> Visitor:
    return Visitor(site_of([page]))


def test_the_front_page_is_vietnamese_and_leaves_no_cookie(visitor: Visitor) -> None:
    answer = visitor.get("/")
    assert '<html lang="vi">' in answer.text
    assert "Một hồ sơ sức khỏe suốt đời" in answer.text
    assert not answer.cookies


def test_language_and_big_letters_are_remembered_and_lead_back(visitor: Visitor) -> None:
    answer = visitor.get("/tuy-chon?language=en&letters=big&next=/bo-giao-dien")
    assert answer.headers["location"] == "/bo-giao-dien"
    assert '<html lang="en" class="big">' in visitor.get("/").text


@pytest.mark.parametrize("elsewhere", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:0", ""])
def test_a_way_back_never_leads_to_another_site(visitor: Visitor, elsewhere: str) -> None:
    assert visitor.get(f"/tuy-chon?language=en&next={elsewhere}").headers["location"] == "/"


def test_who_is_not_signed_in_is_asked_to_and_comes_back(visitor: Visitor) -> None:
    answer = visitor.get("/t/private?tab=1")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/dang-nhap?next=%2Ft%2Fprivate%3Ftab%3D1"


def test_an_unknown_page_is_a_page_that_says_so(visitor: Visitor) -> None:
    answer = visitor.get("/khong-co")
    assert answer.status_code == 404
    assert 'role="alert"' in answer.text


def test_every_page_forbids_what_it_does_not_need(visitor: Visitor) -> None:
    for path in ("/", "/khong-co", "/t/private", "/t/broken"):
        headers = visitor.get(path).headers
        policy = dict(line.split(" ", 1) for line in headers["content-security-policy"].split("; "))
        assert policy == CONTENT_POLICY
        assert headers["x-content-type-options"] == "nosniff"
        assert "strict-transport-security" not in headers


def test_https_makes_cookies_of_this_host_only() -> None:
    visitor = Visitor(site_of(ANLANH_PUBLIC_URL="https://an.test"), "https://an.test")
    answer = visitor.get("/tuy-chon?language=en")
    assert answer.headers["set-cookie"].startswith("__Host-an_chon=")
    assert {"Secure", "HttpOnly", "Path=/"} <= set(answer.headers["set-cookie"].split("; "))
    assert "max-age=63072000" in answer.headers["strict-transport-security"]


def test_a_page_with_a_form_is_in_no_cache(visitor: Visitor) -> None:
    assert visitor.get("/bo-giao-dien").headers["cache-control"] == "no-store"


def test_a_form_without_the_token_of_this_browser_does_nothing(visitor: Visitor) -> None:
    assert visitor.post("/t/echo", {"_token": "", "name": "x"}).status_code == 403
    other = Visitor(site_of([page]))
    stolen = visitor.get("/bo-giao-dien").text.partition('name="_token" value="')[2].partition('"')[0]
    assert other.post("/t/echo", {"_token": stolen, "name": "x"}).status_code == 403
    assert visitor.post("/t/echo", {"_token": stolen, "name": "x"}).status_code == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"sec-fetch-site": "same-origin", "origin": ADDRESS}, 200),
        ({}, 200),
    ],
)
def test_a_form_sent_from_elsewhere_does_nothing(visitor: Visitor, headers: dict[str, str], status: int) -> None:
    assert visitor.post("/t/echo", {"name": "x"}, **headers).status_code == status


def test_a_form_is_read_into_its_struct_composed_and_without_blanks(visitor: Visitor) -> None:
    answer = visitor.post("/t/echo", {"name": " Hoa\u0300 ", "count": "3", "days": ["mon", "tue"]})
    assert answer.text == "Hoà|3|mon,tue"


def test_a_wrong_field_shows_the_form_again_with_what_was_typed(visitor: Visitor) -> None:
    answer = visitor.post("/t/wish", {"name": "", "about": "<b>đau</b>"}, seen="/t/wish")
    assert answer.status_code == 422
    assert "&lt;b&gt;đau&lt;/b&gt;</textarea>" in answer.text
    name = answer.text.partition('id="name" name="name"')[2].partition(">")[0]
    assert 'aria-invalid="true"' in name


def test_htmx_gets_the_problem_alone(visitor: Visitor) -> None:
    answer = visitor.post("/t/wish", {"name": ""}, **{"hx-request": "true"})
    assert answer.status_code == 422
    assert answer.headers["hx-retarget"] == "#said"
    assert "<html" not in answer.text


def test_what_was_done_is_said_once_on_the_next_page(visitor: Visitor) -> None:
    answer = visitor.post("/t/wish", {"name": "x"})
    assert answer.headers["location"] == "/bo-giao-dien"
    assert visitor.get("/").text.count("Đã đặt lịch khám.") == 1
    assert "Đã đặt lịch khám." not in visitor.get("/").text


def test_a_forged_note_says_nothing(visitor: Visitor) -> None:
    visitor.cookies.set("an_bao", "WyJTZW5kIG1vbmV5IHRvIEV2ZSIsIHt9XQ==")
    assert "Send money" not in visitor.get("/").text


def test_what_breaks_is_a_page_without_the_reason(visitor: Visitor) -> None:
    answer = visitor.get("/t/broken")
    assert answer.status_code == 500
    assert "ZeroDivision" not in answer.text


def test_a_database_that_is_down_is_a_page_with_the_way_out() -> None:
    class Down:
        def connection(self) -> object:
            raise DatabaseDown

    async def nobody(connection: object, cookie: str) -> None:
        return None

    visitor = Visitor(Site((), Down(), settings_.read({}), nobody))  # type: ignore[arg-type]  # stands for a database
    visitor.cookies.set("an_phien", "x")
    answer = visitor.get("/")
    assert answer.status_code == 503
    assert "Cơ sở dữ liệu" in answer.text


def test_other_methods_are_refused(visitor: Visitor) -> None:
    assert visitor.get("/t/echo").status_code == 405


def test_a_form_that_is_too_long_is_refused(visitor: Visitor) -> None:
    assert visitor.post("/t/echo", {"name": "x" * 2_000_000}).status_code == 413


def test_static_files_are_kept_for_ever_under_the_hash_of_what_they_hold(visitor: Visitor) -> None:
    path = visitor.get("/").text.partition('stylesheet" href="')[2].partition('"')[0]
    answer = visitor.get(path)
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert 'url("/static/web/vendor/latin-400.' in answer.text
    assert visitor.get(path.replace("app.", "app.x")).status_code == 404


def test_a_first_visit_loads_little(visitor: Visitor) -> None:
    body = visitor.get("/").text
    paths = [part.partition('"')[0] for part in body.split('"/static/')[1:]]
    texts = [visitor.get(f"/static/{each}").content for each in paths if each.endswith((".css", ".js"))]
    assert len(texts) == 3
    assert sum(len(gzip.compress(each)) for each in texts) < 60_000
