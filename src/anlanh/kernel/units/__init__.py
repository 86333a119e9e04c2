"""Units of measure: UCUM codes validated, compared, converted and put into words.

Source: https://ucum.org/ucum, UCUM 2.2
"""

from anlanh.kernel.units.measure import (
    Measure,
    canonical,
    comparable,
    convert,
    divide,
    measure,
    multiply,
    validate,
)
from anlanh.kernel.units.names import display
from anlanh.kernel.units.problems import IncomparableUnits, OffTheScale, UnknownUnit

__all__ = [
    "IncomparableUnits",
    "Measure",
    "OffTheScale",
    "UnknownUnit",
    "canonical",
    "comparable",
    "convert",
    "display",
    "divide",
    "measure",
    "multiply",
    "validate",
]
