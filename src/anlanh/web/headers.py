"""What every page tells the browser: load nothing from elsewhere, frame nothing, keep nothing personal.

Source: https://www.w3.org/TR/CSP3/; OWASP Secure Headers Project
"""

from __future__ import annotations

from collections.abc import Mapping

CONTENT_POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self'",
    "font-src": "'self'",
    "connect-src": "'self'",
    "manifest-src": "'self'",
    "worker-src": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
}
"""A page that needs more names it: `show(..., allow={"form-action": "https://app.example"})` adds to a line."""

ALWAYS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "permissions-policy": "camera=(self), microphone=(self), geolocation=(self), payment=(), usb=(), interest-cohort=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "x-frame-options": "DENY",
}
HSTS = "max-age=63072000; includeSubDomains"


def of_page(*, secure: bool, personal: bool, allow: Mapping[str, str] | None = None) -> dict[str, str]:
    """The headers of a page. `secure`: reached by https; `personal`: it must not stay in any cache."""
    more = allow or {}
    lines = (f"{name} {value} {more.get(name, '')}".strip() for name, value in CONTENT_POLICY.items())
    headers = {
        **ALWAYS,
        "content-security-policy": "; ".join(lines),
        "cache-control": "no-store" if personal else "private, no-cache",
        "vary": "Cookie, HX-Request",
    }
    if secure:
        headers["strict-transport-security"] = HSTS
    return headers
