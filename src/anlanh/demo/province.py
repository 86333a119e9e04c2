"""A province of made-up people: the same seed makes the same people, so that loading it twice changes nothing.

Every resource conforms to the profiles of the package `vn.anlanh` and carries the security label HTEST.

FHIR: Organization, Practitioner, Patient, Coverage, Encounter, Condition, Observation, MedicationRequest, Immunization
Source: names of communes from the table of administrative units; everything else is invented
"""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from importlib.resources import files
from typing import Any

from anlanh.fhir.vn.systems import BASE, BHYT_CARD, ICD10, PERSONAL_ID

Resource = dict[str, Any]

PROVINCE = ("19", "Tỉnh Thái Nguyên")
TODAY = date(2026, 11, 20)
"""The day on which the made-up province stands still."""

MADE_UP = {
    "system": "http://terminology.hl7.org/CodeSystem/v3-ActReason",
    "code": "HTEST",
    "display": "test health data",
}

FAMILIES = (
    "Nguyễn",
    "Trần",
    "Lê",
    "Phạm",
    "Hoàng",
    "Nông",
    "Triệu",
    "Ma",
    "Hứa",
    "Lường",
    "Dương",
    "Đặng",
    "Vũ",
    "Đỗ",
    "Lý",
)
MIDDLE = {"male": ("Văn", "Đức", "Hữu", "Quang", "Minh"), "female": ("Thị", "Thu", "Ngọc", "Minh", "Thanh")}
GIVEN = {
    "male": ("An", "Bình", "Cường", "Dũng", "Hải", "Hùng", "Khánh", "Long", "Nam", "Phúc", "Quân", "Sơn", "Tú", "Việt"),
    "female": ("Anh", "Chi", "Dung", "Giang", "Hà", "Hoa", "Lan", "Linh", "Mai", "Nga", "Thảo", "Trang", "Vân", "Yến"),
}
ETHNIC_GROUPS = (("01", "Kinh", 70), ("02", "Tày", 16), ("06", "Nùng", 8), ("09", "Dao", 4))


@dataclass(frozen=True, slots=True)
class Illness:
    """Why people come: ICD-10 code and name, what they say, what they are given, from and to what age."""

    code: str
    name: str
    complaint: str
    medicine: str
    instruction: str
    ages: tuple[int, int]


ILLNESSES = (
    Illness("I10", "Tăng huyết áp vô căn", "Đau đầu, chóng mặt", "Amlodipin 5 mg", "Uống 1 viên mỗi sáng", (35, 100)),
    Illness(
        "E11",
        "Bệnh đái tháo đường không phụ thuộc insuline",
        "Khát nước, tiểu nhiều",
        "Metformin 500 mg",
        "Uống 1 viên, ngày 2 lần sau ăn",
        (35, 100),
    ),
    Illness(
        "J06.9",
        "Nhiễm trùng hô hấp trên cấp, không phân loại",
        "Ho, sốt, đau họng",
        "Paracetamol 500 mg",
        "Uống 1 viên khi sốt trên 38,5 °C",
        (3, 100),
    ),
    Illness("J45", "Hen [suyễn]", "Khó thở về đêm", "Salbutamol xịt 100 mcg", "Xịt 2 nhát khi khó thở", (5, 80)),
    Illness(
        "K29.7",
        "Viêm dạ dày, không đặc hiệu",
        "Đau thượng vị",
        "Omeprazol 20 mg",
        "Uống 1 viên trước ăn sáng",
        (16, 90),
    ),
    Illness("M54.5", "Đau cột sống thắt lưng", "Đau lưng", "Paracetamol 500 mg", "Uống 1 viên, ngày 3 lần", (25, 95)),
    Illness(
        "A97.0",
        "Sốt xuất huyết dengue không có dấu hiệu cảnh báo",
        "Sốt cao, đau mỏi người",
        "Oresol gói",
        "Pha 1 gói với 200 ml nước, uống rải rác",
        (5, 70),
    ),
)

VITALS = (
    ("8480-6", "Huyết áp tâm thu", "mm[Hg]", 95, 165),
    ("8462-4", "Huyết áp tâm trương", "mm[Hg]", 60, 100),
    ("8867-4", "Nhịp tim", "/min", 58, 110),
    ("8310-5", "Nhiệt độ cơ thể", "Cel", 36, 39),
    ("29463-7", "Cân nặng", "kg", 12, 85),
)

VACCINES = (("BCG", "Lao"), ("SOI", "Sởi"), ("DPT-VGB-HIB", "Bạch hầu, ho gà, uốn ván, viêm gan B, Hib"))


def resources(people: int, seed: int = 2026) -> Iterator[Resource]:
    """The facilities, then `people` persons with all that was written about them."""
    stations = [_station(code, name) for code, name in _communes()]
    hospital = _organization(
        "benh-vien-tinh", "Bệnh viện đa khoa tỉnh (mẫu)", "19001", "Phường Phan Đình Phùng", "05443"
    )
    insurer = {"resourceType": "Organization", "id": "bhxh-tinh", "active": True, "name": "Bảo hiểm xã hội tỉnh (mẫu)"}
    doctors = [_doctor(number) for number in range(24)]
    for each in (hospital, *stations, *doctors):
        yield _labelled(each)
    yield {**insurer, "meta": {"security": [MADE_UP]}}
    for number in range(people):
        rng = random.Random(f"{seed}-{number}")
        for each in _person(rng, number, rng.choice(stations), doctors):
            yield _labelled(each)


def _communes() -> list[tuple[str, str]]:
    table = files("anlanh.kernel.vn").joinpath("tables/communes_2025.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(table.splitlines())
    return [(row["commune_code"], row["full_name"]) for row in rows if row["province_code"] == PROVINCE[0]]


def _labelled(resource: Resource) -> Resource:
    profile = f"{BASE}StructureDefinition/vn-{_PROFILES[resource['resourceType']]}"
    return {
        "resourceType": resource["resourceType"],
        "id": resource["id"],
        "meta": {"profile": [profile], "security": [MADE_UP]},
    } | resource


_PROFILES = {
    "Organization": "organization",
    "Practitioner": "practitioner",
    "Patient": "patient",
    "Coverage": "coverage",
    "Encounter": "encounter",
    "Condition": "condition",
    "Observation": "observation",
    "MedicationRequest": "medication-request",
    "Immunization": "immunization",
}


def _extension(name: str, system: str, code: str, display: str | None = None) -> Resource:
    coding = {"system": f"{BASE}CodeSystem/{system}", "code": code} | ({"display": display} if display else {})
    return {"url": f"{BASE}StructureDefinition/{name}", "valueCoding": coding}


def _address(line: str, commune: str, code: str) -> Resource:
    return {
        "extension": [_extension("ma-tinh", "dvhc-tinh", *PROVINCE), _extension("ma-xa", "dvhc", code, commune)],
        "text": f"{line}, {commune}, {PROVINCE[1]}",
        "line": [line],
        "city": commune,
        "state": "Thái Nguyên",
        "country": "VN",
    }


def _organization(resource_id: str, name: str, facility_code: str, commune: str, code: str) -> Resource:
    return {
        "resourceType": "Organization",
        "id": resource_id,
        "identifier": [{"system": f"{BASE}sid/ma-cskcb", "value": facility_code}],
        "active": True,
        "name": name,
        "address": [_address("Tổ 5", commune, code)],
    }


def _station(code: str, commune: str) -> Resource:
    return _organization(f"tram-y-te-{code}", f"Trạm Y tế {commune[0].lower()}{commune[1:]} (mẫu)", code, commune, code)


def _doctor(number: int) -> Resource:
    rng = random.Random(f"doctor-{number}")
    gender = rng.choice(("male", "female"))
    family, given = rng.choice(FAMILIES), [rng.choice(MIDDLE[gender]), rng.choice(GIVEN[gender])]
    licence = {"system": f"{BASE}sid/gphn", "value": f"{number + 1:06d}/TNG-GPHN"}
    return {
        "resourceType": "Practitioner",
        "id": f"bac-si-{number + 1}",
        "identifier": [licence],
        "name": [{"text": " ".join((family, *given)), "family": family, "given": given, "prefix": ["BS."]}],
        "gender": gender,
        "qualification": [
            {
                "identifier": [licence],
                "code": {"text": "Bác sĩ đa khoa"},
                "period": {"start": "2024-06-01", "end": "2029-05-31"},
            }
        ],
    }


def _person(rng: random.Random, number: int, station: Resource, doctors: list[Resource]) -> Iterator[Resource]:
    patient = _patient(rng, number, station)
    yield patient
    yield _coverage(rng, number, patient, station)
    age = TODAY.year - int(patient["birthDate"][:4])
    if age < 6:
        yield from _immunizations(number, patient, station)
    fitting = [each for each in ILLNESSES if each.ages[0] <= age <= each.ages[1]]
    for visit in range(rng.randint(1, 3)):
        if fitting:
            yield from _visit(
                rng, f"{number:06d}-{visit + 1}", patient, station, rng.choice(doctors), rng.choice(fitting)
            )


def _patient(rng: random.Random, number: int, station: Resource) -> Resource:
    gender = rng.choice(("male", "female"))
    family, given = rng.choice(FAMILIES), [rng.choice(MIDDLE[gender]), rng.choice(GIVEN[gender])]
    born = TODAY - timedelta(days=int(rng.triangular(30, 95 * 365, 32 * 365)))
    century_and_sex = {("male", 19): 0, ("female", 19): 1, ("male", 20): 2, ("female", 20): 3}[gender, born.year // 100]
    code, name, _ = rng.choices(ETHNIC_GROUPS, [weight for _, _, weight in ETHNIC_GROUPS])[0]
    commune = station["address"][0]["city"]
    return {
        "resourceType": "Patient",
        "id": f"nguoi-{number:06d}",
        "extension": [_extension("dan-toc", "dan-toc", code, name)],
        "identifier": [
            {
                "use": "official",
                "system": PERSONAL_ID,
                "value": f"019{century_and_sex}{born.year % 100:02d}{number:06d}",
            },
            {"system": BHYT_CARD, "value": f"GD419{number:010d}"},
        ],
        "active": True,
        "name": [{"use": "official", "text": " ".join((family, *given)), "family": family, "given": given}],
        "telecom": [{"system": "phone", "value": f"09{number:08d}", "use": "mobile"}],
        "gender": gender,
        "birthDate": born.isoformat(),
        "address": [_address(f"Tổ {rng.randint(1, 20)}", commune, station["id"].removeprefix("tram-y-te-"))],
        "generalPractitioner": [{"reference": f"Organization/{station['id']}"}],
    }


def _coverage(rng: random.Random, number: int, patient: Resource, station: Resource) -> Resource:
    return {
        "resourceType": "Coverage",
        "id": f"the-{number:06d}",
        "extension": [
            _extension("muc-huong", "bhyt-muc-huong", "4", "80 %"),
            {
                "url": f"{BASE}StructureDefinition/noi-dang-ky",
                "valueReference": {"reference": f"Organization/{station['id']}"},
            },
        ],
        "identifier": [{"system": BHYT_CARD, "value": f"GD419{number:010d}"}],
        "status": "active",
        "subscriberId": f"{number:010d}",
        "beneficiary": {"reference": f"Patient/{patient['id']}"},
        "period": {"start": "2026-01-01", "end": "2026-12-31"},
        "payor": [{"reference": "Organization/bhxh-tinh"}],
    }


def _immunizations(number: int, patient: Resource, station: Resource) -> Iterator[Resource]:
    born = date.fromisoformat(patient["birthDate"])
    for at, (code, name) in enumerate(VACCINES):
        day = born + timedelta(days=14 + at * 60)
        if day > TODAY:
            return
        yield {
            "resourceType": "Immunization",
            "id": f"mui-{number:06d}-{at + 1}",
            "extension": [_extension("hinh-thuc-tiem", "tcmr-hinh-thuc", "thuong-xuyen")],
            "status": "completed",
            "vaccineCode": {"coding": [{"system": f"{BASE}CodeSystem/tcmr-vac-xin", "code": code}], "text": name},
            "patient": {"reference": f"Patient/{patient['id']}"},
            "occurrenceDateTime": day.isoformat(),
            "lotNumber": f"MAU-{at + 1:03d}",
            "performer": [{"actor": {"reference": f"Organization/{station['id']}"}}],
            "protocolApplied": [{"doseNumberPositiveInt": 1}],
        }


def _visit(
    rng: random.Random, name: str, patient: Resource, station: Resource, doctor: Resource, illness: Illness
) -> Iterator[Resource]:
    day = TODAY - timedelta(days=rng.randint(0, 900))
    day = max(day, date.fromisoformat(patient["birthDate"]) + timedelta(days=1))
    start, end = f"{day}T08:{rng.randint(0, 29):02d}:00+07:00", f"{day}T08:{rng.randint(30, 59):02d}:00+07:00"
    subject, encounter = {"reference": f"Patient/{patient['id']}"}, {"reference": f"Encounter/luot-{name}"}
    facility = {"reference": f"Organization/{station['id']}"}
    yield {
        "resourceType": "Encounter",
        "id": f"luot-{name}",
        "extension": [_extension("doi-tuong-kcb", "byt-ma-doituong-kcb", "1.1")],
        "identifier": [{"system": f"{BASE}sid/ma-lk", "value": f"{station['id'][-5:]}-{name}"}],
        "status": "finished",
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB", "display": "ambulatory"},
        "type": [{"coding": [{"system": f"{BASE}CodeSystem/byt-ma-loai-kcb", "code": "01", "display": "Khám bệnh"}]}],
        "subject": subject,
        "participant": [{"individual": {"reference": f"Practitioner/{doctor['id']}"}}],
        "period": {"start": start, "end": end},
        "reasonCode": [{"text": illness.complaint}],
        "diagnosis": [{"condition": {"reference": f"Condition/benh-{name}"}, "rank": 1}],
        "serviceProvider": facility,
    }
    yield {
        "resourceType": "Condition",
        "id": f"benh-{name}",
        "clinicalStatus": {
            "coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "active"}]
        },
        "verificationStatus": {
            "coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-ver-status", "code": "confirmed"}]
        },
        "code": {"coding": [{"system": ICD10, "code": illness.code}], "text": illness.name},
        "subject": subject,
        "encounter": encounter,
        "recordedDate": day.isoformat(),
    }
    for at, vital in enumerate(rng.sample(VITALS, 3)):
        yield _vital(rng, f"{name}-{at + 1}", vital, subject, encounter, facility, end)
    yield {
        "resourceType": "MedicationRequest",
        "id": f"don-{name}",
        "identifier": [{"system": f"{BASE}sid/don-thuoc", "value": f"{station['id'][-5:]}{rng.getrandbits(28):07x}-c"}],
        "status": "active",
        "intent": "order",
        "medicationCodeableConcept": {"text": illness.medicine},
        "subject": subject,
        "encounter": encounter,
        "authoredOn": end,
        "requester": {"reference": f"Practitioner/{doctor['id']}"},
        "dosageInstruction": [{"text": illness.instruction}],
    }


def _vital(
    rng: random.Random, name: str, vital: tuple[str, str, str, int, int], subject: Resource, encounter: Resource,
    facility: Resource, at: str,
) -> Resource:  # fmt: skip
    code, text, unit, low, high = vital
    value = Decimal(rng.randint(low * 10, high * 10)) / 10 if unit in ("Cel", "kg") else Decimal(rng.randint(low, high))
    return {
        "resourceType": "Observation",
        "id": f"do-{name}",
        "status": "final",
        "category": [
            {
                "coding": [
                    {"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "vital-signs"}
                ]
            }
        ],
        "code": {"coding": [{"system": "http://loinc.org", "code": code}], "text": text},
        "subject": subject,
        "encounter": encounter,
        "effectiveDateTime": at,
        "performer": [facility],
        "valueQuantity": {"value": value, "unit": unit, "system": "http://unitsofmeasure.org", "code": unit},
    }
