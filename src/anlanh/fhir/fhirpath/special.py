"""Functions whose arguments are expressions evaluated for each item, or types: where(), select(), iif(), ofType()...

FHIR: FHIRPath 2.0.0, sections 5.1, 5.2, 5.9, 6.3, 7; defineVariable() and sort() of FHIRPath 3
Source: http://hl7.org/fhirpath/N1/#functions, http://hl7.org/fhirpath/#definevariablename-string--expr-expression
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cmp_to_key, wraps
from typing import Any

from anlanh.fhir.fhirpath import equality
from anlanh.fhir.fhirpath.compiler import EMPTY, RESERVED, SPECIAL, Builder, Compiler, Run, Scope
from anlanh.fhir.fhirpath.context import Env
from anlanh.fhir.fhirpath.problems import EvaluationProblem, FhirPathProblem
from anlanh.fhir.fhirpath.syntax import Call, Literal, Member, Node, SortKey, Unary
from anlanh.fhir.fhirpath.type_tests import cast, test
from anlanh.fhir.fhirpath.values import Items, single, system, truth

Simple = Callable[[Compiler, Call, Run, Scope], Run]


def _register(name: str, least: int, most: int | None = None) -> Callable[[Builder], Builder]:
    """A builder for calls of `name` with so many arguments, with the place added to its problems."""
    top = least if most is None else most

    def register(build: Builder) -> Builder:
        @wraps(build)
        def checked(compiler: Compiler, node: Call, source: Run, scope: Scope) -> tuple[Run, Scope]:
            if not least <= len(node.arguments) <= top:
                counts = str(least) + (f" to {top}" if top > least else "")
                raise compiler.semantic(
                    f"function {name}() takes {counts} arguments, not {len(node.arguments)}", node.at
                )
            built, scope_after = build(compiler, node, source, scope)
            at, fail = node.at, compiler.fail

            def run(this: Items, env: Env) -> Items:
                try:
                    return built(this, env)
                except FhirPathProblem as problem:
                    raise fail(problem, at) from None

            return run, scope_after

        SPECIAL[name] = checked
        return checked

    return register


def special_function(name: str, least: int, most: int | None = None) -> Callable[[Simple], Builder]:
    """A builder that leaves the variables in sight as they are."""

    def register(build: Simple) -> Builder:
        return _register(name, least, most)(
            lambda compiler, node, source, scope: (build(compiler, node, source, scope), scope)
        )

    return register


@special_function("where", 1)
def where(compiler: Compiler, node: Call, source: Run, scope: Scope) -> Run:
    criteria = compiler.node(node.arguments[0], scope)

    def run(this: Items, env: Env) -> Items:
        items = source(this, env)
        env.spend(len(items))
        index = env.index
        out: Items = []
        for at, item in enumerate(items):
            env.index = at
            if truth(criteria([item], env)):
                out.append(item)
        env.index = index
        return out

    return run


@special_function("exists", 0, 1)
def exists(compiler: Compiler, node: Call, source: Run, scope: Scope) -> Run:
    if not node.arguments:
        return lambda this, env: [bool(source(this, env))]
    criteria = compiler.node(node.arguments[0], scope)

    def run(this: Items, env: Env) -> Items:
        index = env.index
        for at, item in enumerate(source(this, env)):
            env.spend(1)
            env.index = at
            if truth(criteria([item], env)):
                env.index = index
                return [True]
        env.index = index
        return [False]

    return run


@special_function("all", 1)
def all_(compiler: Compiler, node: Call, source: Run, scope: Scope) -> Run:
    criteria = compiler.node(node.arguments[0], scope)

    def run(this: Items, env: Env) -> Items:
        index = env.index
        for at, item in enumerate(source(this, env)):
            env.spend(1)
            env.index = at
            if not truth(criteria([item], env)):
                env.index = index
                return [False]
        env.index = index
        return [True]

    return run


@special_function("select", 1)
def select(compiler: Compiler, node: Call, source: Run, scope: Scope) -> Run:
    projection = compiler.node(node.arguments[0], scope)

    def run(this: Items, env: Env) -> Items:
        index = env.index
        out: Items = []
        for at, item in enumerate(source(this, env)):
            env.index = at
            found = projection([item], env)
            env.spend(1 + len(found))
            out += found
        env.index = index
        return out

    return run


@special_function("repeat", 1)
def repeat(compiler: Compiler, node: Call, source: Run, scope: Scope) -> Run:
    projection = compiler.node(node.arguments[0], scope)

    def run(this: Items, env: Env) -> Items:
        out: dict[Any, Any] = {}
        waiting = list(source(this, env))
        for item in waiting:
            for found in projection([item], env):
                env.spend(1)
                key = equality.key(found)
                if key not in out:
                    out[key] = found
                    waiting.append(found)
        return list(out.values())

    return run


@special_function("repeatAll", 1)
def repeat_all(compiler: Compiler, node: Call, source: Run, scope: Scope) -> Run:
    projection = compiler.node(node.arguments[0], scope)

    def run(this: Items, env: Env) -> Items:
        out: Items = []
        waiting = source(this, env)
        while waiting:
            following: Items = []
            for item in waiting:
                following += projection([item], env)
                env.spend(1 + len(following))
            out += following
            waiting = following
        return out

    return run


@special_function("aggregate", 1, 2)
def aggregate(compiler: Compiler, node: Call, source: Run, scope: Scope) -> Run:
    aggregator = compiler.node(node.arguments[0], scope)
    start = compiler.node(node.arguments[1], scope) if len(node.arguments) > 1 else None

    def run(this: Items, env: Env) -> Items:
        items = source(this, env)
        index, total = env.index, env.total
        running = EMPTY if start is None else start(this, env)
        for at, item in enumerate(items):
            env.index, env.total = at, running
            running = aggregator([item], env)
            env.spend(1 + len(running))
        env.index, env.total = index, total
        return running

    return run


@special_function("iif", 2, 3)
def iif(compiler: Compiler, node: Call, source: Run, scope: Scope) -> Run:
    criterion, then = (compiler.node(argument, scope) for argument in node.arguments[:2])
    otherwise = compiler.node(node.arguments[2], scope) if len(node.arguments) > 2 else None

    def run(this: Items, env: Env) -> Items:
        items = source(this, env)
        if node.source is not None and len(items) > 1:
            raise EvaluationProblem(f"iif() expects a single item, there are {len(items)}")
        # An empty input leaves the focus as it is: {}.iif(true, ...) is evaluated all the same.
        here = items if items or node.source is None else EMPTY
        decided = truth(criterion(here, env))
        if decided:
            return then(here, env)
        return EMPTY if otherwise is None else otherwise(here, env)

    return run


@special_function("coalesce", 1, 50)
def coalesce(compiler: Compiler, node: Call, source: Run, scope: Scope) -> Run:
    choices = [compiler.node(argument, scope) for argument in node.arguments]

    def run(this: Items, env: Env) -> Items:
        return next((found for choice in choices if (found := choice(this, env))), EMPTY)

    return run


@special_function("sort", 0, 20)
def sort(compiler: Compiler, node: Call, source: Run, scope: Scope) -> Run:
    keys = [_sort_key(compiler, argument, scope) for argument in node.arguments] or [
        (lambda this, env: this, False),
    ]

    def run(this: Items, env: Env) -> Items:
        items = source(this, env)
        env.spend(len(items) * len(keys))
        ranked = [([single(key([item], env)) for key, _ in keys], item) for item in items]

        def compare(one: tuple[list[Any], Any], other: tuple[list[Any], Any]) -> int:
            for (_, descending), mine, yours in zip(keys, one[0], other[0], strict=True):
                # Empty comes first, and last when descending.
                order = (mine is not None) - (yours is not None)
                if mine is not None and yours is not None:
                    order = equality.order_of(mine, yours) or 0
                if order:
                    return -order if descending else order
            return 0

        return [item for _, item in sorted(ranked, key=cmp_to_key(compare))]

    return run


@special_function("trace", 1, 2)
def trace(compiler: Compiler, node: Call, source: Run, scope: Scope) -> Run:
    name = compiler.node(node.arguments[0], scope)
    projection = compiler.node(node.arguments[1], scope) if len(node.arguments) > 1 else None

    def run(this: Items, env: Env) -> Items:
        items = source(this, env)
        sink = env.context.trace
        if sink is not None:
            shown = items if projection is None else [found for item in items for found in projection([item], env)]
            sink(str(single(name(this, env))), shown)
        return items

    return run


@_register("defineVariable", 1, 2)
def define_variable(compiler: Compiler, node: Call, source: Run, scope: Scope) -> tuple[Run, Scope]:
    name = node.arguments[0]
    if type(name) is not Literal or name.type != "String":
        raise compiler.semantic("needs the name of the variable as a text", name.at)
    known = str(name.value)
    if known in RESERVED or known in scope:
        raise compiler.semantic(f"already has a variable %{known}", name.at)
    slot = compiler.slot()
    value = compiler.node(node.arguments[1], scope) if len(node.arguments) > 1 else None

    def run(this: Items, env: Env) -> Items:
        items = source(this, env)
        env.slots[slot] = items if value is None else value(items, env)
        return items

    return run, {**scope, known: slot}


@special_function("ofType", 1)
def of_type(compiler: Compiler, node: Call, source: Run, scope: Scope) -> Run:
    wanted = compiler.type_test(*type_name(compiler, node.arguments[0]), node.at)
    return lambda this, env: cast(source(this, env), wanted)


@special_function("as", 1)
def as_(compiler: Compiler, node: Call, source: Run, scope: Scope) -> Run:
    wanted = compiler.type_test(*type_name(compiler, node.arguments[0]), node.at)

    def run(this: Items, env: Env) -> Items:
        items = source(this, env)
        if len(items) > 1:
            raise EvaluationProblem(f"as() expects a single item, there are {len(items)}; ofType() takes several")
        return cast(items, wanted)

    return run


@special_function("is", 1)
def is_(compiler: Compiler, node: Call, source: Run, scope: Scope) -> Run:
    wanted = compiler.type_test(*type_name(compiler, node.arguments[0]), node.at)
    return lambda this, env: test(source(this, env), wanted)


def type_name(compiler: Compiler, node: Node) -> tuple[str, str]:
    """Namespace (or "") and name of a type given as an argument.

    Raises:
        SemanticProblem: the argument is no name.
    """
    if type(node) is Member and node.source is None:
        return "", node.name
    if type(node) is Member and type(node.source) is Member and node.source.source is None:
        return node.source.name, node.name
    raise compiler.semantic("needs the name of a type", node.at)


def _sort_key(compiler: Compiler, node: Node, scope: Scope) -> tuple[Run, bool]:
    if type(node) is SortKey:
        return compiler.node(node.operand, scope), node.descending
    if type(node) is Unary and node.operator == "-":
        operand = compiler.node(node.operand, scope)
        return (lambda this, env: [system(item) for item in operand(this, env)]), True
    return compiler.node(node, scope), False
