"""What columns may mean, and by which headers they are known.

FHIR: Patient, Immunization, Observation, Encounter, Condition
Source: Sổ tiêm chủng, sổ khám bệnh (QĐ 4069/QĐ-BYT), sổ theo dõi bệnh không lây nhiễm tại trạm y tế; headers as stations write them
"""

from __future__ import annotations

from dataclasses import dataclass

LOINC = "http://loinc.org"
UCUM = "http://unitsofmeasure.org"


@dataclass(frozen=True)
class Meaning:
    """What a column may mean. `words`: folded headers by which it is guessed, the more exact first, with ` | ` between."""

    name: str
    vi: str
    en: str
    words: str

    @property
    def headers(self) -> list[str]:
        return self.words.split(" | ")


MEANINGS = (
    Meaning(
        "name", "Họ và tên", "Full name",
        "ho va ten | ho ten | ten nguoi benh | ten benh nhan | ten tre | ten doi tuong | full name | name",
    ),
    Meaning(
        "birth", "Ngày sinh hoặc năm sinh", "Date or year of birth",
        "ngay sinh | nam sinh | ngay thang nam sinh | ns | sinh ngay | birth date | date of birth | dob",
    ),
    Meaning(
        "sex", "Giới tính", "Sex",
        "gioi tinh | gioi | phai | nam nu | sex | gender",
    ),
    Meaning(
        "personal_id", "Số căn cước", "Identity number",
        "cccd | so cccd | can cuoc | so can cuoc | so dinh danh | cmnd cccd | dinh danh ca nhan | so dinh danh ca nhan",
    ),
    Meaning(
        "card", "Thẻ bảo hiểm y tế", "Insurance card",
        "bhyt | so bhyt | the bhyt | ma the | ma the bhyt | so the bhyt | so the bao hiem y te",
    ),
    Meaning(
        "own_number", "Mã người bệnh của đơn vị", "Number of your own",
        "ma benh nhan | ma bn | ma nguoi benh | ma doi tuong | ma so | ma y te | patient id | id",
    ),
    Meaning(
        "phone", "Số điện thoại", "Telephone",
        "dien thoai | so dien thoai | sdt | dt | phone | so dt",
    ),
    Meaning(
        "address", "Địa chỉ", "Address",
        "dia chi | thon | to dan pho | thon xom | noi o | address",
    ),
    Meaning(
        "commune", "Xã, phường", "Commune",
        "xa | phuong | xa phuong | phuong xa | commune",
    ),
    Meaning(
        "date", "Ngày khám, đo hoặc tiêm", "Day of visit, measurement or vaccination",
        "ngay tiem | ngay kham | ngay do | ngay vao | ngay | date",
    ),
    Meaning(
        "vaccine", "Vắc xin", "Vaccine",
        "vac xin | vaccine | ten vac xin | loai vac xin",
    ),
    Meaning(
        "dose", "Mũi số", "Dose number",
        "mui | mui so | mui thu | lieu so | dose",
    ),
    Meaning(
        "lot", "Số lô", "Lot number",
        "so lo | lo | lo vac xin | lot",
    ),
    Meaning(
        "pressure", "Huyết áp (120/80)", "Blood pressure (120/80)",
        "huyet ap | ha | blood pressure | bp",
    ),
    Meaning(
        "systolic", "Huyết áp tâm thu", "Systolic pressure",
        "tam thu | huyet ap tam thu | ha tam thu | systolic",
    ),
    Meaning(
        "diastolic", "Huyết áp tâm trương", "Diastolic pressure",
        "tam truong | huyet ap tam truong | ha tam truong | diastolic",
    ),
    Meaning(
        "weight", "Cân nặng (kg)", "Weight (kg)",
        "can nang | can nang kg | kg | weight",
    ),
    Meaning(
        "height", "Chiều cao (cm)", "Height (cm)",
        "chieu cao | chieu cao cm | cao | height",
    ),
    Meaning(
        "glucose", "Đường huyết (mmol/L)", "Glucose (mmol/L)",
        "duong huyet | glucose | duong mau | dh | glucose mmol l | duong huyet mmol l",
    ),
    Meaning(
        "pulse", "Mạch (lần/phút)", "Pulse (per minute)",
        "mach | nhip tim | pulse",
    ),
    Meaning(
        "icd10", "Mã bệnh ICD-10", "ICD-10 code",
        "icd | icd10 | icd 10 | ma icd | ma benh | ma icd10 | ma icd 10 | ma benh icd 10",
    ),
    Meaning(
        "diagnosis", "Chẩn đoán", "Diagnosis",
        "chan doan | benh | ten benh | diagnosis",
    ),
)  # fmt: skip
BY_NAME = {each.name: each for each in MEANINGS}
WHO = ("personal_id", "card", "own_number")
"""Any of them tells who is meant."""

WITHOUT_NUMBER = ("birth", "sex", "commune")
"""All of them, the birth to the day, beside the name: enough to look for somebody whose number nobody wrote."""

SEXES = {"nam": "male", "m": "male", "male": "male", "trai": "male", "1": "male",
         "nu": "female", "f": "female", "female": "female", "gai": "female", "2": "female", "khac": "other"}  # fmt: skip
SEX_WORDS = {"male": "Nam", "female": "Nữ", "other": "Khác"}


@dataclass(frozen=True)
class Measure:
    """A measurement: its LOINC code, unit as shown and as UCUM code, and what a living person can have."""

    code: str
    display: str
    unit: str
    ucum: str
    low: float
    high: float


MEASURES = {
    "systolic": Measure("8480-6", "Systolic blood pressure", "mmHg", "mm[Hg]", 40, 300),
    "diastolic": Measure("8462-4", "Diastolic blood pressure", "mmHg", "mm[Hg]", 20, 200),
    "weight": Measure("29463-7", "Body weight", "kg", "kg", 0.3, 400),
    "height": Measure("8302-2", "Body height", "cm", "cm", 20, 250),
    "glucose": Measure("14749-6", "Glucose [Moles/volume] in Serum or Plasma", "mmol/L", "mmol/L", 0.5, 60),
    "pulse": Measure("8867-4", "Heart rate", "/min", "/min", 20, 300),
}
EVENTS = (*MEASURES, "pressure", "vaccine", "icd10", "diagnosis")
"""Meanings of what happened on the row's day."""
