"""One validation on its way: what is being looked at, what has been found, and how much work may still be done.

FHIR: Reference, Bundle.entry.fullUrl, DomainResource.contained
Source: https://hl7.org/fhir/R4/bundle.html#references, https://hl7.org/fhir/R4/references.html#contained
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal

from anlanh.fhir.fhirpath import Context
from anlanh.fhir.validate.issue import Issue

MOST_ISSUES: Final = 1000
MOST_STEPS: Final = 5_000_000
DEEPEST_PROFILES: Final = 60
RESTFUL: Final = re.compile(
    r"(https?://\S+?)/([A-Z][A-Za-z]+)/([A-Za-z0-9\-.]{1,64})(?:/_history/([A-Za-z0-9\-.]{1,64}))?"
)


ENTRY: Final = re.compile(r"\.entry\[(\d+)\]\.resource")


@dataclass(frozen=True, slots=True)
class Options:
    """What a validation should look at beyond the rules of FHIR.

    `references`: follow those out of the resource not at all, or see that they are there and of the right type, or see
    that what they lead to conforms. `comments` in JSON texts may be allowed. `displays`: severity of a display that is
    not the code system's. `now` is for invariants that ask for the time; `fetch` finds resources by reference.
    """

    best_practice: bool = False
    security: bool = False
    example_urls: bool = True
    publication: bool = False
    comments: bool = False
    references: Literal["ignore", "exist", "conform"] = "ignore"
    displays: Literal["error", "warning", "information"] = "warning"
    now: datetime | None = None
    fetch: Callable[[str], dict[str, Any] | None] | None = None


@dataclass(slots=True, eq=False)
class Scope:
    """A resource being validated and what it stands in: a container, an entry of a Bundle, or nothing."""

    resource: dict[str, Any]
    path: str
    container: Scope | None = None
    bundle: Scope | None = None
    full_url: str = ""
    entries: dict[str, list[tuple[dict[str, Any], str]]] | None = None
    contained: dict[str, list[tuple[dict[str, Any], str]]] | None = None
    context: Context | None = None
    element_ids: set[str] = field(default_factory=set)

    @property
    def root(self) -> Scope:
        """The scope of the resource that is not contained."""
        return self.container.root if self.container else self

    def inner(self, resource: dict[str, Any], path: str) -> Scope:
        """The scope of a resource at a location inside this one or inside its Bundle: contained, an entry, a part."""
        if path == self.path:
            return self
        bundle = self.root.bundle
        if bundle is not None and not path.startswith(f"{self.root.path}."):
            return bundle.inner(resource, path)
        if path.startswith(f"{self.path}.contained["):
            return Scope(resource, path, container=self, bundle=self.bundle, full_url=self.full_url)
        kind = self.resource.get("resourceType")
        entry = ENTRY.fullmatch(path, len(self.path)) if kind == "Bundle" and path.startswith(self.path) else None
        if entry is not None:
            url = self.resource["entry"][int(entry[1])].get("fullUrl")
            return Scope(resource, path, bundle=self, full_url=url if isinstance(url, str) else "")
        return Scope(resource, path, bundle=self if kind == "Parameters" else None)

    def entries_by_url(self) -> dict[str, list[tuple[dict[str, Any], str]]]:
        """For a Bundle: entries by fullUrl, also with the version where the resource has one."""
        if self.entries is None:
            self.entries = {}
            for index, each in enumerate(_list(self.resource.get("parameter"))):
                self._enter_parameter(each, f"{self.path}.parameter[{index}].resource")
            for index, entry in enumerate(_list(self.resource.get("entry"))):
                resource = entry.get("resource") if isinstance(entry, dict) else None
                if isinstance(resource, dict):
                    self._enter(entry, resource, f"{self.path}.entry[{index}].resource")
        return self.entries

    def _enter_parameter(self, parameter: Any, path: str) -> None:
        """A resource of a Parameters resource is found by its type and id."""
        resource = parameter.get("resource") if isinstance(parameter, dict) else None
        if isinstance(resource, dict) and self.entries is not None:
            url = f"{resource.get('resourceType')}/{resource.get('id')}"
            self.entries.setdefault(url, []).append((resource, path))

    def _enter(self, entry: dict[str, Any], resource: dict[str, Any], path: str) -> None:
        url = entry.get("fullUrl")
        if not isinstance(url, str) or self.entries is None:
            return
        meta = resource.get("meta")
        version = meta.get("versionId") if isinstance(meta, dict) else None
        for key in {url, f"{url}/_history/{version}"} if version else {url}:
            self.entries.setdefault(key, []).append((resource, path))

    def contained_by_id(self) -> dict[str, list[tuple[dict[str, Any], str]]]:
        """Contained resources by id; the resource itself by the empty id."""
        if self.contained is None:
            self.contained = {"": [(self.resource, self.path)]}
            for index, each in enumerate(_list(self.resource.get("contained"))):
                if isinstance(each, dict) and isinstance(each.get("id"), str):
                    self.contained.setdefault(each["id"], []).append((each, f"{self.path}.contained[{index}]"))
        return self.contained

    def found(self, reference: str) -> list[tuple[dict[str, Any], str]]:
        """The resources a reference leads to within the resource or its Bundle, with their locations."""
        root = self.root
        if reference.startswith("#"):
            return root.contained_by_id().get(reference[1:], [])
        if root.bundle is None:
            return []
        entries = root.bundle.entries_by_url()
        url = reference.partition("#")[0]
        if ":" not in url.partition("/")[0] and root.bundle.resource.get("resourceType") == "Bundle":
            base = RESTFUL.fullmatch(root.full_url)
            if base is None:
                return []
            url = f"{base[1]}/{url}"
        return entries.get(url, [])


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


@dataclass(slots=True, eq=False)
class Run:
    """The state of one validation.

    `conforming` remembers which values (by identity) conform to which profiles; while that is being found out, they are
    taken to conform."""

    options: Options
    issues: list[Issue] = field(default_factory=list)
    kept: Counter[bool] = field(default_factory=Counter)
    steps: int = MOST_STEPS
    following: list[tuple[int, str]] = field(default_factory=list)
    conforming: dict[tuple[int, str], bool] = field(default_factory=dict)
    _seen: set[tuple[str, str, str]] = field(default_factory=set)

    def add(self, rule: str, path: str, severity: str = "", /, **facts: object) -> None:
        """Note an issue once; of those that fail and of those that do not, MOST_ISSUES each are kept."""
        issue = Issue(rule, path, facts, severity)
        if self.kept[issue.fails] >= MOST_ISSUES:
            return
        key = (rule, path, issue.text)
        if key not in self._seen:
            self._seen.add(key)
            self.issues.append(issue)
            self.kept[issue.fails] += 1

    def spend(self, steps: int = 1) -> bool:
        """Count work; False when there has been too much, and the validation should wind up."""
        self.steps -= steps
        if self.steps < 0 and self.steps + steps >= 0:
            self.add("too-costly", "", limit=MOST_STEPS)
        return self.steps >= 0

    @contextmanager
    def aside(self) -> Iterator[list[Issue]]:
        """Gather issues apart: to try whether something conforms."""
        before = self.issues, self._seen, self.kept
        self.issues, self._seen, self.kept = [], set(), Counter()
        try:
            yield self.issues
        finally:
            self.issues, self._seen, self.kept = before

    @contextmanager
    def following_profile(self, value: object, profile: str) -> Iterator[bool]:
        """Whether a value may be checked against a profile now: not while it already is, and not too deep."""
        key = (id(value), profile)
        if key in self.following or len(self.following) >= DEEPEST_PROFILES:
            yield False
            return
        self.following.append(key)
        try:
            yield True
        finally:
            self.following.pop()
