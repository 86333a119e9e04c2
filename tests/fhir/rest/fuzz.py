"""Requests that nobody would send on purpose: real names and values of FHIR, bent, mixed and broken."""

from __future__ import annotations

import copy
import json
from functools import cache
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import quote

from anlanh.fhir.model import definitions
from anlanh.fhir.search.parameters import Parameters

Resource = dict[str, Any]

TYPES = (
    "Patient",
    "Observation",
    "Encounter",
    "Condition",
    "ValueSet",
    "Location",
    "List",
    "Bundle",
    "Binary",
    "Claim",
)
METHODS = ("GET", "GET", "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "get", "BREW")
IDS = ("a", "fuzz-1", "A.b-9", "x" * 64, "x" * 65, "%00", "..", "á", "%2F", "_history", "$everything", "1")
ODD = (
    "", " ", "0", "-1", "²", "٣", "1e9", "1e999", "-1e-400", "NaN", "Infinity", "true", "null", "\x00", "%", "%zz", "\\", "\\,", "$",
    "|", "||", "a|", "|a", "a|b|c", ",", ",,,", "'", '"', ";--", "%s", "{}", "/", "Patient/", "Patient/a/_history/1", "urn:uuid:x",
    "http://", "http://[", "2024", "2024-13", "2024-02-30", "0000", "9999-12-31", "10000", "ge", "ge2024", "lt9999", "sa0001",
    "ap2024-01-01T00:00:00+99:99", "2024-01-01T24:00:00Z", "gt5.4|http://unitsofmeasure.org|mg", "5||[degF]", "ne1e300", "é" * 300,
    "\ud800", "😀", "a$b", "a$b$c", "http://loinc.org|8480-6$gt5", "*", "Patient:subject", "Observation:subject:Patient", "1|2|3|km",
    "W/\"1\"", "(", "name eq \"x\"", "name co", "not (a eq b) and", "application/fhir+xml", "_id", "-date", "-_lastUpdated,_id",
    "http://hl7.org/fhir/ValueSet/administrative-gender", "http://snomed.info/sct|123",
)  # fmt: skip
MODIFIERS = ("", "", "", ":exact", ":contains", ":missing", ":not", ":in", ":below", ":above", ":text", ":of-type",
             ":identifier", ":Patient", ":x", ":", ":iterate", ".name", ".subject.name", ":Patient.birthdate")  # fmt: skip
RESULT = ("_sort", "_count", "_include", "_revinclude", "_summary", "_elements", "_total", "_contained", "_format", "_pretty",
          "_type", "_cursor", "_filter", "_list", "_id", "_lastUpdated", "_text", "_content", "_tag", "_profile", "_security",
          "_source", "_since", "_at", "_has:Observation:patient:code", "_has:Observation", "_has:::", "near", "_query")  # fmt: skip
OPERATIONS = ("$validate", "$everything", "$meta", "$meta-add", "$lastn", "$expand", "$validate-code", "$lookup", "$document",
              "$stats", "$export", "$import", "$subsumes", "$translate", "$closure", "$x", "$", "$graph", "$viewdefinition-run",
              "$run", "$convert", "$match", "$diff", "$status", "$events", "$get-ws-binding-token")  # fmt: skip
MEDIA = ("application/fhir+json", "application/fhir+xml", "application/json", "text/json", "application/json-patch+json", "*/*",
         "text/html", "application/x-www-form-urlencoded", "image/png", "application/fhir+json; charset=latin-1", "x", "")  # fmt: skip
HEADERS = {
    "accept": MEDIA,
    "content-type": MEDIA,
    "if-match": ('W/"1"', "1", "*", 'W/"99999999999"', 'W/"²"', ""),
    "if-none-match": ('W/"1"', "*", "x"),
    "if-none-exist": ("identifier=x", "", "_id=a", "x=y", "?identifier=a|b", "name=%zz"),
    "if-modified-since": ("Sat, 29 Oct 1994 19:43:31 GMT", "yesterday", "9", "Sat, 29 Oct 99999 19:43:31 GMT"),
    "prefer": ("return=minimal", "return=OperationOutcome", "handling=lenient", "respond-async", "return=x", "=;,"),
    "accept-language": ("vi", "en", "", "x" * 200, ";q=9"),
    "x-request-id": ("1", "é", "\x7f" * 70),
    "content-length": ("-1", "²", "x", "99999999999"),
    "authorization": ("", "Bearer", "Bearer x", "Bearer a.b.c", "Basic eDp5"),
}  # fmt: skip

_parameters = Parameters(definitions.load())
_names = {each: sorted(_parameters.of(each)) for each in TYPES}


def odd_text(dice: Random) -> str:
    """A text that is hardly ever right."""
    match dice.randrange(4):
        case 0:
            return "".join(dice.choices("az|,$\\:/.0-9 é", k=dice.randrange(12)))
        case 1:
            return "".join(
                chr(dice.choice((dice.randrange(128), dice.randrange(0x3000)))) for _ in range(dice.randrange(8))
            )
        case _:
            return dice.choice(ODD)


def query(dice: Random, resource_type: str) -> str:
    """A query string of real and invented parameters, some escaped and some not."""
    pairs = []
    for _ in range(dice.randrange(4)):
        names = dice.choice((_names[resource_type], _names[resource_type], RESULT, (odd_text(dice),)))
        value = odd_text(dice)
        escaped = quote(value.encode("utf-8", "surrogatepass")) if dice.random() < 0.8 else value
        pairs.append(f"{dice.choice(names)}{dice.choice(MODIFIERS)}={escaped}")
    return "&".join(pairs)


def path(dice: Random, resource_type: str) -> str:
    """A path below the base, most of them one that means something."""
    some_id = dice.choice((dice.choice(IDS), dice.choice(IDS), odd_text(dice)))
    operation = dice.choice(OPERATIONS)
    version = dice.choice(("1", "2", "0", "-1", "x", "99999999999999999999", "²", ""))
    return dice.choice(
        (
            "", "/", f"/{resource_type}", f"/{resource_type}", f"/{resource_type}/{some_id}", f"/{resource_type}/{some_id}",
            f"/{resource_type}/_search", "/_search", "/_history", "/metadata", f"/{resource_type}/_history",
            f"/{resource_type}/{some_id}/_history", f"/{resource_type}/{some_id}/_history/{version}",
            f"/{operation}", f"/{resource_type}/{operation}", f"/{resource_type}/{some_id}/{operation}",
            f"/Patient/{some_id}/{resource_type}", f"/Patient/{some_id}/*", f"/_bulk/{some_id}", f"/_bulk/{some_id}/x",
            f"/{some_id}", f"/{some_id}/{some_id}/{some_id}/{some_id}/{some_id}",
        )
    )  # fmt: skip


def headers(dice: Random) -> dict[str, str]:
    """Up to three headers, right and wrong."""
    names = dice.sample(sorted(HEADERS), dice.choice((0, 0, 1, 2, 3)))
    return {name: dice.choice(HEADERS[name]) for name in names}


@cache
def examples(folder: Path) -> list[Resource]:
    """Small official examples, one of each type."""
    found: dict[str, Resource] = {}
    for path in sorted(folder.glob("*.json")):
        if path.stat().st_size < 12_000:
            resource = json.loads(path.read_text(encoding="utf-8"))
            found.setdefault(resource["resourceType"], resource)
    return list(found.values())


def odd_value(dice: Random) -> Any:
    """A JSON value that is hardly ever right."""
    odd: tuple[Any, ...] = (
        odd_text(dice), odd_text(dice), None, True, 0, -1, 2**70, 1.5, 1e300, [], {}, [None], [[]], [{}], {"": ""}, {"reference": 1},
        {"resourceType": "Patient"}, {"url": "x", "valueString": 1}, {"reference": "Patient/a"}, "\u0001", "a\ud800b",
    )  # fmt: skip
    return dice.choice(odd)


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Every (container, key) of a JSON value."""
    found: list[tuple[Any, Any]] = []
    for key in list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        found.append((value, key))
        found += _places(value[key])
    return found


def mutated(dice: Random, originals: list[Resource]) -> Any:
    """An example with up to three places changed, moved, doubled or taken away."""
    resource: Any = copy.deepcopy(dice.choice(originals))
    for _ in range(dice.randrange(4)):
        places = _places(resource)
        if not places:
            break
        holder, key = dice.choice(places)
        match dice.choice(("set", "set", "delete", "copy", "rename", "wrap")):
            case "set":
                holder[key] = odd_value(dice)
            case "delete":
                del holder[key]
            case "copy":
                other, name = dice.choice(places)
                holder[key] = copy.deepcopy(other[name])
            case "rename" if isinstance(holder, dict):
                holder[dice.choice(("_" + str(key), str(key).upper(), "value", "extension", "é", ""))] = holder.pop(key)
            case _:
                holder[key] = [holder[key]] if not isinstance(holder[key], list) else {"value": holder[key]}
    return resource


def text_of(value: Any) -> bytes:
    """JSON as it could come over the wire, lone surrogates included."""
    return json.dumps(value).encode()


def bundle(dice: Random, originals: list[Resource]) -> Any:
    """A Bundle of requests, some of them possible."""
    entries = []
    for _ in range(dice.randrange(5)):
        request: Any = {"method": dice.choice(METHODS), "url": path(dice, dice.choice(TYPES)).removeprefix("/")}
        entry: Any = {
            "fullUrl": dice.choice(("urn:uuid:1", "urn:uuid:2", "http://test/fhir/Patient/a", "", "x")),
            "request": request,
        }
        if dice.random() < 0.6:
            entry["resource"] = mutated(dice, originals)
            kind = entry["resource"].get("resourceType")
            if dice.random() < 0.7:
                entry["request"] = (
                    {"method": "POST", "url": kind} if dice.random() < 0.5 else {"method": "PUT", "url": f"{kind}/a"}
                )
        if dice.randrange(4) == 0:
            name = dice.choice(("ifMatch", "ifNoneExist", "ifNoneMatch", "ifModifiedSince", "method", "url"))
            entry["request"][name] = odd_value(dice)
        entries.append(dice.choice((entry, entry, entry, entry, entry, {}, None, {"request": None}, odd_value(dice))))
    return {
        "resourceType": "Bundle",
        "type": dice.choice(("transaction", "batch", "batch", "history", "", None)),
        "entry": entries,
    }
