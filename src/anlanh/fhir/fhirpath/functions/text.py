"""String manipulation.

FHIR: FHIRPath 2.0.0, section 5.6
Source: http://hl7.org/fhirpath/N1/#string-manipulation, http://hl7.org/fhirpath/#additional-string-functions
"""

from __future__ import annotations

import base64
import binascii
import html
import json
from collections.abc import Callable
from functools import lru_cache
from time import perf_counter
from typing import Any

import regex

from anlanh.fhir.fhirpath.context import MAX_TEXT, PATTERN_SECONDS, Env
from anlanh.fhir.fhirpath.functions.registry import KINDS, checked, on_items, on_one
from anlanh.fhir.fhirpath.problems import EvaluationProblem, TooCostly
from anlanh.fhir.fhirpath.values import Items, system

MAX_PATTERN = 2_000


def bounded(text: str) -> str:
    """The text, unless it is longer than an expression may make it.

    Raises:
        TooCostly: more than MAX_TEXT characters.
    """
    if len(text) > MAX_TEXT:
        raise TooCostly(f"texts may have {MAX_TEXT} characters")
    return text


@on_one("indexOf", "String", "String", result="Integer")
def index_of(text: str, part: str) -> int:
    return text.find(part)


@on_one("lastIndexOf", "String", "String", result="Integer")
def last_index_of(text: str, part: str) -> int:
    return text.rfind(part)


@on_one("substring", "String", "Integer", "Integer?", result="String")
def substring(text: str, start: int, length: int | None = None) -> str | None:
    if not 0 <= start < len(text):
        return None
    return text[start:] if length is None else text[start : start + max(0, length)]


@on_one("startsWith", "String", "String", result="Boolean")
def starts_with(text: str, prefix: str) -> bool:
    return text.startswith(prefix)


@on_one("endsWith", "String", "String", result="Boolean")
def ends_with(text: str, suffix: str) -> bool:
    return text.endswith(suffix)


@on_one("contains", "String", "String", result="Boolean")
def contains(text: str, part: str) -> bool:
    return part in text


@on_one("upper", "String", result="String")
def upper(text: str) -> str:
    return text.upper()


@on_one("lower", "String", result="String")
def lower(text: str) -> str:
    return text.lower()


@on_one("replace", "String", "String", "String", result="String")
def replace(text: str, pattern: str, substitution: str) -> str:
    if len(text) * (len(substitution) + 1) > MAX_TEXT * 10:
        raise TooCostly(f"texts may have {MAX_TEXT} characters")
    return bounded(text.replace(pattern, substitution))


@on_one("matches", "String", "String", "String?", result="Boolean", with_env=True)
def matches(env: Env, text: str, pattern: str, flags: str = "") -> bool:
    compiled = _pattern(pattern, flags)
    return _timed(env, lambda seconds: compiled.search(text, timeout=seconds)) is not None


@on_one("matchesFull", "String", "String", "String?", result="Boolean", with_env=True)
def matches_full(env: Env, text: str, pattern: str, flags: str = "") -> bool:
    compiled = _pattern(pattern, flags)
    return _timed(env, lambda seconds: compiled.fullmatch(text, timeout=seconds)) is not None


@on_one("replaceMatches", "String", "String", "String", "String?", result="String", with_env=True)
def replace_matches(env: Env, text: str, pattern: str, substitution: str, flags: str = "") -> str:
    if not pattern:
        return text
    compiled = _pattern(pattern, flags)
    template = _template(substitution)
    if len(text) * (len(substitution) + 1) > MAX_TEXT * 10:
        raise TooCostly(f"texts may have {MAX_TEXT} characters")
    return bounded(_timed(env, lambda seconds: compiled.sub(template, text, timeout=seconds)))


@on_one("length", "String", result="Integer")
def length(text: str) -> int:
    return len(text)


@on_one("toChars", "String", result="String")
def to_chars(text: str) -> list[str]:
    return list(text)


@on_one("trim", "String", result="String")
def trim(text: str) -> str:
    return text.strip()


@on_one("split", "String", "String", result="String")
def split(text: str, separator: str) -> list[str]:
    return text.split(separator) if separator else list(text)


@on_items("join", 0, 1, result="String", one=True)
def join(items: Items, separator: Items | None = None) -> Items:
    between = checked(separator or [], KINDS["String"], "String", "join") or ""
    texts = [text for item in items if type(text := system(item)) is str]
    if len(texts) != len(items):
        texts = [checked([item], KINDS["String"], "String", "join") or "" for item in items]
    return [bounded(between.join(texts))]


def _to_urlsafe(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode()


ENCODERS: dict[str, Callable[[bytes], str]] = {
    "hex": bytes.hex,
    "base64": lambda data: base64.b64encode(data).decode(),
    "urlbase64": _to_urlsafe,
}
DECODERS: dict[str, Callable[[str], bytes]] = {
    "hex": bytes.fromhex,
    "base64": lambda text: base64.b64decode(text, validate=True),
    "urlbase64": base64.urlsafe_b64decode,
}
ESCAPERS: dict[str, Callable[[str], str]] = {
    "html": lambda text: html.escape(text, quote=False).replace('"', "&quot;"),
    "json": lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
}
UNESCAPERS: dict[str, Callable[[str], str]] = {
    "html": html.unescape,
    "json": lambda text: str(json.loads('"' + text.replace('\\"', '"').replace('"', '\\"') + '"')),
}


@on_one("encode", "String", "String", result="String")
def encode(text: str, form: str) -> str | None:
    return bounded(ENCODERS[form](text.encode())) if form in ENCODERS else None


@on_one("decode", "String", "String", result="String")
def decode(text: str, form: str) -> str | None:
    if form not in DECODERS:
        return None
    try:
        return DECODERS[form](text).decode()
    except (ValueError, binascii.Error) as error:
        raise EvaluationProblem(f"decode() cannot read the text as {form}") from error


@on_one("escape", "String", "String", result="String")
def escape(text: str, form: str) -> str | None:
    return bounded(ESCAPERS[form](text)) if form in ESCAPERS else None


@on_one("unescape", "String", "String", result="String")
def unescape(text: str, form: str) -> str | None:
    if form not in UNESCAPERS:
        return None
    try:
        return UNESCAPERS[form](text)
    except ValueError as error:
        raise EvaluationProblem(f"unescape() cannot read the text as {form}") from error


@lru_cache(maxsize=2_000)
def _pattern(pattern: str, flags: str) -> Any:
    if len(pattern) > MAX_PATTERN:
        raise TooCostly(f"patterns may have {MAX_PATTERN} characters")
    options = regex.DOTALL | (regex.IGNORECASE if "i" in flags else 0) | (regex.MULTILINE if "m" in flags else 0)
    try:
        return regex.compile(pattern, options)
    except (regex.error, OverflowError, RecursionError) as error:
        raise EvaluationProblem(f"does not understand the regular expression {pattern[:80]!r}: {error}") from error


def _template(substitution: str) -> Callable[[Any], str]:
    """`$1` and `${name}` stand for groups, as in the PCRE that FHIRPath points to."""

    def text_for(hit: Any) -> str:
        def group(found: Any) -> str:
            name = found[1] or found[2]
            try:
                return hit[int(name) if name.isdigit() else name] or ""
            except (IndexError, KeyError):
                return str(found[0])

        return str(regex.sub(r"\$(?:(\d{1,2})|\{(\w+)\})", group, substitution))

    return text_for


def _timed(env: Env, search: Callable[[float], Any]) -> Any:
    """The result of a search, its time taken from what the evaluation has left for patterns."""
    begun = perf_counter()
    try:
        return search(max(env.pattern_seconds, 0.001))
    except TimeoutError:
        raise TooCostly(f"stopped its regular expressions after {PATTERN_SECONDS} s") from None
    finally:
        env.pattern_seconds -= perf_counter() - begun
