"""Functions that FHIR adds, and those of the environment: references, terminology, profiles, XHTML, clock.

FHIR: FHIR R4, additional functions; FHIRPath 2.0.0, section 5.9
Source: https://hl7.org/fhir/R4/fhirpath.html#functions, http://hl7.org/fhirpath/N1/#utility-functions
"""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree

from anlanh.fhir.fhirpath import temporal, types
from anlanh.fhir.fhirpath.context import Env
from anlanh.fhir.fhirpath.functions.registry import KINDS, checked, on_items, on_items_with_env
from anlanh.fhir.fhirpath.problems import EvaluationProblem
from anlanh.fhir.fhirpath.temporal import Temporal
from anlanh.fhir.fhirpath.values import TERMINOLOGIES, Element, Items, element, plain, system, type_of
from anlanh.fhir.model import definitions

_LOCAL = re.compile(r"(?:^|/)(?P<type>[A-Z][A-Za-z]+)/(?P<id>[A-Za-z0-9.-]{1,64})(?:/_history/[A-Za-z0-9.-]{1,64})?$")

XHTML = "{http://www.w3.org/1999/xhtml}"

XHTML_ELEMENTS = frozenset(
    [
        "a",
        "abbr",
        "acronym",
        "b",
        "big",
        "blockquote",
        "br",
        "caption",
        "cite",
        "code",
        "col",
        "colgroup",
        "dd",
        "dfn",
        "div",
        "dl",
        "dt",
        "em",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "i",
        "img",
        "li",
        "map",
        "area",
        "ol",
        "p",
        "pre",
        "q",
        "samp",
        "small",
        "span",
        "strong",
        "sub",
        "sup",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "tt",
        "u",
        "ul",
        "var",
        "bdo",
        "kbd",
        "ins",
        "del",
        "style",
    ]
)
"""Elements of XHTML chapters 7 to 11 and 15 that a narrative may use.

Source: https://hl7.org/fhir/R4/narrative.html#xhtml
"""
XHTML_ATTRIBUTES = frozenset(
    [
        "title",
        "style",
        "class",
        "id",
        "lang",
        "dir",
        "accesskey",
        "tabindex",
        "span",
        "width",
        "align",
        "valign",
        "char",
        "charoff",
        "abbr",
        "axis",
        "headers",
        "scope",
        "rowspan",
        "colspan",
        "name",
        "href",
        "rel",
        "rev",
        "charset",
        "hreflang",
        "type",
        "coords",
        "shape",
        "target",
        "src",
        "alt",
        "longdesc",
        "height",
        "usemap",
        "ismap",
        "cite",
        "summary",
        "border",
        "frame",
        "rules",
        "cellspacing",
        "cellpadding",
        "value",
        "start",
        "compact",
        "nowrap",
        "bgcolor",
        "datetime",
        "clear",
        "hspace",
        "vspace",
        "noshade",
        "size",
        "{http://www.w3.org/XML/1998/namespace}lang",
        "{http://www.w3.org/XML/1998/namespace}space",
    ]
)


@on_items_with_env("resolve")
def resolve(env: Env, items: Items) -> Items:
    out: Items = []
    for item in items:
        reference = _reference(item)
        found = None if reference is None else _resolved(env, reference)
        if found is not None:
            out.append(found)
    return out


@on_items_with_env("memberOf", 1, result="Boolean")
def member_of(env: Env, items: Items, value_set: Items) -> Items:
    url = checked(value_set, KINDS["String"], "String", "memberOf")
    if not items or url is None:
        return []
    if len(items) > 1:
        raise EvaluationProblem("memberOf() expects a single item")
    if env.context.terminology is None:
        raise EvaluationProblem("memberOf() needs a terminology, there is none here")
    return _known(env.context.terminology.member_of(plain(items[0]), url))


@on_items_with_env("subsumes", 1, 4, result="Boolean")
def subsumes(env: Env, items: Items, other: Items, *further: Items) -> Items:
    if items == [TERMINOLOGIES]:
        return _asked(env, "subsumes", (other, *further))
    if len(items) != 1 or len(other) != 1:
        return []
    if env.context.terminology is None:
        raise EvaluationProblem("subsumes() needs a terminology, there is none here")
    return _known(env.context.terminology.subsumes(plain(items[0]), plain(other[0])))


@on_items_with_env("subsumedBy", 1, result="Boolean")
def subsumed_by(env: Env, items: Items, other: Items) -> Items:
    return subsumes(env, other, items)


@on_items_with_env("conformsTo", 1, result="Boolean")
def conforms_to(env: Env, items: Items, profile: Items) -> Items:
    url = checked(profile, KINDS["String"], "String", "conformsTo")
    if not items or url is None:
        return []
    if len(items) > 1:
        raise EvaluationProblem("conformsTo() expects a single item")
    if env.context.conforms_to is not None:
        return [env.context.conforms_to(plain(items[0]), url)]
    definition = definitions.load().resource(url)
    if definition is None or definition["resourceType"] != "StructureDefinition":
        raise EvaluationProblem(f"does not know the profile {url}")
    if definition.get("derivation") == "constraint":
        raise EvaluationProblem("conformsTo() needs a validator for profiles, there is none here")
    return [type(items[0]) is Element and definition["type"] in items[0].type.ancestors]


@on_items("htmlChecks", result="Boolean", one=True)
def html_checks(items: Items) -> Items:
    texts = [_markup(item) for item in items]
    known = [text for text in texts if text is not None]
    return [all(map(is_narrative, known))] if known else []


def is_narrative(text: str) -> bool:
    """Whether the text is a div of the XHTML that a narrative may hold, with some content."""
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        return False
    try:
        # Without a document type there are no entities to expand.
        root = ElementTree.fromstring(text)  # noqa: S314
    except ElementTree.ParseError:
        return False
    has_content = bool("".join(root.itertext()).strip()) or root.find(f".//{XHTML}img") is not None
    return root.tag == XHTML + "div" and has_content and all(map(_is_allowed, root.iter()))


@on_items_with_env("now", result="DateTime")
def now(env: Env, _items: Items) -> Items:
    return [_instant(env)]


@on_items_with_env("today", result="Date")
def today(env: Env, _items: Items) -> Items:
    return [temporal.parse(_instant(env).text[:10], "Date")]


@on_items_with_env("timeOfDay", result="Time")
def time_of_day(env: Env, _items: Items) -> Items:
    return [temporal.parse(_instant(env).text[11:23], "Time")]


@on_items("type", result="")
def type_(items: Items) -> Items:
    return [type_of(item) for item in items]


@on_items("checkModifiers", 1, 20)
def check_modifiers(items: Items, *_allowed: Items) -> Items:
    for item in items:
        if type(item) is Element and type(item.value) is dict and "modifierExtension" in item.value:
            raise EvaluationProblem("checkModifiers() found a modifier extension")
    return items


def _terminology_operation(name: str, least: int, most: int) -> None:
    """A function of %terminologies: the operation of a terminology server of that name.

    Source: https://hl7.org/fhir/R4/fhirpath.html#txapi
    """

    def run(env: Env, items: Items, *arguments: Items) -> Items:
        if items != [TERMINOLOGIES]:
            raise EvaluationProblem(f"{name}() is a function of %terminologies")
        return _asked(env, name, arguments)

    on_items_with_env(name, least, most)(run)


_terminology_operation("expand", 1, 2)
_terminology_operation("lookup", 1, 2)
_terminology_operation("validateVS", 2, 3)
_terminology_operation("validateCS", 2, 3)
_terminology_operation("translate", 2, 3)


def _asked(env: Env, name: str, arguments: tuple[Items, ...]) -> Items:
    if env.context.terminology is None:
        raise EvaluationProblem(f"{name}() needs a terminology, there is none here")
    if not all(arguments):
        return []
    answer = env.context.terminology.operation(name, *(plain(argument[0]) for argument in arguments))
    return [] if answer is None else [element(answer)]


def _instant(env: Env) -> Temporal:
    if env.context.now is None:
        raise EvaluationProblem("needs the present instant, none was given")
    return temporal.from_instant(env.context.now)


def _known(answer: bool | None) -> Items:
    return [] if answer is None else [answer]


def _reference(item: Any) -> str | None:
    value = system(item)
    if type(value) is Element and type(value.value) is dict:
        value = value.value.get("reference")
    return value if type(value) is str else None


def _resolved(env: Env, reference: str) -> Element | None:
    root = env.context.resource if env.context.resource is not None else plain(env.root[0]) if env.root else None
    container = env.context.root_resource if env.context.root_resource is not None else root
    for holder in (root, container):
        found = _inside(holder, reference)
        if found is not None:
            return element(found)  # type: ignore[no-any-return]
    if env.context.resolver is not None:
        resource = env.context.resolver(reference)
        return None if resource is None else element(resource)
    hit = _LOCAL.search(reference)
    if hit is None or types.known(hit["type"]) is None:
        return None
    return element({"resourceType": hit["type"], "id": hit["id"]})  # type: ignore[no-any-return]


def _inside(holder: Any, reference: str) -> dict[str, Any] | None:
    if type(holder) is not dict:
        return None
    if reference.startswith("#"):
        if reference == "#":
            return holder
        return next((one for one in holder.get("contained", ()) if one.get("id") == reference[1:]), None)
    for entry in holder.get("entry", ()) if holder.get("resourceType") == "Bundle" else ():
        url, resource = entry.get("fullUrl", ""), entry.get("resource")
        if resource and (url == reference or url.endswith("/" + reference)):
            return resource  # type: ignore[no-any-return]
    return None


def _markup(item: Any) -> str | None:
    """The XHTML of a narrative; other texts are taken for the inside of its div."""
    text = system(item)
    if type(text) is not str:
        return None
    if type(item) is Element and item.type.name == "xhtml":
        return text
    return f'<div xmlns="http://www.w3.org/1999/xhtml">{text}</div>'


def _is_allowed(node: ElementTree.Element) -> bool:
    name = str(node.tag)
    return (
        name.startswith(XHTML)
        and name.removeprefix(XHTML) in XHTML_ELEMENTS
        and all(attribute in XHTML_ATTRIBUTES for attribute in node.attrib)
        and not str(node.get("href", "")).lower().lstrip().startswith("javascript:")
    )
