"""What one does with an account, for oneself or at a desk. Each is one unit of work."""

from __future__ import annotations

from anlanh.access.accounts import announcing, cards, ledger, passkeys, passwords, persons, sessions, slips
from anlanh.access.accounts.ledger import Place
from anlanh.access.accounts.model import Account, Session
from anlanh.access.accounts.problems import AccountClosed, LastWayIn
from anlanh.access.accounts.signing_in import Accounts
from anlanh.fhir.vn.systems import PERSONAL_ID
from anlanh.platform.work import Work
from anlanh.services.account import rules
from anlanh.services.account.model import NobodyWithNumber, NotYourself, Overview, Workplace


async def own_account(work: Work, session: Session) -> Account:
    """The account of who is signed in.

    Raises:
        AccountClosed: it was taken away meanwhile.
    """
    account = await ledger.of_id(work, session.account_id)
    if account is None:
        raise AccountClosed
    return account


async def workplaces(work: Work, accounts: Accounts, session: Session) -> list[Workplace]:
    """Where somebody may work now."""
    found = await ledger.assignments(work, session.account_id)
    return [
        Workplace(each, await persons.name_of(work, accounts.record, each.organization_ref) or each.organization_ref)
        for each in found
    ]


async def overview(work: Work, accounts: Accounts, session: Session) -> Overview:
    """Everything about one's own account."""
    account = await own_account(work, session)
    return Overview(
        name=await persons.name_of(work, accounts.record, session.person_ref),
        login=account.login,
        workplaces=await workplaces(work, accounts, session),
        devices=await sessions.devices(work, account.id),
        passkeys=await passkeys.kept(work, account.id),
        has_password=await passwords.has_password(work, account.id),
        has_app=await passwords.has_totp(work, account.id),
        events=await ledger.events(work, account.id, 20),
    )


async def take_off_passkey(work: Work, accounts: Accounts, session: Session, passkey_id: int, place: Place) -> None:
    """Take one of one's own passkeys off.

    Raises:
        LastWayIn: there would be no way left to sign in.
        NoSuchThing: it is not there.
    """
    mine = await passkeys.kept(work, session.account_id)
    password = await passwords.has_password(work, session.account_id)
    if not rules.may_lose_passkey(passkeys=len(mine), password=password, kind=session.kind):
        raise LastWayIn
    await passkeys.take_off(work, session.account_id, passkey_id)
    await announcing.happened(work, accounts.record, await own_account(work, session), "passkey-removed", place)


async def set_password(work: Work, accounts: Accounts, session: Session, password: str, place: Place) -> None:
    """Change one's own password; everybody else who is signed in to the account is signed out.

    Raises:
        PasswordTooWeak: it is guessed too soon.
    """
    account = await own_account(work, session)
    await passwords.set_password(work, account.id, password, account.login)
    await sessions.end_others(work, account.id, session.id)
    await announcing.happened(work, accounts.record, account, "password-set", place)


async def sign_out_others(work: Work, accounts: Accounts, session: Session, place: Place) -> int:
    """Sign out all of one's devices but this one; how many. Safe to repeat: the second time there are none."""
    count = await sessions.end_others(work, session.account_id, session.id)
    if count:
        await announcing.happened(work, accounts.record, await own_account(work, session), "devices-out", place)
    return count


async def person_at_desk(work: Work, accounts: Accounts, number: str) -> Account:
    """The account of the person with that personal number: of staff, if there is one; else of the citizen.

    Raises:
        NobodyWithNumber: nobody, or more than one.
        NotYourself: it is who asks.
    """
    workers = await persons.by_identifier(work, accounts.record, "Practitioner", PERSONAL_ID, number)
    known = [each for each in [await ledger.of_person(work, ref) for ref in workers] if each is not None]
    citizens = await persons.by_identifier(work, accounts.record, "Patient", PERSONAL_ID, number)
    if len(known) != 1 and len(citizens) != 1:
        raise NobodyWithNumber(expression="number")
    found = known[0] if len(known) == 1 else await ledger.citizen(work, citizens[0])
    if found.person_ref == work.principal.subject:
        raise NotYourself(expression="number")
    return found


async def issue_slip(
    work: Work, accounts: Accounts, session: Session, account: Account, document: str, place: Place
) -> str:
    """Give a slip to somebody whose `document` was looked at; what opens the account once, within the hour."""
    where = session.assignment.organization_ref if session.assignment else None
    secret = await slips.issue(work, account.id, "recovery", organization_ref=where, seen_document=document)
    by_ref = work.principal.subject
    await announcing.happened(work, accounts.record, account, "slip-issued", place, by_ref=by_ref)
    return secret


async def issue_card(work: Work, accounts: Accounts, session: Session, account: Account, pin: str, place: Place) -> str:
    """Give a card to a citizen, who has typed the PIN; what its QR code holds.

    Raises:
        PinNotGood: the PIN is too easy.
    """
    where = session.assignment.organization_ref if session.assignment else None
    held = await cards.issue(work, account.id, pin, organization_ref=where)
    by_ref = work.principal.subject
    await announcing.happened(work, accounts.record, account, "card-issued", place, by_ref=by_ref)
    return held
