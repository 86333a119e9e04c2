"""Numbers of made-up people: well formed, unique, and of nobody.

Every number is worked out from the person's place in the world, so that no register of used numbers is needed.

- Personal numbers: registered province, century and sex, year, six digits that step through all values. Two people a
  million apart would share the digits; they never share the year, because its parity changes with each million.
- Social insurance numbers begin with 99, which is not given out [U].
- Phones begin with 095, the prefix of a network that closed (S-Fone), so that no call or message reaches anybody [K].

FHIR: Patient.identifier, Coverage.identifier, ContactPoint
Source: kernel/vn/identity.py
"""

from __future__ import annotations

MILLION = 1_000_000
STEP = 381_469
"""Prime to a million: a walk in these steps meets every value once."""

PHONE_FROM = 12
"""Younger people have no phone of their own."""

ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"


def year_is_odd(number: int) -> bool:
    """Whether the person of this number is born in an odd year."""
    return (number + number // MILLION) % 2 == 1


def personal_id(number: int, birth_code: str, female: bool, year: int) -> str:
    """Twelve digits.

    >>> personal_id(1, "019", True, 1985)
    '019185381469'
    """
    century = 2 * (year // 100 - 19) + female
    return f"{birth_code}{century}{year % 100:02d}{number * STEP % MILLION:06d}"


def bhxh_number(number: int) -> str:
    """Ten digits."""
    return f"99{number:08d}"


def card(number: int, object_code: str, benefit: str) -> str:
    """The fifteen characters of an insurance card of Thái Nguyên."""
    return f"{object_code}{benefit}1999{number:08d}"


def phone(number: int) -> str:
    """Ten digits."""
    return f"095{number * STEP % 10_000_000:07d}"


def prescription(facility_code: str, number: int, kind: str) -> str:
    """The national code of a prescription: facility, seven letters or digits, kind (c ordinary, h psychotropic, n narcotic).

    >>> prescription("19901", 36 * 36 + 5, "c")
    '199010000105-c'
    """
    letters = ""
    for _ in range(7):
        number, at = divmod(number, 36)
        letters = ALPHABET[at] + letters
    return f"{facility_code}{letters}-{kind}"
