"""What may not be uploaded: programs, under whatever name, and files that are not what they are said to be.

Size is bounded by the limit of a body. What was taken in is given out with headers that let no browser run it.

FHIR: Binary, Attachment
Source: https://hl7.org/fhir/R4/security.html#binary; OWASP ASVS 4.0.3 V12
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from typing import Any

from anlanh.kernel.problem import Problem


class NotTaken(Problem):
    issue = "security"
    status = 422
    says = "The file is not taken: {why}."
    hint = "Send a document, an image or data in its own type (application/pdf, image/jpeg, text/plain…)."


PROGRAMS = (
    (b"MZ", "a Windows program"), (b"\x7fELF", "a Linux program"), (b"#!", "a script"), (b"\xca\xfe\xba\xbe", "a Java class"),
    (b"\xfe\xed\xfa\xce", "a macOS program"), (b"\xcf\xfa\xed\xfe", "a macOS program"), (b"<?php", "a script"),
)  # fmt: skip
"""Beginnings of programs. Source: https://www.iana.org/assignments/media-types, magic numbers of the formats' own documents"""

RUN = frozenset(
    ("application/javascript", "text/javascript", "application/x-msdownload", "application/x-sh", "application/x-httpd-php",
     "application/java-archive", "application/x-executable", "application/vnd.microsoft.portable-executable")
)  # fmt: skip

BEGINNINGS: dict[str, tuple[bytes, ...]] = {
    "application/pdf": (b"%PDF-",),
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "image/jpeg": (b"\xff\xd8\xff",),
    "image/gif": (b"GIF87a", b"GIF89a"),
    "image/tiff": (b"II*\0", b"MM\0*"),
    "application/zip": (b"PK\x03\x04", b"PK\x05\x06"),
}
"""How files of a type begin."""

ATTACHED = {
    "DocumentReference": ("content", "attachment"),
    "Media": ("content",),
    "DiagnosticReport": ("presentedForm",),
    "Communication": ("payload", "contentAttachment"),
    "CommunicationRequest": ("payload", "contentAttachment"),
    "Patient": ("photo",),
    "Practitioner": ("photo",),
    "Consent": ("sourceAttachment",),
    "Observation": ("valueAttachment",),
}
"""Where resources carry files, by path."""


def check(resource: dict[str, Any]) -> None:
    """Refuse a resource that carries a program.

    Raises:
        NotTaken: it does.
    """
    if resource.get("resourceType") == "Binary":
        _refuse(resource.get("contentType"), resource.get("data"))
        return
    path = ATTACHED.get(str(resource.get("resourceType")))
    for attachment in _at([resource], path) if path else ():
        _refuse(attachment.get("contentType"), attachment.get("data"))


def check_raw(content_type: str, body: bytes) -> None:
    """Refuse a raw file that is a program, or not what it is said to be.

    Raises:
        NotTaken: it is.
    """
    kind = content_type.partition(";")[0].strip().lower()
    beginnings = BEGINNINGS.get(kind)
    if beginnings is not None and not body.startswith(beginnings):
        raise NotTaken(why=f"it does not begin as {kind} does")
    _refuse_program(kind, body[:16])


def _refuse(content_type: Any, data: Any) -> None:
    if not isinstance(data, str):
        return
    try:
        beginning = base64.b64decode(data[:24])
    except (binascii.Error, ValueError):
        beginning = b""
    _refuse_program(str(content_type).partition(";")[0].strip().lower(), beginning)


def _refuse_program(kind: str, beginning: bytes) -> None:
    if kind in RUN:
        raise NotTaken(why=f"{kind} is a program")
    for start, name in PROGRAMS:
        if beginning.startswith(start):
            raise NotTaken(why=f"it is {name}")


def _at(elements: list[Any], path: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    for element in elements:
        if not isinstance(element, dict):
            continue
        if not path:
            yield element
            continue
        found = element.get(path[0])
        yield from _at(found if isinstance(found, list) else [found], path[1:])
