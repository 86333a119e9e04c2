"""What becomes of a resource when a later message speaks of it: what is told replaces, what is not told stays.

Lists that gather facts over time (identifiers, places of a stay, results of a report) grow; what a patient or another
system has said is not wiped out because a laboratory does not know it. A message that is older than what it speaks of
only fills what is empty.

FHIR: update, meta.source
Source: HL7 v2.8.2 section 2.10.4 (snapshot mode), weakened to "absent is not known"
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from anlanh.kernel.vn.fold import fold

Resource = dict[str, Any]

PROTOCOLS = ("hl7v2", "cda", "document", "file")
GROWING: dict[str, tuple[str, ...]] = {
    "identifier": ("system", "value"),
    "link": ("other", "type"),
    "result": ("reference",),
    "diagnosis": ("condition",),
    "participant": ("type", "individual", "actor"),
    "location": ("location",),
    "basedOn": ("reference",),
    "generalPractitioner": ("reference",),
    "extension": ("url",),
    "contact": ("name", "relationship"),
    "content": ("attachment",),
}
"""Lists of resources that grow, and what tells two of their elements apart."""

CHOICES = ("value", "effective", "performed", "occurrence", "onset", "deceased", "multipleBirth", "medication")
"""Elements of which FHIR allows one type only; a new value of another type replaces the old."""
PLACES_LEFT = {"active": "completed", "planned": "planned"}


def source(sender: str, control_id: str, sent: str, protocol: str = "hl7v2") -> str:
    """Where a version of a resource comes from: sender, number and time (YYYYMMDDhhmmss) of a message (MSH-10, MSH-7),
    or of a document or file."""
    return f"urn:{protocol}:{quote(sender, safe='')}:{quote(control_id, safe='')}:{quote(sent, safe='')}"


def is_older(new: str, known: str) -> bool:
    """Whether the message of `new` was sent before that of `known`, by the same sender; unknown counts as no."""
    before, after = known.split(":"), new.split(":")
    if len(before) < len(["urn", "protocol", "sender"]) or before[1] not in PROTOCOLS:
        return False
    same = before[:3] == after[:3]
    return same and before[-1][:14].isdigit() and after[-1][:14].isdigit() and after[-1][:14] < before[-1][:14]


def merged(known: Resource, told: Resource) -> Resource:
    """The resource as it is from now on. `told["meta"]["source"]` says which message speaks."""
    older = is_older(told.get("meta", {}).get("source", ""), known.get("meta", {}).get("source", ""))
    result = dict(known)
    for name, value in told.items():
        if name in ("resourceType", "id", "meta"):
            continue
        if name in GROWING and isinstance(value, list) and isinstance(known.get(name), list):
            result[name] = _grown(name, known[name], value, older=older)
        elif not older:
            for other in _others(name, known):
                result.pop(other, None)
            result[name] = value
        elif name not in known and not _others(name, known):
            result[name] = value
    if "name" in known and "name" in told:
        result["name"] = _better_written(known["name"], result["name"])
    if not older and told.get("resourceType") == "Encounter":
        _leave(result, told)
    meta = {name: each for name, each in known.get("meta", {}).items() if name not in ("versionId", "lastUpdated")}
    result["meta"] = meta | ({} if older else told.get("meta", {}))
    return result


def differs(known: Resource, result: Resource) -> bool:
    """Whether anything but the source of the version has changed."""
    return {name: each for name, each in known.items() if name != "meta"} != {
        name: each for name, each in result.items() if name != "meta"
    }


def _grown(name: str, known: list[Any], told: list[Any], *, older: bool) -> list[Any]:
    parts = GROWING[name]
    places = {_same(parts, each): at for at, each in enumerate(known)}
    out = list(known)
    for each in told:
        at = places.get(_same(parts, each))
        if at is None:
            out.append(each)
        elif not older:
            out[at] = {**out[at], **each} if isinstance(out[at], dict) and isinstance(each, dict) else each
    return out


def _same(parts: tuple[str, ...], element: Any) -> str:
    return repr([element.get(part) for part in parts]) if isinstance(element, dict) else repr(element)


def _others(name: str, known: Resource) -> list[str]:
    """The other types of a choice that are there: valueString, when valueQuantity is told."""
    for stem in CHOICES:
        if name.startswith(stem) and name[len(stem) : len(stem) + 1].isupper():
            return [each for each in known if each != name and each.startswith(stem) and each[len(stem)].isupper()]
    return []


def _better_written(known: Any, told: Any) -> Any:
    """Names: what is told replaces, unless it is the same name in capitals, without its marks, or in another order."""
    if not (isinstance(known, list) and isinstance(told, list) and known and told):
        return told
    before, after = _written(known[0]), _written(told[0])
    same = sorted(fold(before).split()) == sorted(fold(after).split())
    return known if same and _care(before) >= _care(after) else told


def _written(name: Any) -> str:
    if not isinstance(name, dict):
        return ""
    parts = [name.get("family", ""), *name.get("given", ())]
    return " ".join(filter(None, parts)) or str(name.get("text", ""))


def _care(text: str) -> tuple[bool, bool]:
    """How carefully a name is written: with its marks, then in capitals and small letters."""
    return not text.isascii(), not text.isupper()


def _leave(result: Resource, told: Resource) -> None:
    """A patient is in one place: a stay that is told of another place has left those it was in."""
    here = {repr(each.get("location")) for each in told.get("location", [])}
    if not any(each.get("status") == "active" for each in told.get("location", [])):
        return
    result["location"] = [
        each
        if repr(each.get("location")) in here
        else each | {"status": PLACES_LEFT.get(each.get("status"), "completed")}
        for each in result["location"]
    ]
