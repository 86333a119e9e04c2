"""Bytes to a tree of elements: what CDA needs of XML, and nothing that XML could do to a server.

A document type, entities, deep nesting and endless documents are refused. Names lose the namespace of CDA; those of its
extension keep `sdtc:`, others are left out with all they hold.

FHIR: none
Source: HL7 CDA R2 (urn:hl7-org:v3); https://owasp.org/www-community/vulnerabilities/XML_External_Entity_(XXE)_Processing
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NoReturn
from xml.parsers import expat

from anlanh.exchange.ccda.problems import NotCda

NAMESPACE = "urn:hl7-org:v3"
PREFIXES = {
    f"{NAMESPACE} ": "",
    "urn:hl7-org:sdtc ": "sdtc:",
    "http://www.w3.org/2001/XMLSchema-instance ": "xsi:",
}
OTHER = "\0"
"""The name of what is of no namespace that CDA has."""
DEEPEST = 100
MOST_ELEMENTS = 500_000


@dataclass(slots=True)
class Node:
    """An element. `parts`: its texts and elements, in order."""

    name: str
    attributes: dict[str, str]
    parts: list[Node | str] = field(default_factory=list)

    def get(self, name: str) -> str:
        """An attribute without space around it; "" when it is not there."""
        return self.attributes.get(name, "").strip()

    def children(self) -> Iterator[Node]:
        """The elements in it."""
        return (each for each in self.parts if isinstance(each, Node))

    def all(self, path: str) -> list[Node]:
        """Elements by a path of names such as `entry/act`, in document order."""
        found = [self]
        for name in path.split("/"):
            found = [child for each in found for child in each.children() if child.name == name]
        return found

    def one(self, path: str) -> Node | None:
        """The first of them."""
        return next(iter(self.all(path)), None)

    def text(self) -> str:
        """All text in it, with single spaces."""
        return " ".join("".join(self._texts()).split())

    def _texts(self) -> Iterator[str]:
        for each in self.parts:
            if isinstance(each, str):
                yield each
            else:
                yield from each._texts()
                yield " "


def parse(data: bytes) -> Node:
    """The ClinicalDocument in some bytes; their encoding is that of the XML declaration.

    Raises:
        NotCda: not well-formed, with a document type, too deep or too much, or something else than a ClinicalDocument.
    """
    tree = _Tree()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _no_document_type
    parser.EntityDeclHandler = _no_document_type
    parser.StartElementHandler = tree.start
    parser.EndElementHandler = tree.end
    parser.CharacterDataHandler = tree.say
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, LookupError, ValueError) as error:
        raise NotCda(why=f"the XML cannot be read ({str(error)[:80]})") from None
    found = next(tree.root.children(), None)
    if found is None or found.name != "ClinicalDocument":
        raise NotCda(why=f"its first element is not ClinicalDocument in the namespace {NAMESPACE}")
    return found


class _Tree:
    """The tree while it grows."""

    def __init__(self) -> None:
        self.root = Node("", {})
        self._open = [self.root]
        self._count = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if len(self._open) > DEEPEST or self._count > MOST_ELEMENTS:
            raise NotCda(why="it has too many elements, or too deep ones")
        node = Node(_name(name), {_name(each) if " " in each else each: text for each, text in attributes.items()})
        if node.name != OTHER:
            self._open[-1].parts.append(node)
        self._open.append(node)

    def end(self, name: str) -> None:
        self._open.pop()

    def say(self, text: str) -> None:
        self._open[-1].parts.append(text)


def _name(name: str) -> str:
    for prefix, short in PREFIXES.items():
        if name.startswith(prefix):
            return short + name[len(prefix) :]
    return OTHER


def _no_document_type(*_: object) -> NoReturn:
    raise NotCda(why="it has a document type or entities, which are not taken")
