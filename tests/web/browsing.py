"""A browser for tests without a browser: keeps cookies, fills forms with the token that the page holds."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from typing import Any

import httpx

from anlanh.kernel import settings as settings_
from anlanh.web.permission import PUBLIC, SIGNED_IN, Permission
from anlanh.web.screens import Pages
from anlanh.web.site import Site

ADDRESS = "http://an.test"
TOKEN = re.compile(r'name="_token" value="([^"]+)"')

__all__ = ["ADDRESS", "PUBLIC", "SIGNED_IN", "Permission", "Visitor", "site_of"]


def site_of(pages: Sequence[Pages] = (), **environment: str) -> Site:
    """The site with these pages beside its own, and without a database."""
    return Site(pages, None, settings_.read(environment))  # type: ignore[arg-type]  # no page here asks for it


class Visitor:
    """Somebody with a browser at that site."""

    def __init__(self, site: Site, address: str = ADDRESS) -> None:
        self._site = site
        self._address = address
        self.cookies = httpx.Cookies()

    def get(self, path: str, **headers: str) -> httpx.Response:
        """The page at that path; redirects are not followed."""
        return self._send("GET", path, headers=headers)

    def post(self, path: str, form: dict[str, Any], *, seen: str = "/bo-giao-dien", **headers: str) -> httpx.Response:
        """Send a form with the token of the page `seen`."""
        token = TOKEN.search(self.get(seen).text)
        return self._send("POST", path, data={"_token": token[1] if token else "", **form}, headers=headers)

    def _send(self, method: str, path: str, **more: Any) -> httpx.Response:
        async def main() -> httpx.Response:
            transport = httpx.ASGITransport(self._site, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url=self._address, cookies=self.cookies) as client:
                answer = await client.request(method, path, **more)
                self.cookies = client.cookies
                return answer

        return asyncio.run(main())
