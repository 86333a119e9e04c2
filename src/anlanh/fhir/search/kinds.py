"""What a value of a search parameter means, by the kind of the parameter: one function for each kind.

FHIR: search parameter types, modifiers
Source: https://hl7.org/fhir/R4/search.html#ptypes
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from anlanh.fhir.search import ranges
from anlanh.fhir.search.conditions import NOTHING, All, Any, Column, Condition, HasKey, InRange, Not, Text
from anlanh.fhir.search.criteria_text import split, unescape
from anlanh.fhir.search.extract import content_salt
from anlanh.fhir.search.keys import EXACT, IDENTIFIER, hash64, rid_of, token_query_key
from anlanh.fhir.search.leaves import VERSIONED, of_type_key, plain_phone
from anlanh.fhir.search.parameters import Parameter
from anlanh.fhir.search.paths import implied_systems, is_contact_point, is_name, is_single
from anlanh.fhir.search.problems import BadModifier, BadValue, TooMuch
from anlanh.kernel.vn.fold import fold, words

if TYPE_CHECKING:
    from anlanh.fhir.search.criteria import Criteria

FEW_OPTIONS = 200
"""So many identifiers or references, each of few resources, are still asked for by their index, with one plan for all."""
MOST_CODES = 20_000


def any_(conditions: Iterable[Condition]) -> Condition:
    """One of several; keys of several become one list of keys."""
    flat = list(conditions)
    if len(flat) == 1:
        return flat[0]
    keys = [each for each in flat if isinstance(each, HasKey)]
    if flat and len(keys) == len(flat):
        narrow = len(flat) <= FEW_OPTIONS and all(each.narrow for each in keys)
        return HasKey(tuple(dict.fromkeys(key for each in keys for key in each.keys)), narrow)
    return Any(tuple(flat))


MODIFIERS = {
    "token": ("missing", "text", "not", "above", "below", "in", "not-in", "of-type"),
    "string": ("missing", "exact", "contains"),
    "reference": ("missing", "identifier", "the name of a target type"),
    "uri": ("missing", "above", "below"),
    "composite": (),
    "special": (),
}


def bad_modifier(parameter: Parameter, modifier: str) -> BadModifier:
    """The modifier is none of those that the kind of parameter knows."""
    possible = ", ".join(f":{each}" for each in MODIFIERS.get(parameter.kind, ("missing",))) or "none"
    return BadModifier(modifier=modifier, name=parameter.code, kind=parameter.kind, possible=possible)


def _token(criteria: Criteria, parameter: Parameter, modifier: str, value: str) -> Condition:
    salts = [branch.path.salt for branch in parameter.branches]
    if modifier == "text":
        return Text(tuple(-b.path.id for b in parameter.branches), fold(unescape(value)), "starts")
    if modifier == "of-type":
        parts = [unescape(each) for each in split(value, "|")]
        if len(parts) != 3:
            raise BadValue(found=value, name=f"{parameter.code}:of-type", kind="token", wanted="system|code|value")
        return HasKey(tuple(of_type_key(salt, *parts) for salt in salts))
    if modifier in ("in", "above", "below"):
        return HasKey(_coded_keys(criteria, salts, modifier, unescape(value), parameter))
    if modifier:
        raise bad_modifier(parameter, modifier)
    parts = [unescape(each) for each in split(value, "|")]
    if len(parts) > 2 or not any(parts):
        raise BadValue(found=value, name=parameter.code, kind="token", wanted="code, system|code, |code or system|")
    system, code = (parts[0], parts[1] or None) if len(parts) == 2 else (None, parts[0])
    keys = [token_query_key(salt, system, code) for salt in salts]
    if system is None and code and (plain := plain_phone(code)) and plain != code:
        phones = [b.path for b in parameter.branches if is_contact_point(criteria.parameters.definitions, b.path)]
        keys += [token_query_key(path.salt, None, plain) for path in phones]
    if system and code:
        keys += _bare_code_keys(criteria, parameter, system, code)
    return HasKey(tuple(keys), narrow=parameter.code == "identifier" and bool(code))


def _bare_code_keys(criteria: Criteria, parameter: Parameter, system: str, code: str) -> list[int]:
    """Elements of type `code` are stored without a system; that of their value set is implied."""
    return [
        token_query_key(branch.path.salt, "", code)
        for branch in parameter.branches
        if system in implied_systems(criteria.parameters.definitions, branch.path)
    ]


def _coded_keys(
    criteria: Criteria, salts: list[int], modifier: str, value: str, parameter: Parameter
) -> tuple[int, ...]:
    if modifier == "in":
        pairs = list(criteria.terminology.codes_of(value))
    else:
        system, bar, code = value.partition("|")
        if not bar or not system or not code:
            raise BadValue(found=value, name=f"{parameter.code}:{modifier}", kind="token", wanted="system|code")
        pairs = list(getattr(criteria.terminology, modifier)(system, code))
    if len(pairs) > MOST_CODES:
        raise TooMuch(found=len(pairs), what="codes", limit=MOST_CODES)
    keys = [token_query_key(salt, system, code) for salt in salts for system, code in pairs]
    keys += [token_query_key(salt, "", code) for salt in salts for system, code in pairs]
    return tuple(keys)


def _reference(criteria: Criteria, parameter: Parameter, modifier: str, value: str) -> Condition:
    if modifier == "identifier":
        system, bar, code = value.partition("|")
        tokens = (
            token_query_key(b.path.salt ^ IDENTIFIER, system if bar else None, (code if bar else system) or None)
            for b in parameter.branches
        )
        return HasKey(tuple(tokens), narrow=True)
    if modifier and modifier not in criteria.parameters.definitions.types:
        raise bad_modifier(parameter, modifier)
    local = value.removeprefix(criteria.base + "/") if criteria.base else value
    local = VERSIONED.sub("", local)
    resource_type, slash, resource_id = local.partition("/")
    if modifier:
        if slash and resource_type != modifier:
            raise BadValue(found=value, name=f"{parameter.code}:{modifier}", kind="reference", wanted=f"{modifier}/id")
        texts = [f"{modifier}/{resource_id or resource_type}"]
    elif slash or ":" in local:
        texts = [local, value] if local != value else [local]
    else:
        texts = [f"{target}/{local}" for target in criteria._targets(parameter)] + [local]
    keys: list[int] = []
    for branch in parameter.branches:
        for text in texts:
            limited = (
                branch.targets and "/" in text and ":" not in text and text.partition("/")[0] not in branch.targets
            )
            if not limited:
                keys.append(branch.path.salt ^ hash64(text))
    person = next((hash64(text) for text in texts if text.startswith("Patient/")), None)
    return HasKey(tuple(keys), narrow=True, person=person)


def _string(criteria: Criteria, parameter: Parameter, modifier: str, value: str) -> Condition:
    if modifier == "exact":
        return HasKey(tuple(branch.path.salt ^ EXACT ^ hash64(value) for branch in parameter.branches))
    if modifier not in ("", "contains"):
        raise bad_modifier(parameter, modifier)
    text = fold(value)
    if not text:
        raise BadValue(found=value, name=parameter.code, kind="string", wanted="some letters")
    paths = tuple(branch.path.id for branch in parameter.branches)
    return Text(paths, text, "contains" if modifier else "starts", words=not modifier and _is_name(criteria, parameter))


def _is_name(criteria: Criteria, parameter: Parameter) -> bool:
    return any(is_name(criteria.parameters.definitions, branch.path) for branch in parameter.branches)


def _uri(criteria: Criteria, parameter: Parameter, modifier: str, value: str) -> Condition:
    salts = [branch.path.salt for branch in parameter.branches]
    if modifier in ("above", "below") and value.startswith("urn"):
        return NOTHING  # URNs have no hierarchy: https://hl7.org/fhir/R4/search.html#uri
    if modifier == "below":
        return Text(tuple(branch.path.id for branch in parameter.branches), value, "starts", raw=True)
    if modifier == "above":
        ends = [*range(1, len(value) + 1)]
        return HasKey(tuple(salt ^ hash64(value[:end]) for salt in salts for end in ends))
    if modifier:
        raise bad_modifier(parameter, modifier)
    return HasKey(tuple(salt ^ hash64(value) for salt in salts))


def _ranged(criteria: Criteria, parameter: Parameter, modifier: str, value: str) -> Condition:
    if modifier:
        raise bad_modifier(parameter, modifier)
    paths = tuple(branch.path.id for branch in parameter.branches)
    tests = ranges.comparisons(parameter.kind, parameter.code, value, criteria.zone)
    single = len(paths) == 1 and is_single(criteria.parameters.definitions, parameter.branches[0].path)
    return InRange(paths, tests, long=ranges.LONG[parameter.kind], single=single)


KINDS: dict[str, Callable[[Criteria, Parameter, str, str], Condition]] = {
    "token": _token,
    "reference": _reference,
    "string": _string,
    "uri": _uri,
    "date": _ranged,
    "number": _ranged,
    "quantity": _ranged,
}


def _by_id(criteria: Criteria, parameter: Parameter, modifier: str, options: list[str]) -> Condition:
    if modifier not in ("", "not"):
        raise bad_modifier(parameter, modifier)
    found = Column("rid", "=", tuple(rid_of(parameter.type, unescape(each)) for each in options))
    return Not(found) if modifier else found


def _by_last_updated(criteria: Criteria, parameter: Parameter, modifier: str, options: list[str]) -> Condition:
    if modifier:
        raise bad_modifier(parameter, modifier)
    return any_(ranges.last_updated(each, criteria.zone) for each in options)


def _by_words(criteria: Criteria, parameter: Parameter, modifier: str, options: list[str]) -> Condition:
    if modifier:
        raise bad_modifier(parameter, modifier)
    salt = content_salt(parameter.type, parameter.code)
    return any_(All(tuple(HasKey((salt ^ hash64(word),)) for word in words(unescape(each)))) for each in options)


def _near(criteria: Criteria, parameter: Parameter, modifier: str, options: list[str]) -> Condition:
    if modifier:
        raise bad_modifier(parameter, modifier)
    return any_(ranges.near(unescape(each)) for each in options)


SPECIAL: dict[str, Callable[[Criteria, Parameter, str, list[str]], Condition]] = {
    "_id": _by_id,
    "_lastUpdated": _by_last_updated,
    "_text": _by_words,
    "_content": _by_words,
    "near": _near,
}
"""Parameters that do not follow from their expression."""
