"""Every page of every service, asked for by every made-up person about one person: whoever is shown a mark of that record
is somebody whom a rule allows it, and each page that shows one has its row in the log. Generated of the tables of pages
and people, so that what is added later is walked too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx
import pytest

from anlanh.portal import SERVICES
from anlanh.web.screens import Screen
from tests.conftest import Server
from tests.services.marks import ID, MARK, SIGNING_IN, WHO, on_the_list_in_time, plant, visitor

SCREENS = [
    each
    for service in SERVICES
    for page in service.pages
    for each in page.screens
    if each.method == "GET" and not each.path.startswith("/dang-nhap")
]
ASKED = f"nguoi={ID}&patient={ID}&code=text&muc=Observation/dau-observation"
PARAMETER = re.compile(r"\{(\w+)(?::\w+)?\}")
ALLOWED = frozenset((WHO, "doctor", "nurse", "emergency-doctor", "pharmacist", "laboratory"))
"""Those to whom a rule opens something of this record: the person, and who treats them, gives out medicines or examines
at the hospital where they are. A mark shown to anybody else is a fault."""


def _address(screen: Screen) -> str:
    filled = {
        "resource_type": "Observation",
        "resource_id": "dau-observation",
        "document_id": "dau-documentreference",
        "section": "results",
    }
    path = PARAMETER.sub(lambda found: filled.get(found[1], ID), screen.path)
    return f"{path}?{ASKED}"


def _shown(server: Server, key: str) -> Iterator[str]:
    """The names of the screens that show somebody a mark."""
    who = visitor(server, key)
    with httpx.Client(base_url=who.address, cookies=who.cookies, timeout=60) as client:
        for screen in SCREENS:
            answer = client.get(_address(screen))
            assert answer.status_code < 500, screen.path
            if MARK in answer.text:
                yield screen.name


@pytest.fixture(scope="module", autouse=True)
def planted(demo_server: Server) -> None:
    plant(demo_server)


@pytest.mark.parametrize("key", SIGNING_IN)
def test_whoever_is_shown_a_mark_may_see_it_and_is_on_the_list(demo_server: Server, key: str) -> None:
    shown = set(_shown(demo_server, key))
    on_the_list_in_time(demo_server, key, shown)
    assert not shown or key in ALLOWED, shown


def test_the_person_is_shown_the_mark_on_several_pages(demo_server: Server) -> None:
    assert len(set(_shown(demo_server, WHO))) >= 5
