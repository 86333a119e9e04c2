"""What is measured in made-up people: codes, units and reference ranges of vital signs and tests.

FHIR: Observation.code, Observation.valueQuantity, Observation.referenceRange
Source: LOINC codes of shared practice [K]; https://hl7.org/fhir/R4/observation-vitalsigns.html
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from anlanh.demo.elements import LOINC, TERMINOLOGY, Resource, concept, hl7, quantity

VITAL_SIGNS = [hl7("observation-category", "vital-signs")]
LABORATORY = [hl7("observation-category", "laboratory")]
SOCIAL_HISTORY = [hl7("observation-category", "social-history")]
EXAM = [hl7("observation-category", "exam")]


@dataclass(frozen=True, slots=True)
class Measure:
    """Something with a value. `tenths`: its values are given in tenths of the unit."""

    code: Resource
    unit: str
    tenths: bool
    category: list[Resource]
    range: list[Resource] | None


def _measure(
    loinc: str, words: str, unit: str, *, tenths: bool = False, category: list[Resource] = LABORATORY,
    low: str = "", high: str = "",
) -> Measure:  # fmt: skip
    bounds: dict[str, Any] = {
        name: quantity(Decimal(bound), unit) for name, bound in (("low", low), ("high", high)) if bound
    }
    return Measure(concept(LOINC, loinc, text=words), unit, tenths, category, [bounds] if bounds else None)


MEASURES = {
    "pulse": _measure("8867-4", "Mạch", "/min", category=VITAL_SIGNS),
    "breathing": _measure("9279-1", "Nhịp thở", "/min", category=VITAL_SIGNS),
    "temperature": _measure("8310-5", "Nhiệt độ", "Cel", tenths=True, category=VITAL_SIGNS),
    "saturation": _measure("2708-6", "SpO2", "%", category=VITAL_SIGNS),
    "weight": _measure("29463-7", "Cân nặng", "kg", tenths=True, category=VITAL_SIGNS),
    "height": _measure("8302-2", "Chiều cao", "cm", tenths=True, category=VITAL_SIGNS),
    "bmi": _measure("39156-5", "BMI", "kg/m2", tenths=True, category=VITAL_SIGNS),
    "waist": _measure("8280-0", "Vòng bụng", "cm", tenths=True, category=EXAM),
    "fundal height": _measure("11881-0", "Bề cao tử cung", "cm", category=EXAM),
    "fetal heart": _measure("55283-6", "Tim thai", "/min", category=EXAM, low="110", high="160"),
    "glucose": _measure("14771-0", "Glucose máu lúc đói", "mmol/L", tenths=True, low="3.9", high="6.4"),
    "hba1c": _measure("4548-4", "HbA1c", "%", tenths=True, low="4.0", high="6.0"),
    "creatinine": _measure("14682-9", "Creatinin", "umol/L", low="53", high="106"),
    "cholesterol": _measure("14647-2", "Cholesterol toàn phần", "mmol/L", tenths=True, high="5.2"),
    "ldl": _measure("22748-8", "LDL-C", "mmol/L", tenths=True, high="3.4"),
    "triglyceride": _measure("14927-8", "Triglycerid", "mmol/L", tenths=True, high="1.7"),
    "ast": _measure("1920-8", "AST", "U/L", high="37"),
    "alt": _measure("1742-6", "ALT", "U/L", high="40"),
    "haemoglobin": _measure("718-7", "Hemoglobin", "g/dL", tenths=True, low="12.0", high="17.0"),
    "leukocytes": _measure("6690-2", "Bạch cầu", "10*9/L", tenths=True, low="4.0", high="10.0"),
    "platelets": _measure("777-3", "Tiểu cầu", "10*9/L", low="150", high="400"),
    "haematocrit": _measure("4544-3", "Hematocrit", "%", tenths=True, low="36.0", high="50.0"),
    "urate": _measure("14933-6", "Acid uric", "umol/L", low="150", high="420"),
    "crp": _measure("1988-5", "CRP", "mg/L", tenths=True, high="5.0"),
    "cd4": _measure("24467-3", "Tế bào T CD4", "/uL", low="500", high="1500"),
    "viral load": _measure("20447-9", "Tải lượng HIV-1", "{copies}/mL"),
    "fev1": _measure("20150-9", "FEV1", "L", tenths=True),
    "fev1/fvc": _measure("19926-5", "FEV1/FVC", "%", low="70"),
}  # fmt: skip

PRESSURE = concept(LOINC, "85354-9", text="Huyết áp")
SYSTOLIC = concept(LOINC, "8480-6", text="Huyết áp tâm thu")
DIASTOLIC = concept(LOINC, "8462-4", text="Huyết áp tâm trương")

FOUND = {
    "NS1": concept(LOINC, "75377-2", text="Dengue NS1Ag"),
    "HIV": concept(LOINC, "56888-1", text="HIV Ag/Ab"),
    "HBsAg": concept(LOINC, "5195-3", text="HBsAg"),
    "syphilis": concept(LOINC, "20507-0", text="Giang mai RPR"),
    "urine protein": concept(LOINC, "20454-5", text="Protein niệu"),
    "influenza": concept(LOINC, "80382-5", text="Cúm A kháng nguyên"),
    "enterovirus": concept(LOINC, "60282-0", text="EV71 PCR"),
    "tuberculosis": concept(LOINC, "85362-3", text="Xpert MTB/RIF"),
    "measles": concept(LOINC, "21501-2", text="Sởi IgM"),
    "covid": concept(LOINC, "94558-4", text="SARS-CoV-2 kháng nguyên"),
}
"""Tests that are positive or negative."""

INTERPRETATION = f"{TERMINOLOGY}v3-ObservationInterpretation"
POSITIVE = concept(INTERPRETATION, "POS", text="Dương tính")
NEGATIVE = concept(INTERPRETATION, "NEG", text="Âm tính")

SMOKING = concept(LOINC, "72166-2", text="Hút thuốc lá")
SMOKER = {True: concept(LOINC, "LA18976-3", text="Hút hằng ngày"), False: concept(LOINC, "LA18978-9", text="Không hút")}

PANELS: dict[str, tuple[str, str, str]] = {
    "XN-CTM": ("58410-2", "Tổng phân tích tế bào máu", "LAB"),
    "XN-GLU": ("14771-0", "Định lượng glucose máu", "LAB"),
    "XN-HBA1C": ("4548-4", "Định lượng HbA1c", "LAB"),
    "XN-CRE": ("14682-9", "Định lượng creatinin máu", "LAB"),
    "XN-LIP": ("24331-1", "Bilan lipid máu", "LAB"),
    "XN-GAN": ("24325-3", "AST và ALT", "LAB"),
    "XN-NT": ("24356-8", "Tổng phân tích nước tiểu", "LAB"),
    "XN-NS1": ("75377-2", "Dengue virus NS1Ag test nhanh", "LAB"),
    "XN-CUM": ("80382-5", "Cúm A/B test nhanh", "LAB"),
    "XN-XPERT": ("85362-3", "Xpert MTB/RIF", "LAB"),
    "XN-HIV": ("56888-1", "HIV Ab test nhanh", "LAB"),
    "XN-EV71": ("60282-0", "EV71 PCR", "LAB"),
    "XN-GM": ("20507-0", "Giang mai test nhanh", "LAB"),
    "SA-BUNG": ("24558-9", "Siêu âm ổ bụng", "RAD"),
    "SA-THAI": ("11525-3", "Siêu âm thai", "RAD"),
    "XQ-NGUC": ("36643-5", "Chụp X-quang ngực thẳng", "RAD"),
    "XQ-XUONG": ("37362-1", "Chụp X-quang xương", "RAD"),
    "CT-SO": ("24725-4", "Chụp CT sọ não", "CT"),
    "DT-TIM": ("11524-6", "Điện tâm đồ", "EC"),
    "CN-HO-HAP": ("81459-0", "Đo chức năng hô hấp", "PF"),
    "NS-DD": ("28014-3", "Nội soi dạ dày", "OTH"),
}
"""Service of the price list to the LOINC code of its report, and the section that makes it (v2-0074)."""
