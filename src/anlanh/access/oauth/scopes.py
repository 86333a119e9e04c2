"""Which scopes an app gets: never more than it asks for, than it is registered for, than the person's role may.

FHIR: SMART App Launch 2.2, scopes and launch context
Source: https://hl7.org/fhir/smart-app-launch/STU2.2/scopes-and-launch-context.html
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from urllib.parse import quote

from anlanh.access.policy import rules
from anlanh.access.policy import scopes as smart
from anlanh.access.policy.scopes import BadScope, Scope
from anlanh.fhir.search.criteria import Criteria
from anlanh.fhir.store.sight import Action
from anlanh.kernel.problem import Problem

OPENID, FHIR_USER, PROFILE = "openid", "fhirUser", "profile"
LAUNCH, LAUNCH_PATIENT, LAUNCH_ENCOUNTER = "launch", "launch/patient", "launch/encounter"
OFFLINE, ONLINE = "offline_access", "online_access"
INTROSPECTION = "introspection"
"""May ask what a token of any app is; for other servers that take this one's tokens."""

PLAIN = (OPENID, FHIR_USER, PROFILE, LAUNCH, LAUNCH_PATIENT, LAUNCH_ENCOUNTER, OFFLINE, ONLINE)
"""Scopes of people's apps that are not about resources."""

CHANGES: tuple[Action, ...] = ("c", "u", "d")
MOST = 100
"""Scopes in one request."""


def asked(text: str, registered: Sequence[str], levels: Sequence[str], plain: Sequence[str]) -> tuple[str, ...]:
    """The scopes of a request that the app may have, in the order asked for, each once; unknown ones are left out.

    >>> asked("patient/*.rs openid user/Patient.cruds x/y", ["openid", "patient/Observation.rs"], ["patient"], PLAIN)
    ('patient/Observation.rs', 'openid')
    """
    found: list[str] = []
    for each in text.split()[:MOST]:
        found += _within(each, registered, levels) if "/" in each and each not in PLAIN else []
        if each in plain and each in registered:
            found.append(each)
    return tuple(dict.fromkeys(found))


def for_role(scopes: Iterable[str], role: str) -> tuple[str, ...]:
    """These scopes without what no rule allows to the role. The rows are decided when they are asked for.

    >>> for_role(["patient/Observation.cruds", "openid"], "citizen")
    ('patient/Observation.rs', 'openid')
    """
    found = []
    for text in scopes:
        scope = smart.read(text)
        if scope is None:
            found.append(text)
            continue
        may = tuple(action for action in scope.may if _rules_for(role, scope.type, action))
        if may:
            found.append(text if may == scope.may else written(Scope(scope.level, scope.type, may, scope.query)))
    return tuple(dict.fromkeys(found))


def chosen(allowed: Sequence[str], kept: Iterable[str]) -> tuple[str, ...]:
    """Those of the scopes offered that somebody has left ticked; what is not about resources stays."""
    ticked = set(kept)
    return tuple(each for each in allowed if each in ticked or smart.read(each) is None)


def covers(granted: Iterable[str], wanted: Iterable[str]) -> bool:
    """Whether everything wanted has been granted already."""
    have = tuple(granted)
    return all(each in have or _within(each, have, ("patient", "user", "system")) == [each] for each in wanted)


def searchable(criteria: Criteria, text: str) -> bool:
    """Whether the search arguments of a scope can be searched with. A scope for all types takes only common ones."""
    scope = smart.read(text)
    if scope is None:
        return True
    try:
        for name, value in scope.query:
            if scope.type == "*" and not name.startswith("_"):
                return False
            criteria.condition("Basic" if scope.type == "*" else scope.type, name, value)
    except (Problem, KeyError):
        return False
    return True


def is_personal(scopes: Iterable[str]) -> bool:
    """Whether one patient has to be known: there is a scope on a patient's resources, or it is asked for outright."""
    return any(each.startswith("patient/") or each == LAUNCH_PATIENT for each in scopes)


def is_sensitive(scopes: Iterable[str]) -> bool:
    """Whether allowing it asks for two factors: it changes something, or goes on when nobody is there."""
    texts = tuple(scopes)
    read = [each for each in map(smart.read, texts) if each is not None]
    return OFFLINE in texts or any(action in CHANGES for each in read for action in each.may)


def written(scope: Scope) -> str:
    """A scope as SMART 2 writes it.

    >>> written(Scope("patient", "Observation", ("r", "s"), (("category", "vital-signs"),)))
    'patient/Observation.rs?category=vital-signs'
    """
    query = "&".join(f"{quote(name, safe=':_-')}={quote(value, safe=':/|,-._')}" for name, value in scope.query)
    return f"{scope.level}/{scope.type}.{''.join(scope.may)}{'?' if query else ''}{query}"


def _within(text: str, registered: Iterable[str], levels: Sequence[str]) -> list[str]:
    """The parts of one scope that are registered. A part that is the whole is written as it was asked for."""
    wanted = _read(text)
    if wanted is None or wanted.level not in levels:
        return []
    parts = [part for each in map(_read, registered) if each is not None and (part := _both(wanted, each)) is not None]
    if wanted in parts:
        return [text]
    return [written(part) for part in parts]


def _both(wanted: Scope, registered: Scope) -> Scope | None:
    """What is in both scopes; None: nothing."""
    if wanted.level != registered.level or (
        "*" not in (wanted.type, registered.type) and wanted.type != registered.type
    ):
        return None
    may = tuple(each for each in wanted.may if each in registered.may)
    query = (*wanted.query, *(each for each in registered.query if each not in wanted.query))
    narrower = registered.type if wanted.type == "*" else wanted.type
    return Scope(wanted.level, narrower, may, query) if may else None


def _read(text: str) -> Scope | None:
    try:
        return smart.read(text)
    except BadScope:
        return None


def _rules_for(role: str, resource_type: str, action: Action) -> bool:
    return any(
        (role in rule.roles or rule.roles == (rules.EVERYBODY,))
        and action in rule.may
        and (resource_type == "*" or resource_type in rule.types)
        for rule in rules.load().rules
    )
