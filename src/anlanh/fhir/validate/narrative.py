"""The narrative of a resource: XHTML of the allowed kind, with content, without anything that could run.

FHIR: Narrative, invariants txt-1 and txt-2
Source: https://hl7.org/fhir/R4/narrative.html#xhtml
"""

from __future__ import annotations

from html.entities import name2codepoint
from typing import Any, Final
from xml.parsers import expat

from anlanh.fhir.validate.run import Run

XHTML: Final = "http://www.w3.org/1999/xhtml"
DEEPEST: Final = 200


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


ELEMENTS: Final = _words(
    """
    p br div h1 h2 h3 h4 h5 h6 a span b em i strong small big tt dfn q var abbr acronym cite blockquote hr address
    bdo kbd sub sup ul ol li dl dt dd pre table caption colgroup col thead tr tfoot tbody th td code samp img map
    area ins del s strike u center font
    """
)
ATTRIBUTES: Final = _words(
    """
    title style class id lang xml:lang xml:space dir accesskey tabindex span width align valign char charoff abbr axis
    headers scope rowspan colspan border frame rules cellspacing cellpadding summary xmlns
    """
)
OF_ELEMENT: Final = {
    "a": frozenset({"href", "name", "rel", "target", "rev", "charset", "type", "hreflang", "shape", "coords"}),
    "img": frozenset({"src", "alt", "longdesc", "height", "width", "usemap", "ismap", "name", "border"}),
    "map": frozenset({"name"}),
    "area": frozenset({"shape", "coords", "href", "alt", "nohref"}),
    "q": frozenset({"cite"}),
    "blockquote": frozenset({"cite"}),
    "ins": frozenset({"cite", "datetime"}),
    "del": frozenset({"cite", "datetime"}),
    "table": frozenset({"bgcolor"}),
    "tr": frozenset({"bgcolor"}),
    "td": frozenset({"bgcolor", "nowrap"}),
    "th": frozenset({"bgcolor", "nowrap"}),
    "font": frozenset({"color", "size", "face"}),
    "ol": frozenset({"start", "type"}),
    "ul": frozenset({"type"}),
    "li": frozenset({"value", "type"}),
    "hr": frozenset({"size", "noshade"}),
    "br": frozenset({"clear"}),
}
LINKS: Final = frozenset({"http", "https", "mailto", "tel", "ftp", "data", "cid", "#", ""})


class _Found(Exception):
    """Reading stops: the text is no XHTML."""


class _Reader:
    """One pass over a narrative."""

    def __init__(self, path: str, run: Run) -> None:
        self.path = path
        self.run = run
        self.open: list[str] = []
        self.content = False
        self.ids: set[str] = set()
        self.root = ""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if len(self.open) >= DEEPEST:
            raise _Found("nested too deeply")
        namespace, _, local = name.rpartition(" ")
        if not self.open:
            self.root = name
        self.open.append(local)
        if namespace != XHTML:
            self.run.add("narrative-namespace", self.path, found=namespace, element=local)
        elif local not in ELEMENTS:
            self.run.add("narrative-element", self.path, element=local)
        if local == "img":
            self.content = True
        for key, value in attributes.items():
            self._attribute(local, key.replace("http://www.w3.org/XML/1998/namespace ", "xml:"), value)

    def _attribute(self, element: str, name: str, value: str) -> None:
        if name not in ATTRIBUTES and name not in OF_ELEMENT.get(element, ()):
            self.run.add("narrative-attribute", self.path, attribute=name, element=element)
        if name == "href" and element == "a":
            scheme = value.partition(":")[0].lower() if ":" in value.partition("/")[0] else ""
            if scheme not in LINKS:
                self.run.add("narrative-link", self.path, scheme=scheme, found=value)

    def end(self, name: str) -> None:
        self.open.pop()

    def text(self, text: str) -> None:
        self.content = self.content or not text.isspace()


def check(value: Any, path: str, run: Run) -> None:
    """The div of a narrative: well-formed, one div, only allowed elements and attributes (txt-1), content (txt-2)."""
    if not isinstance(value, str):
        return
    reader = _Reader(path, run)
    parser = expat.ParserCreate("utf-8", " ")
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.SkippedEntityHandler = lambda name, _: _entity(name)
    try:
        _refuse_doctype(value)
        parser.Parse(value.strip().encode("utf-8", "replace"), True)
    except expat.ExpatError as error:
        entity = _named_entity(value, error)
        run.add("narrative-not-xhtml", path, reason=entity or expat.ErrorString(error.code))
        return
    except _Found as found:
        run.add("narrative-not-xhtml", path, reason=str(found))
        return
    if reader.root != f"{XHTML} div":
        run.add("narrative-root", path, found=reader.root.rpartition(" ")[2])
    if not reader.content:
        run.add("narrative-empty", path)


def languages_of(value: Any) -> list[str]:
    """The languages of the sections of a narrative: the divs right below its div that name one."""
    found: list[str] = []
    depth = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        language = attributes.get("lang") or attributes.get("http://www.w3.org/XML/1998/namespace lang")
        if depth == 2 and language and name.endswith("div"):
            found.append(language)

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1

    parser = expat.ParserCreate("utf-8", " ")
    parser.StartElementHandler, parser.EndElementHandler = start, end
    try:
        _refuse_doctype(str(value))
        parser.Parse(str(value).strip().encode("utf-8", "replace"), True)
    except (expat.ExpatError, _Found):
        return []
    return found


def check_languages(controls: list[str], value: Any, language: Any, path: str, run: Run) -> None:
    """What a profile wants of the languages of a narrative: `_no` sections, `_yes`, `_resource`, or those named."""
    found = languages_of(value)
    shown = ", ".join(found)
    wanted = {language if control == "_resource" else control for control in controls if control not in {"_no", "_yes"}}
    if "_no" in controls and found:
        run.add("narrative-languages-prohibited", path, found=shown)
    if "_no" not in controls and not found:
        run.add("narrative-languages-required", path)
    for each in sorted(str(each) for each in wanted - set(found) if found and each):
        run.add("narrative-language-missing", path, wanted=each, found=shown)


def _refuse_doctype(value: str) -> None:
    if "<!DOCTYPE" in value:
        raise _Found("a document type is not allowed")


def _entity(name: str) -> None:
    raise _Found(f"the entity &{name}; is not one of XML")


def _named_entity(value: str, error: expat.ExpatError) -> str:
    """Says which HTML entity it was that XML does not know."""
    if expat.ErrorString(error.code) != "undefined entity":
        return ""
    name = value.splitlines()[error.lineno - 1][error.offset :].partition(";")[0].lstrip("&") if value else ""
    code = name2codepoint.get(name)
    return f"the entity &{name}; is not one of XML" + (f", write &#{code};" if code else "")
