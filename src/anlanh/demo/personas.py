"""Made-up people with a part to play: they are in the province at every size, for sign-in pages, stories and tests.

Citizens are the first people of the first block; staff are workers of their own beside the teams.

FHIR: Patient, Practitioner, PractitionerRole
Source: invented
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

WRITTEN_IN = 2026
"""The year for which the days of birth are written; in another year everybody is as old as here."""


@dataclass(frozen=True, slots=True)
class MemberSpec:
    """A member of a persona's household. `name`: family, middle, name; `key` of the persona, or none."""

    key: str
    role: str
    female: bool
    born: str
    name: tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class HouseholdSpec:
    """A persona's household. `standing`: poor, near-poor, other."""

    commune: str
    line: str
    ethnic: str
    standing: str
    members: tuple[MemberSpec, ...]


@dataclass(frozen=True, slots=True)
class Persona:
    """Somebody to sign in as. `reference`: Patient/… or Practitioner/…; `role`: a PractitionerRole, for staff; a
    child has no phone."""

    key: str
    title_vi: str
    title_en: str
    reference: str
    name: str
    born: str
    gender: str
    personal_id: str
    phone: str
    role: str = ""
    facility: str = ""


HOUSEHOLDS = (
    HouseholdSpec(
        "01912", "Thôn Pác Nghè", "02", "near-poor",
        (
            MemberSpec("farmer", "chu-ho", False, "1959-04-12", ("Nông", "Văn", "Thành")),
            MemberSpec("farmer-wife", "vo-chong", True, "1962-09-03", ("Hoàng", "Thị", "Lành")),
        ),
    ),
    HouseholdSpec(
        "05860", "Tổ dân phố 6", "01", "other",
        (
            MemberSpec("pregnant-husband", "chu-ho", False, "1996-02-19", ("Dương", "Văn", "Hiếu")),
            MemberSpec("pregnant", "vo-chong", True, "1998-07-25", ("Trần", "Thị", "Nhung")),
        ),
    ),
    HouseholdSpec(
        "05443", "Tổ dân phố 11", "01", "other",
        (
            MemberSpec("father", "chu-ho", False, "1991-05-06", ("Nguyễn", "Minh", "Tuấn")),
            MemberSpec("mother", "vo-chong", True, "1993-11-14", ("Phạm", "Thu", "Hà")),
            MemberSpec("child", "con", False, "2021-06-08", ("Nguyễn", "Minh", "Khang")),
        ),
    ),
    HouseholdSpec(
        "05716", "Xóm Cây Hồng", "09", "poor",
        (
            MemberSpec("adolescent-mother", "chu-ho", True, "1986-03-30", ("Bàn", "Thị", "Liên")),
            MemberSpec("adolescent", "con", True, "2010-10-02", ("Triệu", "Thị", "Mai")),
        ),
    ),
    HouseholdSpec(
        "05692", "Xóm Gò Cao", "07", "other",
        (MemberSpec("tb-hiv", "chu-ho", False, "1988-01-17", ("Hoàng", "Văn", "Kiên")),),
    ),
    HouseholdSpec(
        "05518", "Tổ dân phố 3", "01", "other",
        (
            MemberSpec("violence", "chu-ho", True, "1992-08-21", ("Đỗ", "Thị", "Quyên")),
            MemberSpec("", "con", True, "2017-04-11", ("Lê", "Ngọc", "Anh")),
        ),
    ),
    HouseholdSpec(
        "05455", "Tổ dân phố 9", "01", "other",
        (MemberSpec("mental-health", "chu-ho", False, "1999-12-05", ("Vũ", "Đức", "Long")),),
    ),
    HouseholdSpec(
        "05569", "Xóm Chợ Chu", "02", "other",
        (MemberSpec("elder-alone", "chu-ho", True, "1947-02-10", ("Ma", "Thị", "Pèng")),),
    ),
)  # fmt: skip

TITLES = {
    "farmer": ("Nông dân 67 tuổi, tăng huyết áp và đái tháo đường", "Farmer of 67 with hypertension and diabetes"),
    "farmer-wife": ("Vợ của ông Thành, người chăm sóc", "His wife, who cares for him"),
    "pregnant": ("Thai phụ 30 tuần, công nhân", "Pregnant factory worker, 30th week"),
    "pregnant-husband": ("Chồng của thai phụ", "Her husband"),
    "child": ("Trẻ 5 tuổi, có cha và mẹ", "Child of 5 with both parents"),
    "mother": ("Mẹ của bé Khang", "The child's mother"),
    "father": ("Cha của bé Khang", "The child's father"),
    "adolescent": ("Học sinh 16 tuổi", "Adolescent of 16"),
    "adolescent-mother": ("Mẹ của em Mai", "The adolescent's mother"),
    "tb-hiv": ("Người điều trị lao và HIV", "Man in treatment for tuberculosis and HIV"),
    "violence": ("Người bị bạo lực gia đình", "Woman hurt by domestic violence"),
    "mental-health": ("Người điều trị trầm cảm", "Young man treated for depression"),
    "elder-alone": ("Cụ bà 79 tuổi sống một mình", "Woman of 79 who lives alone"),
    "doctor": ("Bác sĩ bệnh viện tỉnh", "Doctor at a provincial hospital"),
    "nurse": ("Điều dưỡng bệnh viện tỉnh", "Nurse at a provincial hospital"),
    "emergency-doctor": ("Bác sĩ cấp cứu", "Emergency doctor"),
    "station-worker": ("Cán bộ trạm y tế xã", "Worker at a commune health station"),
    "receptionist": ("Nhân viên tiếp đón", "Receptionist"),
    "laboratory": ("Kỹ thuật viên xét nghiệm", "Laboratory technician"),
    "pharmacist": ("Dược sĩ bệnh viện", "Hospital pharmacist"),
    "surveillance-officer": ("Cán bộ giám sát dịch tễ CDC", "Surveillance officer of the CDC"),
    "director": ("Giám đốc bệnh viện", "Hospital director"),
    "privacy-officer": ("Cán bộ bảo vệ dữ liệu cá nhân", "Privacy officer"),
    "data-steward": ("Cán bộ quản trị dữ liệu", "Data steward"),
}
"""Titles in Vietnamese and English."""

STAFF: tuple[tuple[str, str, str, str, tuple[str, str, str], bool, str], ...] = (
    ("doctor", "doctor", "bv-a", "K03", ("Lê", "Đức", "Minh"), False, "1980-03-08"),
    ("nurse", "nurse", "bv-a", "K03", ("Ngô", "Thị", "Thu"), True, "1992-06-15"),
    ("emergency-doctor", "doctor", "bv-a", "K02", ("Đặng", "Quốc", "Việt"), False, "1985-09-27"),
    ("station-worker", "assistant", "tram-y-te-01912", "KB", ("Hứa", "Thị", "Hạnh"), True, "1988-12-01"),
    ("receptionist", "clerk", "bv-a", "K01", ("Bùi", "Phương", "Linh"), True, "1997-05-19"),
    ("laboratory", "technician", "bv-a", "K47", ("Tạ", "Văn", "Phong"), False, "1990-10-10"),
    ("pharmacist", "pharmacist", "bv-a", "K44", ("Mai", "Thị", "Yến"), True, "1987-02-24"),
    ("surveillance-officer", "doctor", "cdc", "PCBTN", ("Lương", "Thị", "Vân"), True, "1983-07-04"),
    ("director", "doctor", "bv-a", "", ("Phan", "Công", "Thắng"), False, "1970-11-22"),
    ("privacy-officer", "clerk", "so-y-te", "", ("Trịnh", "Thị", "Oanh"), True, "1984-04-16"),
    ("data-steward", "clerk", "so-y-te", "", ("Đinh", "Tuấn", "Anh"), False, "1991-01-30"),
)
"""Key, profession, facility, department, name, woman?, born."""


def _citizens() -> Iterator[tuple[int, HouseholdSpec, MemberSpec]]:
    number = 0
    for household in HOUSEHOLDS:
        for member in household.members:
            yield number, household, member
            number += 1


@cache
def everybody() -> dict[str, Persona]:
    """All personas by key; the same in every province, as written for 2026."""
    from anlanh.demo import numbers, places, staff

    found = {}
    for number, household, member in _citizens():
        if not member.key:
            continue
        birth_code = places.by_code()[household.commune].birth_code
        found[member.key] = Persona(
            member.key, *TITLES[member.key], f"Patient/nguoi-{number:06d}", " ".join(member.name), member.born,
            "female" if member.female else "male",
            numbers.personal_id(number, birth_code, member.female, int(member.born[:4])),
            numbers.phone(number) if WRITTEN_IN - int(member.born[:4]) >= numbers.PHONE_FROM else "",
            facility=f"Organization/{places.by_code()[household.commune].station_id}",
        )  # fmt: skip
    for worker in staff.named():
        key = worker.id.removeprefix("nhan-vien-")
        found[key] = Persona(
            key, *TITLES[key], f"Practitioner/{worker.id}", worker.name, worker.born, worker.gender,
            staff.personal_id(worker), numbers.phone(worker.number),
            role=f"PractitionerRole/vai-tro-{worker.id}", facility=f"Organization/{worker.facility_id}",
        )  # fmt: skip
    return found
