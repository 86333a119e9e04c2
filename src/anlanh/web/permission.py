"""What a person must be allowed to do to use a page. Every route names one; there is no default."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Permission:
    """`name` is `service.verb`; `roles` may use it, or EVERY_ROLE; `assurance` 2 asks for two factors; `fresh` for a proof
    of oneself within the last minutes (sensitive acts)."""

    name: str
    roles: frozenset[str] | None
    assurance: int = 1
    fresh: bool = False


EVERY_ROLE = None
"""Everyone who is signed in, even staff who have not chosen in which role they act."""

PUBLIC = Permission("public", EVERY_ROLE)
"""Everyone, signed in or not."""

SIGNED_IN = Permission("signed-in", EVERY_ROLE)
"""Everyone who is signed in."""


def allows(permission: Permission, role: str | None) -> bool:
    """Whether somebody who is signed in and acts in that role may use it."""
    return permission.roles is None or (role is not None and role in permission.roles)
