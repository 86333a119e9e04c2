"""Writing: a resource in FHIR JSON shape to XML.

FHIR: XML representation of resources
Source: https://hl7.org/fhir/R4/xml.html
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from html.entities import name2codepoint
from typing import Any, Final
from xml.parsers import expat

from anlanh.fhir.model.xml import table
from anlanh.fhir.model.xml.problems import NotWritable, XmlTooLarge
from anlanh.fhir.model.xml.table import FHIR_NAMESPACE, MAX_DEPTH, NARRATIVE_RETURN, XHTML_NAMESPACE, Slot

NAMED_ENTITY: Final = re.compile(r"&([A-Za-z][A-Za-z0-9]*);")
XML_ENTITIES: Final = frozenset({"amp", "lt", "gt", "quot", "apos"})
UNWRITABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
ATTRIBUTE_ESCAPES: Final = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\t": "&#x9;", "\n": "&#xA;", "\r": "&#xD;"}
)


def to_xml(resource: dict[str, Any]) -> bytes:
    """Write one resource as UTF-8 XML, elements in the order of the definition, one line.

    Raises:
        NotWritable: a property, value or narrative that the type does not have.
    """
    parts: list[str] = ['<?xml version="1.0" encoding="UTF-8"?>']
    _write_resource(resource, parts, "", f' xmlns="{FHIR_NAMESPACE}"', 0)
    return "".join(parts).encode()


def _write_resource(resource: Any, parts: list[str], path: str, namespace: str, depth: int) -> None:
    name = resource.get("resourceType") if isinstance(resource, dict) else None
    if not isinstance(name, str) or not table.is_resource(name):
        raise NotWritable(what=f"The resource type {name!r}", expression=path or "Resource")
    parts.append(f"<{name}{namespace}>")
    _write_children(resource, name, parts, path or name, depth + 1)
    parts.append(f"</{name}>")


def _write_children(owner: dict[str, Any], type_name: str, parts: list[str], path: str, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise XmlTooLarge(limit=MAX_DEPTH, unit="levels", expression=path)
    slots = table.slots_of(type_name)
    found: dict[str, Slot] = {}
    for key in owner:
        name = key.removeprefix("_")
        slot = slots.get(name)
        if slot is not None and (key == name or slot.form == "primitive"):
            found[name] = slot
        elif key != "resourceType":
            raise NotWritable(what=f"The property '{key}' of {type_name}", expression=path)
    for slot in sorted(found.values(), key=lambda slot: slot.rank):
        if slot.form != "attribute":
            _write_slot(owner, slot, parts, f"{path}.{slot.name}", depth)


def _write_slot(owner: dict[str, Any], slot: Slot, parts: list[str], path: str, depth: int) -> None:
    value, extra = owner.get(slot.name), owner.get(f"_{slot.name}")
    write = _WRITERS[slot.form]
    if not slot.many:
        write(slot, value, extra, parts, path, depth)
        return
    if not isinstance(value, list | None) or not isinstance(extra, list | None):
        raise NotWritable(what=f"A single value for the list '{slot.name}'", expression=path)
    values, extras = value or [], extra or []
    for index in range(max(len(values), len(extras))):
        item = values[index] if index < len(values) else None
        extended = extras[index] if index < len(extras) else None
        write(slot, item, extended, parts, f"{path}[{index}]", depth)


def _write_primitive(slot: Slot, value: Any, extra: Any, parts: list[str], path: str, depth: int) -> None:
    attributes = "" if value is None else f' value="{_attribute(_lexical(value, path), path)}"'
    if extra is None:
        parts.append(f"<{slot.name}{attributes}/>")
        return
    if not isinstance(extra, dict):
        raise NotWritable(what=f"The value of '_{slot.name}'", expression=path)
    parts.append(f"<{slot.name}{_attributes(extra, 'Element', path)}{attributes}>")
    _write_children(extra, "Element", parts, path, depth + 1)
    parts.append(f"</{slot.name}>")


def _write_complex(slot: Slot, value: Any, extra: Any, parts: list[str], path: str, depth: int) -> None:
    if not isinstance(value, dict):
        raise NotWritable(what=f"The value of '{slot.name}'", expression=path)
    parts.append(f"<{slot.name}{_attributes(value, slot.type, path)}>")
    _write_children(value, slot.type, parts, path, depth + 1)
    parts.append(f"</{slot.name}>")


def _write_container(slot: Slot, value: Any, extra: Any, parts: list[str], path: str, depth: int) -> None:
    parts.append(f"<{slot.name}>")
    _write_resource(value, parts, path, "", depth + 1)
    parts.append(f"</{slot.name}>")


def _write_xhtml(slot: Slot, value: Any, extra: Any, parts: list[str], path: str, depth: int) -> None:
    """The narrative as written, once it is known to be one well-formed XHTML element."""
    if not isinstance(value, str):
        raise NotWritable(what="The narrative", expression=path)
    text = NAMED_ENTITY.sub(_character, value.strip())
    if XHTML_NAMESPACE not in text:
        text = text.replace("<div", f'<div xmlns="{XHTML_NAMESPACE}"', 1)
    if "<!DOCTYPE" in text:
        raise NotWritable(what="A narrative with a document type", expression=path)
    root: list[str] = []
    parser = expat.ParserCreate("utf-8", " ")
    parser.StartElementHandler = lambda name, attributes: root.append(name) if not root else None
    try:
        parser.Parse(text.encode(), True)
    except (expat.ExpatError, UnicodeEncodeError) as error:
        raise NotWritable(what="A narrative that is not well-formed XHTML", expression=path) from error
    if root != [f"{XHTML_NAMESPACE} div"] or text.startswith("<?"):
        raise NotWritable(what="A narrative that is not one XHTML div", expression=path)
    parts.append(text.replace("\r", NARRATIVE_RETURN))


_WRITERS: Final[dict[str, Callable[[Slot, Any, Any, list[str], str, int], None]]] = {
    "primitive": _write_primitive,
    "complex": _write_complex,
    "resource": _write_container,
    "xhtml": _write_xhtml,
}


def _attributes(owner: dict[str, Any], type_name: str, path: str) -> str:
    """The XML attributes of a complex value: Element.id, Extension.url."""
    return "".join(
        f' {name}="{_attribute(owner[name], path)}"'
        for name, slot in table.slots_of(type_name).items()
        if slot.form == "attribute" and name in owner
    )


def _attribute(text: Any, path: str) -> str:
    if not isinstance(text, str) or UNWRITABLE.search(text):
        raise NotWritable(what="A text with characters that XML does not have", expression=path)
    return text.translate(ATTRIBUTE_ESCAPES)


def _lexical(value: Any, path: str) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | Decimal | float):
        return str(value)
    raise NotWritable(what=f"A value of the kind {type(value).__name__}", expression=path)


def _character(entity: re.Match[str]) -> str:
    """An HTML entity as its character; those of XML stay."""
    name = entity[1]
    return entity[0] if name in XML_ENTITIES or name not in name2codepoint else chr(name2codepoint[name])
