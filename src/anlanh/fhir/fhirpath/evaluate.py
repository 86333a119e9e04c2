"""Compiled expressions: the entrance to FHIRPath for the rest of the program.

FHIR: FHIRPath 2.0.0
Source: http://hl7.org/fhirpath/N1/
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from anlanh.fhir.fhirpath import keys, special
from anlanh.fhir.fhirpath.check import check
from anlanh.fhir.fhirpath.compiler import Compiler
from anlanh.fhir.fhirpath.context import EMPTY, Context, Env
from anlanh.fhir.fhirpath.parser import parse
from anlanh.fhir.fhirpath.problems import TooCostly
from anlanh.fhir.fhirpath.syntax import Node
from anlanh.fhir.fhirpath.values import Items, element, truth

assert keys
assert special  # both fill the compiler's table of functions


class Compiled:
    """An expression ready to be evaluated, from any thread.

    `tree` is its syntax tree, `run(this, env)` its closure, `constants` the %names (with offsets) that must be given.
    """

    __slots__ = ("constants", "run", "text", "tree")

    def __init__(self, text: str, tree: Node) -> None:
        self.text = text
        self.tree = tree
        compiler = Compiler(text)
        self.run = compiler.node(tree, {})
        self.constants = tuple(compiler.constants)

    def __call__(self, focus: Any, context: Context = EMPTY) -> Items:
        """The items that the expression gives for a resource (JSON value), an `Element`, or a System value.

        Items are `Element`s and System values; `fhirpath.plain(item)` makes JSON of them.

        Raises:
            EvaluationProblem: the expression does not fit these values.
            TooCostly: it does more work than one evaluation may.
        """
        root = [] if focus is None else [element(focus)]
        try:
            return self.run(root, Env(context, root))
        except RecursionError:
            raise TooCostly("goes deeper than the program can follow", self.text, 0) from None

    def holds(self, focus: Any, context: Context = EMPTY) -> bool:
        """Whether the expression, read as an invariant, holds: its result is true (empty does not hold)."""
        return truth(self(focus, context)) is True


@lru_cache(maxsize=20_000)
def compile(expression: str, strict_for: str | None = None) -> Compiled:
    """The expression, compiled; the same text is compiled once.

    With `strict_for`, the name of the focus's FHIR type, the expression is also checked against the model.

    Raises:
        SyntaxProblem: not an expression.
        SemanticProblem: an unknown function or type; with `strict_for` also an unknown element, or a function that
            cannot take what it is given.
    """
    compiled = Compiled(expression, parse(expression))
    if strict_for is not None:
        check(expression, compiled.tree, strict_for)
    return compiled
