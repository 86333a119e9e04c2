"""Which search parameters a type has, and the index paths that answer them.

An index path is one branch of a parameter's FHIRPath expression (`Observation.code`). Parameters that name the same
branch share its index entries: `patient` and `subject`, `combo-code` and `code`. A composite whose parts stand once in
the resource needs no entries of its own either; the parts' entries are asked together.

FHIR: SearchParameter
Source: https://hl7.org/fhir/R4/searchparameter.html, https://hl7.org/fhir/R4/searchparameter-registry.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property

from anlanh.fhir import fhirpath
from anlanh.fhir.fhirpath import FhirPathProblem
from anlanh.fhir.fhirpath.syntax import (
    Binary,
    Call,
    Constant,
    Indexer,
    Literal,
    Member,
    Node,
    QuantityLiteral,
    SortKey,
    TypeOperation,
    Unary,
    Variable,
)
from anlanh.fhir.model.definitions import Definitions
from anlanh.fhir.model.types import SearchParameterDef
from anlanh.fhir.search.keys import hash64, path_id_of

BY_COLUMN = {"_id": "token", "_lastUpdated": "date"}
"""Parameters answered by a column of the resource table itself."""

TEXT_PARAMETERS = {"_text", "_content"}


_RELATES = "http://hl7.org/fhir/SearchParameter/DocumentReference-"
ERRATA = {
    f"{_RELATES}relationship": ((f"{_RELATES}relatesto", "target"), (f"{_RELATES}relation", "code")),
}
"""Components whose expressions the specification has mixed up. See docs/readings/composite-relationship.md."""


@dataclass(frozen=True)
class IndexPath:
    """One thing that is indexed: the values of `node` in resources of `type`, as `kind` (a search parameter type)."""

    type: str
    kind: str
    text: str
    node: Node = field(compare=False, hash=False)
    salted: bool = True

    @cached_property
    def name(self) -> str:
        """What salt and number are made of; never changes."""
        return f"{self.type}|{self.kind}|{self.text}"

    @cached_property
    def salt(self) -> int:
        """XOR part of this path's keys; 0 for a part of a composite, which is salted as a whole."""
        return hash64(f"path:{self.name}") if self.salted else 0

    @cached_property
    def id(self) -> int:
        """Number of this path in the side tables."""
        return path_id_of(self.name)


@dataclass(frozen=True)
class Branch:
    """An index path as one parameter uses it: `targets` limits references (`where(resolve() is Patient)`)."""

    path: IndexPath
    targets: tuple[str, ...] = ()


@dataclass(frozen=True)
class CompositeBranch:
    """One element that holds all parts of a composite. `root`: the resource itself, whose parts are ordinary paths."""

    type: str
    text: str
    node: Node | None = field(compare=False, hash=False)
    components: tuple[tuple[Branch, ...], ...]

    @property
    def root(self) -> bool:
        """Whether the element is the whole resource."""
        return self.node is None

    @cached_property
    def salt(self) -> int:
        """XOR part of the keys of this element's parts taken together."""
        return hash64(f"path:{self.type}|composite|{self.text}")

    @cached_property
    def id(self) -> int:
        """Number of this composite in the side tables."""
        return path_id_of(f"{self.type}|composite|{self.text}")


@dataclass(frozen=True)
class Parameter:
    """A search parameter as one type has it."""

    type: str
    code: str
    kind: str
    url: str
    targets: tuple[str, ...]
    branches: tuple[Branch, ...]
    composites: tuple[CompositeBranch, ...] = ()
    component_kinds: tuple[str, ...] = ()


class Parameters:
    """All search parameters of all types: those of the specification, and `custom` ones that a site has defined."""

    def __init__(self, known: Definitions, custom: Iterable[SearchParameterDef] = ()) -> None:
        self.definitions = known
        self._by_url: dict[str, SearchParameterDef] = {}
        self._defs: dict[str, dict[str, SearchParameterDef]] = {}
        for published in (*known.search_parameters, *custom):
            definition = published
            if published.url in ERRATA:
                definition = replace(published, components=ERRATA[published.url])
            self._by_url[definition.url] = definition
            for base in definition.base:
                self._defs.setdefault(base, {})[definition.code] = definition
        self._made: dict[str, dict[str, Parameter]] = {}

    def of(self, resource_type: str) -> dict[str, Parameter]:
        """Parameter by code for a concrete resource type, those of Resource and DomainResource included."""
        made = self._made.get(resource_type)
        if made is None:
            made = {d.code: self._parameter(resource_type, d) for d in self._definitions_of(resource_type)}
            self._made[resource_type] = made
        return made

    def paths(self, resource_type: str) -> list[IndexPath]:
        """Everything that is indexed of a type, each path once."""
        found: dict[str, IndexPath] = {}
        for parameter in self.of(resource_type).values():
            for branch in _all_branches(parameter):
                found.setdefault(branch.path.name, branch.path)
        return list(found.values())

    def composites(self, resource_type: str) -> list[CompositeBranch]:
        """Elements whose parts are indexed together."""
        found: dict[str, CompositeBranch] = {}
        for parameter in self.of(resource_type).values():
            for composite in parameter.composites:
                if not composite.root:
                    found.setdefault(composite.text, composite)
        return list(found.values())

    def about_patients(self, resource_type: str) -> tuple[Branch, ...]:
        """The references that say whose data a resource of the type is: those of `patient`, else of `subject`, else
        those that put it into the patient compartment."""
        known = self.of(resource_type)
        for code in ("patient", "subject"):
            if code in known and known[code].kind == "reference":
                return known[code].branches
        return self.compartment("Patient", resource_type)

    def compartment(self, compartment: str, resource_type: str) -> tuple[Branch, ...]:
        """The reference paths that put a resource of that type into compartments of that type."""
        codes = self.definitions.compartments.get(compartment, {}).get(resource_type, ())
        parameters = self.of(resource_type)
        return tuple(
            b for code in codes if code in parameters for b in parameters[code].branches if b.path.kind == "reference"
        )

    def _definitions_of(self, resource_type: str) -> Iterator[SearchParameterDef]:
        known = self.definitions.types[resource_type]
        found = dict(self._defs.get("Resource", {}))
        if known.base == "DomainResource":
            found.update(self._defs.get("DomainResource", {}))
        found.update(self._defs.get(resource_type, {}))
        yield from found.values()

    def _parameter(self, resource_type: str, definition: SearchParameterDef) -> Parameter:
        kind = "token" if definition.code == "_id" else definition.type
        branches: tuple[Branch, ...] = ()
        composites: tuple[CompositeBranch, ...] = ()
        component_kinds: tuple[str, ...] = ()
        if kind == "composite":
            parts = [self._by_url[url] for url, _ in definition.components if url in self._by_url]
            component_kinds = tuple(part.type for part in parts)
            composites = tuple(self._composites(resource_type, definition, component_kinds))
        elif definition.expression and definition.code not in BY_COLUMN:
            branches = tuple(_branches(resource_type, kind, definition.expression))
        return Parameter(
            resource_type,
            definition.code,
            kind,
            definition.url,
            definition.targets,
            branches,
            composites,
            component_kinds,
        )

    def _element_type(self, node: Node, resource_type: str) -> str:
        """The type of the element that a plain path leads to."""
        if not isinstance(node, Member) or node.source is None:
            return resource_type
        owner = self.definitions.types[self._element_type(node.source, resource_type)]
        return owner.elements[node.name].types[0].code

    def _composites(
        self, resource_type: str, definition: SearchParameterDef, kinds: tuple[str, ...]
    ) -> Iterator[CompositeBranch]:
        for node in _union(_parse(definition.expression)):
            root = _root_of(node)
            if root not in (resource_type, "Resource", "DomainResource"):
                continue
            whole = isinstance(node, Member) and node.source is None
            parts = "".join(f"[{expression}]" for _, expression in definition.components)
            inside = resource_type if whole else self._element_type(node, resource_type)
            components = tuple(
                tuple(_component_branches(inside, kind, expression, whole, _text(node)))
                for (_, expression), kind in zip(definition.components, kinds, strict=True)
            )
            yield CompositeBranch(resource_type, f"{_text(node)}{parts}", None if whole else node, components)


def near_paths() -> tuple[int, int]:
    """Numbers of the rows that hold latitude and longitude of a Location."""
    return path_id_of("Location|special|Location.position.latitude"), path_id_of(
        "Location|special|Location.position.longitude"
    )


def _all_branches(parameter: Parameter) -> Iterator[Branch]:
    yield from parameter.branches
    for composite in parameter.composites:
        if composite.root:
            for component in composite.components:
                yield from component


def _component_branches(resource_type: str, kind: str, expression: str, whole: bool, element: str) -> Iterator[Branch]:
    """A part of a composite. In the whole resource it is the ordinary path `Type.part`; else it stays relative."""
    for node in _union(_parse(expression)):
        if whole:
            yield from _branches(resource_type, kind, f"{resource_type}.{_text(node)}")
        else:
            yield Branch(IndexPath(resource_type, kind, f"{element}>{_text(node)}", node))


def _branches(resource_type: str, kind: str, expression: str) -> Iterator[Branch]:
    for node in _union(_parse(expression)):
        node, target = _without_resolve(node)
        root = _root_of(node)
        if root in (resource_type, "Resource", "DomainResource") or root is None:
            yield Branch(IndexPath(resource_type, kind, _text(node, resource_type), node), (target,) if target else ())


def _parse(expression: str) -> Node:
    return fhirpath.parse(expression)


def _union(node: Node) -> Iterator[Node]:
    if isinstance(node, Binary) and node.operator == "|":
        yield from _union(node.left)
        yield from _union(node.right)
    else:
        yield node


def _without_resolve(node: Node) -> tuple[Node, str | None]:
    """`x.where(resolve() is Patient)` as `x` and the target: references are told apart by what they say, not fetched."""
    if isinstance(node, Call) and node.name == "where" and node.source is not None and len(node.arguments) == 1:
        test = node.arguments[0]
        if isinstance(test, TypeOperation) and isinstance(test.operand, Call) and test.operand.name == "resolve":
            return node.source, test.name
    return node, None


def _root_of(node: Node) -> str | None:
    """The type name a path starts with; None when it starts at the resource without naming it."""
    current: Node = node
    while True:
        match current:
            case Member(None, name):
                return name if name[0].isupper() else None
            case Member(source) | Call(source) if source is not None:
                current = source
            case TypeOperation(_, operand):
                current = operand
            case Binary(_, left):
                current = left
            case _:
                return None


def _text(node: Node, resource_type: str | None = None) -> str:
    """The path written again in one normal form, so that the same path written in two ways is one."""

    def write(each: Node) -> str:
        return _text(each, resource_type)

    match node:
        case Member(None, name):
            return resource_type if resource_type and name in ("Resource", "DomainResource") else name
        case Member(source, name) if source is not None:
            return f"{write(source)}.{name}"
        case TypeOperation("as", operand, _, name):
            return f"{write(operand)}.as({name})"
        case TypeOperation(operator, operand, _, name):
            return f"({write(operand)} {operator} {name})"
        case Call(source, "as" | "ofType", (Member(None, name),)) if source is not None:
            return f"{write(source)}.as({'dateTime' if name == 'DateTime' else name})"
        case Call(None, "hasExtension", (url,)):  # of the extension pack; FHIRPath itself has no such function
            return f"extension({write(url)}).exists()"
        case Call(source, name, arguments):
            call = f"{name}({','.join(map(write, arguments))})"
            return f"{write(source)}.{call}" if source is not None else call
        case Indexer(source, index):
            return f"{write(source)}[{write(index)}]"
        case Binary(operator, left, right):
            return f"({write(left)} {operator} {write(right)})"
        case Unary(operator, operand):
            return f"{operator}{write(operand)}"
        case Constant(name):
            return f"%{name}"
        case Variable(name):
            return f"${name}"
        case Literal(value, kind):
            return _LITERALS.get(kind, str)(value)
        case QuantityLiteral(value, unit, calendar):
            return f"{value} {unit}" if calendar else f"{value} '{unit}'"
        case SortKey(operand, descending):
            return write(operand) + (" desc" if descending else "")
    raise TypeError(type(node))


_LITERALS: dict[str, Callable[[object], str]] = {
    "String": lambda value: "'" + str(value).replace("\\", "\\\\").replace("'", "\\'") + "'",
    "Boolean": lambda value: str(value).lower(),
    "Null": lambda value: "{}",
    "Date": lambda value: f"@{value}",
    "DateTime": lambda value: f"@{value}",
    "Time": lambda value: f"@T{value}",
}


def check(definition: SearchParameterDef) -> FhirPathProblem | None:
    """What is wrong with a parameter's expression, if anything."""
    try:
        _parse(definition.expression)
    except FhirPathProblem as problem:
        return problem
    return None
