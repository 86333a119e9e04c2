"""Decisions of this service: pure."""

from __future__ import annotations

from collections.abc import Callable

from anlanh.access.accounts.model import Kind, Method
from anlanh.access.accounts.passwords import LEAST, LONGEST, Strength
from anlanh.web.texts import Text, _

BROWSERS = (
    ("Edg/", "Edge"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("coc_coc_browser/", "Cốc Cốc"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)
"""What a browser says of itself, most telling first, and what people call it."""

METHODS: dict[Method, Text] = {
    Method.VNEID: _("with VNeID"),
    Method.PHONE: _("with a code by telephone"),
    Method.CARD: _("with a card and PIN"),
    Method.PASSKEY: _("with a passkey"),
    Method.PASSWORD: _("with a password"),
    Method.PASSWORD_TOTP: _("with a password and a code"),
    Method.ORGANISATION: _("with the account of one's organisation"),
    Method.RECOVERY: _("with a slip from a desk"),
}

EVENTS: dict[str, Text] = {
    **{f"in-{method.value}": _("Signed in") for method in Method},
    **{f"anew-{method.value}": _("Proved it is you") for method in Method},
    "passkey-added": _("Passkey added"),
    "passkey-removed": _("Passkey taken off"),
    "password-set": _("Password changed"),
    "app-added": _("App for codes added"),
    "device-out": _("Another device signed out"),
    "app-code-reused": _("A code of the app was given a second time and refused"),
    "devices-out": _("All other devices signed out"),
    "slip-issued": _("Slip given out at a desk"),
    "card-issued": _("Card given out at a desk"),
    "card-revoked": _("Card revoked"),
    "closed-idle": _("Account closed after 45 days without use"),
}
"""What happened to an account, as its owner reads it."""

ROLES: dict[str, Text] = {
    "citizen": _("Citizen"),
    "doctor": _("Doctor"),
    "nurse": _("Nurse"),
    "pharmacist": _("Pharmacist"),
    "technician": _("Technician"),
    "receptionist": _("Receptionist"),
    "cashier": _("Cashier"),
    "station-worker": _("Health station worker"),
    "surveillance-officer": _("Surveillance officer"),
    "director": _("Director"),
    "privacy-officer": _("Privacy officer"),
    "steward": _("Data steward"),
    "researcher": _("Researcher"),
}


def device_of(user_agent: str) -> str:
    """A device as people know it, from what its browser says.

    >>> device_of("Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/128.0 Mobile Safari/537.36")
    'Chrome, Android'
    """
    browser = next((name for sign, name in BROWSERS if sign in user_agent), "")
    system = next((name for sign, name in SYSTEMS if sign in user_agent), "")
    return ", ".join(each for each in (browser, system) if each) or "?"


def role_title(role: str) -> Text:
    """A role as people call it."""
    return ROLES.get(role, Text(role))


def event_title(what: str) -> Text:
    """What happened, as people call it."""
    return EVENTS.get(what, Text(what))


def event_about(what: str) -> Text | None:
    """In which way, where what happened is that somebody proved who they are."""
    kind, _dash, method = what.partition("-")
    return METHODS.get(Method(method)) if kind in ("in", "anew") and method in list(Method) else None


def ways_to_prove(kind: Kind, *, passkeys: bool, password: bool, app: bool) -> tuple[Method, ...]:
    """The ways in which somebody can prove themselves anew with two factors, best first."""
    own = (Method.PASSKEY,) if passkeys else ()
    if kind is Kind.CITIZEN:
        return (*own, Method.VNEID)
    return (*own, *((Method.PASSWORD_TOTP,) if password and app else ()), Method.ORGANISATION)


def may_lose_passkey(*, passkeys: int, password: bool, kind: Kind) -> bool:
    """Whether another way to sign in is left after one passkey is taken off. Citizens always have VNeID."""
    return kind is Kind.CITIZEN or passkeys > 1 or password


def of_strength(found: Strength) -> Text:
    """What is to be said of a password while it is typed."""
    return _STRENGTH[found.fault](found)


_STRENGTH: dict[str | None, Callable[[Strength], Text]] = {
    "short": lambda found: _("{count} of at least {least} signs.", count=found.length, least=LEAST),
    "long": lambda found: _("Longer than {most} signs.", most=LONGEST),
    "named": lambda found: _("Your login name is in it."),
    "guessed": lambda found: _("It would soon be guessed. Add one more word."),
    None: lambda found: _("Strong enough."),
}
"""One row for each fault."""
