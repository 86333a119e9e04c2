"""The catalogues of Viet Nam that this project reads, each with its decision and the day it took effect.

Every list is versioned by effective date; a new decision is a new entry beside the old one, never a change of it.
Lines marked [K] in a source are domain knowledge, [U] unsure: they can be replaced by the official table at any time.

FHIR: CodeSystem
Source: the decision named in each entry
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

from anlanh.fhir.terminology.imports.catalogue import Catalogue, Level, Property

BASE = "https://yte.thainguyen.gov.vn/fhir/CodeSystem/"
"""There is no national canonical; this is the province's own. `rebased` gives the catalogues of another."""

ICD10_4469 = Catalogue(
    url="http://hl7.org/fhir/sid/icd-10",
    version="QD4469-2020",
    name="Icd10Vn",
    title="ICD-10 bản tiếng Việt",
    source="Quyết định 4469/QĐ-BYT ngày 28/10/2020, phụ lục; thay bằng Thông tư 06/2026/TT-BYT từ 01/07/2026",
    effective_from=date(2020, 10, 28),
    effective_to=date(2026, 6, 30),
    code="code",
    display="name_vi",
    designations={"name_en": "en"},
    levels=(
        Level("chapter_range", "chapter_vi"),
        Level("block", "block_vi"),
        Level("category", "category_vi", selectable=True),
    ),
    properties=(
        Property("not_primary", "notPrimary", "string", description="Không dùng làm bệnh chính"),
        Property("sex_only", "sexOnly", "string", description="Chỉ dùng cho một giới"),
        Property("age_rule", "ageRule", "string", description="Giới hạn tuổi"),
        Property("note", "note", "string", description="Ghi chú"),
        Property("chapter", "chapter", "string", description="Chương"),
    ),
    marks="†*",
    pattern=re.compile(r"[A-Z]\d{2}(\.\d{1,3}|\.[X-])?"),
)

DVKT_4440 = Catalogue(
    url=BASE + "byt-dvkt",
    version="QD4440-2020",
    name="DichVuKyThuat",
    title="Danh mục dịch vụ kỹ thuật tương đương và ICD-9-CM",
    source="Quyết định 4440/QĐ-BYT năm 2020, phụ lục [U: số quyết định]",
    code="ma_tuong_duong",
    display="ten_dvkt",
    properties=(
        Property("phan_tuyen", "phanTuyen", description="Phân tuyến kỹ thuật"),
        Property("phan_loai_pttt", "phanLoaiPttt", description="Phân loại phẫu thuật, thủ thuật"),
        Property("icd9", "icd9", "code", description="Mã ICD-9-CM tập 3"),
        Property("icd9_name_vi", "icd9Name", description="Tên ICD-9-CM"),
    ),
    pattern=re.compile(r"\d{2}\.\d{4}\.\d{4}|[\w.]+"),
)

PROVINCES_2025 = Catalogue(
    url=BASE + "dvhc-tinh",
    version="NQ202-2025",
    name="TinhThanh",
    title="Đơn vị hành chính cấp tỉnh",
    source="Nghị quyết 202/2025/QH15; mã Tổng cục Thống kê",
    effective_from=date(2025, 7, 1),
    code="code",
    display="full_name",
    synonyms=("name",),
    properties=(Property("n_communes", "communes", "integer", description="Số đơn vị cấp xã"),),
    pattern=re.compile(r"\d{2}"),
    pad=2,
)

COMMUNES_2025 = Catalogue(
    url=BASE + "dvhc",
    version="NQ2025-07",
    name="XaPhuong",
    title="Đơn vị hành chính cấp xã sau 01/07/2025",
    source="Các nghị quyết sắp xếp đơn vị hành chính cấp xã của UBTVQH năm 2025; mã Tổng cục Thống kê",
    effective_from=date(2025, 7, 1),
    code="commune_code",
    display="full_name",
    designations={"name_en": "en"},
    properties=(Property("province_code", "province", "code", description="Mã tỉnh"),),
    pattern=re.compile(r"\d{5}"),
    pad=5,
)

COMMUNES_2024 = replace(
    COMMUNES_2025,
    version="TCTK-2024-06",
    title="Đơn vị hành chính cấp xã trước 01/07/2025",
    source="Danh mục đơn vị hành chính của Tổng cục Thống kê ngày 11/06/2024",
    effective_from=date(2024, 6, 11),
    effective_to=date(2025, 6, 30),
    display="commune",
    designations={},
    properties=(
        Property("province_code", "province", "code", description="Mã tỉnh"),
        Property("district_code", "district", "code", description="Mã huyện"),
        Property("level", "level", description="Loại đơn vị"),
    ),
)

ETHNIC_GROUPS = Catalogue(
    url=BASE + "dan-toc",
    version="QD121-1979",
    name="DanToc",
    title="Danh mục các dân tộc Việt Nam",
    source="Quyết định 121-TCTK/PPCĐ ngày 02/03/1979; 55 người nước ngoài, 56 không rõ",
    effective_from=date(1979, 3, 2),
    code="code",
    display="name",
    pattern=re.compile(r"\d{2}"),
    pad=2,
)

OCCUPATIONS = Catalogue(
    url=BASE + "nghe-nghiep",
    version="QD34-2020",
    name="NgheNghiep",
    title="Danh mục nghề nghiệp, cấp 2",
    source="Quyết định 34/2020/QĐ-TTg ngày 26/11/2020",
    effective_from=date(2021, 1, 15),
    code="code",
    display="name_vi",
    pattern=re.compile(r"\d{2,5}"),
    pad=2,
)

ENTITLEMENTS = Catalogue(
    url=BASE + "byt-ma-doituong-kcb",
    version="QD3276-2025",
    name="MaDoiTuongKcb",
    title="Mã đối tượng đến khám bệnh, chữa bệnh",
    source="Quyết định 3276/QĐ-BYT ngày 17/10/2025",
    effective_from=date(2025, 10, 17),
    code="code",
    display="meaning_vi",
    properties=(
        Property("fund_rate", "fundRate", description="Mức hưởng"),
        Property("rule", "rule", description="Điều kiện"),
    ),
    pattern=re.compile(r"\d{1,2}(\.\d{1,2})?"),
)

DRUGS_BY_REGISTRATION = Catalogue(
    url="https://yte.thainguyen.gov.vn/fhir/sid/so-dang-ky",
    version="1",
    name="ThuocTheoSoDangKy",
    title="Thuốc theo số đăng ký lưu hành",
    source="Cơ sở dữ liệu dược quốc gia (bảng do đơn vị tải về); số đăng ký mới 12 chữ số theo Thông tư 32/2026/TT-BYT",
    code="so_dang_ky",
    display="ten_thuoc",
    synonyms=("hoat_chat",),
    properties=(
        Property("hoat_chat", "activeIngredient", description="Hoạt chất"),
        Property("ma_hoat_chat", "activeIngredientCode", "code", description="Mã hoạt chất 40.xxx"),
        Property("ham_luong", "strength", description="Hàm lượng"),
        Property("dang_bao_che", "doseForm", description="Dạng bào chế"),
        Property("duong_dung", "route", description="Đường dùng"),
        Property("don_vi_tinh", "unit", description="Đơn vị tính"),
        Property("nha_san_xuat", "manufacturer", description="Nhà sản xuất"),
    ),
    pattern=re.compile(r"\d{12}|[A-Z0-9]{1,8}-[\w./-]+"),
)

CATALOGUES: dict[str, Catalogue] = {
    "icd10": ICD10_4469,
    "dvkt": DVKT_4440,
    "provinces": PROVINCES_2025,
    "communes": COMMUNES_2025,
    "communes-2024": COMMUNES_2024,
    "ethnic-groups": ETHNIC_GROUPS,
    "occupations": OCCUPATIONS,
    "entitlements": ENTITLEMENTS,
    "drugs": DRUGS_BY_REGISTRATION,
}
"""By the name that the command line and the screens use."""


def rebased(catalogue: Catalogue, base: str) -> Catalogue:
    """The same catalogue under another canonical base; international systems stay as they are."""
    return (
        replace(catalogue, url=base + catalogue.url.removeprefix(BASE)) if catalogue.url.startswith(BASE) else catalogue
    )
