"""Semantic checking: does an expression fit the model, before any data is seen?

It follows the types from the focus along every path. Where a type cannot be known beforehand (a resolved reference,
descendants(), a variable), nothing is claimed.

FHIR: FHIRPath 2.0.0, type safety and strict evaluation
Source: http://hl7.org/fhirpath/N1/#type-safety-and-strict-evaluation
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from anlanh.fhir.fhirpath import types
from anlanh.fhir.fhirpath.functions import FUNCTIONS
from anlanh.fhir.fhirpath.problems import SemanticProblem
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

KEEPS_TYPE = frozenset(
    {"where", "first", "last", "tail", "skip", "take", "single", "distinct", "exclude", "intersect", "trace", "sort"}
    | {"checkModifiers", "defineVariable"}
)
JOINS_TYPES = frozenset(["combine", "union"])
ACCEPTED = {
    "String": frozenset({"String"}),
    "Number": frozenset({"Integer", "Long", "Decimal"}),
    "Measured": frozenset({"Integer", "Long", "Decimal", "Quantity"}),
    "Bounded": frozenset({"Integer", "Long", "Decimal", "Quantity", "Date", "DateTime", "Time"}),
}
"""System types that satisfy the input kind of a function."""
TEXTUAL = frozenset({"Date", "DateTime", "Time"})
"""FHIR primitives that JSON writes as text are taken for text where a function wants it."""


class Known(NamedTuple):
    """What is known of a collection: its possible types (None: anything) and whether it may have several items."""

    types: frozenset[str] | None
    many: bool = True


ANYTHING = Known(None)


def check(text: str, tree: Node, focus: str) -> None:
    """Check an expression for a focus of that FHIR type.

    Raises:
        SemanticProblem: an element that the type does not have, or a function given what it cannot take.
    """
    Checker(text, focus).infer(tree, Known(frozenset({focus}), False))


class Checker:
    """Infers the types of the nodes of one expression."""

    def __init__(self, text: str, root: str) -> None:
        self.text = text
        known = Known(frozenset({root}), False)
        root_type = types.known(root)
        self.constants = {"context": known}
        if root_type is not None and root_type.resource:
            self.constants["resource"] = known

    def infer(self, node: Node, this: Known) -> Known:
        """What is known of the node's result when $this is `this`."""
        match node:
            case Literal():
                return Known(None if node.type == "Null" else frozenset({"System." + node.type}), False)
            case QuantityLiteral():
                return Known(frozenset({"System.Quantity"}), False)
            case Member():
                return self._member(node, this)
            case Call():
                return self._call(node, this)
            case Variable():
                return this if node.name == "this" else ANYTHING
            case Constant():
                return self.constants.get(node.name, ANYTHING)
            case Indexer():
                self.infer(node.index, this)
                return Known(self.infer(node.source, this).types, False)
            case Unary() | SortKey():
                return self.infer(node.operand, this)
            case Binary():
                return self._binary(node, this)
            case TypeOperation():
                operand = self.infer(node.operand, this)
                return BOOLEAN if node.operator == "is" else _cast(operand, node.namespace, node.name)

    def problem(self, reason: str, at: int) -> SemanticProblem:
        return SemanticProblem(reason, self.text, at)

    def _member(self, node: Member, this: Known) -> Known:
        if node.source is None:
            named = types.known(node.name) if node.name[0].isupper() else None
            if named is not None:
                return self._typed_focus(node, named, this)
            return self._child(this, node)
        return self._child(self.infer(node.source, this), node)

    def _typed_focus(self, node: Member, named: types.ElementType, this: Known) -> Known:
        if this.types is None:
            return Known(frozenset({node.name}), this.many)
        fitting = {name for name in this.types if node.name in _ancestors(name)}
        if not fitting and not any(name in named.ancestors for name in this.types):
            raise self.problem(f"is for {node.name}, the focus is {_words(this.types)}", node.at)
        return Known(frozenset(fitting or {node.name}), this.many)

    def _child(self, source: Known, node: Member) -> Known:
        if source.types is None:
            return ANYTHING
        found: set[str] = set()
        many, open_ended = source.many, False
        for name in source.types:
            type_ = types.known(name)
            if type_ is None or type_.abstract or name.startswith("System."):
                open_ended = open_ended or type_ is not None or name.startswith("System.")
                continue
            child = type_.children.get(node.name)
            if child is not None:
                many = many or child.many
                found |= {child.type.name} if child.type is not None else {one.name for one in child.choices.values()}
            elif type_.system and node.name == "value":
                found.add("System." + type_.system)
        if not found and not open_ended:
            raise self.problem(self._unknown_element(source.types, node.name), node.at)
        return ANYTHING if open_ended or found & {"Resource", "Element"} else Known(frozenset(found), many)

    @staticmethod
    def _unknown_element(names: frozenset[str], element: str) -> str:
        for name in names:
            type_ = types.known(name)
            if type_ is not None and element in type_.properties:
                return f"reaches {element} by the name of the element: {type_.properties[element][0]}"
        return f"finds no element {element} in {_words(names)}"

    def _call(self, node: Call, this: Known) -> Known:
        source = this if node.source is None else self.infer(node.source, this)
        if node.name in ("ofType", "as", "is"):
            return BOOLEAN if node.name == "is" else _cast(source, *_type_argument(node))
        focus = Known(source.types, False) if node.name in PER_ITEM else this
        if node.name == "iif" and node.source is not None:
            focus = source
        if node.name == "repeat":
            return self._repeat(node, source)
        arguments = [self.infer(argument, focus) for argument in node.arguments]
        if node.name in RESULTS:
            return RESULTS[node.name](self, node, source, arguments)
        if node.name in KEEPS_TYPE:
            return Known(source.types, source.many and node.name not in ("first", "last", "single"))
        if node.name in JOINS_TYPES:
            return _joined(source, arguments[0])
        function = FUNCTIONS.get(node.name)
        if function is None:
            return ANYTHING
        self._check_input(node, source, function.input)
        return Known(frozenset({"System." + function.result}) if function.result else None, not function.one_result)

    def _check_input(self, node: Call, source: Known, kind: str) -> None:
        if source.types is None or kind not in ACCEPTED:
            return
        accepted = ACCEPTED[kind]
        if all(_is_concrete(name) and not _system(name) & accepted for name in source.types) and not (
            kind == "String" and any(_system(name) & TEXTUAL for name in source.types)
        ):
            raise self.problem(f"gives {node.name}() {_words(source.types)} instead of a {kind}", node.at)

    def _repeat(self, node: Call, source: Known) -> Known:
        found = source
        for _ in range(4):
            following = _joined(found, self.infer(node.arguments[0], Known(found.types, False)))
            if following == found:
                break
            found = following
        return found

    def _binary(self, node: Binary, this: Known) -> Known:
        left, right = self.infer(node.left, this), self.infer(node.right, this)
        if node.operator == "|":
            return _joined(left, right)
        if node.operator == "&":
            return Known(frozenset({"System.String"}), False)
        return ANYTHING if node.operator in ("+", "-", "*", "/", "div", "mod") else BOOLEAN

    def iif(self, node: Call, source: Known, arguments: list[Known]) -> Known:
        criterion = arguments[0] if arguments else ANYTHING
        if criterion.types is not None and (
            criterion.many or not any("Boolean" in _system(n) for n in criterion.types)
        ):
            raise self.problem("needs a Boolean as the criterion of iif()", node.at)
        answers = arguments[1:]
        return _joined(*answers) if len(answers) == 2 else ANYTHING


BOOLEAN = Known(frozenset({"System.Boolean"}), False)
PER_ITEM = frozenset(["where", "select", "all", "exists", "sort", "aggregate", "trace"])

RESULTS: dict[str, Callable[[Checker, Call, Known, list[Known]], Known]] = {
    "iif": Checker.iif,
    "select": lambda checker, node, source, arguments: Known(arguments[0].types, source.many or arguments[0].many),
    "exists": lambda checker, node, source, arguments: BOOLEAN,
    "all": lambda checker, node, source, arguments: BOOLEAN,
    "aggregate": lambda checker, node, source, arguments: ANYTHING,
    "extension": lambda checker, node, source, arguments: Known(frozenset({"Extension"})),
}


def _joined(one: Known, other: Known) -> Known:
    if one.types is None or other.types is None:
        return ANYTHING
    return Known(one.types | other.types, True)


def _cast(source: Known, namespace: str, name: str) -> Known:
    if namespace == "System" or types.known(name) is None:
        return Known(frozenset({"System." + name}), source.many)
    return Known(frozenset({name}), source.many)


def _type_argument(node: Call) -> tuple[str, str]:
    argument = node.arguments[0] if node.arguments else None
    if not isinstance(argument, Member):
        return "", ""
    return (argument.source.name if isinstance(argument.source, Member) else ""), argument.name


def _ancestors(name: str) -> frozenset[str]:
    type_ = types.known(name)
    return frozenset() if type_ is None else type_.ancestors


def _system(name: str) -> frozenset[str]:
    if name.startswith("System."):
        return frozenset({name.removeprefix("System.")})
    type_ = types.known(name)
    if type_ is None:
        return frozenset()
    return frozenset({"Quantity"}) if "Quantity" in type_.ancestors else frozenset({type_.system} - {""})


def _is_concrete(name: str) -> bool:
    type_ = types.known(name)
    return name.startswith("System.") or (type_ is not None and not type_.abstract)


def _words(names: frozenset[str]) -> str:
    shown = sorted(names)
    return " or ".join(shown[:4]) + (" ..." if len(shown) > 4 else "")
