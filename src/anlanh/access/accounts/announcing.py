"""What happens to an account is written into its history, and what its owner should know at once is told to them: a message
in the record, in the same breath. The inbox takes it from there, for citizens and for staff.

A message says what, when and from which kind of device: no address, no code, no name.

FHIR: Communication
Source: OWASP ASVS 4.0.3, 2.2.3, 2.5.5, 2.8.5; NIST SP 800-63B-4 (notices of changes to an account)
"""

from __future__ import annotations

from collections.abc import Mapping

from anlanh.access.accounts import ledger
from anlanh.access.accounts.ledger import Place
from anlanh.access.accounts.model import Account
from anlanh.access.rights import notices
from anlanh.fhir.store.record import Record
from anlanh.platform.work import Work

KIND = "account"
"""The kind of these messages, as the inbox knows them."""

UNKNOWN = {"?": "một thiết bị không rõ loại"}
"""How a device is called that says nothing of itself."""

AT_A_DESK = "tại một quầy hỗ trợ"
NEW_DEVICE = "new-device"
REUSED = "app-code-reused"

TOLD: Mapping[str, tuple[str, str]] = {
    "passkey-added": ("Đã thêm một khóa đăng nhập", "Tài khoản của ông/bà có thêm một khóa đăng nhập"),
    "passkey-removed": ("Đã gỡ một khóa đăng nhập", "Một khóa đăng nhập của tài khoản ông/bà đã được gỡ"),
    "password-set": ("Đã đổi mật khẩu", "Mật khẩu của ông/bà đã được đổi, các thiết bị khác đã được đăng xuất"),
    "app-added": ("Đã đặt ứng dụng lấy mã", "Ứng dụng lấy mã của ông/bà đã được đặt mới, ứng dụng cũ không còn dùng được"),
    "devices-out": ("Đã đăng xuất các thiết bị khác", "Mọi thiết bị khác của tài khoản ông/bà đã được đăng xuất"),
    "slip-issued": ("Đã cấp phiếu mở tài khoản", "Một phiếu mở tài khoản của ông/bà đã được cấp, chỉ dùng được một lần"),
    "card-issued": ("Đã cấp thẻ đăng nhập", "Một thẻ đăng nhập mới của ông/bà đã được cấp, thẻ cũ không còn dùng được"),
    "in-recovery": ("Tài khoản đã được mở bằng phiếu", "Có người đã đăng nhập bằng phiếu, các thiết bị khác đã được đăng xuất"),
    NEW_DEVICE: ("Đăng nhập từ thiết bị mới", "Có lượt đăng nhập từ một thiết bị chưa từng dùng với tài khoản của ông/bà"),
    REUSED: (
        "Mã của ứng dụng bị dùng lại",
        "Một mã đã dùng của ứng dụng lấy mã được nhập lần nữa cùng mật khẩu đúng, và đã bị từ chối",
    ),
}  # fmt: skip
"""What is told: title, and what happened; of everything else there is only the history."""

WAY_OUT = "Nếu không phải ông/bà làm, hãy đăng xuất các thiết bị khác và đổi cách đăng nhập ngay."


def message(what: str, when: str, device: str) -> tuple[str, str]:
    """Title and text of a message. `when`: as people read it; `device`: a kind of device, empty where a desk did it.

    >>> message("password-set", "14:05 ngày 23/11/2026", "Chrome, Android")[1].splitlines()[0]
    'Mật khẩu của ông/bà đã được đổi, các thiết bị khác đã được đăng xuất: lúc 14:05 ngày 23/11/2026, từ Chrome, Android.'
    """
    title, said = TOLD[what]
    return title, f"{said}: lúc {when}, {f'từ {UNKNOWN.get(device, device)}' if device else AT_A_DESK}.\n{WAY_OUT}"


async def happened(
    work: Work, record: Record, account: Account, what: str, place: Place, *, by_ref: str | None = None,
    tell: str | None = None, once: str | None = None,
) -> None:  # fmt: skip
    """Write into the history that something happened, and tell the owner where it is of those TOLD: both or neither.

    `by_ref`: who did it, if somebody else; `tell`: what is told, where that is not `what`; `once`: a name under which it
    is told only once, however often it happens (the history has it every time).
    """
    async with work.connection.transaction():
        event_id = await ledger.tell(work, account.id, what, place, by_ref)
        told = tell or what
        if told not in TOLD:
            return
        when = f"{work.at.astimezone(record.zone):%H:%M ngày %d/%m/%Y}"
        title, text = message(told, when, "" if by_ref else place.device)
        occasion = f"account {account.id} {once or event_id}"
        await notices.tell(work, record, account.person_ref, text, occasion, kind=KIND, title=title)
