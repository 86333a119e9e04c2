"""What UCUM codes measure: factor and dimension, conversion and arithmetic, exact where the numbers allow.

Source: https://ucum.org/ucum section 2.1.4 (semantics)
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Context, Decimal, InvalidOperation, Overflow
from fractions import Fraction
from functools import lru_cache

from anlanh.kernel.units.grammar import Annotation, Component, Factor, Symbol, Term, parse
from anlanh.kernel.units.problems import IncomparableUnits, OffTheScale, UnknownUnit
from anlanh.kernel.units.scales import EXACT, SCALES, Scale
from anlanh.kernel.units.table import BASE_UNITS, PREFIXES, UNITS

PREFIX_VALUES = {row.code: Fraction(row.value) for row in PREFIXES}
BASE_CODES = frozenset(row.code for row in BASE_UNITS)
UNIT_ROWS = {row.code: row for row in UNITS}

_ROUNDED = Context(prec=34)
"""Digits kept of a quotient that does not end, as in IEEE decimal128."""


@dataclass(frozen=True, slots=True)
class Measure:
    """`numerator / denominator` times the product of base units in `dimension`.

    `scale` is set for a special unit standing alone; `steps` is then what its prefix multiplies.
    """

    numerator: Decimal
    denominator: Decimal
    dimension: tuple[tuple[str, int], ...]
    canonical_code: str
    scale: Scale | None = None
    steps: Decimal = Decimal(1)


@dataclass(frozen=True, slots=True)
class _Parts:
    factor: Fraction
    dimension: dict[str, int]
    special: bool = False
    function: str = ""
    prefix: Fraction = Fraction(1)


@lru_cache(maxsize=10_000)
def measure(code: str) -> Measure:
    """What a UCUM code measures. The empty code and `1` are the unity.

    Raises:
        UnknownUnit: not a UCUM code.
        IncomparableUnits: a special unit such as Cel is multiplied or divided.
    """
    parts = _term(parse(code)) if code else _Parts(Fraction(1), {})
    if parts.special and not parts.function:
        raise IncomparableUnits(source=code, target="a product of base units")
    dimension = tuple(sorted((base, power) for base, power in parts.dimension.items() if power))
    numerator, denominator = _decimals(parts.factor)
    return Measure(
        numerator,
        denominator,
        dimension,
        ".".join(base if power == 1 else f"{base}{power}" for base, power in dimension) or "1",
        SCALES[parts.function] if parts.function else None,
        EXACT.divide(Decimal(parts.prefix.numerator), Decimal(parts.prefix.denominator)),
    )


def validate(code: str) -> bool:
    """Whether the text is a UCUM code (case sensitive)."""
    try:
        return bool(code) and _is_code(code)
    except UnknownUnit:
        return False


@lru_cache(maxsize=10_000)
def _is_code(code: str) -> bool:
    parse(code)
    return True


def canonical(value: Decimal | int, code: str) -> tuple[Decimal, str]:
    """The value in base units, and their product as a code: `(Decimal("0.005"), "g")` for 5 mg.

    Raises:
        UnknownUnit, IncomparableUnits, OffTheScale
    """
    unit = measure(code)
    return _to_base(Decimal(value), unit, code), unit.canonical_code


def convert(value: Decimal | int, source: str, target: str) -> Decimal:
    """The value in the target unit; exact where it has an end, else to 34 digits.

    Raises:
        UnknownUnit, IncomparableUnits, OffTheScale
    """
    if source == target:
        return Decimal(value)
    unit, wanted = measure(source), measure(target)
    if unit.dimension != wanted.dimension:
        raise IncomparableUnits(source=source, target=target)
    if unit.scale is None and wanted.scale is None:
        return _quotient(
            EXACT.multiply(EXACT.multiply(Decimal(value), unit.numerator), wanted.denominator),
            EXACT.multiply(unit.denominator, wanted.numerator),
        )
    return _from_base(_to_base(Decimal(value), unit, source), wanted, target)


def comparable(one: str, other: str) -> bool:
    """Whether both codes are known and measure the same kind of quantity."""
    try:
        return measure(one).dimension == measure(other).dimension
    except (UnknownUnit, IncomparableUnits):
        return False


def multiply(value: Decimal, code: str, by: Decimal, by_code: str) -> tuple[Decimal, str]:
    """The product in base units.

    Raises:
        UnknownUnit, IncomparableUnits, OffTheScale
    """
    one, one_code = canonical(value, code)
    other, other_code = canonical(by, by_code)
    return EXACT.multiply(one, other), measure(f"({one_code}).({other_code})").canonical_code


def divide(value: Decimal, code: str, by: Decimal, by_code: str) -> tuple[Decimal, str]:
    """The quotient in base units.

    Raises:
        ZeroDivisionError: `by` is zero.
        UnknownUnit, IncomparableUnits, OffTheScale
    """
    one, one_code = canonical(value, code)
    other, other_code = canonical(by, by_code)
    return _quotient(one, other), measure(f"({one_code})/({other_code})").canonical_code


def _to_base(value: Decimal, unit: Measure, code: str) -> Decimal:
    if unit.scale is not None:
        try:
            value = unit.scale.to_proper(EXACT.multiply(value, unit.steps))
        except (InvalidOperation, Overflow) as error:
            raise OffTheScale(value=value, code=code) from error
    return _quotient(EXACT.multiply(value, unit.numerator), unit.denominator)


def _from_base(value: Decimal, unit: Measure, code: str) -> Decimal:
    value = _quotient(EXACT.multiply(value, unit.denominator), unit.numerator)
    if unit.scale is None:
        return value
    try:
        return EXACT.divide(unit.scale.from_proper(value), unit.steps)
    except (InvalidOperation, Overflow) as error:
        raise OffTheScale(value=value, code=code) from error


def _quotient(dividend: Decimal, divisor: Decimal) -> Decimal:
    return dividend if divisor == 1 else _ROUNDED.divide(dividend, divisor)


def _decimals(factor: Fraction) -> tuple[Decimal, Decimal]:
    """The factor as two decimals; the second is 1 when the first says it exactly."""
    numerator, denominator = Decimal(factor.numerator), Decimal(factor.denominator)
    quotient = EXACT.divide(numerator, denominator)
    if Fraction(quotient) == factor:
        return quotient.normalize(EXACT), Decimal(1)
    return EXACT.plus(numerator), EXACT.plus(denominator)


def _term(term: Term) -> _Parts:
    if len(term.parts) == 1 and term.parts[0][0] == ".":
        return _component(term.parts[0][1])
    factor, dimension, special = Fraction(1), dict[str, int](), False
    for operator, component in term.parts:
        part = _component(component)
        sign = 1 if operator == "." else -1
        if part.factor == 0 and sign < 0:
            raise UnknownUnit(code="0", reason="a unit cannot be divided by zero")
        factor *= part.factor**sign
        special = special or part.special
        for base, power in part.dimension.items():
            dimension[base] = dimension.get(base, 0) + sign * power
    return _Parts(factor, dimension, special)


def _component(component: Component) -> _Parts:
    match component:
        case Factor(value):
            return _Parts(Fraction(value), {})
        case Annotation():
            return _Parts(Fraction(1), {})
        case Term():
            return _term(component)
        case Symbol(prefix, code, exponent):
            return _symbol(prefix, _atom(code), exponent)


def _symbol(prefix: str, atom: _Parts, exponent: int) -> _Parts:
    multiple = PREFIX_VALUES[prefix] if prefix else Fraction(1)
    if atom.special and exponent == 1:
        return _Parts(atom.factor, atom.dimension, True, atom.function, multiple)
    return _Parts(
        (multiple * atom.factor) ** exponent,
        {base: power * exponent for base, power in atom.dimension.items()},
        atom.special,
    )


@lru_cache(maxsize=len(UNITS) + len(BASE_UNITS))
def _atom(code: str) -> _Parts:
    if code in BASE_CODES:
        return _Parts(Fraction(1), {code: 1})
    row = UNIT_ROWS[code]
    if row.arbitrary and row.unit == "1":
        # A procedure defines it, not a factor: comparable with itself only.
        return _Parts(Fraction(row.value), {code: 1})
    proper = _term(parse(row.unit))
    factor = Fraction(row.value) * proper.factor
    return _Parts(factor, proper.dimension, bool(row.function), row.function)
