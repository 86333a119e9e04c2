"""UCUM's special units: scales with an offset, a logarithm or an angle instead of a factor.

Each row turns a value on the scale into a multiple of the corresponding proper unit, and back.

Source: https://ucum.org/ucum section 2.1.5 (special units on non-ratio scales), tables 4, 8, 11, 15
"""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Context, Decimal
from typing import NamedTuple

EXACT = Context(prec=60)
"""Wide enough that multiplication of measured values with unit factors stays exact."""
TRANSCENDENTAL = Context(prec=24)


class Scale(NamedTuple):
    """`to_proper` and `from_proper` are inverse to each other."""

    to_proper: Callable[[Decimal], Decimal]
    from_proper: Callable[[Decimal], Decimal]


def _offset(kelvins: str) -> Scale:
    zero = Decimal(kelvins)
    return Scale(lambda x: EXACT.add(x, zero), lambda y: EXACT.subtract(y, zero))


def _exponential(base: str, per: str) -> Scale:
    """y = base ** (x / per)."""
    basis, step = Decimal(base), Decimal(per)
    log_basis = TRANSCENDENTAL.ln(basis)

    def to_proper(x: Decimal) -> Decimal:
        return TRANSCENDENTAL.power(basis, EXACT.divide(x, step))

    def from_proper(y: Decimal) -> Decimal:
        exponent = TRANSCENDENTAL.log10(y) if basis == 10 else TRANSCENDENTAL.divide(TRANSCENDENTAL.ln(y), log_basis)
        return EXACT.multiply(exponent, step)

    return Scale(to_proper, from_proper)


def _natural() -> Scale:
    return Scale(TRANSCENDENTAL.exp, TRANSCENDENTAL.ln)


def _slope(of_angle: Callable[[float], float], to_angle: Callable[[float], float]) -> Scale:
    """x = 100 tan(angle)."""
    return Scale(
        lambda x: Decimal(repr(of_angle(math.atan(float(x) / 100)))),
        lambda y: Decimal(repr(100 * math.tan(to_angle(float(y))))),
    )


SCALES = {
    "Cel": _offset("273.15"),
    "degF": _offset("459.67"),
    "degRe": _offset("218.52"),
    "pH": _exponential("10", "-1"),
    "lg": _exponential("10", "1"),
    "lgTimes2": _exponential("10", "2"),
    "ln": _natural(),
    "ld": _exponential("2", "1"),
    "hpX": _exponential("10", "-1"),
    "hpC": _exponential("100", "-1"),
    "hpM": _exponential("1000", "-1"),
    "hpQ": _exponential("50000", "-1"),
    "tanTimes100": _slope(lambda angle: angle, lambda angle: angle),
    "100tan": _slope(math.degrees, math.radians),
    "sqrt": Scale(lambda x: EXACT.multiply(x, x), EXACT.sqrt),
}
