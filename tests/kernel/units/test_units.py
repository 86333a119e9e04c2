"""Units: the functional tests of UCUM, the table against the essence file, and the edges."""

import xml.etree.ElementTree as ET
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anlanh.kernel import units
from anlanh.kernel.units.table import BASE_UNITS, PREFIXES, UNITS

UCUM = Path(__file__).parents[4] / "shared" / "suites" / "ucum"
CASES = ET.parse(UCUM / "UcumFunctionalTests.xml").getroot()
ESSENCE = ET.parse(UCUM / "ucum-essence.xml").getroot()
NAMESPACE = "{http://unitsofmeasure.org/ucum-essence}"


def cases(section: str) -> list[dict[str, str]]:
    return [case.attrib for group in CASES.iter(section) for case in group.iter("case")]


@pytest.mark.parametrize("case", cases("validation"), ids=lambda case: case["unit"])
def test_codes_are_valid_as_ucum_says(case: dict[str, str]) -> None:
    assert units.validate(case["unit"]) == (case["valid"] == "true")


@pytest.mark.parametrize("case", cases("conversion"), ids=lambda case: case["id"])
def test_values_are_converted_as_ucum_says(case: dict[str, str]) -> None:
    wanted = Decimal(case["outcome"])
    got = units.convert(Decimal(case["value"]), case["srcUnit"], case["dstUnit"])
    assert abs(got - wanted) < abs(wanted) * Decimal("0.02")


@pytest.mark.parametrize("case", cases("displayNameGeneration"), ids=lambda case: case["unit"])
def test_codes_are_put_into_words_as_ucum_says(case: dict[str, str]) -> None:
    assert units.display(case["unit"]) == case["display"]


def test_the_table_holds_every_row_of_the_essence_file() -> None:
    assert [row.code for row in PREFIXES] == [row.get("Code") for row in ESSENCE.iter(NAMESPACE + "prefix")]
    assert [row.code for row in BASE_UNITS] == [row.get("Code") for row in ESSENCE.iter(NAMESPACE + "base-unit")]
    assert [(row.code, row.metric, row.arbitrary) for row in UNITS] == [
        (row.get("Code"), row.get("isMetric") == "yes", row.get("isArbitrary") == "yes")
        for row in ESSENCE.iter(NAMESPACE + "unit")
    ]


def test_every_unit_of_the_table_measures_something() -> None:
    assert all(units.measure(row.code).canonical_code for row in UNITS)


@pytest.mark.parametrize(
    ("value", "source", "target", "wanted"),
    [
        ("37.0", "Cel", "[degF]", "98.60"),
        ("98.6", "[degF]", "Cel", "37"),
        ("5.5", "mmol/L", "mol/m3", "5.5"),
        ("7", "[pH]", "mol/L", "1E-7"),
        ("100", "%[slope]", "deg", "45"),
        ("20", "dB[W]", "W", "100"),
        ("3", "bit_s", "1", "8"),
    ],
)
def test_scales_with_offset_or_logarithm_are_converted(value: str, source: str, target: str, wanted: str) -> None:
    got = units.convert(Decimal(value), source, target)
    assert abs(got - Decimal(wanted)) < Decimal("1E-12")


def test_canonical_values_are_exact() -> None:
    assert units.canonical(Decimal("5.40"), "mg/dL") == (Decimal("54.0"), "g.m-3")
    assert units.canonical(3, "[in_i]") == (Decimal("0.0762"), "m")


def test_a_product_and_a_quotient_come_in_base_units() -> None:
    assert units.multiply(Decimal(2), "cm", Decimal(3), "m") == (Decimal("0.06"), "m2")
    assert units.divide(Decimal(4), "g", Decimal(2), "kg") == (Decimal("0.002"), "1")


def test_arbitrary_units_compare_with_themselves_only() -> None:
    assert units.comparable("[IU]/L", "[iU]/mL")
    assert not units.comparable("[IU]", "[arb'U]")
    assert not units.comparable("mg", "mmol")


def test_different_kinds_of_quantity_do_not_convert() -> None:
    with pytest.raises(units.IncomparableUnits, match="'mg' cannot be converted to 'mL'"):
        units.convert(1, "mg", "mL")


def test_the_logarithm_of_a_negative_value_is_off_the_scale() -> None:
    with pytest.raises(units.OffTheScale):
        units.convert(-1, "mol/L", "[pH]")


@pytest.mark.parametrize("code", ["m" * 300, "(" * 40 + "m", "10*99999", "m-", "/0", "{a", "[x", "mg/", "5.a b"])
def test_what_is_no_unit_says_why(code: str) -> None:
    with pytest.raises(units.UnknownUnit) as fault:
        units.measure(code)
    assert "is not a UCUM unit" in fault.value.text


@given(st.text(alphabet="mgkL10*/.()-+{}[]'% dBCel", max_size=30))
def test_any_text_is_either_a_unit_or_not(code: str) -> None:
    assert units.validate(code) in (True, False)
