"""Syntax tree to Python closures: an expression is compiled once and evaluated often.

A compiled node is a function `run(this, env) -> items`, where `this` is the focus ($this) as a list. The lists that
it returns may be shared and are never changed.

FHIR: FHIRPath 2.0.0
Source: http://hl7.org/fhirpath/N1/
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from anlanh.fhir.fhirpath import temporal, types
from anlanh.fhir.fhirpath.context import Env
from anlanh.fhir.fhirpath.functions import FUNCTIONS
from anlanh.fhir.fhirpath.navigation import Walk, step, walk
from anlanh.fhir.fhirpath.operators import BINARY, UNARY
from anlanh.fhir.fhirpath.problems import EvaluationProblem, FhirPathProblem, SemanticProblem
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
from anlanh.fhir.fhirpath.type_tests import TypeTest, cast, test
from anlanh.fhir.fhirpath.values import TERMINOLOGIES, Element, Items, Long, Quantity, element, single, truth

Run = Callable[[Items, Env], Items]
Scope = Mapping[str, int]
"""Variables in sight, with their slots."""

TRUE: Items = [True]
FALSE: Items = [False]
EMPTY: Items = []

SYSTEM_CONSTANTS = {
    "sct": "http://snomed.info/sct",
    "loinc": "http://loinc.org",
    "ucum": "http://unitsofmeasure.org",
    "us-zip": "[0-9]{5}(-[0-9]{4}){0,1}",
}
RESERVED = frozenset({"resource", "rootResource", "context", "terminologies", "rowIndex", *SYSTEM_CONSTANTS})
PREFIXED_CONSTANTS = {
    "vs-": "http://hl7.org/fhir/ValueSet/",
    "ext-": "http://hl7.org/fhir/StructureDefinition/",
}


class Compiler:
    """Compiles the nodes of one expression; `text` is for messages that show the place."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.slots = 0
        self.constants: list[tuple[str, int]] = []

    def node(self, node: Node, scope: Scope) -> Run:
        """The node as a closure; variables that it defines end with it."""
        return self.chained(node, scope)[0]

    def chained(self, node: Node, scope: Scope) -> tuple[Run, Scope]:
        """The node as a closure, and the variables in sight of what follows it in its path."""
        match node:
            case Member():
                return self._path(node, scope)
            case Call():
                return self._call(node, scope)
            case Indexer():
                source, scope_after = self.chained(node.source, scope)
                return self._indexer(node, source, self.node(node.index, scope)), scope_after
            case Literal() | QuantityLiteral():
                return _constant(self._literal(node)), scope
            case Variable():
                return VARIABLES[node.name], scope
            case Constant():
                return self._named_constant(node, scope), scope
            case Unary():
                return self._unary(node, self.node(node.operand, scope)), scope
            case Binary():
                return self._binary(node, scope), scope
            case TypeOperation():
                return self._type_operation(node, self.node(node.operand, scope)), scope
            case SortKey():
                return self.node(node.operand, scope), scope

    def fail(self, problem: FhirPathProblem, at: int) -> FhirPathProblem:
        """The same problem with its place; one that has a place keeps it."""
        return problem if problem.at >= 0 else type(problem)(problem.reason, self.text, at)

    def semantic(self, reason: str, at: int) -> SemanticProblem:
        return SemanticProblem(reason, self.text, at)

    def type_test(self, namespace: str, name: str, at: int) -> TypeTest:
        """What `is`, `as` and ofType() ask of an item.

        Raises:
            SemanticProblem: no such type.
        """
        found = TypeTest.of(namespace, name)
        if found is None:
            raise self.semantic(f"does not know the type {namespace + '.' if namespace else ''}{name}", at)
        return found

    def slot(self) -> int:
        self.slots += 1
        return self.slots

    def _literal(self, node: Literal | QuantityLiteral) -> Items:
        if type(node) is QuantityLiteral:
            return [Quantity(node.value, node.unit.removesuffix("s") if node.calendar else node.unit, node.calendar)]
        assert type(node) is Literal
        if node.type == "Null":
            return []
        if node.type in ("Date", "DateTime", "Time"):
            found = temporal.parse(str(node.value), node.type)
            if found is None:
                raise self.semantic(f"does not know the {node.type} {node.value}", node.at)
            return [found]
        return [Long(str(node.value)) if node.type == "Long" else node.value]

    def _path(self, node: Member, scope: Scope) -> tuple[Run, Scope]:
        names = [node.name]
        source = node.source
        while type(source) is Member:
            names.append(source.name)
            source = source.source
        names.reverse()
        if source is not None:
            run, scope_after = self.chained(source, scope)
            return _along(run, tuple(names)), scope_after
        if names[0][0].isupper() and types.known(names[0]) is not None:
            head = _typed_focus(names[0])
            return (_along(head, tuple(names[1:])) if len(names) > 1 else head), scope
        return _along(None, tuple(names)), scope

    def _call(self, node: Call, scope: Scope) -> tuple[Run, Scope]:
        source, inner = (focus, scope) if node.source is None else self.chained(node.source, scope)
        builder = SPECIAL.get(node.name)
        if builder is not None:
            return builder(self, node, source, inner)
        function = FUNCTIONS.get(node.name)
        if function is None:
            raise self.semantic(f"does not know the function {node.name}()", node.at)
        if not function.least <= len(node.arguments) <= function.most:
            counts = str(function.least) + (f" to {function.most}" if function.most > function.least else "")
            raise self.semantic(f"function {node.name}() takes {counts} arguments, not {len(node.arguments)}", node.at)
        # Each argument sees its own variables only.
        arguments = [self.node(argument, inner) for argument in node.arguments]
        run, at, fail = function.run, node.at, self.fail
        nothing: list[Items] = []

        def call(this: Items, env: Env) -> Items:
            items = source(this, env)
            try:
                return run(items, [argument(this, env) for argument in arguments] if arguments else nothing, env)
            except FhirPathProblem as problem:
                raise fail(problem, at) from problem.__cause__

        return call, inner

    def _indexer(self, node: Indexer, source: Run, index: Run) -> Run:
        at, fail = node.at, self.fail

        def run(this: Items, env: Env) -> Items:
            items = source(this, env)
            try:
                number = single(index(this, env))
            except FhirPathProblem as problem:
                raise fail(problem, at) from None
            if number is None:
                return EMPTY
            if type(number) is not int:
                raise fail(EvaluationProblem("needs an Integer between the brackets"), at)
            return items[number : number + 1] if number >= 0 else EMPTY

        return run

    def _unary(self, node: Unary, operand: Run) -> Run:
        operator, at, fail = UNARY[node.operator], node.at, self.fail

        def run(this: Items, env: Env) -> Items:
            try:
                return operator(operand(this, env))
            except FhirPathProblem as problem:
                raise fail(problem, at) from None

        return run

    def _binary(self, node: Binary, scope: Scope) -> Run:
        left, right = self.node(node.left, scope), self.node(node.right, scope)
        at, fail = node.at, self.fail
        logic = LOGIC.get(node.operator)
        if logic is not None:
            decide = partial(logic, left, right)

            def run_logic(this: Items, env: Env) -> Items:
                try:
                    return decide(this, env)
                except FhirPathProblem as problem:
                    raise fail(problem, at) from None

            return run_logic
        operator = BINARY[node.operator]

        def run(this: Items, env: Env) -> Items:
            try:
                return operator(left(this, env), right(this, env))
            except FhirPathProblem as problem:
                raise fail(problem, at) from None

        return run

    def _type_operation(self, node: TypeOperation, operand: Run) -> Run:
        wanted = self.type_test(node.namespace, node.name, node.at)
        operate, at, fail = test if node.operator == "is" else cast, node.at, self.fail

        def run(this: Items, env: Env) -> Items:
            try:
                return operate(operand(this, env), wanted)
            except FhirPathProblem as problem:
                raise fail(problem, at) from None

        return run

    def _named_constant(self, node: Constant, scope: Scope) -> Run:
        name = node.name
        if name in scope:
            slot = scope[name]
            return lambda this, env: env.slots.get(slot, EMPTY)
        if name in SYSTEM_CONSTANTS:
            return _constant([SYSTEM_CONSTANTS[name]])
        for prefix, base in PREFIXED_CONSTANTS.items():
            if name.startswith(prefix):
                return _constant([base + name.removeprefix(prefix)])
        if name in SURROUNDINGS:
            return SURROUNDINGS[name]
        at, text = node.at, self.text
        self.constants.append((name, at))

        def run(this: Items, env: Env) -> Items:
            variables = env.context.variables
            if name not in variables:
                raise SemanticProblem(f"does not know the variable %{name}", text, at)
            return as_items(variables[name])

        return run


Builder = Callable[[Compiler, Call, Run, Scope], tuple[Run, Scope]]
SPECIAL: dict[str, Builder] = {}
"""Functions whose arguments are expressions or types rather than values; `special` fills it."""


def focus(this: Items, env: Env) -> Items:
    """$this."""
    return this


def as_items(value: object) -> Items:
    """A variable's value as items: JSON values, elements or lists of them."""
    if type(value) is list:
        return [element(part) for part in value]
    return [] if value is None else [element(value)]


def _constant(items: Items) -> Run:
    return lambda this, env: items


def _along(source: Run | None, names: tuple[str, ...]) -> Run:
    walks: dict[types.ElementType, Walk | None] = {}

    def run(this: Items, env: Env) -> Items:
        out: Items = []
        for item in this if source is None else source(this, env):
            if type(item) is Element and type(item.value) is dict:
                type_ = item.type
                way = walks[type_] if type_ in walks else walks.setdefault(type_, walk(type_, names))
                if way is not None:
                    way(item.value, out)
                    continue
            _step_by_step(item, names, out)
        return out

    return run


def _step_by_step(item: object, names: tuple[str, ...], out: Items) -> None:
    at: Items = [item]
    for name in names:
        following: Items = []
        for one in at:
            step(one, name, following)
        at = following
    out += at


def _typed_focus(name: str) -> Run:
    """A path may begin with the name of the focus's type, or of one it is derived from."""

    def run(this: Items, env: Env) -> Items:
        if len(this) == 1:
            item = this[0]
            return this if type(item) is Element and name in item.type.ancestors else EMPTY
        return [item for item in this if type(item) is Element and name in item.type.ancestors]

    return run


def _and(left: Run, right: Run, this: Items, env: Env) -> Items:
    mine = truth(left(this, env))
    if mine is False:
        return FALSE
    yours = truth(right(this, env))
    if yours is False:
        return FALSE
    return EMPTY if mine is None or yours is None else TRUE


def _or(left: Run, right: Run, this: Items, env: Env) -> Items:
    mine = truth(left(this, env))
    if mine is True:
        return TRUE
    yours = truth(right(this, env))
    if yours is True:
        return TRUE
    return EMPTY if mine is None or yours is None else FALSE


def _xor(left: Run, right: Run, this: Items, env: Env) -> Items:
    mine, yours = truth(left(this, env)), truth(right(this, env))
    return EMPTY if mine is None or yours is None else [mine is not yours]


def _implies(left: Run, right: Run, this: Items, env: Env) -> Items:
    mine = truth(left(this, env))
    if mine is False:
        return TRUE
    yours = truth(right(this, env))
    if yours is True:
        return TRUE
    return EMPTY if mine is None or yours is None else FALSE


LOGIC: dict[str, Callable[[Run, Run, Items, Env], Items]] = {"and": _and, "or": _or, "xor": _xor, "implies": _implies}

VARIABLES: dict[str, Run] = {
    "this": focus,
    "index": lambda this, env: [env.index],
    "total": lambda this, env: env.total,
}


def _resource(this: Items, env: Env) -> Items:
    return env.root if env.context.resource is None else as_items(env.context.resource)


def _root_resource(this: Items, env: Env) -> Items:
    return _resource(this, env) if env.context.root_resource is None else as_items(env.context.root_resource)


SURROUNDINGS: dict[str, Run] = {
    "context": lambda this, env: env.root,
    "resource": _resource,
    "rowIndex": lambda this, env: [env.row],
    "terminologies": lambda this, env: [TERMINOLOGIES],
    "rootResource": _root_resource,
}
