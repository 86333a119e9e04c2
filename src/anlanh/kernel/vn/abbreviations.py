"""Abbreviations that clinicians in Viet Nam type, with what they stand for. All [K]: usage, from no official list.

Source: common usage in Vietnamese case notes; the table may be changed at any time.
"""

from __future__ import annotations

CLINICAL: dict[str, str] = {
    "tha": "tăng huyết áp",
    "đtđ": "đái tháo đường",
    "dtd": "đái tháo đường",
    "tbmmn": "tai biến mạch máu não",
    "nmct": "nhồi máu cơ tim",
    "nmn": "nhồi máu não",
    "copd": "phổi tắc nghẽn mạn",
    "hpq": "hen phế quản",
    "vpq": "viêm phế quản",
    "vp": "viêm phổi",
    "vdd": "viêm dạ dày",
    "vrt": "viêm ruột thừa",
    "xhth": "xuất huyết tiêu hóa",
    "sxhd": "sốt xuất huyết dengue",
    "tcm": "tay chân miệng",
    "nkh": "nhiễm khuẩn huyết",
    "stm": "suy thận mạn",
    "bmv": "bệnh mạch vành",
    "rlmm": "rối loạn lipid",
    "tvđđ": "thoát vị đĩa đệm",
    "tvdd": "thoát vị đĩa đệm",
}
"""Lower case, with and without accents, to the words to look for."""
