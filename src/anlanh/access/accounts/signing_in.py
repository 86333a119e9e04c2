"""Signing in: from what somebody proved to a session. The ways differ in what they prove; the end is the same for all.

These functions run outside a transaction (`transaction=False`): each statement stands alone, so that a try that failed
stays counted, and what is good once is taken by one statement.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from anlanh.access.accounts import (
    announcing,
    attempts,
    cards,
    codes,
    ledger,
    oidc,
    passkeys,
    passwords,
    persons,
    sessions,
    slips,
)
from anlanh.access.accounts.ledger import Place
from anlanh.access.accounts.model import IDLE_DAYS, Account, Kind, MadeUp, Method, Session
from anlanh.access.accounts.oidc import Provider, Relying
from anlanh.access.accounts.passkeys import Party
from anlanh.access.accounts.problems import (
    AccountClosed,
    CannotTellWho,
    CodeReused,
    NoAssignment,
    NoRecordYet,
    NoStaffAccount,
    NotRecognised,
    UnknownProvider,
)
from anlanh.access.accounts.sender import KeepingSender, Sender
from anlanh.access.accounts.vault import Vault, hash_of
from anlanh.fhir.store.record import Record
from anlanh.platform.work import OPERATIONS, Principal, Work

SERVICE = Principal("service:accounts", "system", purpose=OPERATIONS)
"""Who looks people up before anybody is signed in."""


@dataclass(frozen=True)
class Accounts:
    """What signing in needs beside the database. One for each process, made by the composition root.

    `made_up`: by provider, people that pages list to sign in as; where there are any, codes are shown, not sent.
    """

    record: Record
    vault: Vault
    sender: Sender
    relying: dict[str, Relying]
    made_up: Mapping[str, Sequence[MadeUp]] = field(default_factory=dict)

    def provider(self, provider_id: str) -> Relying:
        """The provider of that id.

        Raises:
            UnknownProvider: there is none.
        """
        if provider_id not in self.relying:
            raise UnknownProvider
        return self.relying[provider_id]

    def providers(self, kind: Kind) -> list[Provider]:
        """The providers of citizens or of staff."""
        return [each.provider for each in self.relying.values() if each.provider.kind is kind]

    @property
    def shows_codes(self) -> bool:
        """Whether everybody here is made up, so that pages may show the codes sent to telephones."""
        return bool(self.made_up) and isinstance(self.sender, KeepingSender)


@dataclass(frozen=True, slots=True)
class Browser:
    """Where somebody signs in: the secret that only this browser has, the cookie of its session, the place, and the number
    by which the device is known again; None on a device that many share."""

    secret: str
    cookie: str | None
    place: Place
    device: str | None = None


@dataclass(frozen=True, slots=True)
class Proved:
    """Who came back from a provider, where they want to go, and whose session it proves anew, if it does."""

    account: Account
    method: Method
    next: str
    anew_id: int | None


async def by_provider(
    work: Work, accounts: Accounts, provider_id: str, answer: dict[str, str], redirect_uri: str, browser: Browser
) -> Proved:
    """Who came back from a provider with this answer in the address.

    Raises:
        FlowSpent, ProviderRefused, ProviderDown, UnknownProvider: nothing was proved.
        NoRecordYet, NoStaffAccount: it was, but the person is not known here.
    """
    relying = accounts.provider(provider_id)
    flow = await oidc.spend(work, provider_id, answer.get("state", ""), browser.secret)
    number = await relying.finish(flow, answer, redirect_uri=redirect_uri)
    provider = relying.provider
    kind = provider.kind
    resource_type = "Patient" if kind is Kind.CITIZEN else "Practitioner"
    found = await persons.by_identifier(work, accounts.record, resource_type, provider.identifier_system, number)
    if kind is Kind.CITIZEN:
        if len(found) != 1:
            raise NoRecordYet if not found else CannotTellWho
        account = await ledger.citizen(work, found[0])
        return Proved(account, Method.VNEID, flow.next, flow.account_id)
    staff = [each for each in [await ledger.of_person(work, ref) for ref in found] if each is not None]
    if len(staff) != 1:
        raise NoStaffAccount
    return Proved(staff[0], Method.ORGANISATION, flow.next, flow.account_id)


async def ask_code(work: Work, accounts: Accounts, phone: str, browser: Browser) -> str:
    """Have a code sent to a number, if it is one of the record; the ticket of `by_code`. Says nothing about who has it.

    Raises:
        TooManyTries: too many codes for this number or from this network.
    """
    known = await persons.by_phone(work, accounts.record, phone)
    return await codes.ask(
        work, accounts.vault, accounts.sender, phone, browser.secret, browser.place.network, known=bool(known)
    )


async def by_code(work: Work, accounts: Accounts, ticket: str, code: str, born: str, browser: Browser) -> Account:
    """The citizen with that telephone and birth date (`1985-03-05`).

    Raises:
        CodeSpent, NotRecognised: the telephone was not proved.
        CannotTellWho: it was, but nobody or more than one fits; tried too often, TooManyTries.
    """
    phone = await codes.check(work, accounts.vault, ticket, code, browser.secret)
    await attempts.count(work, accounts.vault, attempts.OF_ACCOUNT, "born", phone)
    found = [ref for ref, day in await persons.by_phone(work, accounts.record, phone) if day == born]
    if len(found) != 1:
        raise CannotTellWho(expression="born")
    await codes.spend(work, ticket)
    await attempts.forget(work, accounts.vault, "born", phone)
    return await ledger.citizen(work, found[0])


async def by_password(
    work: Work, accounts: Accounts, login: str, password: str, code: str | None, browser: Browser
) -> tuple[Account, Method]:
    """The member of staff with that password, and with the code of their app where they have one.

    Raises:
        TooManyTries: too many for this login name or from this network.
        NotRecognised: something is not right; not told what. Of a code that was used before the owner is told.
    """
    await attempts.count(work, accounts.vault, attempts.OF_ACCOUNT, "login", login.lower())
    network = ("network", attempts.network_of(browser.place.network))
    await attempts.count(work, accounts.vault, attempts.OF_NETWORK, *network)
    account = await ledger.of_login(work, login)
    right = await passwords.is_right(work, account.id if account else None, password)
    if account is None or not right:
        raise NotRecognised
    method = Method.PASSWORD
    if await passwords.has_totp(work, account.id):
        try:
            await passwords.check_totp(work, accounts.vault, account.id, code or "")
        except CodeReused as reused:
            once = f"{announcing.REUSED} {reused.facts['step']}"
            await announcing.happened(work, accounts.record, account, announcing.REUSED, browser.place, once=once)
            raise
        method = Method.PASSWORD_TOTP
    await attempts.forget(work, accounts.vault, "login", login.lower())
    await attempts.take_back(work, accounts.vault, *network)
    return account, method


async def by_passkey(work: Work, party: Party, answer: str, browser: Browser) -> Account:
    """Whoever the passkey is of.

    Raises:
        PasskeyNotAccepted: it proves nothing.
    """
    return await passkeys.use(work, party, answer, browser.secret)


async def by_card(work: Work, accounts: Accounts, scanned: str, pin: str, browser: Browser) -> Account:
    """The citizen with that card and PIN.

    Raises:
        TooManyTries, NotRecognised: see `cards.use`.
    """
    network = ("network", attempts.network_of(browser.place.network))
    await attempts.count(work, accounts.vault, attempts.OF_NETWORK, *network)
    account = await cards.use(work, accounts.vault, scanned, pin)
    await attempts.take_back(work, accounts.vault, *network)
    return account


async def by_slip(work: Work, accounts: Accounts, secret: str, browser: Browser) -> Account:
    """Whoever the slip is for; everybody else who is signed in to the account is signed out.

    Raises:
        SlipSpent, TooManyTries: it opens nothing.
    """
    network = ("network", attempts.network_of(browser.place.network))
    await attempts.count(work, accounts.vault, attempts.OF_NETWORK, *network)
    account = await slips.redeem(work, secret)
    await attempts.take_back(work, accounts.vault, *network)
    await sessions.end_others(work, account.id, None)
    return account


async def admit(work: Work, accounts: Accounts, account: Account, method: Method, browser: Browser) -> str:
    """Open a session for somebody who proved who they are; the cookie. Staff with one place of work act there at once.
    Of a device that is new to the account the owner is told.

    Raises:
        AccountClosed: closed, or closed now because it was not used for 45 days.
        NoAssignment: staff who work nowhere at this time.
    """
    if account.kind is Kind.STAFF and account.state == "active" and account.last_seen_at < work.at - IDLE_DAYS:
        await ledger.disable(work, account.id)
        await ledger.tell(work, account.id, "closed-idle", browser.place)
        raise AccountClosed
    if account.state != "active":
        raise AccountClosed
    places = await ledger.assignments(work, account.id) if account.kind is Kind.STAFF else []
    if account.kind is Kind.STAFF and not places:
        raise NoAssignment
    place = places[0] if len(places) == 1 else None
    what = f"in-{method.value}"
    async with work.connection.transaction():
        cookie = await sessions.start(work, account, method, place, browser.place, instead_of=browser.cookie)
        await work.connection.execute("update account set last_seen_at = $2 where id = $1", account.id, work.at)
        key = hash_of(browser.device) if browser.device else None
        new = await ledger.is_new_device(work, account.id, key) and what not in announcing.TOLD
        tell = announcing.NEW_DEVICE if new else None
        await announcing.happened(work, accounts.record, account, what, browser.place, tell=tell)
    await ledger.tidy(work)
    return cookie


async def prove_anew(work: Work, session: Session, account: Account, method: Method, browser: Browser) -> str:
    """Somebody who is signed in proved themselves anew; the new cookie.

    Raises:
        NotRecognised: it was somebody else.
        NoSuchThing: the session has ended meanwhile.
    """
    if account.id != session.account_id:
        raise NotRecognised
    cookie = await sessions.step_up(work, session, method)
    await ledger.tell(work, account.id, f"anew-{method.value}", browser.place)
    return cookie
