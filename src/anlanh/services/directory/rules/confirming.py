"""What a facility says of itself: hours and telephone corrected, and that it is right.

FHIR: VerificationResult, Location
Source: https://hl7.org/fhir/R4/verificationresult.html
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from anlanh.services.directory.model import Confirmation, Correction, PhoneNotUnderstood
from anlanh.services.directory.rules import hours

Resource = dict[str, Any]

_PHONE = re.compile(r"\+?\d{8,12}")


def id_of(facility_id: str) -> str:
    """The id of the one VerificationResult of a facility."""
    return f"xac-nhan-{facility_id}"[:64]


def phone(typed: str) -> str:
    """A telephone number without what people write between its digits; empty stays empty.

    Raises:
        PhoneNotUnderstood: something else.
    """
    bare = re.sub(r"[\s.\-()]", "", typed)
    if bare and not _PHONE.fullmatch(bare):
        raise PhoneNotUnderstood(expression="phone")
    return bare


def corrected(location: Resource, wanted: Correction) -> Resource:
    """The Location with these hours and this telephone; the same where nothing differs."""
    others = [each for each in location.get("telecom", ()) if each.get("system") != "phone"]
    phones = [each for each in location.get("telecom", ()) if each.get("system") == "phone"]
    if [each.get("value") for each in phones[:1]] != [each for each in (wanted.phone,) if each]:
        phones = [{"system": "phone", "value": wanted.phone, "use": "work"}] if wanted.phone else []
    changed = {**location, "telecom": [*phones, *others]}
    if hours.by_day(hours.of(location)) != hours.by_day(wanted.hours):
        changed["hoursOfOperation"] = hours.as_fhir(wanted.hours)
    return {name: value for name, value in changed.items() if value}


def made(facility_id: str, who: str, name: str, at: datetime) -> Resource:
    """The VerificationResult: `who` of the facility says at that moment that its entry is right."""
    moment = at.isoformat(timespec="seconds")
    return {
        "resourceType": "VerificationResult",
        "id": id_of(facility_id),
        "target": [{"reference": f"Organization/{facility_id}"}],
        "status": "validated",
        "statusDate": moment,
        "lastPerformed": moment,
        "attestation": {"who": {"reference": who, "display": name}, "date": moment[:10]},
    }


def read(resource: Resource) -> Confirmation:
    """Who confirmed, and when."""
    who = resource.get("attestation", {}).get("who", {})
    return Confirmation(str(who.get("display", "")), datetime.fromisoformat(resource["lastPerformed"]))
