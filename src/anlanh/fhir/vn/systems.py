"""The systems of identifiers and codes in Viet Nam, as this package names them.

FHIR: Identifier.system, Coding.system, NamingSystem
Source: https://hl7.org/fhir/R4/namingsystem.html; no national registry exists, [T] marks URIs seen in use by others
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from anlanh.fhir.vn.differential import DATE

BASE = "https://yte.thainguyen.gov.vn/fhir/"
"""The canonical base where none is set: the province's own, no national one."""

ICD10 = "http://hl7.org/fhir/sid/icd-10"
ICD9_CM = "http://hl7.org/fhir/sid/icd-9-cm"
CVX = "http://hl7.org/fhir/sid/cvx"
PERSONAL_ID = "http://fhir.vn/sid/cccd"
BHYT_CARD = "http://fhir.vn/sid/bhyt"
BHXH_NUMBER = "http://fhir.vn/sid/bhxh"


@dataclass(frozen=True)
class Identifiers:
    """A system of identifiers: its URI (or a name below the base), what it is, and the law that makes it."""

    id: str
    title: str
    source: str
    uri: str | None = None

    def system(self, base: str) -> str:
        """The URI under a canonical base."""
        return self.uri or f"{base}sid/{self.id}"


IDENTIFIERS: tuple[Identifiers, ...] = (
    Identifiers("cccd", "Số định danh cá nhân, 12 chữ số", "NĐ 102/2025/NĐ-CP Điều 6; URI [T]", PERSONAL_ID),
    Identifiers("bhyt", "Mã thẻ bảo hiểm y tế, 15 ký tự", "QĐ 1351/QĐ-BHXH; URI [T]", BHYT_CARD),
    Identifiers("bhxh", "Mã số bảo hiểm xã hội, 10 chữ số", "QĐ 1351/QĐ-BHXH; URI [T]", BHXH_NUMBER),
    Identifiers("cmnd", "Chứng minh nhân dân, 9 chữ số, không cấp mới", "Luật Căn cước 26/2023/QH15"),
    Identifiers("ma-cskcb", "Mã cơ sở khám bệnh, chữa bệnh, 5 ký tự", "QĐ 384/QĐ-BYT năm 2019"),
    Identifiers("gln", "Mã địa điểm toàn cầu, 13 chữ số", "QĐ 1551/QĐ-BYT ngày 31/05/2026"),
    Identifiers("gphd", "Giấy phép hoạt động của cơ sở", "Luật KCB 15/2023/QH15; dạng số [U]"),
    Identifiers("gphn", "Giấy phép hành nghề, chứng chỉ hành nghề", "Luật KCB 15/2023/QH15; dạng số [U]"),
    Identifiers("ma-lk", "Mã đợt điều trị duy nhất", "QĐ 4750/QĐ-BYT ngày 29/12/2023, MA_LK"),
    Identifiers("don-thuoc", "Mã đơn thuốc quốc gia", "TT 26/2025/TT-BYT"),
    Identifiers("so-dang-ky", "Số đăng ký lưu hành thuốc", "TT 32/2026/TT-BYT"),
)


def naming_systems(base: str) -> list[dict[str, Any]]:
    """A NamingSystem for each system of identifiers."""
    return [
        {
            "resourceType": "NamingSystem",
            "id": each.id,
            "name": "".join(part.capitalize() for part in each.id.split("-")),
            "status": "draft",
            "kind": "identifier",
            "date": DATE,
            "description": f"{each.title}. Nguồn: {each.source}",
            "uniqueId": [{"type": "uri", "value": each.system(base), "preferred": True}],
        }
        for each in IDENTIFIERS
    ]
