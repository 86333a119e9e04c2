"""What a browser keeps, so that the site can be installed and opens without network: manifest, worker, page without network.

The worker keeps the files of the shell for everybody. Of pages it keeps only those that say so (`keep`), apart for each
person; they go when that person signs out, when somebody else signs in, when the device is said to be shared, and with age.
Other pages, so all of staff, are never kept.

Source: https://www.w3.org/TR/appmanifest/, https://www.w3.org/TR/service-workers/
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from starlette.responses import JSONResponse, Response

from anlanh.web.cookies import SESSION
from anlanh.web.permission import PUBLIC
from anlanh.web.rendering import Renderer
from anlanh.web.request import Request
from anlanh.web.screens import Pages
from anlanh.web.texts import _

page = Pages("web", "anlanh.web")

PERSON = "anlanh-person"
"""Header: for whom the page is, as a number that means nothing elsewhere; or FORGET."""
KEEP = "anlanh-keep"
"""Header: for how many days the page may be kept."""
ALSO = "anlanh-also"
"""Header: what else to fetch and keep, such as the emergency card before it is needed."""
FORGET = "-"

SCOPE = "/"
START = "/hom-nay"
COLOUR = "#0b6650"
PAPER = "#fbf9f4"


@page.get("/manifest.webmanifest", needs=PUBLIC)
async def manifest(request: Request) -> Response:
    """How the installed site is called and where it begins."""
    renderer: Renderer = request.scope["renderer"]
    icons = [
        {"src": renderer.asset(f"web/{name}"), "sizes": sizes, "type": media, "purpose": purpose}
        for name, sizes, media, purpose in (
            ("mark.svg", "any", "image/svg+xml", "any"),
            ("icon-192.png", "192x192", "image/png", "any"),
            ("icon-512.png", "512x512", "image/png", "any"),
            ("maskable-512.png", "512x512", "image/png", "maskable"),
        )
    ]
    short = [(_("Emergency card"), "/the-cap-cuu"), (_("My health record"), "/cua-toi")]
    told = {
        "id": SCOPE,
        "name": request.text(_("An Lành – my health record")),
        "short_name": "An Lành",
        "description": request.text(_("One life-long health record for every citizen")),
        "lang": request.visit.language,
        "start_url": START,
        "scope": SCOPE,
        "display": "standalone",
        "theme_color": COLOUR,
        "background_color": PAPER,
        "categories": ["health", "medical"],
        "icons": icons,
        "shortcuts": [{"name": request.text(name), "url": path} for name, path in short],
    }
    return JSONResponse(told, media_type="application/manifest+json", headers={"cache-control": "no-cache"})


@page.get("/sw.js", needs=PUBLIC)
async def worker(request: Request) -> Response:
    """The worker. It holds nothing about anybody; its name changes with what it would keep of the shell."""
    renderer: Renderer = request.scope["renderer"]
    shown = renderer.render(request, "web/offline.html") + renderer.render(request, "web/worker.js", version="")
    version = hashlib.sha256(shown.encode()).hexdigest()[:12]
    text = renderer.render(request, "web/worker.js", version=version)
    return Response(text, media_type="text/javascript", headers={"cache-control": "no-cache"})


@page.get("/khong-co-mang", needs=PUBLIC)
async def offline(request: Request) -> Response:
    """What is shown without network in place of a page that is not kept; the same for everybody."""
    return page.show(request, "offline.html")


def keep(response: Response, *, days: int, also: Sequence[str] = ()) -> Response:
    """Let the browser keep this page of the person who is signed in for so many days; `also`: paths to fetch and keep with it."""
    response.headers[KEEP] = str(days)
    if also:
        response.headers[ALSO] = " ".join(also)
    return response


def whose(request: Request) -> str | None:
    """The value of PERSON: None where it cannot be said whose device it is, as of somebody who is not signed in."""
    session = request.visit.session
    if request.visit.shared or (session is None and request.cookie(SESSION)):
        return FORGET
    return hashlib.sha256(f"kept {session.account_id}".encode()).hexdigest()[:16] if session else None
