"""Equal, equivalent, ordered: comparing items and collections.

FHIR: FHIRPath 2.0.0, equality and comparison
Source: http://hl7.org/fhirpath/N1/#equality, http://hl7.org/fhirpath/N1/#comparison
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation
from typing import Any

from anlanh.fhir.fhirpath import temporal
from anlanh.fhir.fhirpath.problems import EvaluationProblem
from anlanh.fhir.fhirpath.temporal import Temporal
from anlanh.fhir.fhirpath.values import Element, Items, Quantity, system, type_of
from anlanh.kernel import units

_NUMBERS = (int, Decimal)
_WIDE = Context(prec=200)


def equal_items(left: Items, right: Items) -> bool | None:
    """`=` of collections: None when either is empty or a pair leaves it open."""
    if not left or not right:
        return None
    if len(left) != len(right):
        return False
    answer: bool | None = True
    for mine, yours in zip(left, right, strict=True):
        one = equal(mine, yours)
        if one is False:
            return False
        if one is None:
            answer = None
    return answer


def equal(left: Any, right: Any) -> bool | None:
    """`=` of two items; None when partial dates or units leave it open."""
    mine, yours = system(left), system(right)
    kind, other = type(mine), type(yours)
    if kind is str and other is str:
        return bool(mine == yours)
    if kind is bool or other is bool:
        return kind is other and bool(mine == yours)
    if isinstance(mine, _NUMBERS) and isinstance(yours, _NUMBERS):
        return bool(mine == yours)
    if kind is Temporal and other is Temporal:
        if (mine.kind == "Time") != (yours.kind == "Time"):
            return False
        order = temporal.compare(mine, yours)
        return None if order is None else order == 0
    if kind is Quantity or other is Quantity:
        return _equal_quantities(_as_quantity(mine), _as_quantity(yours))
    if kind is Element and other is Element:
        return bool(content(mine) == content(yours))
    return bool(kind is other and mine == yours)


def equivalent_items(left: Items, right: Items) -> bool:
    """`~` of collections: order does not matter, empty is equivalent to empty."""
    if len(left) != len(right):
        return False
    rest = list(right)
    for mine in left:
        found = next((at for at, yours in enumerate(rest) if equivalent(mine, yours)), None)
        if found is None:
            return False
        del rest[found]
    return True


def equivalent(left: Any, right: Any) -> bool:
    """`~` of two items: text without case and spacing, decimals to the coarser precision, quantities by kind."""
    mine, yours = system(left), system(right)
    if type(mine) is str and type(yours) is str:
        return mine.split() == yours.split() or mine.lower().split() == yours.lower().split()
    if type(mine) is bool or type(yours) is bool:
        return type(mine) is type(yours) and bool(mine == yours)
    if isinstance(mine, _NUMBERS) and isinstance(yours, _NUMBERS):
        return _near(Decimal(mine), Decimal(yours))
    if type(mine) is Temporal and type(yours) is Temporal:
        return mine.kind == yours.kind and (temporal.compare(mine, yours) == 0 or _same_instant(mine, yours))
    if type(mine) is Quantity and type(yours) is Quantity:
        return _equivalent_quantities(mine, yours)
    if type(mine) is Element and type(yours) is Element:
        return bool(_without_ids(mine.value) == _without_ids(yours.value))
    return type(mine) is type(yours) and bool(mine == yours)


def order(left: Items, right: Items) -> int | None:
    """-1, 0 or 1 of two single items; None when either is empty or partial dates or units leave it open.

    Raises:
        EvaluationProblem: several items, or values of types that have no common order.
    """
    if not left or not right:
        return None
    if len(left) > 1 or len(right) > 1:
        raise EvaluationProblem("compares single items only")
    return order_of(system(left[0]), system(right[0]))


def order_of(mine: Any, yours: Any) -> int | None:
    """`order` of two System values."""
    kind, other = type(mine), type(yours)
    if (kind is str and other is str) or (
        isinstance(mine, _NUMBERS) and isinstance(yours, _NUMBERS) and bool not in (kind, other)
    ):
        return int(mine > yours) - int(mine < yours)
    if kind is Temporal and other is Temporal and (mine.kind == "Time") == (yours.kind == "Time"):
        return temporal.compare(mine, yours)
    if kind is Temporal and other is str:
        parsed = temporal.parse(yours, mine.kind)
        return None if parsed is None else temporal.compare(mine, parsed)
    if kind is str and other is Temporal:
        parsed = temporal.parse(mine, yours.kind)
        return None if parsed is None else temporal.compare(parsed, yours)
    if kind is Quantity or other is Quantity:
        one, two = _as_quantity(mine), _as_quantity(yours)
        if one is not None and two is not None:
            return _order_quantities(one, two)
    if kind is Element and other is Element and mine.value is None is yours.value:
        return None
    raise EvaluationProblem(f"cannot compare {'.'.join(type_of(mine))} with {'.'.join(type_of(yours))}")


def key(item: Any) -> Hashable:
    """A hashable that is the same for items that are equal; for distinct(), union and membership."""
    value = system(item)
    kind = type(value)
    if kind is str:
        return value  # type: ignore[no-any-return]
    if kind is bool:
        return (bool, value)
    if kind is Element:
        return (Element, content(value))
    if kind is Temporal:
        return (Temporal, value.kind == "Time", temporal.utc_fields(value), value.offset is None)
    if kind is Quantity:
        return (Quantity, *_canonical(value))
    return value if isinstance(value, Hashable) else repr(value)


def content(item: Element) -> Hashable:
    """All of an element's content, with equal numbers equal, as a hashable."""
    return (_frozen(item.value), _frozen(item.beside))


def distinct(items: Items) -> Items:
    """The items without those equal to an earlier one."""
    if len(items) < 2:
        return items
    return list({key(item): item for item in reversed(items)}.values())[::-1]


def _frozen(value: Any) -> Hashable:
    if type(value) is dict:
        return frozenset((name, _frozen(part)) for name, part in value.items())
    if type(value) is list:
        return tuple(map(_frozen, value))
    return (bool, value) if type(value) is bool else value


def _without_ids(value: Any) -> Any:
    if type(value) is dict:
        return {name: _without_ids(part) for name, part in value.items() if name != "id"}
    if type(value) is list:
        return Counter(repr(_without_ids(part)) for part in value)
    return value.strip().lower() if type(value) is str else value


def _near(mine: Decimal, yours: Decimal) -> bool:
    grain = Decimal(1).scaleb(-min(_places(mine), _places(yours)))
    try:
        return mine.quantize(grain, ROUND_HALF_UP, _WIDE) == yours.quantize(grain, ROUND_HALF_UP, _WIDE)
    except InvalidOperation:
        return mine == yours


def _places(value: Decimal) -> int:
    exponent = value.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _same_instant(mine: Temporal, yours: Temporal) -> bool:
    return mine.fields == yours.fields and mine.offset == yours.offset


def _as_quantity(value: Any) -> Quantity | None:
    if type(value) is Quantity:
        return value
    return Quantity(Decimal(value), "1") if isinstance(value, _NUMBERS) and type(value) is not bool else None


def _equal_quantities(mine: Quantity | None, yours: Quantity | None) -> bool | None:
    if mine is None or yours is None:
        return False
    if mine.calendar != yours.calendar and {mine.unit, yours.unit} & {"year", "month"}:
        return None
    if mine.unit == yours.unit:
        return mine.value == yours.value
    found = _order_quantities(mine, yours)
    return None if found is None else found == 0


def _equivalent_quantities(mine: Quantity, yours: Quantity) -> bool:
    if mine.ucum == yours.ucum:
        return _near(mine.value, yours.value)
    if not units.comparable(mine.ucum, yours.ucum):
        return False
    # The operand with the coarser precision decides, in its own unit.
    try:
        one = units.convert(mine.value, mine.ucum, yours.ucum).normalize()
        two = units.convert(yours.value, yours.ucum, mine.ucum).normalize()
    except units.OffTheScale:
        return False
    return _near(mine.value, two) or _near(one, yours.value)


def _order_quantities(mine: Quantity, yours: Quantity) -> int | None:
    if mine.ucum == yours.ucum:
        return (mine.value > yours.value) - (mine.value < yours.value)
    if not units.comparable(mine.ucum, yours.ucum):
        return None
    one, two = _canonical(mine)[0], _canonical(yours)[0]
    return int(one > two) - int(one < two)


def _canonical(value: Quantity) -> tuple[Any, str]:
    try:
        return units.canonical(value.value, value.ucum)
    except (units.UnknownUnit, units.IncomparableUnits, units.OffTheScale):
        return value.value, value.ucum
