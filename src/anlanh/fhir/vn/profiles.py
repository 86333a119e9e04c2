"""The profiles of the package, as tables of what differs from FHIR R4.

They are wide at the bottom: what a commune cannot know yet is optional, what the law asks for is must-support.

FHIR: StructureDefinition (constraint)
Source: the decision named in each profile
"""

from __future__ import annotations

from typing import Any

from anlanh.fhir.vn.differential import CORE, Element, bound, element, must, profile, sliced
from anlanh.fhir.vn.systems import BHXH_NUMBER, BHYT_CARD, CVX, ICD10, PERSONAL_ID

LOINC = "http://loinc.org"

HEALTH_RECORD_SECTIONS: tuple[tuple[str, str, str, tuple[str, ...]], ...] = (
    ("di-ung", "48765-2", "Dị ứng (831 B3)", ("AllergyIntolerance",)),
    ("benh-tat", "11450-4", "Bệnh tật (831 B4)", ("Condition",)),
    ("tien-su-gia-dinh", "10157-6", "Tiền sử gia đình (831 B7)", ("FamilyMemberHistory",)),
    ("phau-thuat", "47519-4", "Phẫu thuật (831 B6)", ("Procedure",)),
    ("yeu-to-nguy-co", "29762-2", "Yếu tố nguy cơ (831 B2)", ("Observation",)),
    ("tinh-trang-luc-sinh", "57075-4", "Tình trạng lúc sinh (831 B1)", ("Observation",)),
    ("suc-khoe-sinh-san", "10162-6", "Sức khỏe sinh sản (831 B8)", ("Observation",)),
    ("khuyet-tat", "47420-5", "Khuyết tật (831 B5)", ("Condition", "Observation")),
    ("tiem-chung", "11369-6", "Tiêm chủng (831 C)", ("Immunization",)),
    ("sinh-hieu", "8716-3", "Sinh hiệu (831 D)", ("Observation",)),
    ("can-lam-sang", "30954-2", "Cận lâm sàng (831 D)", ("Observation", "DiagnosticReport")),
    ("thuoc", "10160-0", "Thuốc đang dùng", ("MedicationRequest", "MedicationStatement")),
    ("huong-dieu-tri", "18776-5", "Tư vấn, hướng điều trị tiếp", ("CarePlan", "ServiceRequest", "Appointment")),
)
"""(slice, LOINC code of the section as in the International Patient Summary, title, entries)."""


def profiles(base: str) -> list[dict[str, Any]]:
    """All profiles under a canonical base."""
    return [make(base) for make in MAKERS]


def _extension(base: str, at: str, name: str, canonical: str | None = None, **differs: Any) -> Element:
    """A slice of `extension` (below `at`) that is one of the extensions of this package, or of another."""
    path = f"{at}.extension:{name}" if at else f"extension:{name}"
    url = canonical or f"{base}StructureDefinition/{name}"
    return must(path, max="1", type=[{"code": "Extension", "profile": [url]}], **differs)


def _identifier(name: str, system: str, title: str, **differs: Any) -> list[Element]:
    """A slice of `identifier` of one system."""
    return [
        must(f"identifier:{name}", short=title, **differs),
        element(f"identifier:{name}.system", min=1, fixedUri=system),
        element(f"identifier:{name}.value", min=1),
    ]


def _matching(key: str, human: str, pattern: str) -> list[dict[str, Any]]:
    expression = f"value.exists() implies value.matches('{pattern}')"
    return [{"key": key, "severity": "error", "human": human, "expression": expression}]


def patient(base: str) -> dict[str, Any]:
    """A person: personal number, insurance, ethnicity, occupation, address in two tiers."""
    twelve = _matching("vn-cccd", "Số định danh cá nhân có 12 chữ số", "^[0-9]{12}$")
    card = _matching("vn-bhyt", "Mã thẻ BHYT có 2 chữ cái và 13 chữ số", "^[A-Z]{2}[1-5][0-9]{12}$")
    ten = _matching("vn-bhxh", "Mã số BHXH có 10 chữ số", "^[0-9]{10}$")
    elements = [
        sliced("extension", "url"),
        _extension(base, "", "dan-toc"),
        _extension(base, "", "nghe-nghiep"),
        _extension(base, "", "quan-he-chu-ho"),
        sliced("identifier", "system"),
        *_identifier("cccd", PERSONAL_ID, "Số định danh cá nhân", constraint=twelve),
        *_identifier("bhyt", BHYT_CARD, "Mã thẻ BHYT", constraint=card),
        *_identifier("bhxh", BHXH_NUMBER, "Mã số BHXH", constraint=ten),
        must("name", 1),
        must("name.text", short="Họ và tên đầy đủ, như trên giấy tờ"),
        must("name.family", short="Họ"),
        must("name.given", short="Chữ đệm và tên; tên là chữ cuối"),
        must("telecom"),
        must("gender", 1),
        must("birthDate"),
        must("address"),
        sliced("address.extension", "url"),
        _extension(base, "address", "ma-tinh"),
        _extension(base, "address", "ma-xa"),
        must("address.line", short="Số nhà, thôn, xóm, tổ dân phố"),
        must("address.city", short="Xã, phường, đặc khu"),
        element("address.district", short="Không dùng từ 01/07/2025"),
        must("address.state", short="Tỉnh, thành phố"),
        must("contact"),
    ]
    source = "QĐ 4750/QĐ-BYT; QĐ 831/QĐ-BYT [K]; NĐ 102/2025/NĐ-CP Điều 6"
    return profile(base, "vn-patient", "Patient", "Người bệnh, người dân", source, elements)


def coverage(base: str) -> dict[str, Any]:
    """A health insurance card."""
    elements = [
        sliced("extension", "url"),
        *(_extension(base, "", name) for name in ("muc-huong", "khu-vuc", "du-5-nam", "noi-dang-ky")),
        sliced("identifier", "system"),
        *_identifier("bhyt", BHYT_CARD, "Mã thẻ BHYT"),
        must("status"),
        must("subscriberId", short="Mã số BHXH, 10 chữ số"),
        must("beneficiary", type=_reference(base, "vn-patient")),
        must("period", 1),
        must("period.start", 1),
        must("payor", short="Bảo hiểm xã hội"),
    ]
    return profile(base, "vn-coverage", "Coverage", "Thẻ bảo hiểm y tế", "Luật BHYT; QĐ 1351/QĐ-BHXH [K]", elements)


def organization(base: str) -> dict[str, Any]:
    """A facility with its code of examination and treatment."""
    five = _matching("vn-cskcb", "Mã cơ sở KCB có 5 ký tự", "^[0-9A-Z]{5}$")
    elements = [
        sliced("identifier", "system"),
        *_identifier("ma-cskcb", f"{base}sid/ma-cskcb", "Mã cơ sở KCB", constraint=five),
        *_identifier("gln", f"{base}sid/gln", "Mã GLN"),
        must("name", 1),
        must("address"),
        sliced("address.extension", "url"),
        _extension(base, "address", "ma-tinh"),
        _extension(base, "address", "ma-xa"),
    ]
    return profile(base, "vn-organization", "Organization", "Cơ sở khám bệnh, chữa bệnh", "QĐ 384/QĐ-BYT", elements)


def practitioner(base: str) -> dict[str, Any]:
    """A practitioner with the licence to practise."""
    elements = [
        sliced("identifier", "system"),
        *_identifier("cccd", PERSONAL_ID, "Số định danh cá nhân"),
        *_identifier("gphn", f"{base}sid/gphn", "Giấy phép hành nghề"),
        must("name", 1),
        must("qualification"),
        must("qualification.identifier", short="Số giấy phép, chứng chỉ"),
        must("qualification.period", short="Giấy phép có thời hạn 5 năm"),
    ]
    return profile(base, "vn-practitioner", "Practitioner", "Người hành nghề", "Luật KCB 15/2023/QH15", elements)


def encounter(base: str) -> dict[str, Any]:
    """A visit or a stay, as the claims data and the health book want it."""
    elements = [
        sliced("extension", "url"),
        _extension(base, "", "doi-tuong-kcb"),
        _extension(base, "", "ket-qua-dieu-tri"),
        sliced("identifier", "system"),
        *_identifier("ma-lk", f"{base}sid/ma-lk", "Mã đợt điều trị (MA_LK)"),
        must("status"),
        must("class"),
        bound("type", f"{base}ValueSet/byt-ma-loai-kcb", "extensible", short="Loại KCB (MA_LOAI_KCB)"),
        must("subject", 1, type=_reference(base, "vn-patient")),
        must("period", 1),
        must("reasonCode", short="Lý do vào viện"),
        must("diagnosis"),
        must("diagnosis.rank", short="1 là bệnh chính"),
        bound("hospitalization.dischargeDisposition", f"{base}ValueSet/byt-ma-loai-rv", "extensible"),
        must("serviceProvider", type=_reference(base, "vn-organization")),
    ]
    source = "QĐ 4750/QĐ-BYT bảng 1; QĐ 1804/QĐ-BYT năm 2026; QĐ 31/QĐ-BYT ngày 06/01/2026"
    return profile(base, "vn-encounter", "Encounter", "Lượt khám bệnh, chữa bệnh", source, elements)


def condition(base: str) -> dict[str, Any]:
    """A diagnosis coded in ICD-10."""
    elements = [
        must("code", 1),
        sliced("code.coding", "system"),
        must("code.coding:icd10", short="ICD-10, có dấu chấm, không có dấu chữ thập và dấu sao"),
        element("code.coding:icd10.system", min=1, fixedUri=ICD10),
        element("code.coding:icd10.code", min=1),
        must("code.text", short="Chẩn đoán bằng lời"),
        must("subject", type=_reference(base, "vn-patient")),
        must("encounter"),
    ]
    source = "TT 06/2026/TT-BYT, trước 01/07/2026 QĐ 4469/QĐ-BYT"
    return profile(base, "vn-condition", "Condition", "Chẩn đoán", source, elements)


def medication_request(base: str) -> dict[str, Any]:
    """A line of a prescription."""
    elements = [
        sliced("identifier", "system"),
        *_identifier("don-thuoc", f"{base}sid/don-thuoc", "Mã đơn thuốc quốc gia"),
        must("status"),
        must("intent"),
        must("medication[x]", short="Số đăng ký, hoạt chất, hoặc tên thuốc"),
        must("subject", type=_reference(base, "vn-patient")),
        must("authoredOn", 1),
        must("requester", 1),
        must("dosageInstruction", 1),
        must("dosageInstruction.text", 1, short="Cách dùng bằng lời"),
        must("dispenseRequest.quantity"),
    ]
    return profile(base, "vn-medication-request", "MedicationRequest", "Thuốc kê đơn", "TT 26/2025/TT-BYT", elements)


def immunization(base: str) -> dict[str, Any]:
    """A dose of the national programme or of a paid service."""
    vaccines = f"{base}CodeSystem/tcmr-vac-xin"
    elements = [
        sliced("extension", "url"),
        _extension(base, "", "hinh-thuc-tiem"),
        must("status"),
        must("vaccineCode"),
        sliced("vaccineCode.coding", "system"),
        bound("vaccineCode.coding:tcmr", f"{base}ValueSet/tcmr-vac-xin", short="Vắc xin TCMR"),
        element("vaccineCode.coding:tcmr.system", min=1, fixedUri=vaccines),
        must("vaccineCode.coding:cvx", short="CVX"),
        element("vaccineCode.coding:cvx.system", min=1, fixedUri=CVX),
        must("patient", type=_reference(base, "vn-patient")),
        must("occurrence[x]"),
        must("lotNumber"),
        must("expirationDate"),
        must("performer"),
        must("protocolApplied"),
        must("protocolApplied.doseNumber[x]", short="Mũi thứ"),
        must("reaction", short="Phản ứng sau tiêm"),
    ]
    source = "TT 13/2026/TT-BYT [U]; QĐ 2780/QĐ-BYT năm 2025"
    return profile(base, "vn-immunization", "Immunization", "Mũi tiêm chủng", source, elements)


def observation(base: str) -> dict[str, Any]:
    """A result of a test or a measurement."""
    elements = [
        must("status"),
        must("category"),
        must("code"),
        must("code.coding", short="LOINC; mã chỉ số theo QĐ 1227/QĐ-BYT"),
        must("subject", 1, type=_reference(base, "vn-patient")),
        must("effective[x]"),
        must("value[x]"),
        must("referenceRange"),
        must("performer"),
    ]
    source = "QĐ 4750/QĐ-BYT bảng 4; QĐ 1227/QĐ-BYT năm 2025"
    return profile(base, "vn-observation", "Observation", "Chỉ số, kết quả", source, elements)


def health_record(base: str) -> dict[str, Any]:
    """The personal health record: the sections of QĐ 831 under the headings of the International Patient Summary."""
    code = {"coding": [{"system": LOINC, "code": "60591-5"}]}
    elements = [
        must("type", patternCodeableConcept=code),
        must("subject", 1, type=_reference(base, "vn-patient")),
        must("date"),
        must("author"),
        must("title"),
        must("custodian", short="Trạm y tế hoặc cơ sở quản lý hồ sơ"),
        {**sliced("section", "code", "pattern"), "min": 1},
        element("section.code", min=1),
    ]
    for name, loinc, title, entries in HEALTH_RECORD_SECTIONS:
        targets = [{"code": "Reference", "targetProfile": [CORE + each for each in entries]}]
        elements += [
            must(f"section:{name}", max="1", short=title),
            element(
                f"section:{name}.code", min=1, patternCodeableConcept={"coding": [{"system": LOINC, "code": loinc}]}
            ),
            element(f"section:{name}.entry", type=targets),
        ]
    source = "QĐ 831/QĐ-BYT ngày 11/03/2017 [K]; QĐ 1332/QĐ-BYT ngày 21/05/2024; QĐ 31/QĐ-BYT ngày 06/01/2026"
    return profile(base, "vn-health-record", "Composition", "Hồ sơ sức khỏe cá nhân", source, elements)


def claim(base: str) -> dict[str, Any]:
    """A dossier sent to social insurance for one visit."""
    elements = [
        sliced("extension", "url"),
        _extension(base, "", "doi-tuong-kcb"),
        sliced("identifier", "system"),
        *_identifier("ma-lk", f"{base}sid/ma-lk", "Mã đợt điều trị (MA_LK)"),
        must("status"),
        must("type"),
        must("patient", type=_reference(base, "vn-patient")),
        must("created"),
        must("provider", type=_reference(base, "vn-organization", "vn-practitioner")),
        must("insurance"),
        must("insurance.coverage", type=_reference(base, "vn-coverage")),
        must("diagnosis", 1),
        must("item"),
        sliced("item.extension", "url"),
        _extension(base, "item", "ma-nhom"),
        _extension(base, "item", "pham-vi"),
        must("item.net", short="Thành tiền, đồng"),
        must("total"),
    ]
    source = "QĐ 130/QĐ-BYT, QĐ 4750/QĐ-BYT, QĐ 3176/QĐ-BYT, QĐ 1931/QĐ-BYT ngày 29/06/2026"
    return profile(base, "vn-claim", "Claim", "Hồ sơ đề nghị thanh toán BHYT", source, elements)


def _reference(base: str, *names: str) -> list[dict[str, Any]]:
    return [{"code": "Reference", "targetProfile": [f"{base}StructureDefinition/{name}" for name in names]}]


MAKERS = (
    patient,
    coverage,
    organization,
    practitioner,
    encounter,
    condition,
    medication_request,
    immunization,
    observation,
    health_record,
    claim,
)
