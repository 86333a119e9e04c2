"""A principal as the claims of a token, and back: what every module goes by, whoever issued the token.

Source: RFC 9068 (JWT profile for access tokens); SMART App Launch 2.2
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from anlanh.access.policy import rules
from anlanh.kernel.problem import Problem
from anlanh.platform.work import Principal


class UnknownRole(Problem):
    issue = "value"
    says = "There is no role {found!r}."
    hint = "Known roles: {known}."


class UnknownPurpose(Problem):
    issue = "value"
    says = "In the role {role} one does not act for the purpose {found!r}."
    hint = "Possible: {known}."


def principal(subject: str, role: str, *, purpose: str = "", **facts: Any) -> Principal:
    """Who acts, checked: a known role, and for a purpose that the role knows (its first, when none is named).

    Raises:
        UnknownRole, UnknownPurpose: not so.
    """
    roles = rules.load().roles
    if role not in roles:
        raise UnknownRole(found=role[:40], known=", ".join(roles))
    purposes = roles[role].purposes
    if purpose and purpose not in purposes:
        raise UnknownPurpose(role=role, found=purpose[:40], known=", ".join(purposes))
    return Principal(subject, role, purpose=purpose or purposes[0], **facts)


def claims_of(who: Principal) -> dict[str, Any]:
    """The claims that tell who acts; empty ones left out."""
    return {
        name: value
        for name, value in {
            "sub": who.subject,
            "role": who.role,
            "organizations": list(who.organizations),
            "patient": who.patient,
            "client_id": who.client,
            "scope": None if who.scopes is None else " ".join(who.scopes),
            "programmes": list(who.programmes),
            "acr": str(who.assurance),
            "purpose": who.purpose,
        }.items()
        if value not in ("", [], None)
    }


def of_claims(claims: Mapping[str, Any]) -> Principal | None:
    """Who acts, by checked claims; None when they tell nobody."""
    subject, role, scope = claims.get("sub"), claims.get("role"), claims.get("scope")
    if not isinstance(subject, str) or not isinstance(role, str):
        return None
    try:
        return principal(
            subject, role, purpose=str(claims.get("purpose", "")),
            organizations=tuple(claims.get("organizations", ())), patient=str(claims.get("patient", "")),
            client=str(claims.get("client_id", "")), scopes=None if scope is None else tuple(str(scope).split()),
            programmes=tuple(claims.get("programmes", ())), assurance=int(claims.get("acr", 1)),
        )  # fmt: skip
    except (Problem, ValueError, TypeError):
        return None
