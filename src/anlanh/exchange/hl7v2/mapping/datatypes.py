"""The data types of `tables/segments.txt` by their names: each a function from a repetition to a value of FHIR.

It takes the Bundle in the making, the repetition and the name of a code map, and gives None when there is nothing to tell;
a list gives several values.

Source: HL7 v2.8.2 chapter 2A; HL7 Version 2 to FHIR, https://build.fhir.org/ig/HL7/v2-to-fhir/datatype_maps.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from anlanh.exchange.hl7v2.codec import Repetition
from anlanh.exchange.hl7v2.mapping import codes, identifying, naming, places, simple
from anlanh.exchange.hl7v2.mapping.make import Make

Convert = Callable[[Make, Repetition, str], Any]

TYPES: dict[str, Convert] = {
    "string": simple.text,
    "wholetext": simple.whole_text,
    "xhtml": simple.narrative,
    "date": simple.date,
    "dateTime": simple.date_time,
    "instant": simple.instant,
    "moment": simple.date_time,
    "decimal": simple.decimal,
    "integer": simple.integer,
    "boolean": simple.boolean,
    "days": simple.days,
    "CQ": simple.quantity,
    "unit": simple.unit,
    "money": simple.money,
    "XPN": naming.human_name,
    "XPNtext": naming.name_text,
    "XAD": naming.address,
    "XTN": naming.contact_point,
    "CX": identifying.identifier,
    "EI": identifying.entity,
    "EIP": identifying.both,
    "EIgroup": identifying.group,
    "EIPplacer": identifying.placer,
    "EIPfiller": identifying.filler,
    "DLN": identifying.licence,
    "XCN": identifying.practitioner,
    "XON": identifying.organization,
    "XONtext": identifying.organization_name,
    "HD": identifying.designated,
    "HDsource": identifying.source,
    "HDdestination": identifying.destination,
    "MSG": identifying.event,
    "NDL": identifying.named_role,
    "PL": places.located,
    "DLD": places.discharged_to,
    "CWE": codes.concept,
    "CWEmore": codes.more,
    "CWEtext": simple.concept_text,
    "CWEnote": simple.concept_note,
    "CWEorganization": identifying.organization_of_concept,
    "CWEdevice": identifying.device_of_concept,
    "Coding": codes.coding,
    "code": codes.code,
    "race": naming.ethnicity,
    "ethnicity": naming.ethnicity,
    "RPT": simple.timing,
}
"""What stands in the third column of `tables/segments.txt`."""
