"""The registry of screens. Each package of pages has one; each route in it names the permission it needs.

    page = Pages("account", __package__)

    @page.get("/tai-khoan/thiet-bi", needs=SIGNED_IN)
    async def devices(request: Request) -> Response:
        return page.show(request, "devices.html", devices=...)

    @page.post("/tai-khoan/thiet-bi/dang-xuat", needs=SIGNED_IN, again=devices)
    async def sign_out(request: Request, form: SignOutForm) -> Response:
        ...
        return page.back_to(request, "account.devices", said=_("Signed out on {name}.", name=name))

Where a form meets a Problem, the screen `again` is shown with the problem above it and what was typed in its fields.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, get_type_hints

from starlette.responses import HTMLResponse, RedirectResponse, Response

from anlanh.web import headers
from anlanh.web.permission import Permission
from anlanh.web.request import Request
from anlanh.web.texts import Text

if TYPE_CHECKING:
    from anlanh.web.rendering import Renderer

Handler = Callable[..., Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Screen:
    """One route. `form` is the struct that a sent form is read into; `again` what is shown when it meets a Problem;
    `for_programs`: it reads what programs of others send, and no form of this site."""

    method: str
    path: str
    name: str
    needs: Permission
    handle: Handler
    form: type[Any] | None = None
    again: Handler | None = None
    for_programs: bool = False


@dataclass(frozen=True, slots=True)
class MenuItem:
    """A part of the site as the menu names it."""

    title: Text
    path: str
    icon: str
    needs: Permission


class Pages:
    """The screens of one package. `name` is also the folder under which its templates and static files are known."""

    def __init__(self, name: str, package: str) -> None:
        self.name = name
        self.package = package
        self.screens: list[Screen] = []
        self.menu: list[MenuItem] = []

    def get(self, path: str, *, needs: Permission) -> Callable[[Handler], Handler]:
        """A screen that only shows."""
        return self._register("GET", path, needs, None)

    def post(self, path: str, *, needs: Permission, again: Handler | None = None) -> Callable[[Handler], Handler]:
        """What a form does. A second parameter `form`, annotated with a msgspec struct, gets the form's fields."""
        return self._register("POST", path, needs, again)

    def answer(self, path: str, *, needs: Permission) -> Callable[[Handler], Handler]:
        """What a program elsewhere sends to and gets an answer from: no form, no browser, so nothing that a browser proves.
        Never for what somebody who is signed in may do."""

        def register(handle: Handler) -> Handler:
            self.screens.append(
                Screen("POST", path, f"{self.name}.{handle.__name__}", needs, handle, for_programs=True)
            )
            return handle

        return register

    def in_menu(self, title: Text, path: str, icon: str, needs: Permission) -> None:
        """Name a screen in the menu of those who may use it."""
        self.menu.append(MenuItem(title, path, icon, needs))

    def show(
        self,
        request: Request,
        template: str,
        *,
        status: int | None = None,
        allow: Mapping[str, str] | None = None,
        **facts: Any,
    ) -> Response:
        """A page from a template of this package. `allow` adds to its content policy. Where the page is shown again
        because of a Problem, it has the Problem's status."""
        problem = request.visit.problem
        renderer: Renderer = request.scope["renderer"]
        return HTMLResponse(
            renderer.render(request, f"{self.name}/{template}", **facts),
            status or (problem.http_status if problem else 200),
            headers.of_page(secure=request.secure, personal=is_personal(request), allow=allow),
        )

    def back_to(self, request: Request, name: str, *, said: Text | None = None, **parameters: Any) -> Response:
        """Go on to another screen, by its name `package.function`, which shows `said`."""
        renderer: Renderer = request.scope["renderer"]
        return self.go(request, renderer.url_of(name, **parameters), said=said)

    def go(self, request: Request, path: str, *, said: Text | None = None) -> Response:
        """Go on to a path of this site, which shows `said`."""
        request.visit.to_say = said
        return leave_for(request, path)

    def _register(
        self, method: str, path: str, needs: Permission, again: Handler | None
    ) -> Callable[[Handler], Handler]:
        def register(handle: Handler) -> Handler:
            form = get_type_hints(handle).get("form")
            self.screens.append(Screen(method, path, f"{self.name}.{handle.__name__}", needs, handle, form, again))
            return handle

        return register


def is_personal(request: Request) -> bool:
    """Whether what is shown must not stay in a cache."""
    visit = request.visit
    return visit.session is not None or visit.secret is not None or visit.said is not None or visit.problem is not None


def leave_for(request: Request, path: str) -> Response:
    """Send the browser to another address; the whole page, even where htmx asked for a part."""
    if request.htmx:
        return Response(status_code=204, headers={"HX-Redirect": path})
    return RedirectResponse(path, 303)
