"""All pages together as one ASGI application: who asks, may they, is the form theirs; then the screen; then headers.

Not allowed to know looks like not found. Who is not signed in is asked to sign in and comes back to where they were.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from starlette.requests import Request as PlainRequest
from starlette.responses import HTMLResponse, Response
from starlette.routing import Match, Route, Router
from starlette.types import Receive, Scope, Send

from anlanh.access.accounts.model import Session
from anlanh.access.policy import rules
from anlanh.kernel.problem import Problem
from anlanh.kernel.settings import Settings
from anlanh.platform import security
from anlanh.platform.database import Connection, Database
from anlanh.platform.work import Principal
from anlanh.web import cookies, forgery, front, gallery, headers, notes, offline, preferences
from anlanh.web.assets import PREFIX, Asset, Assets
from anlanh.web.permission import PUBLIC, Permission, allows
from anlanh.web.rendering import Renderer
from anlanh.web.request import Request, filled, typed
from anlanh.web.screens import Pages, Screen, is_personal, leave_for

log = logging.getLogger(__name__)

SIGN_IN = "/dang-nhap"
STEP_UP = "/xac-nhan-lai"
CHOOSE_ROLE = "/chon-noi-lam-viec"
OWN_PAGES = (front.page, preferences.page, gallery.page, offline.page)
SHELL = Pages("web", "anlanh.web")

FindSession = Callable[[Connection, str], Awaitable[Session | None]]
"""Looks up the session of a cookie; None where it has ended."""


class NoSuchPage(Problem):
    issue = "not-found"
    says = "There is no such page, or you may not see it."
    hint = "Go to the start page, or sign in with another account."


class NotForThem(NoSuchPage):
    """There is one, and they may never see it: told like what is not there, and noted for those who watch."""

    event = "denied"


class NotInThisWay(Problem):
    issue = "not-supported"
    status = 405
    says = "This address does not take {method}."
    hint = "Go to the start page."


class SomethingBroke(Problem):
    issue = "exception"
    says = "Something went wrong on our side."
    hint = "Nothing was written. Try again; if it happens once more, tell the people who run this site what you did."


class Site:
    """The pages of all packages. `find_session` is how a cookie becomes a session; None: nobody can sign in. `tools` are
    what pages find by its type with `request.tool`."""

    def __init__(
        self,
        pages: Sequence[Pages],
        database: Database,
        settings: Settings,
        find_session: FindSession | None = None,
        tools: Sequence[object] = (),
    ) -> None:
        self._tools = {type(each): each for each in tools}
        self._database = database
        self._settings = settings
        self._find_session = find_session
        every = (*OWN_PAGES, *pages)
        packages = {each.name: each.package for each in (SHELL, *every)}
        self._screens = [screen for each in every for screen in each.screens]
        self._router = Router([self._route(screen) for screen in self._screens])
        self._assets = Assets(packages)
        menu = [item for each in every for item in each.menu]
        self._renderer = Renderer(packages, self._assets, menu, self._url_of, ZoneInfo(settings.zone))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI entry, for HTTP requests."""
        path: str = scope["path"]
        if path.startswith(PREFIX):
            await _static(self._assets.at(path), scope)(scope, receive, send)
            return
        scope["renderer"] = self._renderer
        request = Request(scope, receive, database=self._database, settings=self._settings, tools=self._tools)
        request.read_choices()
        response = await self._answer(request)
        self._finish(request, response)
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        screen: Screen | None = None
        try:
            screen = self._find(request)
            request.visit.route = screen.name
            await self._recognise(request)
            if (elsewhere := self._must_go(request, screen.needs)) is not None:
                return leave_for(request, elsewhere)
            return await self._run(request, screen)
        except Problem as problem:
            _noted(request, problem)
            return self._render_problem(request, problem)
        except Exception:
            log.exception("A page failed", extra={"route": screen.path if screen else "?", "method": request.method})
            return self._render_problem(request, SomethingBroke())

    def _find(self, request: Request) -> Screen:
        method = "GET" if request.method == "HEAD" else request.method
        partial = False
        for route, screen in zip(self._router.routes, self._screens, strict=True):
            match, child = route.matches(request.scope)
            if match is Match.FULL and screen.method == method:
                request.scope.update(child)
                return screen
            partial = partial or match is not Match.NONE
        if partial:
            raise NotInThisWay(method=request.method)
        raise NoSuchPage

    async def _recognise(self, request: Request) -> None:
        request.visit.said = notes.unpack(request.cookie(cookies.SAID))
        cookie = request.cookie(cookies.SESSION)
        if cookie and self._find_session is not None:
            async with self._database.connection() as connection:
                request.visit.session = await self._find_session(connection, cookie)

    def _must_go(self, request: Request, needs: Permission) -> str | None:
        """Where somebody has to go first: to sign in, to prove themselves anew, or to choose a role.

        Raises:
            NotForThem: they may never use it.
        """
        if needs is PUBLIC:
            return None
        back = urlencode({"next": _whole_path(request)})
        session = request.visit.session
        if session is None:
            return f"{SIGN_IN}?{back}"
        if not allows(needs, session.role):
            if session.role is None:
                return f"{CHOOSE_ROLE}?{back}"
            raise NotForThem
        if session.assurance < _factors(needs, session) or (needs.fresh and not session.is_fresh(request.now)):
            return f"{STEP_UP}?{back}"
        return None

    async def _run(self, request: Request, screen: Screen) -> Response:
        if screen.method == "GET" or screen.for_programs:
            return await screen.handle(request)
        try:
            forgery.check_origin(request.headers, request.own)
            form = await request.read_form()
            request.visit.typed = typed(form)
            given = request.headers.get(forgery.HEADER) or request.visit.typed.get(forgery.FIELD, "")
            forgery.check_token(given, request.form_secret())
            if screen.form is None:
                return await screen.handle(request)
            return await screen.handle(request, filled(form, screen.form))
        except Problem as problem:
            if screen.again is None or request.htmx:
                raise
            request.visit.problem = problem
            _noted(request, problem)
            return await screen.again(request)

    def _render_problem(self, request: Request, problem: Problem) -> Response:
        request.visit.problem = problem
        template = "web/problem_part.html" if request.htmx else "web/problem.html"
        response = HTMLResponse(self._renderer.render(request, template, problem=problem), problem.http_status)
        if request.htmx:
            response.headers["HX-Retarget"] = "#said"
            response.headers["HX-Reswap"] = "innerHTML show:window:top"
        return response

    def _finish(self, request: Request, response: Response) -> None:
        """Headers and cookies that go with every page."""
        secure, visit = request.secure, request.visit
        for name, value in headers.of_page(secure=secure, personal=is_personal(request)).items():
            response.headers.setdefault(name, value)
        if (person := offline.whose(request)) is not None:
            response.headers[offline.PERSON] = person
        if visit.secret_is_new and visit.secret is not None:
            cookies.put(response, cookies.VISITOR, visit.secret, secure=secure)
        if visit.to_say is not None:
            cookies.put(response, cookies.SAID, notes.pack(visit.to_say), secure=secure, max_age_s=notes.KEPT_S)
        elif visit.said is not None and response.status_code == 200:
            cookies.drop(response, cookies.SAID, secure=secure)

    def _url_of(self, name: str, **parameters: object) -> str:
        return str(self._router.url_path_for(name, **parameters))

    def _route(self, screen: Screen) -> Route:
        return Route(screen.path, _never_called, methods=[screen.method], name=screen.name)


def _factors(needs: Permission, session: Session) -> int:
    """How many factors a page asks for: what its permission says; two wherever one acts in a role that needs care."""
    acts = needs.roles is not None and session.role is not None
    careful = acts and rules.load().roles[session.role or ""].careful
    return max(needs.assurance, 2 if careful else 1)


def _noted(request: Request, problem: Problem) -> None:
    session = request.visit.session
    who = Principal(session.person_ref, session.role or "") if session else None
    security.refused(problem, who, route=request.visit.route, network=request.network)


async def _never_called(request: PlainRequest) -> Response:
    """Routes only tell which screen is meant; `Site` runs it."""
    raise NotImplementedError


def _whole_path(request: Request) -> str:
    """Where to come back to: the page asked for; after a form, the page that held it."""
    if request.method in ("GET", "HEAD"):
        return f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path
    came_from = request.headers.get("referer", "")
    return came_from.removeprefix(request.own) if came_from.startswith(f"{request.own}/") else "/"


def _static(asset: Asset | None, scope: Scope) -> Response:
    if asset is None:
        return Response(status_code=404, headers=headers.ALWAYS)
    wants = dict(scope["headers"]).get(b"accept-encoding", b"")
    packed = asset.packed if b"gzip" in wants else None
    kept = {
        "cache-control": "public, max-age=31536000, immutable",
        "vary": "Accept-Encoding",
        "x-content-type-options": "nosniff",
        "cross-origin-resource-policy": "same-origin",
    }
    if packed is not None:
        kept["content-encoding"] = "gzip"
    return Response(packed or asset.body, media_type=asset.media, headers=kept)
