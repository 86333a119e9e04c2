"""The body of a made-up person: height, weight, blood pressure, pulse and temperature that fit together.

Children follow the middle of the WHO growth curves (rounded), times a factor of their own; adults have a height by sex
and year of birth and a body-mass index of the Asian ranges; blood pressure rises with age and falls with treatment.

FHIR: Observation
Source: https://www.who.int/tools/child-growth-standards (medians, rounded); QĐ 3192/QĐ-BYT năm 2010 [K]
"""

from __future__ import annotations

import random
from bisect import bisect_right
from functools import lru_cache

AGES = (0, 0.25, 0.5, 0.75, 1, 1.5, 2, 3, 4, 5, 6, 8, 10, 12, 14, 16, 18)
KILOGRAMS = {
    False: (3.3, 6.4, 7.9, 8.9, 9.6, 10.9, 12.2, 14.3, 16.3, 18.3, 20.5, 25.4, 31.2, 38, 47, 54, 58),
    True: (3.2, 5.8, 7.3, 8.2, 8.9, 10.2, 11.5, 13.9, 16.1, 18.2, 20.2, 25, 31.9, 39, 45, 48, 49),
}
CENTIMETRES = {
    False: (49.9, 61.4, 67.6, 72, 75.7, 82.3, 87.8, 96.1, 103.3, 110, 116, 127.3, 137.8, 149, 161, 166, 168),
    True: (49.1, 59.8, 65.7, 70.1, 74, 80.7, 86.4, 95.1, 102.7, 109.4, 115.1, 126.6, 138.6, 149, 154, 156, 157),
}
GROWN = 18


@lru_cache(maxsize=8192)
def _median(kind: str, female: bool, quarter: int) -> float:
    """The middle of a curve at an age in quarters of a month."""
    curve = (KILOGRAMS if kind == "kg" else CENTIMETRES)[female]
    age = quarter / 48
    at = bisect_right(AGES, age)
    if at >= len(AGES):
        return curve[-1]
    low, high = AGES[at - 1], AGES[at]
    return curve[at - 1] + (curve[at] - curve[at - 1]) * (age - low) / (high - low)


class Body:
    """Draws the lasting traits once; each measurement varies about them. Ages are in years, with fractions."""

    __slots__ = ("bmi", "factor", "female", "height_factor", "hypertensive", "pulse_rest", "rng", "tone", "treated")

    def __init__(self, rng: random.Random, female: bool) -> None:
        self.rng, self.female = rng, female
        self.height_factor = min(1.08, max(0.91, rng.gauss(0.985, 0.028)))
        self.factor = min(1.35, max(0.74, rng.gauss(0.96, 0.1)))
        self.bmi = min(36.0, max(16.0, rng.gauss(22.1, 2.7)))
        self.tone = rng.gauss(0, 7)
        self.pulse_rest = rng.gauss(76, 7)
        self.hypertensive = self.treated = False

    def height(self, age: float) -> int:
        """In tenths of a centimetre."""
        old = max(0.0, age - 35) * 0.1
        return int(10 * (_median("cm", self.female, int(age * 48)) * self.height_factor - old))

    def weight(self, age: float) -> int:
        """In tenths of a kilogram."""
        if age < GROWN:
            return int(10 * _median("kg", self.female, int(age * 48)) * self.factor) + self.rng.randrange(-1, 2)
        return int(self.bmi * (self.height(age) / 1000) ** 2 * 10) + self.rng.randrange(-8, 9)

    def pressure(self, age: float, extra: float = 0) -> tuple[int, int]:
        """Systolic and diastolic in mmHg."""
        rng = self.rng
        if age < GROWN:
            systolic = 88 + 1.7 * age + self.tone * 0.6 + rng.gauss(0, 4)
        else:
            systolic = 104 + 0.32 * age + self.tone + (self.bmi - 22) * 0.8 + rng.gauss(0, 5)
        if self.hypertensive:
            systolic = max(systolic, 126) + (8 if self.treated else 17) + rng.expovariate(0.25 if self.treated else 0.1)
        systolic = min(232, max(70, systolic + extra))
        diastolic = systolic * (0.62 if age < 60 else 0.56) + rng.gauss(2, 4)
        return int(systolic), int(min(max(diastolic, 40), systolic - 22))

    def pulse(self, age: float, fever: float = 0) -> int:
        """Beats a minute; ten more for each degree of fever."""
        rest = self.pulse_rest if age >= 12 else 132 - 4.6 * age
        return int(min(190, max(46, rest + 10 * fever + self.rng.gauss(0, 4))))

    def breathing(self, age: float, distress: float = 0) -> int:
        """Breaths a minute."""
        rest = 17 if age >= 12 else 38 - 1.7 * age
        return int(max(10, rest + distress + self.rng.gauss(0, 1.5)))

    def temperature(self, fever: float = 0) -> int:
        """In tenths of a degree Celsius."""
        return int(10 * min(41.2, 36.6 + fever + self.rng.gauss(0, 0.15)))
