"""The rules, roles, types, categories and masks as they stand in the tables beside this file.

Source: the `law` and `Source` lines of the tables
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any, cast

from anlanh.fhir.store.sight import Action, Mask

EVERYBODY = "*"
"""Everybody who is signed in."""

PUBLIC = "public"
"""The role of those who are not."""

NOT_PERSONAL = ("conformance", "directory", "machinery")
"""Groups of types that hold nobody's data."""

KINDS = frozenset(
    ("registered", "encounter", "appointment", "referral", "episode", "team", "consent", "parent", "delegate",
     "emergency", "reported", "research")
)  # fmt: skip
"""Kinds of relation between a person and whoever acts."""

WHOSE = frozenset(("all", "own", "mine", "nobody", "facility", "addressed"))
"""What else `where` knows."""


@dataclass(frozen=True, slots=True)
class Role:
    """A role; `purposes[0]` is why it acts by default. `careful`: it needs two factors;
    `exports`: it may take many records at once; `anonymous`: it is of those who have not signed in."""

    name: str
    vi: str
    en: str
    purposes: tuple[str, ...]
    careful: bool
    exports: bool
    anonymous: bool = False


@dataclass(frozen=True, slots=True)
class Category:
    """A sensitive category. `grown`: age in years from which parents do not see it by themselves."""

    name: str
    vi: str
    en: str
    labels: tuple[str, ...]
    grown: int


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of rules.toml, its groups of types replaced by the types. `purposes` empty: for any purpose."""

    id: str
    vi: str
    en: str
    roles: tuple[str, ...]
    may: tuple[Action, ...]
    types: frozenset[str]
    where: tuple[str, ...]
    purposes: tuple[str, ...]
    mask: Mask | None
    sensitive: str
    consent: bool
    law: str


@dataclass(frozen=True, slots=True)
class Policy:
    """All tables together. `personal`: types of resources that hold a person's data."""

    roles: Mapping[str, Role]
    groups: Mapping[str, frozenset[str]]
    categories: Mapping[str, Category]
    rules: tuple[Rule, ...]

    @property
    def personal(self) -> frozenset[str]:
        """Every type but those of the groups that hold nobody's data."""
        return frozenset().union(*(types for name, types in self.groups.items() if name not in NOT_PERSONAL))

    def rule(self, name: str) -> Rule | None:
        """The rule of that id."""
        return next((rule for rule in self.rules if rule.id == name), None)


@lru_cache(maxsize=1)
def load() -> Policy:
    """The policy as shipped. Cached.

    Raises:
        ValueError: a table names what another does not have; caught by the tests.
    """
    groups = {name: frozenset(types) for name, types in _table("types").items()}
    masks = {
        name: Mask(name, {kind: frozenset(each["keep"]) for kind, each in types.items()})
        for name, types in _table("masks").items()
    }
    roles = {
        name: Role(
            name,
            row["vi"],
            row["en"],
            tuple(row["purposes"]),
            row.get("careful", False),
            row.get("exports", False),
            row.get("anonymous", False),
        )
        for name, row in _table("roles").items()
    }
    categories = {
        name: Category(name, row["vi"], row["en"], tuple(row["labels"]), row["grown"])
        for name, row in _table("categories").items()
    }
    rules = tuple(_rule(row, groups, masks, roles) for row in _table("rules")["rule"])
    return Policy(roles, groups, categories, rules)


def _table(name: str) -> dict[str, Any]:
    return tomllib.loads(files("anlanh.access.policy").joinpath(f"{name}.toml").read_text("utf-8"))


def _rule(
    row: dict[str, Any], groups: Mapping[str, frozenset[str]], masks: Mapping[str, Mask], roles: Mapping[str, Role]
) -> Rule:
    known = frozenset().union(*groups.values())
    types = frozenset().union(*(groups.get(each, {each}) for each in row["types"]))
    wrong = [
        *sorted(types - known),
        *(each for each in row["roles"] if each != EVERYBODY and each not in roles),
        *(each for each in row["where"] if each not in KINDS and each not in WHOSE),
        *(each for each in row["may"] if each not in "cruds"),
        *([row["mask"]] if row.get("mask", "") not in ("", *masks) else []),
    ]
    if wrong:
        raise ValueError(f"the rule {row['id']} names what there is not: {', '.join(wrong)}")
    return Rule(
        row["id"], row["vi"], row["en"], tuple(row["roles"]), cast("tuple[Action, ...]", tuple(row["may"])), types,
        tuple(row["where"]), tuple(row.get("purposes", ())), masks.get(row.get("mask", "")),
        row.get("sensitive", "none"), row.get("consent", True), row.get("law", ""),
    )  # fmt: skip


def hidden(policy: Policy, rule: Rule, programmes: Iterable[str]) -> tuple[Category, ...]:
    """The sensitive categories that the rule does not open to one who treats these programmes."""
    match rule.sensitive:
        case "all" | "young":
            return ()
        case "programmes":
            treated = set(programmes)
            return tuple(each for name, each in policy.categories.items() if name not in treated)
        case _:
            return tuple(policy.categories.values())
