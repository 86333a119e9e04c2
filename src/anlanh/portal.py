"""All services' pages as one site, with signing in; and where people are made up, the providers that know them."""

from __future__ import annotations

from starlette.types import Receive, Scope, Send

from anlanh.access.accounts import assembly, sessions
from anlanh.access.accounts.model import Session
from anlanh.access.identity import following
from anlanh.access.oauth.exchanging import Authority
from anlanh.fhir.store.record import Record
from anlanh.kernel.settings import Settings
from anlanh.platform import work as works
from anlanh.platform.database import Connection, Database
from anlanh.services.account import demo
from anlanh.services.account.service import SERVICE as ACCOUNT
from anlanh.services.authorisation.service import SERVICE as AUTHORISATION
from anlanh.services.declaration.service import SERVICE as DECLARATION
from anlanh.services.directory.service import SERVICE as DIRECTORY
from anlanh.services.exchange.service import SERVICE as EXCHANGE
from anlanh.services.identity.service import SERVICE as IDENTITY
from anlanh.services.knowledge.service import SERVICE as KNOWLEDGE
from anlanh.services.notify.service import SERVICE as NOTIFY
from anlanh.services.portal.service import SERVICE as PORTAL
from anlanh.services.privacy.service import SERVICE as PRIVACY
from anlanh.services.record.service import SERVICE as RECORD
from anlanh.web.site import Site

SERVICES = (
    PORTAL,
    RECORD,
    NOTIFY,
    DECLARATION,
    KNOWLEDGE,
    DIRECTORY,
    PRIVACY,
    IDENTITY,
    EXCHANGE,
    ACCOUNT,
    AUTHORISATION,
)
"""The services of this program, in the order of the menu."""

for _service in SERVICES:
    following.enter(_service.follows)


class Portal:
    """Everything that is neither the record nor for operators."""

    def __init__(self, site: Site, signing_in: assembly.SigningIn) -> None:
        self._site = site
        self._simulators = {each.path: each.app for each in signing_in.simulators}

    @classmethod
    async def open(cls, database: Database, record: Record, settings: Settings, authority: Authority) -> Portal:
        """The portal of a tenant."""
        citizens, staff = (demo.citizens(), demo.staff()) if settings.demo else ((), ())
        async with database.connection() as connection:
            signing_in = await assembly.assemble(settings, connection, record, citizens, staff)
        pages = [page for service in SERVICES for page in service.pages]
        return cls(Site(pages, database, settings, _find_session, (signing_in.accounts, authority)), signing_in)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI entry, for HTTP requests."""
        path: str = scope["path"]
        for prefix, app in self._simulators.items():
            if path.startswith(f"{prefix}/"):
                await app(scope, receive, send)
                return
        await self._site(scope, receive, send)


async def _find_session(connection: Connection, cookie: str) -> Session | None:
    return await sessions.of_cookie(connection, cookie, works.instant())
