"""Short code tables of Vietnamese health administration, each with its decision.

Marks in a source: [K] domain knowledge, not re-sourced; [U] unsure, to be confirmed; both may be replaced by the
official list at any time. Every table is of one version; a new decision is a new table beside the old one.

Source: the decision named in each table
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class CodeTable:
    """A code system in rows of (code, name)."""

    id: str
    title: str
    version: str
    source: str
    rows: tuple[tuple[str, str], ...]
    effective_from: date | None = None
    complete: bool = True
    """False where only a part of the official list is here."""


VISIT_TYPES = CodeTable(
    "byt-ma-loai-kcb",
    "Mã loại khám bệnh, chữa bệnh",
    "QD1804-2026",
    "QĐ 1804/QĐ-BYT năm 2026, áp dụng từ 01/08/2026",
    (
        ("01", "Khám bệnh"),
        ("02", "Điều trị ngoại trú"),
        ("03", "Điều trị nội trú"),
        ("04", "Điều trị ban ngày"),
        ("05", "Điều trị ngoại trú bệnh mạn tính dài ngày, khám và lĩnh thuốc"),
        ("06", "Lưu tại phòng khám đa khoa, nhà hộ sinh, trạm y tế"),
        ("07", "Nhận thuốc theo hẹn"),
        ("08", "Điều trị bệnh dài ngày có dịch vụ kỹ thuật"),
        ("09", "Điều trị nội trú dưới 4 giờ"),
        ("10", "Các trường hợp khác"),
        ("11", "Khám chữa bệnh lưu động"),
        ("12", "Khám chữa bệnh tại nhà"),
        ("13", "Y học gia đình"),
        ("14", "Khám chữa bệnh từ xa"),
        ("15", "Khám sức khỏe định kỳ"),
        ("16", "Khám sàng lọc"),
    ),
    date(2026, 8, 1),
)

COST_GROUPS = CodeTable(
    "byt-ma-nhom",
    "Mã nhóm chi phí",
    "QD4750-2023",
    "QĐ 4750/QĐ-BYT ngày 29/12/2023, phụ lục",
    (
        ("1", "Xét nghiệm"),
        ("2", "Chẩn đoán hình ảnh"),
        ("3", "Thăm dò chức năng"),
        ("4", "Thuốc trong danh mục"),
        ("5", "Thuốc điều trị ung thư, chống thải ghép ngoài danh mục"),
        ("6", "Thuốc thanh toán theo tỷ lệ"),
        ("7", "Máu và chế phẩm máu"),
        ("8", "Phẫu thuật"),
        ("9", "Dịch vụ kỹ thuật thanh toán theo tỷ lệ"),
        ("10", "Vật tư y tế trong danh mục"),
        ("11", "Vật tư y tế thanh toán theo tỷ lệ"),
        ("12", "Vận chuyển"),
        ("13", "Khám bệnh"),
        ("14", "Giường điều trị ban ngày"),
        ("15", "Giường điều trị nội trú"),
        ("16", "Giường lưu"),
        ("17", "Chi phí máu"),
        ("18", "Thủ thuật"),
        ("19", "Chi phí khác"),
    ),
)

TREATMENT_RESULTS = CodeTable(
    "byt-ket-qua-dtri",
    "Kết quả điều trị",
    "QD4750-2023",
    "QĐ 4750/QĐ-BYT ngày 29/12/2023, bảng 1",
    (
        ("1", "Khỏi"),
        ("2", "Đỡ"),
        ("3", "Không thay đổi"),
        ("4", "Nặng hơn"),
        ("5", "Tử vong"),
        ("6", "Tiên lượng nặng xin về"),
        ("7", "Chưa xác định"),
        ("8", "Tử vong ngoại viện"),
    ),
)

DISCHARGE_TYPES = CodeTable(
    "byt-ma-loai-rv",
    "Mã loại ra viện",
    "QD4750-2023",
    "QĐ 4750/QĐ-BYT ngày 29/12/2023, bảng 1",
    (
        ("1", "Ra viện"),
        ("2", "Chuyển tuyến theo yêu cầu chuyên môn"),
        ("3", "Trốn viện"),
        ("4", "Xin ra viện"),
        ("5", "Chuyển tuyến theo yêu cầu người bệnh"),
    ),
)

SCOPES = CodeTable(
    "byt-pham-vi",
    "Phạm vi hưởng bảo hiểm y tế",
    "QD4750-2023",
    "QĐ 4750/QĐ-BYT ngày 29/12/2023, bảng 2 và 3",
    (
        ("1", "Trong phạm vi hưởng"),
        ("2", "Ngoài phạm vi hưởng"),
        ("3", "Ngoài danh mục nhưng được chi trả cho lực lượng vũ trang"),
    ),
)

BHYT_BENEFITS = CodeTable(
    "bhyt-muc-huong",
    "Mức hưởng ghi trên thẻ bảo hiểm y tế",
    "QD1351-2015",
    "QĐ 1351/QĐ-BHXH ngày 16/11/2015 [K]; mức theo nhóm có thể thay đổi theo ngày hiệu lực",
    (
        ("1", "100 %, không áp dụng tỷ lệ và giới hạn"),
        ("2", "100 %"),
        ("3", "95 %"),
        ("4", "80 %"),
        ("5", "100 %, kể cả ngoài phạm vi, lực lượng vũ trang"),
    ),
)

BHYT_AREAS = CodeTable(
    "bhyt-khu-vuc",
    "Khu vực ghi trên thẻ bảo hiểm y tế",
    "QD1351-2015",
    "QĐ 1351/QĐ-BHXH ngày 16/11/2015 [K]",
    (
        ("K1", "Dân tộc thiểu số và hộ nghèo vùng khó khăn"),
        ("K2", "Vùng đặc biệt khó khăn"),
        ("K3", "Xã đảo, huyện đảo"),
    ),
)

BHYT_OBJECTS = CodeTable(
    "bhyt-doi-tuong",
    "Mã đối tượng trên thẻ bảo hiểm y tế, những mã thường gặp",
    "QD1351-2015",
    "QĐ 1351/QĐ-BHXH ngày 16/11/2015 [K], một phần",
    (
        ("TE", "Trẻ em dưới 6 tuổi"),
        ("HN", "Hộ nghèo"),
        ("CN", "Hộ cận nghèo"),
        ("DT", "Dân tộc thiểu số vùng khó khăn"),
        ("DK", "Người sống ở vùng đặc biệt khó khăn"),
        ("XD", "Người sống ở xã đảo, huyện đảo"),
        ("HT", "Hưởng lương hưu"),
        ("BT", "Bảo trợ xã hội"),
        ("CC", "Người có công"),
        ("CB", "Cựu chiến binh"),
        ("KC", "Người tham gia kháng chiến"),
        ("DN", "Người lao động doanh nghiệp"),
        ("HC", "Cán bộ, công chức, viên chức"),
        ("HS", "Học sinh"),
        ("SV", "Sinh viên"),
        ("GD", "Hộ gia đình"),
        ("HG", "Người hiến bộ phận cơ thể"),
    ),
    complete=False,
)

EPI_VACCINES = CodeTable(
    "tcmr-vac-xin",
    "Vắc xin trong Tiêm chủng mở rộng",
    "QD2780-2025",
    "TT 38/2017/TT-BYT, TT 10/2024/TT-BYT [K], QĐ 2780/QĐ-BYT năm 2025",
    (
        ("VGB0", "Viêm gan B sơ sinh"),
        ("BCG", "Lao"),
        ("DPT-VGB-HIB", "Bạch hầu, ho gà, uốn ván, viêm gan B, Hib"),
        ("BOPV", "Bại liệt uống"),
        ("IPV", "Bại liệt tiêm"),
        ("ROTA", "Tiêu chảy do vi rút rota"),
        ("PCV", "Phế cầu"),
        ("SOI", "Sởi"),
        ("MR", "Sởi, rubella"),
        ("VNNB", "Viêm não Nhật Bản"),
        ("DPT", "Bạch hầu, ho gà, uốn ván"),
        ("TD", "Uốn ván, bạch hầu giảm liều"),
        ("UV", "Uốn ván"),
        ("HPV", "Vi rút gây u nhú ở người"),
    ),
)

VACCINATION_KINDS = CodeTable(
    "tcmr-hinh-thuc",
    "Hình thức tiêm chủng",
    "TT13-2026",
    "TT 13/2026/TT-BYT [U]",
    (("thuong-xuyen", "Thường xuyên"), ("chien-dich", "Chiến dịch"), ("dich-vu", "Dịch vụ")),
)

TO_HEAD_OF_HOUSEHOLD = CodeTable(
    "quan-he-chu-ho",
    "Quan hệ với chủ hộ",
    "QD831-2017",
    "QĐ 831/QĐ-BYT ngày 11/03/2017, phần hành chính [K]",
    (
        ("chu-ho", "Chủ hộ"),
        ("vo-chong", "Vợ hoặc chồng"),
        ("con", "Con"),
        ("cha-me", "Cha hoặc mẹ"),
        ("chau", "Cháu"),
        ("khac", "Khác"),
    ),
)

TABLES: tuple[CodeTable, ...] = (
    VISIT_TYPES,
    COST_GROUPS,
    TREATMENT_RESULTS,
    DISCHARGE_TYPES,
    SCOPES,
    BHYT_BENEFITS,
    BHYT_AREAS,
    BHYT_OBJECTS,
    EPI_VACCINES,
    VACCINATION_KINDS,
    TO_HEAD_OF_HOUSEHOLD,
)

VACCINE_TO_CVX: tuple[tuple[str, str], ...] = (
    ("VGB0", "08"),
    ("BCG", "19"),
    ("DPT-VGB-HIB", "198"),
    ("BOPV", "178"),
    ("IPV", "10"),
    ("ROTA", "122"),
    ("PCV", "133"),
    ("SOI", "05"),
    ("MR", "04"),
    ("VNNB", "129"),
    ("DPT", "01"),
    ("TD", "139"),
    ("UV", "35"),
    ("HPV", "137"),
)
"""Vaccine of the national programme to CVX. Source: https://www2.cdc.gov/vaccines/iis/iisstandards/vaccines.asp [K]"""

GENDER_OF_BHYT: tuple[tuple[str, str], ...] = (("1", "male"), ("2", "female"), ("3", "unknown"))
"""GIOI_TINH of the claims data to administrative-gender. Source: QĐ 4750/QĐ-BYT, bảng 1"""
