"""The personal health record of QĐ 831, which is also what the electronic health book shows, filled in from the record.

FHIR: Patient, Condition, AllergyIntolerance, Procedure, Immunization, Observation, Encounter
Source: QĐ 831/QĐ-BYT ngày 11/03/2017 [K], parts A to D; QĐ 1332/QĐ-BYT ngày 21/05/2024, groups a to d
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from anlanh.fhir.vn.systems import BASE
from anlanh.services.record.model import Banner, Block, Chart, ImmunizationLine, ProblemLine, Standing
from anlanh.services.record.rules import immunizations, results, words
from anlanh.services.record.rules.words import Resource

LAW = "QĐ 831/QĐ-BYT ngày 11/03/2017; QĐ 1332/QĐ-BYT ngày 21/05/2024"
TITLE = "Hồ sơ sức khỏe cá nhân (Sổ sức khỏe điện tử)"
NOT_NOTED = "Chưa ghi nhận"
GENDERS = {"male": "Nam", "female": "Nữ"}
MOST_VISITS = 10

ILLNESSES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Bệnh tim mạch", ("I05", "I09", "I20", "I25", "I30", "I52")),
    ("Tăng huyết áp", ("I10", "I15")),
    ("Đái tháo đường", ("E10", "E14")),
    ("Bệnh dạ dày", ("K25", "K29")),
    ("Bệnh phổi mạn tính", ("J40", "J44")),
    ("Hen phế quản", ("J45", "J46")),
    ("Bệnh bướu cổ", ("E00", "E07")),
    ("Viêm gan", ("B15", "B19")),
    ("Tim bẩm sinh", ("Q20", "Q28")),
    ("Tâm thần", ("F00", "F69")),
    ("Tự kỷ", ("F84", "F84")),
    ("Động kinh", ("G40", "G41")),
    ("Ung thư", ("C00", "C97")),
    ("Lao", ("A15", "A19")),
)
"""Boxes of part B4, each with ranges of ICD-10 (first and last, in pairs). Source: QĐ 831/QĐ-BYT [K]; ranges our own."""

BIRTH = (
    ("Cách sinh", "72149-8"),
    ("Cân nặng lúc sinh", "8339-4"),
    ("Chiều dài lúc sinh", "89269-5"),
    ("Dị tật bẩm sinh", ""),
)
RISKS = (
    ("Hút thuốc lá, thuốc lào", "72166-2"), ("Uống rượu bia", "74013-4"), ("Sử dụng ma túy", "74204-9"),
    ("Hoạt động thể lực", "89555-7"), ("Tiếp xúc nghề nghiệp, môi trường", "87729-0"), ("Loại hố xí của gia đình", ""),
)  # fmt: skip
DISABILITIES = (
    ("Thính lực", ""),
    ("Thị lực", ""),
    ("Tay, chân", ""),
    ("Cong vẹo cột sống", ""),
    ("Khe hở môi, vòm miệng", ""),
)
REPRODUCTION = (
    ("Biện pháp tránh thai đang dùng", "8659-5"), ("Số lần có thai", "11996-6"), ("Số lần sinh", "11977-6"),
    ("Số lần sảy, phá thai", "11614-5"), ("Số con hiện sống", "11638-4"),
)  # fmt: skip
"""Boxes of parts B1, B2, B5 and B8 with the LOINC code under which they are noted here; without one they are filled in by
hand. Source: QĐ 831/QĐ-BYT [K]; LOINC [K]"""

CHILDREN = ("BCG", "VGB0", "DPT-VGB-HIB", "BOPV", "IPV", "SOI", "MR", "DPT", "VNNB", "ROTA", "PCV", "TD")
EXAMINED = (("8867-4", "Mạch"), ("8310-5", "Nhiệt độ"), ("85354-9", "Huyết áp"), ("9279-1", "Nhịp thở"),
            ("29463-7", "Cân nặng"), ("8302-2", "Chiều cao"), ("39156-5", "BMI"), ("8280-0", "Vòng bụng"))  # fmt: skip
"""LOINC codes of part D. Source: QĐ 831/QĐ-BYT [K]"""


def blocks(person: Resource, chart: Chart, noted: Mapping[str, str], family: Sequence[Resource]) -> tuple[Block, ...]:
    """The parts of the book. `noted`: LOINC code to what is noted of habits and birth, in words; `family`: histories of
    relatives."""
    of_women = (_asked("B8. Sức khỏe sinh sản – kế hoạch hóa gia đình", REPRODUCTION, noted),)
    return (
        _who(person, chart.banner),
        _asked("B1. Tình trạng lúc sinh", BIRTH, noted),
        _asked("B2. Yếu tố nguy cơ đối với sức khỏe cá nhân", RISKS, noted),
        _allergies(chart),
        _illnesses(chart),
        _asked("B5. Khuyết tật", DISABILITIES, noted),
        Block(
            "B6. Tiền sử phẫu thuật, thủ thuật", headings=("Nội dung", "Ngày", "Cơ sở"), empty=NOT_NOTED,
            rows=tuple((each.title, day(each.on), each.source.facility) for each in chart.procedures),
        ),
        _family(family),
        *(of_women if chart.banner.gender == "female" else ()),
        _vaccinations(chart),
        _examination(chart),
        Block(
            "D. Cận lâm sàng gần nhất", headings=("Xét nghiệm", "Kết quả", "Bình thường", "Ngày, cơ sở"), empty=NOT_NOTED,
            rows=tuple(
                (each.latest.title, f"{each.latest.value} {each.latest.unit}".strip(), each.latest.bounds.words,
                 f"{day(each.latest.on)}, {each.latest.source.facility}")
                for each in chart.results
            ),
        ),
        Block(
            "D. Thuốc đang dùng", headings=("Thuốc", "Cách dùng", "Từ ngày"), empty=NOT_NOTED,
            rows=tuple(
                (each.title, each.lines[0].dose, day(each.lines[0].on)) for each in chart.medicines if each.active
            ),
        ),
        Block(
            "Các đợt khám bệnh, chữa bệnh gần đây", headings=("Ngày", "Cơ sở", "Hình thức", "Chẩn đoán"), empty=NOT_NOTED,
            rows=tuple(
                (day(each.on), each.source.facility, each.kind.into("vi"), "; ".join(each.diagnoses) or each.reason)
                for each in chart.encounters[:MOST_VISITS]
            ),
        ),
    )  # fmt: skip


def noted(resources: Sequence[Resource]) -> dict[str, str]:
    """LOINC code to what the latest of these Observations says of it."""
    found: dict[str, str] = {}
    for each in results.of(resources, {}):
        found.setdefault(each.key.rpartition("|")[2], f"{each.value} {each.unit}".strip())
    return found


def day(on: str) -> str:
    """A FHIR date as it is written here."""
    return "/".join(reversed(on[:10].split("-")))


def _who(person: Resource, banner: Banner) -> Block:
    extensions = {
        str(each.get("url", "")).removeprefix(f"{BASE}StructureDefinition/"): words.concept(each.get("valueCoding"))
        for each in person.get("extension", ())
    }
    facts = (
        ("Họ và tên", banner.name), ("Giới tính", GENDERS.get(banner.gender, "")), ("Ngày sinh", day(banner.born)),
        ("Số định danh cá nhân", banner.number), ("Mã thẻ BHYT", banner.card), ("Dân tộc", extensions.get("dan-toc", "")),
        ("Nghề nghiệp", extensions.get("nghe-nghiep", "")), ("Quan hệ với chủ hộ", extensions.get("quan-he-chu-ho", "")),
        ("Nơi ở hiện tại", banner.address), ("Điện thoại", banner.phone), ("Nơi quản lý sức khỏe", banner.keeper),
        *(("Người chăm sóc chính", _contact(each)) for each in person.get("contact", ())[:1]),
    )  # fmt: skip
    return Block("A. Hành chính", tuple((name, value or NOT_NOTED) for name, value in facts))


def _contact(contact: Mapping[str, object]) -> str:
    name = contact.get("name")
    called = words.called({"name": [name]}) if isinstance(name, dict) else ""
    return ", ".join(filter(None, (called, words.concept(contact.get("relationship")))))


def _asked(title: str, boxes: Sequence[tuple[str, str]], noted: Mapping[str, str]) -> Block:
    return Block(title, tuple((name, noted.get(code) or NOT_NOTED) for name, code in boxes))


def _allergies(chart: Chart) -> Block:
    """Of each kind what is present; what is over or refuted is not told."""
    told: dict[str, list[str]] = {"medication": [], "food": [], "": []}
    for each in chart.banner.allergies:
        told.get(each.category, told[""]).append(f"{each.title}{f' ({each.reaction})' if each.reaction else ''}")
    return Block(
        "B3. Tiền sử dị ứng",
        (
            ("Thuốc", "; ".join(told["medication"]) or NOT_NOTED),
            ("Thực phẩm", "; ".join(told["food"]) or NOT_NOTED),
            ("Hóa chất, mỹ phẩm, khác", "; ".join(told[""]) or NOT_NOTED),
        ),
    )


def _family(family: Sequence[Resource]) -> Block:
    rows = tuple(
        (words.concept(part.get("code")), words.concept(each.get("relationship")))
        for each in family
        for part in each.get("condition", ())
    )
    return Block("B7. Tiền sử gia đình", headings=("Bệnh, dị ứng", "Người mắc"), rows=rows, empty=NOT_NOTED)


def _illnesses(chart: Chart) -> Block:
    boxes: list[tuple[str, str, str]] = []
    listed: set[str] = set()
    for name, ranges in ILLNESSES:
        having = [each for each in chart.problems if _within(each.code, ranges)]
        listed.update(each.source.reference for each in having)
        boxes.append((name, "Có" if having else "–", _told(having)))
    rest = [
        each for each in chart.problems if each.source.reference not in listed and each.standing is not Standing.OVER
    ]
    return Block(
        "B4. Bệnh tật (bản thân)", headings=("Bệnh", "Mắc", "Chi tiết"),
        rows=(*boxes, ("Bệnh khác", "Có" if rest else "–", _told(rest))),
    )  # fmt: skip


def _told(problems: Sequence[ProblemLine]) -> str:
    return "; ".join(f"{each.title}, {day(each.on)}" for each in problems)


def _within(code: str, ranges: Sequence[str]) -> bool:
    return any(first <= code[:3] <= last for first, last in zip(ranges[::2], ranges[1::2], strict=True))


def _vaccinations(chart: Chart) -> Block:
    """Every dose of the calendar and whether it was given; then what was given beside it."""
    by_dose: dict[tuple[str, int], ImmunizationLine] = {
        (each.vaccine, each.dose): each for each in chart.immunizations if each.vaccine and each.dose
    }
    rows = []
    for planned in immunizations.CALENDAR:
        given = by_dose.pop((planned.vaccine, planned.number), None)
        if given or planned.vaccine in CHILDREN:
            name = f"{immunizations.TITLES[planned.vaccine]}, mũi {planned.number}"
            rows.append((name, day(given.on) if given else "–", given.lot if given else "", _next(chart, planned)))
    beside = [
        each for each in chart.immunizations if not (each.vaccine and each.dose) or (each.vaccine, each.dose) in by_dose
    ]
    rows += [
        (f"{each.title}{f', mũi {each.dose}' if each.dose else ''}", day(each.on), each.lot, "") for each in beside
    ]
    return Block(
        "C. Tiêm chủng", headings=("Vắc xin", "Ngày tiêm", "Số lô", "Hẹn tiêm"), rows=tuple(rows), empty=NOT_NOTED
    )


def _next(chart: Chart, planned: immunizations.Dose) -> str:
    return next(
        (
            f"{each.due_on:%d/%m/%Y}"
            for each in chart.due
            if (each.vaccine, each.dose) == (planned.vaccine, planned.number)
        ),
        "",
    )


def _examination(chart: Chart) -> Block:
    latest = {each.latest.key.rpartition("|")[2]: each.latest for each in chart.measurements}
    return Block(
        "D. Khám lâm sàng: chỉ số gần nhất",
        tuple(
            (name, f"{found.value} {found.unit} ({day(found.on)}, {found.source.facility})" if found else NOT_NOTED)
            for code, name in EXAMINED
            for found in [latest.get(code)]
        ),
    )
