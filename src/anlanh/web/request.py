"""A request as pages see it: who sends it, in which language, and a way to a unit of work."""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar, get_origin, get_type_hints
from urllib.parse import urlsplit

import msgspec
import starlette.requests
from starlette.datastructures import FormData
from starlette.types import Message, Receive, Scope

from anlanh.access.accounts import model as accounts
from anlanh.access.accounts.model import Session
from anlanh.kernel.problem import Problem
from anlanh.kernel.settings import Settings
from anlanh.platform import work as works
from anlanh.platform.database import Database
from anlanh.platform.work import Occasion, Principal, Work
from anlanh.web.cookies import CHOICES, SESSION, VISITOR, name_of
from anlanh.web.texts import LANGUAGES, Text, shown

FORM_LIMIT = 10 * 1024 * 1024
"""Bytes of a form with files; without files they are 1/10 of it."""

NOBODY = Principal("visitor:web", "visitor")
"""Who acts on pages for everyone."""

F = TypeVar("F")


class FormTooLong(Problem):
    issue = "too-long"
    says = "The form holds more than {limit_mb} MB."
    hint = "Send a smaller file."


class FieldNotUnderstood(Problem):
    issue = "value"
    says = "One field is missing or is not in the form it should be."
    hint = "Look at the field that is marked, and send the form again."


class NotAForm(Problem):
    issue = "invalid"
    says = "The request does not hold a form that can be read."
    hint = "Load the page anew and send the form once more."


@dataclass(slots=True)
class Visit:
    """What is known of this one request beside HTTP. `elder`: large letters and few choices; `shared`: nothing is kept on
    this device; `device`: the number by which it is known again, where one signs in. `secret` ties forms to the browser;
    `problem` and `typed` are what went wrong with a form that is shown again, and what was typed into it; `said` is what the
    screen before wanted said, `to_say` what the next one is to say."""

    session: Session | None = None
    language: str = LANGUAGES[0]
    big: bool = False
    elder: bool = False
    shared: bool = False
    device: str | None = None
    secret: str | None = None
    secret_is_new: bool = False
    problem: Problem | None = None
    typed: Mapping[str, str] = field(default_factory=dict)
    said: Text | None = None
    to_say: Text | None = None
    route: str = ""


class Request(starlette.requests.Request):
    """One request. `visit` says who and how; `begin` opens a unit of work in their name."""

    def __init__(
        self, scope: Scope, receive: Receive, *, database: Database, settings: Settings, tools: Mapping[type, object]
    ) -> None:
        super().__init__(scope, receive)
        self._tools = tools
        self.database = database
        self.settings = settings
        self.visit = Visit()
        self.now = datetime.now(UTC)

    @property
    def own(self) -> str:
        """Scheme and host under which people reach this server, without a slash at the end."""
        found = urlsplit(self.settings.public_url or f"{self.url.scheme}://{self.headers.get('host', 'localhost')}")
        return f"{found.scheme}://{found.netloc}"

    @property
    def secure(self) -> bool:
        """Whether they reach it by https."""
        return self.own.startswith("https:")

    @property
    def htmx(self) -> bool:
        """Whether a part of a page is asked for, not a whole page."""
        return self.headers.get("hx-request") == "true"

    @property
    def network(self) -> str:
        """The address they come from, as the server sees it."""
        return self.client.host if self.client else ""

    @property
    def signed_in(self) -> Session:
        """The session of somebody who is signed in; only for pages that are not PUBLIC."""
        if self.visit.session is None:
            raise LookupError("a page for everyone has no session")
        return self.visit.session

    @property
    def principal(self) -> Principal:
        """Who acts: the one who is signed in, else NOBODY."""
        session = self.visit.session
        return accounts.principal_of(session) if session is not None and session.role else NOBODY

    def begin(
        self, purpose: str | None = None, *, transaction: bool = True, by: Principal | None = None
    ) -> AbstractAsyncContextManager[Work]:
        """A unit of work: `async with request.begin() as work`, for the purpose of the principal unless another is named.
        `by`: a part of the program acts, not the person."""
        who = by or self.principal
        occasion = Occasion(request=secrets.token_hex(8), interaction=self.visit.route, network=self.network)
        return works.begin(
            self.database, who, purpose or who.purpose, transaction=transaction, at=self.now, occasion=occasion
        )

    def tool(self, kind: type[F]) -> F:
        """What the process holds one of for pages, such as `Accounts`; the composition root hands it to the site."""
        found = self._tools[kind]
        assert isinstance(found, kind)
        return found

    def text(self, text: Text) -> str:
        """The text in the language of this request."""
        return shown(text, self.visit.language)

    def cookie(self, name: str) -> str | None:
        """One of the cookies of cookies.py."""
        return self.cookies.get(name_of(name, secure=self.secure))

    def form_secret(self) -> str:
        """What ties forms to this browser: the session's cookie, else a random one, made when first asked for."""
        visit = self.visit
        if visit.secret is None:
            visit.secret = self.cookie(SESSION) if visit.session else self.cookie(VISITOR)
        if visit.secret is None:
            visit.secret, visit.secret_is_new = secrets.token_urlsafe(24), True
        return visit.secret

    def read_choices(self) -> None:
        """Take language, size of letters, elder mode and whose device it is from the cookie; the rest of it is passed over."""
        chosen = (self.cookie(CHOICES) or "").split(".")
        self.visit.language = next((each for each in LANGUAGES if each in chosen), LANGUAGES[0])
        self.visit.elder = "elder" in chosen
        self.visit.big = self.visit.elder or "big" in chosen
        self.visit.shared = "shared" in chosen

    async def read_form(self) -> FormData:
        """The form as it was sent, no larger than the limits.

        Raises:
            FormTooLong, NotAForm: it cannot be read.
        """
        files = self.headers.get("content-type", "").startswith("multipart/")
        self._receive = _limited(self._receive, FORM_LIMIT if files else FORM_LIMIT // 10)
        try:
            return await self.form(max_files=20, max_fields=500, max_part_size=FORM_LIMIT // 10)
        except (starlette.requests.ClientDisconnect, ValueError):
            raise NotAForm from None
        except starlette.exceptions.HTTPException:
            raise NotAForm from None


def local(path: str | None, otherwise: str = "/") -> str:
    """A path of this site, for links that come from outside: never another site, never another scheme.

    >>> local("/ho-so?tab=1"), local("//evil.example"), local("https://evil.example"), local("/\\\\evil.example")
    ('/ho-so?tab=1', '/', '/', '/')
    """
    if not path or not path.startswith("/") or path[1:2] in ("/", "\\") or any(ord(c) < 32 for c in path):
        return otherwise
    return path


def typed(form: FormData) -> dict[str, str]:
    """The texts of a form, composed (NFC) and without blanks around them, as they are shown again."""
    return {name: unicodedata.normalize("NFC", value).strip() for name, value in form.items() if isinstance(value, str)}


def filled(form: FormData, kind: type[F]) -> F:
    """The form as a msgspec struct. A field left empty counts as not given; a list takes all values of its name.

    Raises:
        FieldNotUnderstood: a field is missing or has the wrong form; `expression` names it.
    """
    values: dict[str, Any] = {name: value for name, value in typed(form).items() if value}
    for name, hint in get_type_hints(kind).items():
        if get_origin(hint) in (list, tuple):
            values[name] = [value.strip() for value in form.getlist(name) if isinstance(value, str) and value.strip()]
        elif name in form and not isinstance(form[name], str):
            values[name] = form[name]
    try:
        return msgspec.convert(values, kind, strict=False)
    except msgspec.ValidationError as error:
        raise FieldNotUnderstood(expression=_field_of(str(error))) from None


def _field_of(message: str) -> str | None:
    """The field that msgspec complains about: "… missing required field `name`" or "… - at `$.name`"."""
    return message.rpartition("`$.")[2].rstrip("`").partition("[")[0] if "`$." in message else _quoted(message)


def _quoted(message: str) -> str | None:
    parts = message.split("`")
    return parts[1] if len(parts) > 1 else None


def _limited(receive: Receive, limit: int) -> Receive:
    received = 0

    async def limited() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > limit:
            raise FormTooLong(limit_mb=limit // (1024 * 1024))
        return message

    return limited
