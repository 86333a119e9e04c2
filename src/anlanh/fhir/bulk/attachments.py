"""Attachments in exports: an address below the endpoint becomes one that leads there by itself.

The stored bytes are copied as they are but for that. A quote within a text is escaped, so no text can look like an address here.

FHIR: Attachment.url; Bulk Data Access 2.0
Source: https://hl7.org/fhir/uv/bulkdata/STU2/export.html#attachments
"""

from __future__ import annotations

import re

_BASE = re.compile(r"(https?://[^?#]+?)(?:/Patient|/Group/[^/?#]+)?/\$export(?:[?#]|$)")
_RELATIVE = re.compile(
    rb'((?<!\\)"url"\s*:\s*")(?=[A-Z][A-Za-z]{1,63}/[A-Za-z0-9.\-]{1,64}(?:/_history/[A-Za-z0-9.\-]{1,64})?")'
)


def base_of(request: str) -> str:
    """The endpoint whose export was asked for; empty where it was not by its address.

    >>> base_of("https://x.vn/fhir/Group/g1/$export?_type=Patient"), base_of("http://x/fhir/$export"), base_of("folder")
    ('https://x.vn/fhir', 'http://x/fhir', '')
    """
    found = _BASE.match(request)
    return found[1] if found else ""


def absolute(content: bytes, base: str) -> bytes:
    """A resource's JSON with the addresses of its attachments made absolute.

    >>> absolute(b'{"attachment":{"url":"Binary/1"},"note":"\\\\"url\\\\":\\\\"Binary/1\\\\""}', "http://x/fhir")
    b'{"attachment":{"url":"http://x/fhir/Binary/1"},"note":"\\\\"url\\\\":\\\\"Binary/1\\\\""}'
    """
    if not base or b'"url"' not in content:
        return content
    return _RELATIVE.sub(rb"\g<1>" + base.encode().replace(b"\\", b"") + b"/", content)
