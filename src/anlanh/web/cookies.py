"""The cookies of pages: few, and none that a script can read.

| name | holds | kept |
| --- | --- | --- |
| an_phien | the session of somebody who is signed in | until it ends |
| an_khach | a random number that ties forms to the browser of somebody who is not | until the browser is closed |
| an_chon | language, size of letters, elder mode, shared device | a year |
| an_may | a random number by which a device is known again at the next sign-in; not on a shared one | 400 days |
| an_bao | what the next page is to say | a minute |

Source: RFC 6265bis, 4.1.3.2 (__Host-)
"""

from __future__ import annotations

from starlette.responses import Response

SESSION = "an_phien"
VISITOR = "an_khach"
CHOICES = "an_chon"
DEVICE = "an_may"
SAID = "an_bao"


def name_of(cookie: str, *, secure: bool) -> str:
    """Under https the name promises the browser that no other site of the domain has set it."""
    return f"__Host-{cookie}" if secure else cookie


def put(response: Response, cookie: str, value: str, *, secure: bool, max_age_s: int | None = None) -> None:
    """Set it for this host only. Without an age it ends with the browser."""
    response.set_cookie(
        name_of(cookie, secure=secure), value, max_age=max_age_s, path="/", secure=secure, httponly=True, samesite="lax"
    )


def drop(response: Response, cookie: str, *, secure: bool) -> None:
    """Take it away."""
    response.delete_cookie(name_of(cookie, secure=secure), path="/", secure=secure, httponly=True, samesite="lax")
