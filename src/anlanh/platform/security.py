"""What was refused, for operators: each refusal is counted, and written as a line of the log, no more of them than a flood
leaves room for. Nothing personal: staff and programs by their subject, a citizen by a hash that only this server can make.

Only refusals come here: what is allowed costs nothing.

Source: OWASP ASVS 4.0.3, 7.1.3, 7.1.4, 7.2.1, 7.2.2; OWASP Logging Vocabulary
"""

from __future__ import annotations

import hmac
import logging
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from anlanh.kernel.problem import Problem
from anlanh.platform.metrics import SECURITY_EVENTS
from anlanh.platform.work import Principal

log = logging.getLogger(__name__)

EVENTS: Mapping[str, str] = {
    "login": "sign-in-failed",
    "expired": "sign-in-failed",
    "security": "form-forged",
    "forbidden": "denied",
    "throttled": "limit-reached",
}
"""The event of a problem by its issue code, unless the problem names one itself (`Problem.event`)."""

OF_PROGRAMS: Mapping[str, str] = {**EVENTS, "login": "token-refused", "expired": "token-refused"}
"""The same where programs ask, with tokens."""

LINES = 60
"""Lines a minute of one event and reason, in one process; the others are counted, and the next line says how many."""

WINDOW_S = 60.0


@dataclass(slots=True)
class Room:
    """How many lines there is still room for. `now` in seconds."""

    most: int = LINES
    _windows: dict[tuple[str, str], tuple[int, int]] = field(default_factory=dict)
    _left_out: dict[tuple[str, str], int] = field(default_factory=dict)

    def take(self, event: str, reason: str, now: float) -> int | None:
        """How many lines of the kind were left out before this one; None: this one is left out too.

        >>> room = Room(most=2)
        >>> [room.take("denied", "NotAllowed", at) for at in (0, 1, 2, 3, 61)]
        [0, 0, None, None, 2]
        """
        key, window = (event, reason), int(now // WINDOW_S)
        at, count = self._windows.get(key, (window, 0))
        count = count if at == window else 0
        if count >= self.most:
            self._left_out[key] = self._left_out.get(key, 0) + 1
            return None
        self._windows[key] = (window, count + 1)
        return self._left_out.pop(key, 0)


_ROOM = Room()
_key = secrets.token_bytes(32)


def start(key: bytes) -> None:
    """Hash citizens with this key from now on, so that all processes know them by the same name. Safe to repeat."""
    global _key  # one key for each process, as there is one log
    _key = key


def event_of(problem: Problem, events: Mapping[str, str] = EVENTS) -> str | None:
    """The security event that a problem is; None where it is none."""
    return problem.event or events.get(problem.issue)


def name_of(subject: str) -> str:
    """As whom the log knows somebody: staff and programs by their subject, a citizen by a keyed hash."""
    if not subject.startswith("Patient/"):
        return subject
    return f"person:{hmac.digest(_key, subject.encode(), 'sha256')[:8].hex()}"


def refused(
    problem: Problem, who: Principal | None, *, route: str, request: str = "", network: str = "",
    events: Mapping[str, str] = EVENTS,
) -> None:  # fmt: skip
    """Count a refusal and write it down; of problems that are none nothing. `route`: a template or an interaction, never
    an address; `who`: None where nobody is known."""
    event = event_of(problem, events)
    if event is None:
        return
    reason = type(problem).__name__
    SECURITY_EVENTS.labels(event, reason).inc()
    left_out = _ROOM.take(event, reason, time.monotonic())
    if left_out is None:
        return
    name, role = (name_of(who.subject), who.role) if who else ("nobody", "")
    log.warning(
        "Refused",
        extra={
            "event": event, "reason": reason, "who": name, "role": role, "route": route, "status": problem.http_status,
            "request": request, "network": network, "left_out": left_out,
        },
    )  # fmt: skip


def refused_at(scope: Mapping[str, Any], problem: Problem, route: str) -> None:
    """The same for a program at an address of its own, by the ASGI scope of its request."""
    client = scope.get("client")
    refused(problem, None, route=route, network=client[0] if client else "", events=OF_PROGRAMS)
