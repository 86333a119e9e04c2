"""Somebody at the pages of a running server, without a browser: follows redirects, keeps cookies, fills in forms."""

from __future__ import annotations

import re
import time

import httpx

from tests.conftest import Server

TOKEN = re.compile(r'name="_token" value="([^"]+)"')


class Visitor:
    """Somebody at the pages. `page` is what they see."""

    def __init__(self, server: Server) -> None:
        self.address = server.url.replace("127.0.0.1", "localhost")
        self.cookies = httpx.Cookies()
        self.see("/")

    def see(self, path: str) -> str:
        """Go to a path; the text of the page."""
        return self._ask("GET", path)

    def see_in_time(self, path: str, text: str, seconds: float = 20) -> str:
        """Go to a path again and again until it shows the text."""
        until = time.monotonic() + seconds
        while text not in self.see(path):
            assert time.monotonic() < until, f"{text} does not show"
            time.sleep(0.1)
        return self.page.text

    def send(self, path: str, **fields: str) -> str:
        """Send a form of the page that is seen; the text of the page that follows."""
        token = TOKEN.search(self.page.text)
        return self._ask("POST", path, {"_token": token[1] if token else "", **fields})

    def _ask(self, method: str, path: str, form: dict[str, str] | None = None) -> str:
        with httpx.Client(base_url=self.address, cookies=self.cookies, follow_redirects=True, timeout=60) as client:
            self.page = client.request(method, path, data=form)
            self.cookies = client.cookies
        return self.page.text

    def hidden(self, name: str) -> str:
        """The value of a hidden field of the page that is seen."""
        found = re.search(rf'type="hidden" name="{name}" value="([^"]*)"', self.page.text)
        return found[1] if found else ""

    @property
    def at(self) -> str:
        """The path of the page that is seen."""
        return self.page.url.path


def citizen(server: Server, key: str = "farmer") -> Visitor:
    """A citizen of the made-up province, signed in."""
    visitor = Visitor(server)
    visitor.see(f"/dang-nhap/qua/vneid?person={key}")
    return visitor


def worker(server: Server, key: str) -> Visitor:
    """A member of staff of the made-up province, signed in."""
    visitor = Visitor(server)
    visitor.see(f"/dang-nhap/qua/so-y-te?person={key}")
    return visitor
