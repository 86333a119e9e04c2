"""UCUM codes in words.

Source: https://ucum.org/ucum, names of prefixes and units
"""

from __future__ import annotations

from anlanh.kernel.units.grammar import Annotation, Component, Factor, Symbol, Term, parse
from anlanh.kernel.units.table import BASE_UNITS, PREFIXES, UNITS

_PREFIX_NAMES = {row.code: row.name for row in PREFIXES}
_UNIT_NAMES = {row.code: row.name for row in (*BASE_UNITS, *UNITS)}
_OPERATORS = {".": " * ", "/": " / "}


def display(code: str) -> str:
    """The code in words: `(milligram) / (deciliter)`; `(unity)` for the empty code.

    Raises:
        UnknownUnit: not a UCUM code.
    """
    return _term(parse(code)) if code else "(unity)"


def _term(term: Term) -> str:
    words = "".join(_OPERATORS[operator] + _component(component) for operator, component in term.parts)
    return "1" + words if term.parts[0][0] == "/" else words.removeprefix(_OPERATORS["."])


def _component(component: Component) -> str:
    match component:
        case Factor(value):
            return str(value)
        case Annotation(text):
            return f"({text})"
        case Term():
            return f"({_term(component)})"
        case Symbol(prefix, atom, exponent):
            name = _PREFIX_NAMES.get(prefix, "") + _UNIT_NAMES[atom]
            return f"({name})" if exponent == 1 else f"({name} ^ {exponent})"
