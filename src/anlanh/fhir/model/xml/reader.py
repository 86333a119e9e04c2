"""Reading: XML to a resource in FHIR JSON shape, by one pass of expat over a stack of open elements.

FHIR: XML representation of resources
Source: https://hl7.org/fhir/R4/xml.html
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, cast
from xml.parsers import expat

from anlanh.fhir.model.xml import table
from anlanh.fhir.model.xml.problems import XmlFault, XmlTooLarge, XmlUnreadable
from anlanh.fhir.model.xml.table import FHIR_NAMESPACE, MAX_DEPTH, NARRATIVE_RETURN, XHTML_NAMESPACE, Slot

SCHEMA_INSTANCE: Final = "http://www.w3.org/2001/XMLSchema-instance"
MAX_BYTES: Final = 128 * 1024 * 1024

NUMBERS: Final = frozenset({"integer", "positiveInt", "unsignedInt", "decimal"})
WHOLE_NUMBER: Final = re.compile(r"0|-?[1-9][0-9]{0,1999}")
DECIMAL: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,3})?")
ATTRIBUTE_ESCAPES: Final = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\t": "&#x9;", "\n": "&#xA;", "\r": "&#xD;"}
)
TEXT_ESCAPES: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#xD;"})


def from_xml(data: bytes, faults: list[XmlFault] | None = None) -> dict[str, Any]:
    """Read one resource from UTF-8 XML into FHIR JSON shape.

    A primitive whose text does not fit its JSON type stays a string, for validation to name. With `faults` given, XML
    that is not FHIR is gathered there and skipped, so that a validator can report everything at once; `faults` then
    holds the expressions of the elements.

    Raises:
        XmlUnreadable: not well-formed, or with a document type or entities.
        XmlTooLarge: more than MAX_BYTES bytes or MAX_DEPTH levels.
        XmlFault: the first strange element, attribute, namespace, text or order, unless `faults` is given.
    """
    if len(data) > MAX_BYTES:
        raise XmlTooLarge(limit=MAX_BYTES, unit="bytes")
    return _Reader(data.removeprefix(b"\xef\xbb\xbf"), faults).read()


@dataclass(slots=True)
class Frame:
    """One open element: the JSON object being filled, the slots its children may take, where it goes when closed."""

    form: str
    slot: Slot
    index: int
    type: str
    slots: dict[str, Slot]
    value: dict[str, Any]
    literal: Any = None
    rank: int = -1
    sparse: tuple[str, ...] = ()


_NO_SLOT: Final = Slot("", 0, "root", "", False)


class _Reader:
    """The state of one reading: a stack of open elements, and where the narrative began."""

    def __init__(self, data: bytes, faults: list[XmlFault] | None) -> None:
        self.data = data
        self.faults = faults
        self.stack: list[Frame] = [Frame("root", _NO_SLOT, 0, "", {}, {})]
        self.skipping = 0
        self.narrative: list[str] | None = None
        self.narrative_depth = 0
        self.narrative_start = 0
        parser = self.parser = expat.ParserCreate("utf-8", " ")
        parser.buffer_text = True
        parser.ordered_attributes = False
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.CommentHandler = self._comment
        parser.StartDoctypeDeclHandler = _refuse_doctype(parser)

    def read(self) -> dict[str, Any]:
        try:
            self.parser.Parse(self.data, True)
        except expat.ExpatError as error:
            reason = expat.ErrorString(error.code) or "not well-formed"
            raise XmlUnreadable(reason=reason, line=error.lineno, column=error.offset) from error
        resource = self.stack[0].value.get("")
        if resource is None:
            raise XmlUnreadable(reason="no FHIR resource in it", line=1, column=0)
        return cast("dict[str, Any]", resource)

    def _path(self) -> str:
        """The FHIRPath location of the innermost open element."""
        steps = []
        for frame in self.stack[1:]:
            if frame.form in {"complex", "primitive", "resource"}:
                steps.append(f"{frame.slot.name}[{frame.index}]" if frame.slot.many else frame.slot.name)
            elif not steps:
                steps.append(frame.type)
        return ".".join(steps)

    def _fault(self, what: str) -> None:
        line = self.parser.CurrentLineNumber
        fault = XmlFault(what=what, line=line, type=self.stack[-1].type or "Resource", expression=self._path())
        if self.faults is None:
            raise fault
        self.faults.append(fault)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if len(self.stack) + self.skipping + self.narrative_depth > MAX_DEPTH:
            raise XmlTooLarge(limit=MAX_DEPTH, unit="levels", expression=self._path())
        if self.narrative is not None:
            self._start_xhtml(name, attributes)
            return
        if self.skipping:
            self.skipping += 1
            return
        namespace, _, local = name.rpartition(" ")
        frame = self.stack[-1]
        if frame.form in {"root", "resource"}:
            self._start_resource(namespace, local, attributes)
            return
        slot = frame.slots.get(local)
        expected = XHTML_NAMESPACE if slot is not None and slot.form == "xhtml" else FHIR_NAMESPACE
        if slot is None or slot.form == "attribute":
            self._fault(f"The element '{local}' is not known here")
            self.skipping = 1
            return
        if namespace != expected:
            self._fault(f"The element '{local}' is in the namespace '{namespace}', not '{expected}'")
            self.skipping = 1
            return
        self._open(frame, slot, attributes)

    def _open(self, frame: Frame, slot: Slot, attributes: dict[str, str]) -> None:
        present = slot.name in frame.value or f"_{slot.name}" in frame.value
        if slot.rank < frame.rank or (present and slot.many and slot.rank != frame.rank):
            self._fault(f"The element '{slot.name}' is out of order")
        elif present and not slot.many:
            self._fault(f"The element '{slot.name}' is given more than once")
        frame.rank = max(slot.rank, frame.rank)
        if slot.form == "xhtml":
            self.narrative, self.narrative_depth = [], 0
            self.narrative_start = self.parser.CurrentByteIndex
            self.stack.append(Frame("xhtml", slot, 0, "xhtml", {}, {}))
            self._start_xhtml(f"{XHTML_NAMESPACE} {slot.name}", attributes)
            return
        index = len(frame.value.get(slot.name, ())) if slot.many else 0
        opened = Frame(slot.form, slot, index, slot.type, table.children(slot), {})
        self.stack.append(opened)
        for name, text in attributes.items():
            self._take_attribute(opened, name, text)

    def _take_attribute(self, frame: Frame, name: str, text: str) -> None:
        if name == "value" and frame.form == "primitive":
            frame.literal = _literal(frame.type, text)
            return
        slot = (table.slots_of("Element") if frame.form == "primitive" else frame.slots).get(name)
        if slot is not None and slot.form == "attribute":
            frame.value[name] = text
        elif not name.startswith(SCHEMA_INSTANCE):
            self._fault(f"The attribute '{name.rpartition(' ')[2]}' is not known here")

    def _start_resource(self, namespace: str, local: str, attributes: dict[str, str]) -> None:
        parent = self.stack[-1]
        if namespace != FHIR_NAMESPACE:
            self._fault(f"The resource '{local}' is in the namespace '{namespace}', not '{FHIR_NAMESPACE}'")
        elif not table.is_resource(local):
            self._fault(f"'{local}' is not a type of resource")
        elif "" in parent.value:
            self._fault("There is more than one resource here")
        else:
            slot = Slot("", 0, "type", local, False)
            self.stack.append(Frame("type", slot, 0, local, table.slots_of(local), {"resourceType": local}))
            for name in attributes:
                if not name.startswith(SCHEMA_INSTANCE):
                    self._fault(f"The attribute '{name}' is not known here")
            return
        self.skipping = 1

    def _end(self, name: str) -> None:
        if self.skipping:
            self.skipping -= 1
            return
        if self.narrative is not None:
            self.narrative_depth -= 1
            self.narrative.append(f"</{name.rpartition(' ')[2]}>")
            if self.narrative_depth:
                return
        frame = self.stack.pop()
        for sparse in frame.sparse:
            _even_out(frame.value, sparse)
        _CLOSERS[frame.form](self, frame, self.stack[-1])

    def _close_object(self, frame: Frame, parent: Frame) -> None:
        if frame.slot.many:
            parent.value.setdefault(frame.slot.name, []).append(frame.value)
        else:
            parent.value[frame.slot.name] = frame.value

    def _close_container(self, frame: Frame, parent: Frame) -> None:
        if "" not in frame.value:
            self._fault(f"There is no resource in '{frame.slot.name}'")
            return
        frame.value = frame.value[""]
        self._close_object(frame, parent)

    def _close_primitive(self, frame: Frame, parent: Frame) -> None:
        name, extra = frame.slot.name, frame.value or None
        if not frame.slot.many:
            if frame.literal is not None:
                parent.value[name] = frame.literal
            if extra is not None or frame.literal is None:
                parent.value[f"_{name}"] = frame.value
            return
        values = parent.value.setdefault(name, [])
        values.append(frame.literal)
        if extra is None and frame.literal is not None:
            return
        extras = parent.value.setdefault(f"_{name}", [])
        extras.extend([None] * (len(values) - 1 - len(extras)))
        extras.append(frame.value)
        if name not in parent.sparse:
            parent.sparse += (name,)

    def _close_narrative(self, frame: Frame, parent: Frame) -> None:
        """The div as it stands in the source where it can stand alone, otherwise as read."""
        last = self.parser.CurrentByteIndex
        written = self.data[self.narrative_start : self.data.index(b">", last) + 1].decode()
        start_tag = written[: written.index(">")]
        alone = start_tag.startswith("<div") and "xmlns=" in start_tag and last != self.narrative_start
        parent.value[frame.slot.name] = _as_written(written) if alone else "".join(self.narrative or ())
        self.narrative = None

    def _start_xhtml(self, name: str, attributes: dict[str, str]) -> None:
        assert self.narrative is not None
        self.narrative_depth += 1
        declared = f' xmlns="{XHTML_NAMESPACE}"' if self.narrative_depth == 1 else ""
        given = "".join(
            f' {key.replace("http://www.w3.org/XML/1998/namespace ", "xml:")}="{text.translate(ATTRIBUTE_ESCAPES)}"'
            for key, text in attributes.items()
        )
        self.narrative.append(f"<{name.rpartition(' ')[2]}{declared}{given}>")

    def _text(self, text: str) -> None:
        if self.narrative is not None:
            self.narrative.append(text.translate(TEXT_ESCAPES))
        elif not self.skipping and not text.isspace():
            self._fault("There is text outside a narrative")

    def _comment(self, text: str) -> None:
        if self.narrative is not None:
            self.narrative.append(f"<!--{text}-->")


_CLOSERS: Final[dict[str, Callable[[_Reader, Frame, Frame], None]]] = {
    "type": _Reader._close_object,
    "complex": _Reader._close_object,
    "resource": _Reader._close_container,
    "primitive": _Reader._close_primitive,
    "xhtml": _Reader._close_narrative,
}


def _literal(type_name: str, text: str) -> Any:
    """The JSON value of a primitive's text; the text itself where it does not fit the type."""
    if type_name == "boolean":
        return {"true": True, "false": False}.get(text, text)
    if type_name in NUMBERS and WHOLE_NUMBER.fullmatch(text):
        return int(text)
    if type_name == "decimal" and DECIMAL.fullmatch(text):
        return Decimal(text)
    return text


def _as_written(narrative: str) -> str:
    return narrative.replace("\r\n", "\n").replace(NARRATIVE_RETURN, "\r")


def _even_out(owner: dict[str, Any], name: str) -> None:
    """Make the two lists of a repeating primitive of one length; drop the one that says nothing."""
    values, extras = owner[name], owner[f"_{name}"]
    extras.extend([None] * (len(values) - len(extras)))
    if all(value is None for value in values):
        del owner[name]


def _refuse_doctype(parser: Any) -> Callable[..., None]:
    """A handler that stops the reading at a document type, before any entity can be declared."""

    def refuse(*_: Any) -> None:
        raise XmlUnreadable(
            reason="a document type is not allowed", line=parser.CurrentLineNumber, column=parser.CurrentColumnNumber
        )

    return refuse
