"""Stays in hospital: what leads to them, the days on the ward, the papers at the end; and those who are in a bed today.

FHIR: Encounter (IMP), Observation, Procedure, DocumentReference
Source: 10-12 stays for 100 people a year with births [K]; length and mix illustrative
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from anlanh.demo import dice, documents, facilities
from anlanh.demo.beds import Bed
from anlanh.demo.body import Body
from anlanh.demo.chart import Chart, Visit
from anlanh.demo.elements import moment, shared_ref, vn_concept
from anlanh.demo.facilities import Facility
from anlanh.demo.households import Person
from anlanh.demo.illness import examination
from anlanh.demo.illness.acute import YEARS
from anlanh.kernel.vn import codes

DISCHARGES = {code: vn_concept("byt-ma-loai-rv", code, name) for code, name in codes.DISCHARGE_TYPES.rows}


@dataclass(frozen=True, slots=True)
class Reason:
    """Why people stay: department, ages, sex (0 all, 2 women), stays a year of 1,000, mean days, what is done."""

    diagnosis: tuple[str, str]
    complaint: str
    department: str
    ages: tuple[int, int]
    per_1000: float
    days: float
    fever: int = 0
    medicines: tuple[str, ...] = ("paracetamol",)
    procedure: tuple[str, str] | None = None
    sex: int = 0
    label: str = ""


PNEUMONIA = ("J18.9", "Viêm phổi, không đặc hiệu")
REASONS = (
    Reason(PNEUMONIA, "Sốt cao, ho, thở nhanh", "K18", (0, 5), 62, 6, 2, ("ceftriaxon", "paracetamol-tre")),
    Reason(PNEUMONIA, "Sốt, ho, khó thở", "K50", (60, 110), 22, 8, 2, ("ceftriaxon",)),
    Reason(
        ("J44.1", "Bệnh phổi tắc nghẽn mãn tính đợt cấp, không phân loại"),
        "Khó thở tăng",
        "K50",
        (55, 110),
        16,
        8,
        1,
        ("salbutamol", "ceftriaxon"),
    ),
    Reason(
        ("K35.8", "Viêm ruột thừa cấp tính, khác và không đặc hiệu"),
        "Đau hố chậu phải",
        "K19",
        (6, 70),
        2.4,
        5,
        1,
        ("ceftriaxon", "paracetamol"),
        ("PT-RUOT-THUA", "Phẫu thuật nội soi cắt ruột thừa"),
    ),
    Reason(
        ("S82.9", "Gãy xương cẳng chân, phần chưa xác định"),
        "Tai nạn giao thông",
        "K24",
        (15, 80),
        4.5,
        9,
        0,
        ("paracetamol",),
        ("PT-KET-HOP-XUONG", "Phẫu thuật kết hợp xương"),
    ),
    Reason(("S06.0", "Chấn động"), "Ngã xe máy, đau đầu", "K02", (14, 80), 3.5, 2),
    Reason(
        ("I63.9", "Nhồi máu não, không đặc hiệu"),
        "Yếu nửa người đột ngột",
        "K48",
        (45, 110),
        9,
        10,
        0,
        ("aspirin", "atorvastatin"),
    ),
    Reason(("I50.0", "Suy tim sung huyết"), "Khó thở, phù chân", "K04", (50, 110), 12, 8, 0, ("perindopril",)),
    Reason(
        ("I21.9", "Nhồi máu cơ tim cấp, không đặc hiệu"),
        "Đau ngực trái dữ dội",
        "K04",
        (45, 110),
        3.5,
        7,
        0,
        ("aspirin", "atorvastatin"),
    ),
    Reason(
        ("E11.6", "Bệnh đái tháo đường không phụ thuộc insuline (Có biến chứng xác định khác)"),
        "Đường huyết cao",
        "K08",
        (40, 110),
        7,
        8,
        0,
        ("insulin", "metformin"),
    ),
    Reason(("K92.2", "Chảy máu tiêu hóa, không đặc hiệu"), "Nôn ra máu", "K03", (30, 100), 4, 6, 0, ("omeprazol",)),
    Reason(("N23", "Cơn đau quặn thận không xác định"), "Đau hông lưng", "K19", (20, 70), 4, 3),
    Reason(
        ("A09.9", "Viêm dạ dày - ruột và viêm đại tràng khác không rõ nguyên nhân"),
        "Tiêu chảy nhiều lần",
        "K11",
        (0, 8),
        16,
        4,
        1,
        ("oresol", "kem"),
    ),
    Reason(
        ("H25.9", "Đục thể thủy tinh người già, không đặc hiệu"),
        "Mắt mờ dần",
        "K30",
        (60, 95),
        14,
        2,
        0,
        (),
        ("PT-DUC-TTT", "Phẫu thuật thủy tinh thể"),
    ),
    Reason(("M54.5", "Đau cột sống thắt lưng"), "Đau lưng kéo dài", "K16", (40, 90), 14, 12, 0, ("ibuprofen",)),
    Reason(("I69.3", "Di chứng nhồi máu não"), "Liệt nửa người, tập phục hồi", "K31", (50, 95), 5, 14, 0, ()),
    Reason(("O20.0", "Doạ sẩy thai"), "Đau bụng, ra máu", "K27", (18, 42), 4, 4, 0, (), sex=2),
)

IN_BED = {
    "K02": Reason(("S06.0", "Chấn động"), "Tai nạn giao thông", "K02", (12, 90), 0, 2),
    "K11": Reason(
        ("A97.1", "Sốt xuất huyết có dấu hiệu cảnh báo"), "Sốt cao ngày thứ tư", "K11", (5, 75), 0, 4, 2, ("oresol",)
    ),
    "K12": Reason(
        ("A15.0", "Lao phổi, xác nhận bằng soi đờm có cấy hoặc không cấy đờm"),
        "Ho ra máu",
        "K12",
        (20, 90),
        0,
        12,
        1,
        ("rhze",),
    ),
    "K15": Reason(
        ("F20.9", "Tâm thần phân liệt thể không đặc hiệu"),
        "Kích động, mất ngủ",
        "K15",
        (20, 70),
        0,
        20,
        0,
        ("risperidon",),
        label="PSY",
    ),
    "K33": Reason(("C16.9", "U ác của dạ dày không đặc hiệu"), "Hóa trị theo đợt", "K33", (40, 90), 0, 5, 0, ()),
} | {each.department: each for each in reversed(REASONS)}
"""Who lies in a ward of each department."""

HOMES = {"K30": "bv-mat", "K16": "bv-yhct", "K31": "bv-phcn"}
"""Departments that only one hospital has."""

DIED = "5"
CLOSE_TO_DEATH = 0.4
LONGEST = 21
ALL = 1.4
"""The reasons of the table stand for this many times as many: other reasons are not told apart."""


def choose(people: Sequence[Person], slots: Sequence[Bed], today: int) -> dict[int, Bed]:
    """Who of a block lies in which bed today: whoever fits the ward first, else the first who is left."""
    free = [each for each in people if not each.died and not each.persona and each.born < today - 40]
    found: dict[int, Bed] = {}
    for at, bed in enumerate(slots):
        reason = IN_BED.get(bed.ward.code, IN_BED["K03"])
        turned = free[at * 17 % len(free) :] + free[: at * 17 % len(free)]
        fitting = [each for each in turned if _fits(each, reason, today)]
        who = (fitting or turned)[0]
        free.remove(who)
        found[who.number] = bed
    return found


def _fits(person: Person, reason: Reason, today: int) -> bool:
    return reason.ages[0] <= person.age(today) <= reason.ages[1] and reason.sex in (0, 1 + person.female)


def write(chart: Chart, body: Body, bed: Bed | None) -> None:
    """The stays of the last years; in `bed`, the one that goes on today."""
    person, rng, until = chart.person, chart.rng, chart.until
    if bed:
        _today(chart, body, bed)
    first = max(until - YEARS * 365, person.born + 30)
    last = until - 45
    if first >= last:
        return
    fitting = [each for each in REASONS if _fits(person, each, until)]
    weights = list(accumulate(each.per_1000 for each in fitting))
    stays = dice.count(rng, ALL * weights[-1] / 1000 * (last - first) / 365) if weights else 0
    for _ in range(stays):
        reason = rng.choices(fitting, cum_weights=weights)[0]
        _past(chart, body, reason, dice.day(rng, first, last, "winter" if reason.fever == 2 else "even"), "1")
    if person.died and rng.random() < CLOSE_TO_DEATH and fitting:
        _past(chart, body, rng.choices(fitting, cum_weights=weights)[0], until - 5, DIED)


def _past(chart: Chart, body: Body, reason: Reason, on: int, result: str) -> None:
    rng = chart.rng
    days = 5 if result == DIED else max(1, min(LONGEST, round(rng.gammavariate(4, reason.days / 4))))
    place = _place(chart, reason)
    minute = rng.randrange(1, 1380)
    visit = chart.visit(
        on, place, reason.department, reason.diagnosis, reason.complaint, kind="03", cls="IMP", minute=minute,
        lasts=days * 1440 + rng.randrange(-200, 200), label=reason.label,
    )  # fmt: skip
    _ward_days(chart, body, visit, reason, days)
    died = result == DIED
    visit.encounter["hospitalization"] = {"dischargeDisposition": {"text": "Tử vong"} if died else DISCHARGES["1"]}
    chart.close(visit, DIED if died else rng.choice("1122"))
    documents.discharge(chart, visit, reason.diagnosis, days)


def _place(chart: Chart, reason: Reason) -> Facility:
    if home := HOMES.get(reason.department):
        return facilities.by_id()[home]
    near = facilities.nearest_hospital(chart.person.household.commune.code)
    if any(each.code == reason.department for each in near.departments):
        return near
    north = chart.person.household.commune.zone == "bac-kan"
    return facilities.by_id()["bvdk-bac-kan" if north else ("bv-a", "bv-trung-uong", "bv-c")[chart.rng.randrange(3)]]


def _today(chart: Chart, body: Body, bed: Bed) -> None:
    """A stay that began some days ago and goes on."""
    reason = IN_BED.get(bed.ward.code, IN_BED["K03"])
    rng = chart.rng
    days = rng.randrange(1, max(2, int(reason.days)))
    visit = chart.visit(
        chart.today - days, facilities.by_id()[bed.ward.facility_id], bed.ward.code, reason.diagnosis, reason.complaint,
        kind="03", cls="IMP", minute=rng.randrange(360, 1300), status="in-progress", label=reason.label,
    )  # fmt: skip
    ward = visit.encounter["location"][0] | {"status": "active"}
    lies = {"location": shared_ref(f"Location/{bed.id}"), "status": "active", "period": {"start": visit.at}}
    visit.encounter["location"] = [ward, lies]
    _ward_days(chart, body, visit, reason, days, measured_until=chart.today * 1440 + 7 * 60)


def _ward_days(chart: Chart, body: Body, visit: Visit, reason: Reason, days: int, measured_until: int = 0) -> None:
    """Tests on the first day, vital signs every morning, what is done and given."""
    examination.vitals(chart, body, visit, reason.fever)
    examination.blood_count(chart, visit, infected=3.5 * reason.fever)
    if reason.department in ("K50", "K18", "K12"):
        chart.imaging(visit, "XQ-NGUC", "Hình ảnh viêm phổi")
    if reason.department in ("K04", "K48"):
        chart.imaging(visit, "DT-TIM", "Nhịp xoang, rối loạn tái cực")
    if reason.procedure:
        chart.procedure(visit, *reason.procedure)
    for day in range(1, days + 1):
        minute = 330 + chart.rng.randrange(90)
        if measured_until and (visit.on + day) * 1440 + minute > measured_until:
            break
        examination.vitals(chart, body, visit, reason.fever, moment(visit.on + day, minute), day / max(days, 2))
    if reason.medicines:
        chart.prescribe(visit, reason.medicines)
