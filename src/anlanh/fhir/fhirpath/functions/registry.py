"""How a function of the library is written down: its name, what it takes, and the Python function behind it.

FHIR: FHIRPath 2.0.0, functions
Source: http://hl7.org/fhirpath/N1/#functions
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from anlanh.fhir.fhirpath.context import TEXT_STEP, Env
from anlanh.fhir.fhirpath.problems import EvaluationProblem
from anlanh.fhir.fhirpath.temporal import Temporal
from anlanh.fhir.fhirpath.values import Element, Items, Quantity, single, type_of

KINDS: dict[str, tuple[type, ...]] = {
    "String": (str,),
    "Boolean": (bool,),
    "Integer": (int,),
    "Number": (int, Decimal),
    "Measured": (int, Decimal, Quantity),
    "Bounded": (int, Decimal, Quantity, Temporal),
    "Temporal": (Temporal,),
    "Quantity": (Quantity,),
}
"""What a function may ask of its input and arguments, as the Python types of System values."""


@dataclass(frozen=True, slots=True)
class Function:
    """`run(items, arguments, env)`; arguments are collections. `input` and `result` are for checking beforehand."""

    name: str
    least: int
    most: int
    run: Callable[[Items, list[Items], Env], Items]
    input: str = "Any"
    result: str = ""
    one_result: bool = False


FUNCTIONS: dict[str, Function] = {}


def on_items(
    name: str, least: int = 0, most: int | None = None, *, result: str = "", one: bool = False
) -> Callable[[Callable[..., Items]], Callable[..., Items]]:
    """Register `run(items, *arguments)`: collections in, a collection out."""

    def register(run: Callable[..., Items]) -> Callable[..., Items]:
        FUNCTIONS[name] = Function(
            name,
            least,
            least if most is None else most,
            lambda items, arguments, env: run(items, *arguments),
            result=result,
            one_result=one,
        )
        return run

    return register


def on_items_with_env(
    name: str, least: int = 0, most: int | None = None, *, result: str = ""
) -> Callable[[Callable[..., Items]], Callable[..., Items]]:
    """Register `run(env, items, *arguments)`, for functions that look at the context."""

    def register(run: Callable[..., Items]) -> Callable[..., Items]:
        FUNCTIONS[name] = Function(
            name,
            least,
            least if most is None else most,
            lambda items, arguments, env: run(env, items, *arguments),
            result=result,
        )
        return run

    return register


def on_one(
    name: str, takes: str, *arguments: str, result: str = "", with_env: bool = False
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register `run(value, *arguments)` on a single System value; an argument kind that ends in `?` may be left out.

    An empty input or argument gives an empty result; so does a result of None. A list is a collection of results.
    `with_env`: `run(env, value, *arguments)`.
    """
    kinds = [KINDS.get(kind.rstrip("?")) for kind in arguments]
    least = sum(not kind.endswith("?") for kind in arguments)
    wanted = KINDS.get(takes)

    def register(run: Callable[..., Any]) -> Callable[..., Any]:
        def evaluate(items: Items, given: list[Items], env: Env) -> Items:
            if not items:
                return []
            value = checked(items, wanted, takes, name)
            if value is None:
                return []
            values = []
            for at, argument in enumerate(given):
                one = checked(argument, kinds[at], arguments[at].rstrip("?"), name)
                if one is None:
                    return []
                values.append(one)
            if type(value) is str and len(value) > TEXT_STEP:
                env.spend(len(value) // TEXT_STEP)
            answer = run(env, value, *values) if with_env else run(value, *values)
            if answer is None:
                return []
            return answer if type(answer) is list else [answer]

        FUNCTIONS[name] = Function(name, least, len(arguments), evaluate, takes, result, True)
        return run

    return register


def checked(items: Items, wanted: tuple[type, ...] | None, kind: str, name: str) -> Any:
    """The single System value of the items, or None when there is none.

    Raises:
        EvaluationProblem: several items, or a value of another kind.
    """
    value = single(items)
    if value is None or wanted is None:
        return value
    if isinstance(value, wanted) and (type(value) is not bool or bool in wanted):
        return value
    if kind == "String" and type(items[0]) is Element and type(items[0].value) is str:
        return items[0].value
    raise EvaluationProblem(f"{name}() expects {kind}, not {'.'.join(type_of(items[0]))}")
