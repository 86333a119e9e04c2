"""Papers about a made-up person: what is given at discharge, and the personal health record as a document.

FHIR: DocumentReference, Composition
Source: TT 13/2025/TT-BYT (discharge paper) [K]; QĐ 831/QĐ-BYT ngày 11/03/2017 [K]
"""

from __future__ import annotations

import base64
from collections.abc import Sequence

from anlanh.demo.chart import Chart, Visit
from anlanh.demo.elements import LOINC, Resource, concept, meta, moment, narrative, shared_ref

DISCHARGE = concept(LOINC, "18842-5", text="Giấy ra viện")
RECORD = concept(LOINC, "60591-5")
NONE_KNOWN = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/list-empty-reason", "code": "nilknown"}]}
SECTIONS = (
    ("Dị ứng", "48765-2", "Không ghi nhận dị ứng"),
    ("Bệnh tật", "11450-4", "Không ghi nhận bệnh tật"),
    ("Thuốc đang dùng", "10160-0", "Không dùng thuốc"),
    ("Tiêm chủng", "11369-6", "Không có mũi tiêm nào trong sổ"),
)
"""Title, LOINC code, and what is said where nothing is known."""


def discharge(chart: Chart, visit: Visit, diagnosis: tuple[str, str], days: int) -> None:
    """The paper given at discharge, as plain text."""
    person = chart.person
    text = (
        f"GIẤY RA VIỆN\n{visit.facility.name}\nHọ và tên: {person.name}\nVào viện: {visit.at[:10]}, {days} ngày\n"
        f"Chẩn đoán: {diagnosis[0]} {diagnosis[1]}\nLời dặn: tái khám theo hẹn.\n(Dữ liệu mẫu)\n"
    )
    end = visit.encounter["period"]["end"]
    chart.resources.append(
        {
            "resourceType": "DocumentReference",
            "id": chart.new_id("giay"),
            "meta": meta("DocumentReference", visit.label),
            "status": "current",
            "docStatus": "final",
            "type": DISCHARGE,
            "subject": chart.subject,
            "date": end,
            "author": [visit.doctor],
            "custodian": shared_ref(f"Organization/{visit.facility.id}"),
            "description": "Giấy ra viện",
            "content": [
                {
                    "attachment": {
                        "contentType": "text/plain; charset=utf-8",
                        "language": "vi",
                        "data": base64.b64encode(text.encode()).decode(),
                        "title": "Giấy ra viện",
                        "creation": end,
                    }
                }
            ],
            "context": {"encounter": [visit.ref]},
        }
    )


def health_record(chart: Chart, entries: Sequence[Sequence[str]]) -> None:
    """The personal health record: allergies, illnesses, medicines, vaccinations, each as a list of `Type/id`.

    What is guarded is not listed in it.
    """
    station = chart.person.household.commune.station_id
    chart.resources.append(
        {
            "resourceType": "Composition",
            "id": f"ho-so-{chart.key}",
            "meta": meta("Composition"),
            "status": "final",
            "type": RECORD,
            "subject": chart.subject,
            "date": moment(chart.today - 1, 16 * 60),
            "author": [shared_ref(f"Organization/{station}")],
            "title": "Hồ sơ sức khỏe cá nhân",
            "custodian": shared_ref(f"Organization/{station}"),
            "section": [_section(*section, found) for section, found in zip(SECTIONS, entries, strict=True)],
        }
    )


def _section(title: str, loinc: str, nothing: str, found: Sequence[str]) -> Resource:
    made: Resource = {"title": title, "code": concept(LOINC, loinc)}
    if not found:
        return made | {"text": narrative(nothing), "emptyReason": NONE_KNOWN}
    return made | {
        "text": narrative(f"{title}: {len(found)} mục"),
        "entry": [{"reference": each} for each in found],
    }
