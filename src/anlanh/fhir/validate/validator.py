"""Full validation: a resource against FHIR R4, the profiles it claims, and one that the caller names.

FHIR: $validate
Source: https://hl7.org/fhir/R4/validation.html, https://hl7.org/fhir/R4/resource-operation-validate.html
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from anlanh.fhir.model.definitions import Definitions
from anlanh.fhir.validate import text
from anlanh.fhir.validate.coded import InTurn, Listed, Terminology
from anlanh.fhir.validate.invariants import Invariants
from anlanh.fhir.validate.issue import Issue
from anlanh.fhir.validate.items import Item
from anlanh.fhir.validate.plans import Plans
from anlanh.fhir.validate.profiles import Profiles
from anlanh.fhir.validate.pruning import pruned
from anlanh.fhir.validate.run import Options, Run, Scope
from anlanh.fhir.validate.snapshot import Snapshots
from anlanh.fhir.validate.structure import structure

DEFAULT: Final = Options()
DEEPEST: Final = 250
"""Levels of objects and arrays that a resource may have."""


class Validator:
    """Validates against one set of definitions. Not for use by several threads at once.

    `terminology` is asked what the definitions cannot tell (`served.Served` asks the platform's service).
    """

    def __init__(
        self, known: Definitions, extra: Iterable[dict[str, Any]] = (), *, terminology: Terminology | None = None
    ) -> None:
        self._known = known
        self._everywhere: dict[str, list[str]] = {}
        self._extra: dict[str, dict[str, Any]] = {}
        for resource in extra:
            self.add(resource)
        self.snapshots = Snapshots(self.find)
        listed = Listed(self.find)
        asked = listed if terminology is None else InTurn(listed, terminology)
        self._invariants = Invariants(known, asked)
        self._profiles = Profiles(known, self.find, self.snapshots, asked, self._invariants)
        self._invariants.conforms = self._conforms
        self._plans = Plans(self._profiles)

    def add(self, resource: dict[str, Any]) -> None:
        """Make a conformance resource known by its url, and the profiles that a guide wants for every such resource."""
        for rule in resource.get("global") or () if resource.get("resourceType") == "ImplementationGuide" else ():
            self._everywhere.setdefault(rule.get("type"), []).append(rule.get("profile"))
        url = resource.get("url")
        if isinstance(url, str):
            self._extra[url] = resource
            self._extra[f"{url}|{resource.get('version', '')}"] = resource

    def find(self, canonical: str) -> dict[str, Any] | None:
        """A conformance resource by canonical: of the packages given, or of FHIR itself."""
        url = canonical.partition("|")[0]
        for resource in (self._extra.get(canonical), self._known.resource(canonical), self._extra.get(url)):
            if resource is not None:
                return resource
        return self._known.resource(url)

    def validate(self, resource: Any, *, profile: str | None = None, options: Options = DEFAULT) -> list[Issue]:
        """All issues of a resource, those of its shape first; empty when there is nothing to say.

        `profile` is the canonical of a profile to validate against besides those in meta.profile.
        """
        run = Run(options)
        if _is_deeper(resource, DEEPEST):
            run.add("too-deep", "Resource")
            return run.issues
        for issue in structure(resource):
            run.add(issue.rule, issue.expression, issue.severity, **issue.facts)
        name = resource.get("resourceType") if isinstance(resource, dict) else None
        if not isinstance(name, str) or name not in self._known.types:
            return run.issues
        if run.issues:
            resource = pruned(resource, name, self._known)
        self._profiles.run = run
        scope = Scope(resource, name)
        try:
            self._plans.resource(scope, run)
            for each in self._everywhere.get(name, []) + ([profile] if profile else []):
                self._profiles.check(Item(resource, None, name, scope.path), each, scope)
        except RecursionError:
            run.add("too-deep", scope.path)
        return run.issues

    def validate_text(
        self, given: str, form: str = "json", *, profile: str | None = None, options: Options = DEFAULT
    ) -> list[Issue]:
        """All issues of a resource as text; `form` is json, xml or ndjson."""
        if form == "ndjson":
            found, issues = text.read_ndjson(given)
        else:
            json_text = form == "json"
            one, issues = (
                text.read_json(given, comments=options.comments) if json_text else text.read_xml(given.encode())
            )
            found = [] if one is None else [one]
        for resource in found:
            issues.extend(self.validate(resource, profile=profile, options=options))
        return issues

    def _conforms(self, value: Any, profile: str, scope: Scope) -> bool:
        type_name = str(value.get("resourceType", "Element")) if isinstance(value, dict) else "Element"
        return self._profiles.conforms(Item(value, None, type_name, scope.path), profile, scope)


def _is_deeper(value: Any, levels: int) -> bool:
    """Whether JSON is nested deeper than that many levels."""
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(levels):
        level = [
            inner
            for each in level
            for inner in (each.values() if type(each) is dict else each)
            if type(inner) is dict or type(inner) is list
        ]
        if not level:
            return False
    return True
