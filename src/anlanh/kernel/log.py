"""Structured logs: one JSON object a line on standard error, never with personal data.

A log line carries route templates, resource types, counts, durations and request ids. It never carries a resource, a
logical id, a search value, a token or a query string: callers pass facts by name, and only FACTS are written. Lines of
refusals (`platform/security.py`) name who was refused: staff and programs by their subject, a citizen by a keyed hash.
"""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime

FACTS = frozenset(
    (
        "request", "method", "route", "status", "ms", "bytes", "worker", "pid", "job", "attempt", "count", "rate",
        "tenant", "migration", "topic", "reason", "signal", "port", "limit",
        "event", "who", "role", "network", "left_out",
    )
)  # fmt: skip


class _JsonLine(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "from": record.name,
            "says": record.getMessage(),
        }
        line.update({name: value for name, value in vars(record).items() if name in FACTS})
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__name__
            line["where"] = _where(record)
        return json.dumps(line, ensure_ascii=False, default=str)


def _where(record: logging.LogRecord) -> list[str]:
    """File and line of every frame; no values, so that nothing personal leaks through an exception text."""
    frames = []
    trace = record.exc_info[2] if record.exc_info else None
    while trace is not None:
        frames.append(f"{trace.tb_frame.f_code.co_filename.rpartition('/')[2]}:{trace.tb_lineno}")
        trace = trace.tb_next
    return frames


def start(level: int = logging.INFO) -> None:
    """Send every log of this process to standard error as JSON lines. Safe to repeat."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_JsonLine())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for chatty in ("uvicorn", "procrastinate", "httpx"):
        logging.getLogger(chatty).setLevel(max(level, logging.WARNING))
