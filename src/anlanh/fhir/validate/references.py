"""References: do they lead to something, and to something of the right type?

FHIR: Reference, DomainResource.contained
Source: https://hl7.org/fhir/R4/references.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from anlanh.fhir.validate.items import Item
from anlanh.fhir.validate.profiles import Profiles
from anlanh.fhir.validate.run import RESTFUL, Run, Scope

LINK_IN_NARRATIVE: Final = re.compile(r"""(?:href|src)=["'](#[A-Za-z0-9\-.]+)["']""")


def check(
    value: dict[str, Any], targets: tuple[str, ...], path: str, scope: Scope, run: Run, profiles: Profiles
) -> None:
    """A Reference: its target is there where it must be, and of one of the types allowed."""
    reference, declared = value.get("reference"), value.get("type")
    if isinstance(declared, str) and declared not in profiles.known.types and ":" not in declared:
        run.add("reference-type-unknown", f"{path}.type", found=declared)
    if not isinstance(reference, str):
        return
    if reference.startswith("#") and not scope.found(reference):
        run.add("contained-missing", path, found=reference)
        return
    found = profiles.resolved(Item(value, None, "Reference", path), scope)
    if not found:
        _without_target(reference, path, scope, run)
        return
    target = found[0]
    _check_resolution(reference, target, path, scope, run)
    if isinstance(declared, str) and declared in profiles.known.types and not profiles.is_a(target.type, declared):
        run.add("reference-type-differs", path, found=target.type, declared=declared)
    if targets and not any(profiles.is_a(target.type, each) for each in targets):
        run.add("target-type", path, found=target.type, wanted=", ".join(targets))
    written = RESTFUL.fullmatch(reference) or RESTFUL.fullmatch(f"http://x/{reference}")
    if written and target.value is not None and written[2] != target.type and written[2] in profiles.known.types:
        run.add("target-differs", path, found=target.type, reference=reference)


def _check_resolution(reference: str, target: Item, path: str, scope: Scope, run: Run) -> None:
    """More than one match in the Bundle cannot be told apart; one that must be there can be missing."""
    if reference.startswith("#"):
        return
    if len(scope.found(reference)) > 1:
        run.add("reference-ambiguous", path, found=reference, count=len(scope.found(reference)))
    elif target.value is None:
        _without_target(reference, path, scope, run)


def _without_target(reference: str, path: str, scope: Scope, run: Run) -> None:
    """Only one who can look, or who has all there is to see, can say that something is not there."""
    can_tell = run.options.fetch is not None or scope.root.bundle is not None
    if run.options.references != "ignore" and can_tell and ":" not in reference.partition("/")[0]:
        run.add("reference-unresolved", path, found=reference)


def check_contained(scope: Scope, run: Run) -> None:
    """Contained resources: an id each, referenced or referring (dom-3), no version (dom-4), no security (dom-5)."""
    contained = scope.resource.get("contained")
    if not isinstance(contained, list):
        return
    referred = set(_references(scope.resource))
    ids: set[str] = set()
    for index, each in enumerate(contained):
        if not isinstance(each, dict):
            continue
        path, its = f"{scope.path}.contained[{index}]", each.get("id")
        if not its:
            run.add("contained-without-id", path)
        elif its in ids:
            run.add("contained-id-twice", path, found=its)
        elif f"#{its}" not in referred and "#" not in set(_references(each)):
            run.add("contained-unused", path, found=its)
        ids.add(str(its))
        meta = each.get("meta")
        if isinstance(meta, dict) and ("versionId" in meta or "lastUpdated" in meta):
            run.add("contained-versioned", path)
        if isinstance(meta, dict) and "security" in meta:
            run.add("contained-labelled", path)


def _references(value: Any) -> Iterator[str]:
    """Every text in a resource that may be a reference within it."""
    pending = [value]
    while pending:
        found = pending.pop()
        if isinstance(found, dict):
            pending.extend(found.values())
        elif isinstance(found, list):
            pending.extend(found)
        elif isinstance(found, str) and found.startswith("#"):
            yield found
        elif isinstance(found, str) and found.startswith("<div"):
            yield from LINK_IN_NARRATIVE.findall(found)
