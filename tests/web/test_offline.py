"""What browsers are told to keep, and for whom."""

from __future__ import annotations

import pytest
from starlette.responses import PlainTextResponse, Response

from anlanh.web import offline
from anlanh.web.request import Request
from anlanh.web.screens import Pages
from tests.web.browsing import PUBLIC, Visitor, site_of

page = Pages("web", "anlanh.web")


@page.get("/t/kept", needs=PUBLIC)
async def kept(request: Request) -> Response:
    return offline.keep(PlainTextResponse("kept"), days=7, also=["/the-cap-cuu"])


@pytest.fixture
def visitor() -> Visitor:
    return Visitor(site_of([page]))


def test_the_site_can_be_installed(visitor: Visitor) -> None:
    answer = visitor.get("/manifest.webmanifest")
    told = answer.json()
    assert answer.headers["content-type"] == "application/manifest+json"
    assert (told["start_url"], told["display"], told["lang"]) == ("/hom-nay", "standalone", "vi")
    assert {"any", "maskable"} == {each["purpose"] for each in told["icons"]}
    assert {visitor.get(each["src"]).status_code for each in told["icons"]} == {200}


def test_the_manifest_speaks_the_language_of_the_visitor(visitor: Visitor) -> None:
    visitor.get("/tuy-chon?language=en")
    assert visitor.get("/manifest.webmanifest").json()["shortcuts"][0]["name"] == "Emergency card"


def test_the_worker_is_asked_for_anew_and_is_the_same_for_everybody(visitor: Visitor) -> None:
    answer = visitor.get("/sw.js")
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["cache-control"] == "no-cache"
    other = Visitor(site_of([page]))
    other.cookies.set("an_phien", "somebody")
    assert other.get("/sw.js").text == answer.text


def test_every_file_that_the_worker_keeps_is_there(visitor: Visitor) -> None:
    paths = [part.partition('"')[0] for part in visitor.get("/sw.js").text.split('"/static/web/')[1:]]
    assert len(paths) == 9
    assert {visitor.get(f"/static/web/{each}").status_code for each in paths} == {200}


def test_the_page_without_network_holds_nothing_about_anybody(visitor: Visitor) -> None:
    before = visitor.get("/khong-co-mang").text
    visitor.cookies.set("an_phien", "somebody")
    assert visitor.get("/khong-co-mang").text == before
    assert 'href="/the-cap-cuu"' in before


def test_only_pages_that_say_so_are_kept(visitor: Visitor) -> None:
    assert visitor.get("/t/kept").headers[offline.KEEP] == "7"
    assert visitor.get("/t/kept").headers[offline.ALSO] == "/the-cap-cuu"
    assert offline.KEEP not in visitor.get("/").headers


def test_what_was_kept_goes_when_the_session_has_ended_elsewhere_or_the_device_is_shared(visitor: Visitor) -> None:
    assert offline.PERSON not in visitor.get("/").headers
    visitor.get("/tuy-chon?device=shared")
    assert visitor.get("/").headers[offline.PERSON] == offline.FORGET
    visitor.get("/tuy-chon?device=own")
    visitor.cookies.set("an_phien", "ended")
    assert visitor.get("/").headers[offline.PERSON] == offline.FORGET


def test_elder_mode_is_remembered_beside_the_language(visitor: Visitor) -> None:
    visitor.get("/tuy-chon?mode=elder")
    visitor.get("/tuy-chon?language=en")
    shown = visitor.get("/").text
    assert '<html lang="en" class="big elder">' in shown
    assert "Leave elder mode" in shown
    visitor.get("/tuy-chon?mode=full")
    assert '<html lang="en">' in visitor.get("/").text
