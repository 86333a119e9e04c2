"""What the Patients look like after a merge, and resources whose references lead elsewhere. Pure.

FHIR: Patient.link, Identifier.use, Reference
Source: https://hl7.org/fhir/patient-operation-merge.html
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from anlanh.access.identity.person import is_replaced
from anlanh.fhir.vn.systems import PERSONAL_ID

Resource = dict[str, Any]

FILLED = (
    "gender", "birthDate", "deceasedBoolean", "deceasedDateTime", "maritalStatus", "multipleBirthBoolean",
    "multipleBirthInteger", "managingOrganization", "address", "contact", "communication", "extension", "photo",
)  # fmt: skip
"""Elements that the target takes over where it has none."""
CHOICES = ("deceased", "multipleBirth")
GATHERED = ("telecom", "generalPractitioner")
"""Lists that grow by what they do not hold."""


def joined(target: Resource, source: Resource) -> Resource:
    """The target with what only the source knew. Identifiers of a system of which the target has an active one become old;
    the names of the source stay as old names, so that one is still found by them."""
    result = copy.deepcopy(target)
    result["identifier"] = list(_identifiers(result.get("identifier", []), source.get("identifier", [])))
    known = {_spelt(each) for each in result.get("name", [])}
    names = [each for each in source.get("name", []) if _spelt(each) not in known]
    result["name"] = [*result.get("name", []), *({**each, "use": "old"} if known else each for each in names)]
    for name in GATHERED:
        result[name] = [
            *result.get(name, []),
            *(each for each in source.get(name, []) if each not in result.get(name, [])),
        ]
    for name in FILLED:
        stem = next((each for each in CHOICES if name.startswith(each)), name)
        if name in source and not any(each.startswith(stem) for each in result):
            result[name] = source[name]
    result["link"] = list(_links(target, source))
    return {name: value for name, value in result.items() if value not in ([], None)}


def _identifiers(own: list[Resource], others: list[Resource]) -> Iterator[Resource]:
    yield from own
    held = {(each.get("system"), each.get("value")) for each in own}
    taken = {each.get("system") for each in own if each.get("use") != "old"}
    for each in others:
        if (each.get("system"), each.get("value")) not in held:
            yield {**each, "use": "old"} if each.get("system") in taken else each


def _spelt(name: Resource) -> tuple[Any, ...]:
    parts = [str(name.get("family", "")), *map(str, name.get("given", ()))]
    return tuple(" ".join([str(name["text"])] if "text" in name else parts).split())


def _links(target: Resource, source: Resource) -> Iterator[Resource]:
    pair = {f"Patient/{target['id']}", f"Patient/{source['id']}"}
    kept = [each for each in target.get("link", []) if each.get("other", {}).get("reference") not in pair]
    yield from kept
    for each in source.get("link", []):
        about = each.get("other", {}).get("reference", "")
        if about.startswith("RelatedPerson/") and each not in kept:
            yield each
    yield {"other": {"reference": f"Patient/{source['id']}"}, "type": "replaces"}


def replaced(source: Resource, target_id: str) -> Resource:
    """The source as it stays: not active, its identifiers old, and with nothing but the link to whom it is now."""
    result = copy.deepcopy(source)
    result["active"] = False
    result["link"] = [{"other": {"reference": f"Patient/{target_id}"}, "type": "replaced-by"}]
    if "identifier" in result:
        result["identifier"] = [{**each, "use": "old"} for each in result["identifier"]]
    return result


def with_link(result: Resource, target: Resource, source: Resource) -> Resource:
    """A result that the caller made, with the link that it must have, and no identifier lost."""
    made = copy.deepcopy(result)
    made["identifier"] = list(_identifiers(made.get("identifier", []), joined(target, source).get("identifier", [])))
    link = {"other": {"reference": f"Patient/{source['id']}"}, "type": "replaces"}
    made["link"] = [*(each for each in made.get("link", []) if each != link), link]
    return {name: value for name, value in made.items() if value != []}


def is_open(patient: Resource) -> bool:
    """Whether a Patient may take part in a merge."""
    return patient.get("active", True) is not False and not is_replaced(patient)


def replaced_by(patient: Resource) -> str:
    """The id of the Patient that it was closed in favour of; empty where there is none."""
    links = (each for each in patient.get("link", ()) if each.get("type") == "replaced-by")
    return next((str(each["other"].get("reference", "")).removeprefix("Patient/") for each in links), "")


def numbers_clash(one: Resource, two: Resource) -> bool:
    """Whether each has an active personal number, and none in common."""
    a, b = active_numbers(one), active_numbers(two)
    return bool(a and b and not a & b)


def active_numbers(patient: Resource) -> set[str]:
    """Personal numbers of a Patient that are not old."""
    return {
        str(each.get("value"))
        for each in patient.get("identifier", ())
        if each.get("system") == PERSONAL_ID and each.get("use") != "old"
    }


def survivor(one: Resource, two: Resource) -> tuple[Resource, Resource]:
    """Of two Patients that are one person the one that stays, and the other: who has a personal number, then who has more
    identifiers, then who tells more, then the smaller id."""

    def rank(patient: Resource) -> tuple[int, int, int, str]:
        return -len(active_numbers(patient)), -len(patient.get("identifier", ())), -len(patient), str(patient["id"])

    first, second = sorted((one, two), key=rank)
    return first, second


def redirect(resource: Resource, source_id: str, target_id: str) -> bool:
    """Let every reference to the source lead to the target, in place; whether there was one. A reference to a version of
    the source leads to the target without a version: it has no such version."""
    return _redirect(resource, f"Patient/{source_id}", f"Patient/{target_id}")


def _redirect(element: Any, old: str, new: str) -> bool:
    changed = False
    if isinstance(element, list):
        for each in element:
            changed |= _redirect(each, old, new)
    elif isinstance(element, dict):
        reference = element.get("reference")
        if isinstance(reference, str) and (reference == old or reference.startswith(f"{old}/_history/")):
            element["reference"] = new
            changed = True
        for each in element.values():
            if isinstance(each, dict | list):
                changed |= _redirect(each, old, new)
    return changed


def reverted(before: Resource, after: Resource, now: Resource) -> Resource:
    """What a resource is without the change from `before` to `after`, keeping what was changed since.

    Element by element: one that nobody touched is as before; of a list the entries that came go and those that went come
    back; what was changed otherwise stays.
    """
    result: Resource = {}
    for name in dict.fromkeys((*before, *now)):
        if now.get(name) == after.get(name):
            value = before.get(name)
        elif isinstance(now.get(name, []), list) and isinstance(before.get(name, []), list):
            value = _unlisted(before.get(name, []), after.get(name, []), now.get(name, []))
        else:
            value = now.get(name)
        if value not in (None, []):
            result[name] = value
    return result


def _unlisted(before: list[Any], after: list[Any], now: list[Any]) -> list[Any]:
    kept = [each for each in now if each not in after or each in before]
    return [*kept, *(each for each in before if each not in after and each not in kept)]
