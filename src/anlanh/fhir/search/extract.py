"""From a resource to its index, by code generated from the search parameters of its type.

A path such as `Observation.value.as(Quantity)` becomes plain dictionary look-ups; what the generator does not know is
left to the FHIRPath engine. One function per type, made when the type is first written.

FHIR: SearchParameter.expression
Source: https://hl7.org/fhir/R4/searchparameter.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from functools import lru_cache, partial
from itertools import product
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from anlanh.fhir import fhirpath
from anlanh.fhir.fhirpath import Element
from anlanh.fhir.fhirpath.syntax import Call, Constant, Member, Node
from anlanh.fhir.model.types import ElementDef
from anlanh.fhir.search.keys import PRESENT, hash64, rid_of
from anlanh.fhir.search.leaves import LEAVES, RANGED, Index, string, string_with_words
from anlanh.fhir.search.parameters import CompositeBranch, IndexPath, Parameters, near_paths
from anlanh.fhir.search.paths import As, At, Extension, Field, Step, Unsupported, Where, is_name, steps_of
from anlanh.kernel.vn.fold import words

Resource: TypeAlias = dict[str, Any]
MOST_WORDS = 2000
"""Distinct words of one resource that `_text` and `_content` know."""

WRITTEN = frozenset(
    (
        "display", "text", "family", "given", "line", "city", "district", "state", "name", "title", "description",
        "comment", "valueString", "valueMarkdown", "patientInstruction", "note", "detail", "summary", "conclusion",
        "topic", "alias",
    )
)  # fmt: skip
"""Properties whose strings are written for people."""

_PATIENT = re.compile(r"Patient/([A-Za-z0-9\-.]{1,64})(?:/_history/.+)?")
_TAG = re.compile(r"<[^>]*>")


class Extractor:
    """Makes the index of resources. One per set of parameters and time zone."""

    def __init__(self, parameters: Parameters, zone: ZoneInfo) -> None:
        self._parameters = parameters
        self._zone = zone
        self._made: dict[str, Callable[[Resource, Index], None]] = {}

    def index(self, resource: Resource, rid: int) -> Index:
        """Everything the resource of that key is found by; keys are unique, references first."""
        made = self._made.get(resource["resourceType"])
        if made is None:
            made = self._made[resource["resourceType"]] = self._make(resource["resourceType"])
        index = Index(self._zone)
        made(resource, index)
        if resource["resourceType"] == "Patient":
            index.patients = [rid]
        index.patients = list(dict.fromkeys(index.patients))
        index.keys += [OF_PATIENT ^ each for each in index.patients]
        for label in resource.get("meta", NOTHING).get("security", ()):
            index.keys.append(label_key(label.get("system"), label.get("code")))
        index.refs = list(dict.fromkeys(index.refs))
        index.keys = list(dict.fromkeys(index.keys))
        return index

    def source(self, resource_type: str) -> str:
        """The generated function as text, for those who wonder."""
        return _Generator(self._parameters, resource_type).source

    def _make(self, resource_type: str) -> Callable[[Resource, Index], None]:
        generator = _Generator(self._parameters, resource_type)
        names: dict[str, Any] = dict(generator.names)
        exec(compile(generator.source, f"<index of {resource_type}>", "exec"), names)  # noqa: S102
        made: Callable[[Resource, Index], None] = names["extract"]
        return made


def content_salt(resource_type: str, parameter: str) -> int:
    """Salt of the word keys of `_text` or `_content`."""
    return hash64(f"path:{resource_type}|{parameter}")


class _Generator:
    def __init__(self, parameters: Parameters, resource_type: str) -> None:
        self._definitions = parameters.definitions
        self._types = parameters.definitions.types
        self._type = resource_type
        self._lines: list[str] = []
        self.names: dict[str, Any] = {"words_of": _add_words}
        self._count = 0
        self._line(0, "def extract(r, index):")
        self._line(1, "keys = index.keys")
        by_path = self._compartment_salts(parameters)
        for path in parameters.paths(resource_type):
            self._path(path, by_path.get(path.name, ()))
        for composite in parameters.composites(resource_type):
            self._composite(composite)
        for branch in parameters.about_patients(resource_type):
            self._patients(branch.path)
        if resource_type == "Binary":
            self._line(1, f"{self._name(_add_security_context, 'context')}(r, index)")
        if resource_type == "Location":
            self._line(1, f"{self._name(_add_position, 'position')}(r, index)")
        text, content = content_salt(resource_type, "_text"), content_salt(resource_type, "_content")
        self._line(1, f"words_of(r, {text}, {content}, keys)")
        self.source = "\n".join(self._lines) + "\n"

    def _compartment_salts(self, parameters: Parameters) -> dict[str, tuple[int, ...]]:
        """Path name to the salts of the compartments that references of that path put the resource into."""
        out: dict[str, tuple[int, ...]] = {}
        for compartment in parameters.definitions.compartments:
            for branch in parameters.compartment(compartment, self._type):
                out[branch.path.name] = (*out.get(branch.path.name, ()), compartment_salt(compartment))
        return out

    def _line(self, depth: int, text: str) -> None:
        self._lines.append("    " * depth + text)

    def _name(self, value: Any, stem: str) -> str:
        self._count += 1
        name = f"{stem}{self._count}"
        self.names[name] = value
        return name

    def _path(self, path: IndexPath, compartments: tuple[int, ...]) -> None:
        if path.kind not in LEAVES:
            return
        mark = len(self._lines)
        self._count += 1
        found = f"found{self._count}"
        if compartments:
            self._line(1, "before = len(index.refs)")
        try:
            steps = list(steps_of(path.node, self._type))
            self._line(1, f"{found} = False")
            self._walk("r", self._type, steps, 1, lambda var, kind, depth: self._leaf(path, var, kind, depth, found))
        except Unsupported:
            del self._lines[mark + bool(compartments) :]
            fallback = self._name(_by_fhirpath(path), "fallback")
            self._line(1, f"{found} = {fallback}(r, index)")
        self._line(1, f"if {found}: keys.append({path.salt ^ PRESENT})")
        for salt in compartments:
            self._line(1, f"keys += [ref ^ {path.salt ^ salt} for ref in index.refs[before:]]")

    def _patients(self, path: IndexPath) -> None:
        name = self._name(_add_patient, "patient")
        mark = len(self._lines)
        try:
            self._walk(
                "r", self._type, list(steps_of(path.node, self._type)), 1,
                lambda var, kind, depth: self._line(depth, f"{name}({var}, index)"),
            )  # fmt: skip
        except Unsupported:
            del self._lines[mark:]

    def _leaf(self, path: IndexPath, var: str, kind: str, depth: int, found: str) -> None:
        leaf = LEAVES[path.kind].get(kind)
        if leaf is string and is_name(self._definitions, path):
            leaf = string_with_words
        if leaf is None:
            self._line(depth, "pass")
            return
        name = self._name(leaf, "leaf")
        self._line(depth, f"{name}({var}, {path.salt}, {path.id}, index); {found} = True")

    def _composite(self, composite: CompositeBranch) -> None:
        if composite.node is None:
            return
        steps = list(steps_of(composite.node, self._type))
        parts: list[tuple[bool, PartReader]] = []

        def element(var: str, kind: str, depth: int) -> None:
            parts.extend(
                (component[0].path.kind in RANGED, self._part_reader([b.path for b in component], kind))
                for component in composite.components
            )
            combine = self._name(_combiner(composite, parts), "combine")
            self._line(depth, f"{combine}(r, {var}, index)")

        self._walk("r", self._type, steps, 1, element)

    def _part_reader(self, paths: list[IndexPath], element_type: str) -> PartReader:
        """A function of (resource, element, index) that adds the values of one part of the element, unsalted."""
        outer, self._lines = self._lines, []
        self._line(0, "def read(r, element, index):")
        for path in paths:
            from_root = _starts_at_resource(path.node)
            start, kind = ("r", self._type) if from_root else ("element", element_type)
            emit = partial(self._part_leaf, replace(path, salted=False))
            self._walk(start, kind, list(steps_of(path.node, kind)), 1, emit)
        names = dict(self.names)
        exec(compile("\n".join(self._lines), f"<part of {self._type}>", "exec"), names)  # noqa: S102
        self._lines = outer
        read: PartReader = names["read"]
        return read

    def _part_leaf(self, path: IndexPath, var: str, kind: str, depth: int) -> None:
        self._leaf(path, var, kind, depth, "found")

    def _walk(self, var: str, kind: str, steps: list[Step], depth: int, leaf: Callable[[str, str, int], None]) -> None:
        """Lines that reach every value of the path from `var` and hand it to `leaf`."""
        if not steps:
            leaf(var, kind, depth)
            return
        step, rest = steps[0], steps[1:]
        match step:
            case Field(name):
                for key, target, repeats, remaining in self._fields(kind, name, rest):
                    self._descend(var, key, target, repeats, remaining, depth, leaf)
            case As(name):
                if name == kind:
                    self._walk(var, kind, rest, depth, leaf)
                else:
                    self._line(depth, "pass")
            case Where(name, value):
                if name not in self._types[kind].elements:
                    raise Unsupported
                self._line(depth, f"if {var}.get({name!r}) == {value!r}:")
                self._walk(var, kind, rest, depth + 1, leaf)
            case Extension(url):
                inner = f"v{len(self._lines)}"
                self._line(depth, f"for {inner} in {var}.get('extension', ()):")
                self._line(depth + 1, f"if {inner}.get('url') == {url!r}:")
                self._walk(inner, "Extension", rest, depth + 2, leaf)
            case At():
                raise Unsupported

    def _fields(self, kind: str, name: str, rest: list[Step]) -> Iterator[tuple[str, str, bool | int, list[Step]]]:
        """JSON key, type, whether it repeats (or the one index wanted), and the steps left, for each type of a choice."""
        known = self._types.get(kind)
        element: ElementDef | None = known.elements.get(name) if known else None
        if element is None:
            raise Unsupported
        wanted: str | None = None
        if element.choice and rest and isinstance(rest[0], As):
            wanted, rest = rest[0].type, rest[1:]
        repeats: bool | int = element.repeats
        if rest and isinstance(rest[0], At):
            repeats, rest = rest[0].index + 2 if element.repeats else False, rest[1:]
        for ref in element.types:
            if wanted and ref.code != wanted:
                continue
            key = name + ref.code[0].upper() + ref.code[1:] if element.choice else name
            yield key, ref.code, repeats, rest

    def _descend(
        self, var: str, key: str, kind: str, repeats: bool | int, rest: list[Step], depth: int,
        leaf: Callable[[str, str, int], None],
    ) -> None:  # fmt: skip
        inner = f"v{len(self._lines)}"
        if repeats is False:
            self._line(depth, f"{inner} = {var}.get({key!r})")
            self._line(depth, f"if {inner} is not None:")
            self._walk(inner, kind, rest, depth + 1, leaf)
            return
        chosen = "" if repeats is True else f"[{repeats - 2}:{repeats - 1}]"
        self._line(depth, f"for {inner} in ({var}.get({key!r}) or ()){chosen}:")
        self._line(depth + 1, f"if {inner} is not None:")
        self._walk(inner, kind, rest, depth + 2, leaf)


def compartment_salt(compartment: str) -> int:
    """Salt of the keys that say in whose compartment a resource is."""
    return hash64(f"compartment:{compartment}")


NOTHING: Resource = {}


def label_key(system: str | None, code: str | None) -> int:
    """The key of a security label, the same for resources of all types."""
    return LABEL ^ hash64(f"sc:{system or ''}|{(code or '').casefold()}")


LABEL = hash64("label")

OF_PATIENT = compartment_salt("Patient")
"""Salt of the keys that say whose data a resource is: those of the patient compartment, and of what it leaves out."""


def _by_fhirpath(path: IndexPath) -> Callable[[Resource, Index], bool]:
    compiled = fhirpath.compile(path.text)
    leaves, salt, number = LEAVES[path.kind], path.salt, path.id

    def extract(resource: Resource, index: Index) -> bool:
        found = False
        for item in compiled(resource):
            kind, value = (
                (item.type.name, item.value) if isinstance(item, Element) else (_PLAIN.get(type(item), ""), item)
            )
            leaf = leaves.get(kind)
            if leaf is not None and value is not None:
                leaf(value, salt, number, index)
                found = True
        return found

    return extract


_PLAIN: dict[type, str] = {bool: "boolean", int: "integer", Decimal: "decimal", str: "string"}
"""FHIR type of a System value; the index takes no others."""

PartReader: TypeAlias = Callable[[Resource, Any, Index], None]


def _starts_at_resource(node: Node) -> bool:
    while isinstance(node, Member | Call) and node.source is not None:
        node = node.source
    return isinstance(node, Constant)


def _combiner(
    composite: CompositeBranch, parts: list[tuple[bool, PartReader]]
) -> Callable[[Resource, Any, Index], None]:
    """One key for the discrete parts of an element together; its ranged parts become range rows under that key."""
    salt, number = composite.salt, composite.id

    def combine(resource: Resource, element: Any, index: Index) -> None:
        discrete: list[list[int]] = []
        ranged: list[Index] = []
        for is_ranged, read in parts:
            part = Index(index.zone)
            read(resource, element, part)
            if is_ranged:
                ranged.append(part)
            else:
                discrete.append(part.refs + part.keys)
                index.strings += part.strings
        for combination in product(*discrete):
            key = combined_key(salt, combination)
            if not ranged:
                index.keys.append(key)
            elif len(ranged) == 1:
                index.ranges += [(number, key, *row[2:]) for row in ranged[0].ranges]
            else:
                index.ranges += [
                    (number, key, low[2], high[3], None, None, None, None, None)
                    for low in ranged[0].ranges
                    for high in ranged[1].ranges
                ]

    return combine


def combined_key(salt: int, parts: tuple[int, ...]) -> int:
    """One key for several discrete parts that stand in the same element."""
    return salt ^ hash64("&".join(map(str, parts)))


def _add_patient(value: Any, index: Index) -> None:
    reference = value.get("reference") if isinstance(value, dict) else None
    if reference is not None and (found := _PATIENT.fullmatch(reference)):
        index.patients.append(rid_of("Patient", found[1]))


def _add_security_context(resource: Resource, index: Index) -> None:
    _add_patient(resource.get("securityContext"), index)


def _add_position(resource: Resource, index: Index) -> None:
    position = resource.get("position") or {}
    if "latitude" in position and "longitude" in position:
        for path, degrees in zip(near_paths(), (position["latitude"], position["longitude"]), strict=True):
            index.ranges.append((path, None, float(degrees), float(degrees), None, None, None, None, None))


def _add_words(resource: Resource, text_salt: int, whole_salt: int, keys: list[int]) -> None:
    """Word keys: of the narrative for `_text`, of everything written for people for `_content`."""
    narrative = resource.get("text")
    if narrative and "div" in narrative:
        told = _word_hashes(_TAG.sub(" ", narrative["div"]))
        keys += [text_salt ^ each for each in told]
        keys += [whole_salt ^ each for each in told]
    _add_written(resource, whole_salt, keys)


def _add_written(value: Resource, salt: int, keys: list[int]) -> None:
    for name, child in value.items():
        kind = type(child)
        if kind is str:
            if name in WRITTEN:
                keys += _word_keys(child, salt)
        elif kind is dict:
            _add_written(child, salt, keys)
        elif kind is list:
            for each in child:
                if type(each) is dict:
                    _add_written(each, salt, keys)
                elif type(each) is str and name in WRITTEN:
                    keys += _word_keys(each, salt)


@lru_cache(maxsize=65536)
def _word_keys(text: str, salt: int) -> tuple[int, ...]:
    return tuple([salt ^ each for each in _word_hashes(text)])


@lru_cache(maxsize=65536)
def _word_hashes(text: str) -> tuple[int, ...]:
    return tuple(dict.fromkeys(map(hash64, words(text)[:MOST_WORDS])))
