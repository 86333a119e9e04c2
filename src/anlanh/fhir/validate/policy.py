"""What a resource has to satisfy before it is written, type by type: a table that a site sets.

    Patient=vn,Observation=core,Basic=https://example.org/StructureDefinition/note,*=structure

`structure` is the shape that FHIR's JSON demands, `core` all rules of FHIR R4 and of the profiles that the resource
claims, `vn` these and the Vietnamese profile of the type (`core` for types that have none); a URL names a profile.

FHIR: conformance, validation
Source: https://hl7.org/fhir/R4/validation.html
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from anlanh.kernel.problem import Problem

STRUCTURE, CORE, VN = "structure", "core", "vn"
OTHERS = "*"


class BadPolicy(Problem):
    issue = "value"
    says = "The validation policy has {found!r}, which is no rule: {why}."
    hint = "Write for example ANLANH_VALIDATION='Patient=vn,Observation=core,*=structure'."


@dataclass(frozen=True, slots=True)
class Policy:
    """Rules by type. `others` is for the types not named."""

    rules: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    others: str = STRUCTURE

    def of(self, resource_type: str) -> str:
        """The rule for a type: `structure`, `core`, `vn` or the URL of a profile."""
        return self.rules.get(resource_type, self.others)


def read(text: str, types: Collection[str]) -> Policy:
    """The policy out of a setting; a rule without a type is for all types. `types` are the names of resource types.

    Raises:
        BadPolicy: a rule is not understood.
    """
    rules: dict[str, str] = {}
    for part in filter(None, map(str.strip, text.split(","))):
        name, mark, rule = part.partition("=") if not part.startswith("http") else ("", "", part)
        name, rule = (name.strip(), rule.strip()) if mark else (OTHERS, part)
        if name != OTHERS and name not in types:
            raise BadPolicy(found=part, why=f"{name!r} is no resource type of R4")
        if rule not in (STRUCTURE, CORE, VN) and ":" not in rule:
            raise BadPolicy(found=part, why="after = stands structure, core, vn or the URL of a profile")
        if name in rules:
            raise BadPolicy(found=part, why=f"there is a rule for {name} already")
        rules[name] = rule
    others = rules.pop(OTHERS, STRUCTURE)
    return Policy(MappingProxyType(rules), others)
