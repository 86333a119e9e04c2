"""Views compiled to functions: one resource in, rows out.

FHIR: SQL on FHIR v2, processing algorithm
Source: https://sql-on-fhir.org/ig/StructureDefinition-ViewDefinition.html#processing-algorithm
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from anlanh.fhir.fhirpath import types
from anlanh.fhir.fhirpath.check import ANYTHING, Checker, Known
from anlanh.fhir.fhirpath.compiler import RESERVED, Run
from anlanh.fhir.fhirpath.context import Context, Env
from anlanh.fhir.fhirpath.evaluate import compile as compile_path
from anlanh.fhir.fhirpath.problems import FhirPathProblem, SemanticProblem
from anlanh.fhir.fhirpath.values import Element, Items, plain
from anlanh.fhir.views import definition
from anlanh.fhir.views.definition import Column, Select, View
from anlanh.fhir.views.problems import NotACriterion, SeveralValues, ViewInvalid

Row = tuple[Any, ...]
Rows = Callable[[Items, Env], list[Row]]
"""From a focus to partial rows, in column order."""


@dataclass(frozen=True, slots=True)
class OutputColumn:
    """A column of the result: `type` is a FHIR type name; a `collection` holds a list of them."""

    name: str
    type: str
    collection: bool


class CompiledView:
    """A view ready to run, from any thread.

    `columns` are in order, as in every row. `warnings` name paths that the FHIR model does not have: they give nothing,
    which is allowed, but seldom meant.
    """

    def __init__(self, view: View) -> None:
        self.name = view.name
        self.resource = view.resource
        compiler = _Compiler(view)
        self._wheres = [(path, compiler.criterion(path, at)) for at, path in enumerate(view.wheres)]
        root = Known(frozenset({view.resource}), False)
        self._rows, self.columns = compiler.cross(view.selects, root)
        compiler.no_repeated_names(self.columns)
        self.warnings = tuple(compiler.warnings)
        self._context = Context(variables=view.constants)
        self._type = types.of_resource(view.resource)

    def rows(self, resource: dict[str, Any]) -> list[Row]:
        """The rows that a resource gives, in no promised order; none for resources of another type.

        Raises:
            SeveralValues: a column that is no collection found several values.
            NotACriterion: a where clause that gives no Boolean.
            EvaluationProblem: a path that does not fit the values.
        """
        if resource.get("resourceType") != self.resource:
            return []
        focus: Items = [Element(resource, self._type)]
        env = Env(self._context, focus)
        for path, criterion in self._wheres:
            found = criterion(focus, env)
            value = plain(found[0]) if len(found) == 1 else None
            if found and type(value) is not bool:
                raise NotACriterion(name=self.name, path=path)
            if not value:
                return []
        return self._rows(focus, env)

    def dicts(self, resource: dict[str, Any]) -> list[dict[str, Any]]:
        """The rows as dicts, keys in column order."""
        names = [column.name for column in self.columns]
        return [dict(zip(names, row, strict=True)) for row in self.rows(resource)]


def compile(view: Any) -> CompiledView:
    """A ViewDefinition (JSON), checked and compiled.

    Raises:
        ViewInvalid: the view is wrong; the message names the place.
    """
    return CompiledView(definition.read(view))


class _Compiler:
    def __init__(self, view: View) -> None:
        self.view = view
        self.warnings: list[str] = []

    def cross(self, selects: tuple[Select, ...], focus: Known) -> tuple[Rows, tuple[OutputColumn, ...]]:
        """Every row of each select with every row of the others."""
        parts = [self.select(select, focus) for select in selects]
        columns = tuple(column for _, found in parts for column in found)
        runs = [run for run, _ in parts]
        if len(runs) == 1:
            return runs[0], columns

        def run(this: Items, env: Env) -> list[Row]:
            out = runs[0](this, env)
            for part in runs[1:]:
                if not out:
                    return out
                more = part(this, env)
                out = [row + added for row in out for added in more]
                env.spend(len(out))
            return out

        return run, columns

    def select(self, select: Select, outside: Known) -> tuple[Rows, tuple[OutputColumn, ...]]:
        # A repeated path runs over what it finds, too, so its own focus is not known beforehand.
        start = ANYTHING if select.loop == "repeat" else outside
        loops = [self.path(path, start, select.where) for path in select.paths]
        focus = Known(loops[0][1].types if len(loops) == 1 else None, False)
        inside = outside if not select.loop else focus
        parts: list[tuple[Rows, tuple[OutputColumn, ...]]] = []
        if select.columns:
            parts.append(self.columns(select, inside))
        if select.selects:
            parts.append(self.cross(select.selects, inside))
        if select.unions:
            parts.append(self.union(select, inside))
        columns = tuple(column for _, found in parts for column in found)
        body = _product([run for run, _ in parts])
        return LOOPS[select.loop]([run for run, _ in loops], body, len(columns)), columns

    def columns(self, select: Select, focus: Known) -> tuple[Rows, tuple[OutputColumn, ...]]:
        getters, columns = [], []
        for at, column in enumerate(select.columns):
            run, known = self.path(column.path, focus, f"{select.where}.column[{at}]")
            getters.append(_getter(self.view.name, column, run))
            columns.append(OutputColumn(column.name, column.type or _inferred(known), column.collection))

        def run_all(this: Items, env: Env) -> list[Row]:
            return [tuple([get(this, env) for get in getters])]

        return run_all, tuple(columns)

    def union(self, select: Select, focus: Known) -> tuple[Rows, tuple[OutputColumn, ...]]:
        branches = [self.select(branch, focus) for branch in select.unions]
        first = branches[0][1]
        for at, (_, columns) in enumerate(branches[1:], 1):
            if [(c.name, c.collection) for c in columns] != [(c.name, c.collection) for c in first]:
                names = ", ".join(column.name for column in first)
                self.fail(f"{select.where}.unionAll[{at}]", f"must have the columns of the first branch: {names}.")
        runs = [run for run, _ in branches]
        return (lambda this, env: [row for run in runs for row in run(this, env)]), first

    def criterion(self, path: str, at: int) -> Run:
        run, known = self.path(path, Known(frozenset({self.view.resource}), False), f"where[{at}]")
        if known.types is not None and not known.types & {"boolean", "System.Boolean"}:
            self.fail(f"where[{at}]", f"gives {' or '.join(sorted(known.types))}, not a Boolean.")
        return run

    def path(self, path: str, focus: Known, where: str) -> tuple[Run, Known]:
        """The path compiled, and what is known of its result."""
        try:
            compiled = compile_path(path)
            for constant, place in compiled.constants:
                if constant not in self.view.constants and constant not in RESERVED:
                    raise SemanticProblem(f"does not know the constant %{constant}", path, place)
        except FhirPathProblem as problem:
            raise ViewInvalid(
                name=self.view.name, where=where, reason=problem.text, expression=f"ViewDefinition.{where}"
            ) from problem
        try:
            return compiled.run, Checker(path, self.view.resource).infer(compiled.tree, focus)
        except SemanticProblem as doubt:
            self.warnings.append(f"{where} {doubt.text}")
            return compiled.run, ANYTHING

    def no_repeated_names(self, columns: tuple[OutputColumn, ...]) -> None:
        names = [column.name for column in columns]
        for name in names:
            if names.count(name) > 1:
                self.fail("select", f"has two columns with the name {name!r}.")

    def fail(self, where: str, reason: str) -> None:
        raise ViewInvalid(name=self.view.name, where=where, reason=reason, expression=f"ViewDefinition.{where}")


def _getter(view: str, column: Column, run: Run) -> Callable[[Items, Env], Any]:
    if column.collection:
        return lambda this, env: [plain(item) for item in run(this, env)]

    def get(this: Items, env: Env) -> Any:
        items = run(this, env)
        if not items:
            return None
        if len(items) > 1:
            raise SeveralValues(name=view, column=column.name, count=len(items))
        item = items[0]
        return item.value if type(item) is Element else plain(item)

    return get


def _product(runs: list[Rows]) -> Rows:
    if len(runs) == 1:
        return runs[0]

    def run(this: Items, env: Env) -> list[Row]:
        out = runs[0](this, env)
        for part in runs[1:]:
            if not out:
                return out
            out = [row + added for row in out for added in part(this, env)]
            env.spend(len(out))
        return out

    return run


def _once(loops: list[Run], body: Rows, width: int) -> Rows:
    return body


def _for_each(loops: list[Run], body: Rows, width: int) -> Rows:
    (loop,) = loops

    def run(this: Items, env: Env) -> list[Row]:
        return _each(loop(this, env), body, env)

    return run


def _for_each_or_null(loops: list[Run], body: Rows, width: int) -> Rows:
    (loop,) = loops

    def run(this: Items, env: Env) -> list[Row]:
        items = loop(this, env)
        if items:
            return _each(items, body, env)
        outer, env.row = env.row, 0
        rows = body([], env)
        env.row = outer
        return rows or [(None,) * width]

    return run


def _repeat(loops: list[Run], body: Rows, width: int) -> Rows:
    def run(this: Items, env: Env) -> list[Row]:
        found: Items = []
        waiting = [item for loop in reversed(loops) for item in reversed(loop(this, env))]
        while waiting:
            item = waiting.pop()
            found.append(item)
            env.spend(1)
            waiting += [inner for loop in reversed(loops) for inner in reversed(loop([item], env))]
        return _each(found, body, env)

    return run


def _each(items: Items, body: Rows, env: Env) -> list[Row]:
    outer = env.row
    out: list[Row] = []
    for at, item in enumerate(items):
        env.row = at
        out += body([item], env)
    env.row = outer
    return out


LOOPS: dict[str, Callable[[list[Run], Rows, int], Rows]] = {
    "": _once,
    "forEach": _for_each,
    "forEachOrNull": _for_each_or_null,
    "repeat": _repeat,
}


def _inferred(known: Known) -> str:
    """The type of a column that names none: the one its path can have, else string."""
    if known.types is None or len(known.types) != 1:
        return "string"
    name = next(iter(known.types)).removeprefix("System.")
    return name if types.known(name) is not None else name[0].lower() + name[1:]
