"""Made-up households: who lives together, how old, in which commune.

People come in blocks of a hundred. A block is made from the seed and its own number alone, so that person k is the same
in a province of any size, and blocks can be made side by side. The last household of a block fits what is left; in the
first forty blocks four households of ten live in the communes with planted outbreaks, later they spread as people do.

FHIR: Group, RelatedPerson, Patient
Source: census of 2019 and mid-term census of 2024: 3.5 persons a household, 25.6-26.8 % below 15, 7.9-10 % from 65 on
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from itertools import accumulate

from anlanh.demo import names, numbers, personas, places
from anlanh.demo.beds import FULL_BLOCKS
from anlanh.demo.places import Commune

BLOCK = 100
SHOWN = ("05443", "05860", "05692", "01864", "01912", "05518")
"""Communes of the small world: those of the planted outbreaks, and Ba Bể."""

SHOWN_SHARE = 0.4

KINDS = (
    ("family", 42), ("three generations", 21), ("young couple", 5), ("empty nest", 10), ("elderly couple", 10),
    ("elder alone", 4), ("workers", 6), ("one parent", 5),
)  # fmt: skip
_KIND_NAMES = tuple(name for name, _ in KINDS)
_KIND_WEIGHTS = tuple(accumulate(weight for _, weight in KINDS))

GROWN = 24
"""Children older than this have left home."""

YOUNGEST = 0.01
NURSED_DAYS = 60
"""Nobody dies sooner after the birth of a child."""

MORTALITY = ((80, 0.085), (70, 0.032), (60, 0.013), (40, 0.004), (0, 0.0006))
"""Deaths a year from an age on. Source: 6-7 deaths a year for 1,000 people, shared out by age, illustrative."""

BORN_ELSEWHERE = ("001", "024", "026", "034", "020", "004", "036", "038")


@dataclass(slots=True, eq=False)
class Person:
    """A made-up person. `born` and `died` are ordinals of days; `died` 0: alive."""

    number: int
    household: Household
    role: str
    female: bool
    born: int
    ethnic: str
    family: str
    given: tuple[str, str]
    father: Person | None = None
    mother: Person | None = None
    spouse: Person | None = None
    children: list[Person] = field(default_factory=list)
    died: int = 0
    persona: str = ""
    birth_code: str = "019"

    @property
    def id(self) -> str:
        """Id of the Patient."""
        return f"nguoi-{self.number:06d}"

    @property
    def name(self) -> str:
        """Family name, middle name, name."""
        return f"{self.family} {self.given[0]} {self.given[1]}"

    @property
    def gender(self) -> str:
        """Code of administrative-gender."""
        return "female" if self.female else "male"

    @property
    def personal_id(self) -> str:
        """The number of twelve digits."""
        return numbers.personal_id(self.number, self.birth_code, self.female, date.fromordinal(self.born).year)

    def age(self, on: int) -> int:
        """Whole years on a day."""
        return max(0, int((on - self.born) / 365.25))


@dataclass(slots=True, eq=False)
class Household:
    """People at one address. `kind`: poor, near-poor or other."""

    number: int
    commune: Commune
    line: str
    standing: str
    members: list[Person] = field(default_factory=list)


@cache
def _communes() -> tuple[tuple[Commune, ...], tuple[int, ...]]:
    return places.communes(), tuple(accumulate(each.people for each in places.communes()))


def block(seed: int, number: int, today: int) -> list[Household]:
    """The households of a block. `today`: ordinal of the day on which the province stands still."""
    rng = random.Random(f"{seed}/{number}")
    maker = _Maker(rng, number, today)
    if number == 0:
        for spec in personas.HOUSEHOLDS:
            maker.named(spec)
    while maker.left:
        maker.household()
    return maker.found


class _Maker:
    """Makes households until the block has its hundred people."""

    def __init__(self, rng: random.Random, number: int, today: int) -> None:
        self.rng, self.today = rng, today
        self.block = number
        self.found: list[Household] = []
        self.next = number * BLOCK

    @property
    def left(self) -> int:
        return (self.block + 1) * BLOCK - self.next

    def named(self, spec: personas.HouseholdSpec) -> None:
        """A household of the personas, as it is written down."""
        home = Household(len(self.found), places.by_code()[spec.commune], spec.line, spec.standing)
        self.found.append(home)
        shift = date.fromordinal(self.today).year - personas.WRITTEN_IN
        for each in spec.members:
            born = date.fromisoformat(each.born)
            person = Person(
                self.next, home, each.role, each.female, born.replace(year=born.year + shift).toordinal(), spec.ethnic,
                each.name[0], each.name[1:], persona=each.key, birth_code=home.commune.birth_code,
            )  # fmt: skip
            home.members.append(person)
            self.next += 1
        _relate(home)

    def household(self) -> None:
        rng = self.rng
        home = self._home()
        self.found.append(home)
        ethnic = names.ethnic(rng, home.commune.zone)
        room = self.left
        kind = rng.choices(_KIND_NAMES, cum_weights=_KIND_WEIGHTS)[0]
        if room < 3:
            kind = "elder alone" if room == 1 else "empty nest"
        _MAKERS[kind](self, home, ethnic, room)
        _relate(home)

    def _home(self) -> Household:
        rng = self.rng
        communes, weights = _communes()
        if self.block < FULL_BLOCKS and rng.random() < SHOWN_SHARE:
            commune = places.by_code()[rng.choice(SHOWN)]
        else:
            commune = rng.choices(communes, cum_weights=weights)[0]
        word = "Tổ dân phố" if commune.urban else ("Thôn" if commune.zone == places.FORMER_BAC_KAN else "Xóm")
        poor, near = (0.14, 0.24) if commune.hard else (0.02, 0.05)
        dice = rng.random()
        standing = "poor" if dice < poor else "near-poor" if dice < near else "other"
        return Household(len(self.found), commune, f"{word} {rng.randint(1, 18)}", standing)

    def person(self, home: Household, role: str, female: bool, age: float, ethnic: str, family: str = "") -> Person:
        """One more member of that age in years."""
        rng, today = self.rng, self.today
        born = date.fromordinal(max(1, today - int(age * 365.25)))
        if (born.year % 2 == 1) != numbers.year_is_odd(self.next):
            later = date(born.year + 1, born.month, min(born.day, 28))
            sooner = date(born.year - 1, born.month, min(born.day, 28))
            forward = rng.random() < 0.5 or age < 2
            born = later if forward and later.toordinal() < today else sooner
        gender = "female" if female else "male"
        birth_code = home.commune.birth_code if rng.random() < 0.92 else rng.choice(BORN_ELSEWHERE)
        found = Person(
            self.next, home, role, female, born.toordinal(), ethnic, family or names.family(rng, ethnic),
            names.given(rng, gender), birth_code=birth_code,
        )  # fmt: skip
        found.died = self._death(age)
        home.members.append(found)
        self.next += 1
        return found

    def _death(self, age: float) -> int:
        """The day of death in the last two years, or 0."""
        a_year = next(risk for above, risk in MORTALITY if age >= above)
        if self.rng.random() >= 2 * a_year or age < 1:
            return 0
        return self.today - self.rng.randint(1, 2 * 365)

    def children(self, home: Household, ethnic: str, mother_age: float, father: str, count: int, role: str) -> None:
        """Children of a mother of that age, up to eighteen and one at home when older."""
        age = mother_age - self.rng.triangular(18, 29, 22)
        for _ in range(count):
            if YOUNGEST < age < GROWN:
                self.person(home, role, self.rng.random() < 0.475, age, ethnic, father)
            age -= self.rng.uniform(2, 5.5)

    def family(self, home: Household, ethnic: str, room: int) -> None:
        rng = self.rng
        age = rng.triangular(21, 54, 30)
        head = self.person(home, "chu-ho", False, age + rng.uniform(-1, 5), ethnic)
        self.person(home, "vo-chong", True, age, ethnic if rng.random() < 0.8 else names.ethnic(rng, home.commune.zone))
        self.children(home, ethnic, age, head.family, min(room - 2, rng.choices((1, 2, 3), (20, 58, 22))[0]), "con")

    def three_generations(self, home: Household, ethnic: str, room: int) -> None:
        rng = self.rng
        age = rng.triangular(21, 46, 28)
        head = self.person(home, "chu-ho", False, age + rng.uniform(-1, 5), ethnic)
        self.person(home, "vo-chong", True, age, ethnic)
        old = head.age(self.today) + rng.uniform(20, 30)
        if room > 2:
            self.person(home, "cha-me", True, old, ethnic)
        if room > 3 and rng.random() < 0.45:
            self.person(home, "cha-me", False, old + rng.uniform(0, 5), ethnic, head.family)
        room -= len(home.members)
        self.children(home, ethnic, age, head.family, min(room, rng.choices((1, 2, 3), (25, 57, 18))[0]), "con")

    def young_couple(self, home: Household, ethnic: str, room: int) -> None:
        age = self.rng.uniform(20, 32)
        self.person(home, "chu-ho", False, age + self.rng.uniform(0, 4), ethnic)
        self.person(home, "vo-chong", True, age, ethnic)

    def empty_nest(self, home: Household, ethnic: str, room: int) -> None:
        age = self.rng.uniform(46, 66)
        head = self.person(home, "chu-ho", False, age + self.rng.uniform(0, 4), ethnic)
        self.person(home, "vo-chong", True, age, ethnic)
        if room > 2 and self.rng.random() < 0.6:
            grown = self.rng.uniform(18, min(32.0, age - 20))
            self.person(home, "con", self.rng.random() < 0.4, grown, ethnic, head.family)

    def elderly_couple(self, home: Household, ethnic: str, room: int) -> None:
        age = self.rng.triangular(62, 90, 66)
        self.person(home, "chu-ho", False, age + self.rng.uniform(0, 4), ethnic)
        self.person(home, "vo-chong", True, age, ethnic)

    def elder_alone(self, home: Household, ethnic: str, room: int) -> None:
        self.person(home, "chu-ho", self.rng.random() < 0.75, self.rng.triangular(62, 94, 72), ethnic)

    def workers(self, home: Household, ethnic: str, room: int) -> None:
        for at in range(min(room, self.rng.randint(1, 2))):
            role = "chu-ho" if at == 0 else "khac"
            self.person(home, role, self.rng.random() < 0.5, self.rng.uniform(19, 34), ethnic)

    def one_parent(self, home: Household, ethnic: str, room: int) -> None:
        age = self.rng.uniform(24, 46)
        head = self.person(home, "chu-ho", self.rng.random() < 0.85, age, ethnic)
        self.children(home, ethnic, age, head.family, min(room - 1, self.rng.randint(1, 2)), "con")


_MAKERS = {
    "family": _Maker.family,
    "three generations": _Maker.three_generations,
    "young couple": _Maker.young_couple,
    "empty nest": _Maker.empty_nest,
    "elderly couple": _Maker.elderly_couple,
    "elder alone": _Maker.elder_alone,
    "workers": _Maker.workers,
    "one parent": _Maker.one_parent,
}


def _relate(home: Household) -> None:
    """Make parents, children and spouses of the members by their relation to the head."""
    head = home.members[0]
    spouse = next((each for each in home.members if each.role == "vo-chong"), None)
    if spouse:
        head.spouse, spouse.spouse = spouse, head
    couple = (head, spouse) if spouse else (head,)
    for each in home.members:
        if each.role == "con":
            _descend(each, couple)
        elif each.role == "cha-me":
            _descend(head, (each,))


def _descend(child: Person, parents: tuple[Person, ...]) -> None:
    for parent in parents:
        if parent.died <= child.born + NURSED_DAYS:
            parent.died = 0
        if parent.female:
            child.mother = parent
        else:
            child.father = parent
        parent.children.append(child)
