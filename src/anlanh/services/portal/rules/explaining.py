"""Results in plain words: what is measured, and how one's own value lies; never what illness it may mean.

FHIR: Observation.code (LOINC), Observation.referenceRange
Source: own wording, for people without medical schooling; codes: https://loinc.org
"""

from __future__ import annotations

from collections.abc import Mapping

from anlanh.services.record.api import Flag, ResultLine
from anlanh.web.texts import Text, _

LOINC = "http://loinc.org"

TESTS: Mapping[str, Text] = {
    "718-7": _("The part of the blood that carries oxygen. Low values can make one tired and pale."),
    "6690-2": _("White blood cells: they defend the body. They rise when the body fights an infection."),
    "777-3": _("Platelets: small cells that help blood to clot."),
    "4544-3": _("How much of the blood is red cells."),
    "14771-0": _("Sugar in the blood before breakfast."),
    "2345-7": _("Sugar in the blood."),
    "4548-4": _("The average of blood sugar over the last two to three months."),
    "14682-9": _("A waste product that the kidneys take out of the blood; it shows how well they work."),
    "14647-2": _("All fats of the cholesterol kind in the blood."),
    "22748-8": _("The cholesterol that can settle in the vessels."),
    "14927-8": _("Fat in the blood that rises with sweet and fat food and with alcohol."),
    "1920-8": _("A liver enzyme; it rises when the liver or muscles are strained."),
    "1742-6": _("A liver enzyme; it rises when the liver is strained."),
    "14933-6": _("Uric acid, from the breakdown of meat and other food; too much of it can cause gout."),
    "1988-5": _("A protein that rises when there is an inflammation in the body."),
    "20454-5": _("Protein in the urine; healthy kidneys let almost none through."),
    "24467-3": _("Cells of the body's defence that are counted during treatment."),
    "20447-9": _("How much virus there is in the blood; treatment makes it fall."),
    "75377-2": _("A quick test for dengue fever."),
    "80382-5": _("A quick test for influenza."),
    "94558-4": _("A quick test for COVID-19."),
    "85362-3": _("A test for tuberculosis from sputum."),
    "60282-0": _("A test for a virus of hand, foot and mouth disease."),
    "5195-3": _("A test for hepatitis B."),
    "20507-0": _("A screening test for syphilis."),
    "56888-1": _("A test for HIV. Only a doctor may tell you what it means for you."),
    "85354-9": _("Blood pressure: the higher number when the heart beats, the lower when it rests."),
    "8867-4": _("How often the heart beats in a minute."),
    "8310-5": _("Body temperature."),
    "29463-7": _("Body weight."),
    "8302-2": _("Body height."),
    "39156-5": _("Weight in proportion to height."),
    "2708-6": _("How much oxygen the blood carries, measured at the finger."),
    "9279-1": _("How often one breathes in a minute."),
    "20150-9": _("How much air one blows out in the first second."),
}
"""LOINC code to what is measured."""

USUAL: Mapping[Flag, tuple[Text, str]] = {
    Flag.NORMAL: (_("in the usual range"), "good"),
    Flag.LOW: (_("lower than usual"), "warn"),
    Flag.HIGH: (_("higher than usual"), "warn"),
    Flag.CRITICAL: (_("far from usual: ask today"), "bad"),
    Flag.ABNORMAL: (_("not as usual"), "warn"),
    Flag.POSITIVE: (_("positive"), "note"),
}
"""How a value lies, and the colour that repeats it."""

ADVICE: Mapping[Flag, Text] = {
    Flag.LOW: _("One value alone does not mean an illness. Ask whoever ordered the test what it means for you."),
    Flag.HIGH: _("One value alone does not mean an illness. Ask whoever ordered the test what it means for you."),
    Flag.ABNORMAL: _("One value alone does not mean an illness. Ask whoever ordered the test what it means for you."),
    Flag.POSITIVE: _("Whoever ordered the test tells you what this means and what comes next."),
    Flag.CRITICAL: _("Call the place that tested you today. If you feel very unwell, call 115."),
}


def what(key: str) -> Text | None:
    """What is measured under a key `system|code`; None where there are no words for it yet."""
    system, _bar, code = key.partition("|")
    return TESTS.get(code) if system == LOINC else None


def usual(line: ResultLine) -> tuple[Text, str] | None:
    """How a result lies; None where it can not be said, because it brings no range and no verdict."""
    bounds = line.bounds
    known = bounds.low is not None or bounds.high is not None or bool(bounds.words)
    return USUAL[line.flag] if known or line.flag is not Flag.NORMAL else None
