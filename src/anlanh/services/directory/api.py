"""What other services may use of this one: who may be booked, and a facility as the public sees it.

if await directory.is_licensed(work, record, practitioner_role_id, on): ...
place = await directory.facility(work, record, "bv-a"); place.name, place.phone, place.at
"""

from anlanh.services.directory.actions import facility, is_licensed, practitioner
from anlanh.services.directory.model import (
    Facility,
    Licence,
    NoSuchEntry,
    Practice,
    Practitioner,
    Standing,
)
from anlanh.services.directory.rules.hours import is_open
from anlanh.services.directory.rules.licences import is_bookable, standing

__all__ = [
    "Facility", "Licence", "NoSuchEntry", "Practice", "Practitioner", "Standing", "facility", "is_bookable", "is_licensed",
    "is_open", "practitioner", "standing",
]  # fmt: skip
