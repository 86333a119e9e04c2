"""Medicines of all facilities put together: one substance, one line; active from two facilities at once is flagged.

FHIR: MedicationRequest, MedicationStatement
Source: https://hl7.org/fhir/R4/valueset-medicationrequest-status.html; TT 26/2025/TT-BYT; ATC, https://atcddd.fhi.no
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from anlanh.kernel.vn.fold import words as folded
from anlanh.services.record.model import Medicine, MedicineLine
from anlanh.services.record.rules import words
from anlanh.services.record.rules.words import Names, Resource

ATC = "http://www.whocc.no/atc"
SUBSTANCE = 7
"""Figures and letters of an ATC code that name one substance."""

NEVER = frozenset(("entered-in-error", "draft", "cancelled", "not-taken"))
STRENGTH = re.compile(r"\d")


def line(resource: Resource, names: Names, today: date) -> MedicineLine:
    """One order, or one medicine that the person takes. Without a status that says otherwise it is active until its end."""
    doses = resource.get("dosageInstruction") or resource.get("dosage") or ()
    end = words.until(resource)
    active = resource.get("status") in ("active", "intended", "on-hold") and not (end and end[:10] < today.isoformat())
    return MedicineLine(
        words.source(resource, names), title(resource, names), words.code(resource.get("medicationCodeableConcept"), ATC),
        "; ".join(str(each["text"]) for each in doses if each.get("text")), words.on(resource), end, active,
        resource["resourceType"] == "MedicationStatement",
    )  # fmt: skip


def title(resource: Resource, names: Names) -> str:
    """How the medicine is called."""
    return words.concept(resource.get("medicationCodeableConcept")) or words.shown(
        resource.get("medicationReference"), names
    )


def substance(each: MedicineLine) -> str:
    """What says that two lines are of the same substance: the whole ATC code, else the name without its strength.

    >>> from datetime import UTC, datetime
    >>> from anlanh.services.record.model import Source
    >>> at = Source("MedicationRequest/x", 1, "", datetime(2026, 1, 1, tzinfo=UTC))
    >>> substance(MedicineLine(at, "Amlodipin 5 mg", "", "", "", "", True, False))
    'amlodipin'
    """
    if len(each.atc) == SUBSTANCE:
        return each.atc
    name: list[str] = []
    for word in folded(each.title):
        if STRENGTH.match(word):
            break
        name.append(word)
    return " ".join(name) or each.title


def reconciled(resources: Sequence[Resource], names: Names, today: date) -> tuple[Medicine, ...]:
    """All medicines, those that are taken now first. Lines of the same substance stand together, the latest first."""
    groups: dict[str, list[MedicineLine]] = {}
    for each in resources:
        if each.get("status") not in NEVER:
            found = line(each, names, today)
            groups.setdefault(substance(found), []).append(found)
    medicines = [_medicine(sorted(each, key=lambda line: line.on, reverse=True)) for each in groups.values()]
    medicines.sort(key=lambda medicine: medicine.lines[0].on, reverse=True)
    return tuple(sorted(medicines, key=lambda medicine: (not medicine.twice, not medicine.active)))


def _medicine(lines: Sequence[MedicineLine]) -> Medicine:
    facilities = {each.source.facility for each in lines if each.active and not each.taken and each.source.facility}
    first = next((each for each in lines if each.active), lines[0])
    return Medicine(first.title, first.atc, tuple(lines), len(facilities) > 1)
