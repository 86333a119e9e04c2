"""Templates: Jinja2, escaped, undefined names are errors; one environment for each language.

In every template `_` puts a text into the language and `page` tells of the request. Macros that need the request take
`page` by name; so what they are given can be seen where they are used.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, PrefixLoader, StrictUndefined

from anlanh.access.accounts.model import Session
from anlanh.kernel import messages
from anlanh.kernel.problem import Problem
from anlanh.web import charts, forgery, maps
from anlanh.web.assets import Assets
from anlanh.web.icons import icon
from anlanh.web.permission import PUBLIC, allows
from anlanh.web.request import Request, Visit
from anlanh.web.screens import MenuItem
from anlanh.web.texts import LANGUAGES, shown


class Page:
    """What templates know of the request and of the site, under the name `page`."""

    def __init__(self, renderer: Renderer, request: Request) -> None:
        self._renderer = renderer
        self._request = request

    @property
    def visit(self) -> Visit:
        """Language, size of letters, and what went wrong with the form that is shown again."""
        return self._request.visit

    @property
    def session(self) -> Session | None:
        """Who is signed in."""
        return self._request.visit.session

    @property
    def path(self) -> str:
        """The path asked for; for the links that come back to it."""
        return self._request.url.path

    @property
    def here(self) -> str:
        """Path and query of a page that can be asked for again; the front page after a form was sent."""
        url = self._request.url
        return (f"{url.path}?{url.query}" if url.query else url.path) if self._request.method == "GET" else "/"

    @property
    def home(self) -> str:
        """Where the name of the site leads: to where this person begins, or to the front page."""
        return self._renderer.start_of(self.session) if self.session is not None else "/"

    @property
    def token(self) -> str:
        """The token that every form carries."""
        return forgery.token(self._request.form_secret())

    @property
    def menu(self) -> list[MenuItem]:
        """The parts of the site that this person may use."""
        return self._renderer.menu_of(self.session)

    def problem_of(self, field: str) -> bool:
        """Whether the form that is shown again was wrong in this field."""
        return self.visit.problem is not None and self.visit.problem.expression == field

    def value(self, field: str, otherwise: Any = "") -> Any:
        """What was typed into a field before, else the value given."""
        return self.visit.typed.get(field, otherwise)

    def url(self, name: str, **parameters: Any) -> str:
        """The address of a screen by its name: `page.url("ward.board", ward_id="w1")`."""
        return self._renderer.url_of(name, **parameters)


class Renderer:
    """Renders templates of all packages; `packages` are name to Python package."""

    def __init__(
        self,
        packages: Mapping[str, str],
        assets: Assets,
        menu: Sequence[MenuItem],
        url_of: Callable[..., str],
        zone: ZoneInfo,
    ) -> None:
        self.menu = menu
        self.url_of = url_of
        self.asset = assets.url
        loader = PrefixLoader({name: PackageLoader(package) for name, package in packages.items()})
        self._by_language = {each: _environment(loader, assets, each, zone) for each in LANGUAGES}

    def render(self, request: Request, template: str, **facts: Any) -> str:
        """The page in the request's language."""
        found = self._by_language[request.visit.language].get_template(template)
        return found.render(page=Page(self, request), **facts)

    def menu_of(self, session: Session | None) -> list[MenuItem]:
        """The parts of the site that this person may use, their own before those for everybody; before signing in, these."""
        if session is None:
            return [each for each in self.menu if each.needs is PUBLIC]
        allowed = (each for each in self.menu if allows(each.needs, session.role))
        return sorted(allowed, key=lambda each: each.needs is PUBLIC)

    def start_of(self, session: Session) -> str:
        """Where this person begins: the first part that is not for everybody, else the account."""
        own = (each.path for each in self.menu_of(session) if each.needs is not PUBLIC)
        return next(own, "/tai-khoan")


def _environment(loader: PrefixLoader, assets: Assets, language: str, zone: ZoneInfo) -> Environment:
    found = Environment(
        loader=loader,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    found.globals |= {
        "_": partial(shown, language=language),
        "language": language,
        "asset": assets.url,
        "icon": icon,
        "draw_trend": partial(charts.trend, language=language, zone=zone),
        "draw_bars": partial(charts.bars, language=language),
        "draw_columns": partial(charts.columns, language=language),
        "draw_map": partial(maps.drawn, language=language),
        "draw_values": partial(maps.of_values, language=language),
        "sparkline": partial(charts.sparkline, zone=zone),
    }
    found.filters |= {
        "day": partial(day, zone=zone),
        "moment": partial(moment, zone=zone),
        "number": partial(charts.number, language=language),
        "says": partial(says, language=language),
        "way_out": partial(way_out, language=language),
    }
    return found


def day(value: date | datetime | str, zone: ZoneInfo) -> str:
    """A date as people write it here: 23/11/2026. Of a FHIR date of a year or a month, as much as it says."""
    if isinstance(value, str):
        return "/".join(reversed(value[:10].split("-")))
    return (value.astimezone(zone) if isinstance(value, datetime) else value).strftime("%d/%m/%Y")


def moment(value: datetime, zone: ZoneInfo) -> str:
    """Time and date as people write them here: 14:05 23/11/2026."""
    return value.astimezone(zone).strftime("%H:%M %d/%m/%Y")


def says(problem: Problem, language: str) -> str:
    """What happened, in the language."""
    return messages.translate(problem.says, language, **problem.facts)


def way_out(problem: Problem, language: str) -> str:
    """The way out, in the language."""
    return messages.translate(problem.hint, language, **problem.facts) if problem.hint else ""
