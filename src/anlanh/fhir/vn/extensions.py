"""The extensions of the package: facts of Vietnamese records that FHIR R4 has no element for.

FHIR: StructureDefinition (Extension)
Source: the decision named in each extension
"""

from __future__ import annotations

from typing import Any

from anlanh.fhir.vn.differential import extension

CORE_EXTENSIONS = {
    "nationality": "http://hl7.org/fhir/StructureDefinition/patient-nationality",
    "religion": "http://hl7.org/fhir/StructureDefinition/patient-religion",
    "birth-place": "http://hl7.org/fhir/StructureDefinition/patient-birthPlace",
}
"""Extensions of the core that serve as they are."""

ADDRESS = ("Address",)

TABLE: tuple[tuple[str, str, str, tuple[str, ...], str, str | None], ...] = (
    ("dan-toc", "Dân tộc", "QĐ 121-TCTK/PPCĐ; QĐ 4750/QĐ-BYT, MA_DANTOC", ("Patient",), "Coding", "dan-toc"),
    ("nghe-nghiep", "Nghề nghiệp", "QĐ 34/2020/QĐ-TTg", ("Patient",), "Coding", "nghe-nghiep"),
    ("quan-he-chu-ho", "Quan hệ với chủ hộ", "QĐ 831/QĐ-BYT [K]", ("Patient",), "Coding", "quan-he-chu-ho"),
    ("ma-tinh", "Mã tỉnh, thành phố", "NQ 202/2025/QH15", ADDRESS, "Coding", "dvhc-tinh"),
    ("ma-xa", "Mã xã, phường, đặc khu", "Nghị quyết của UBTVQH năm 2025", ADDRESS, "Coding", "dvhc"),
    ("muc-huong", "Mức hưởng trên thẻ", "QĐ 1351/QĐ-BHXH [K]", ("Coverage",), "Coding", "bhyt-muc-huong"),
    ("khu-vuc", "Khu vực trên thẻ", "QĐ 1351/QĐ-BHXH [K]", ("Coverage",), "Coding", "bhyt-khu-vuc"),
    ("du-5-nam", "Ngày đủ 5 năm liên tục", "Luật BHYT Điều 22", ("Coverage",), "date", None),
    ("noi-dang-ky", "Nơi đăng ký khám chữa bệnh ban đầu", "Luật BHYT Điều 26", ("Coverage",), "Reference", None),
    (
        "doi-tuong-kcb",
        "Đối tượng đến khám bệnh, chữa bệnh",
        "QĐ 3276/QĐ-BYT ngày 17/10/2025",
        ("Encounter", "Claim"),
        "Coding",
        "byt-ma-doituong-kcb",
    ),
    ("ket-qua-dieu-tri", "Kết quả điều trị", "QĐ 4750/QĐ-BYT", ("Encounter",), "Coding", "byt-ket-qua-dtri"),
    ("hinh-thuc-tiem", "Hình thức tiêm chủng", "TT 13/2026/TT-BYT [U]", ("Immunization",), "Coding", "tcmr-hinh-thuc"),
    ("ma-nhom", "Mã nhóm chi phí", "QĐ 4750/QĐ-BYT", ("Claim.item",), "Coding", "byt-ma-nhom"),
    ("pham-vi", "Phạm vi hưởng", "QĐ 4750/QĐ-BYT", ("Claim.item",), "Coding", "byt-pham-vi"),
)
"""(id, title, source, where it may stand, type of the value, value set)."""


def extensions(base: str) -> list[dict[str, Any]]:
    """All extensions under a canonical base."""
    return [
        extension(base, name, title, source, contexts, kind, f"{base}ValueSet/{value_set}" if value_set else None)
        for name, title, source, contexts, kind, value_set in TABLE
    ]
