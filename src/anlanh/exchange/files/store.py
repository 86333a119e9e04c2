"""Files in the database: what was sent, what its columns mean, and the lines that were not taken.

Source: https://www.postgresql.org/docs/18/sql-insert.html#SQL-ON-CONFLICT
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from anlanh.exchange.files.problems import NoSuchFile
from anlanh.kernel import messages
from anlanh.kernel.problem import Problem
from anlanh.platform.work import Work

SELECT = (
    "select number, sender, name, blob, header, columns, sent_at, imported_at, taken, rejected from exchange_file"
    " where sender = $1"
)


@dataclass(frozen=True, slots=True)
class Sent:
    """A file that was sent; `columns`: meaning by number of the column."""

    number: int
    sender: str
    name: str
    blob: str
    header: str
    columns: Mapping[int, str]
    sent_at: datetime
    imported_at: datetime | None
    taken: int
    rejected: int


async def remembered(work: Work, sender: str, header: str) -> dict[int, str] | None:
    """What these headers meant the last time."""
    found = await work.connection.fetchval(
        "select columns from exchange_columns where sender = $1 and header = $2", sender, header
    )
    return None if found is None else _columns(found)


async def keep(work: Work, sender: str, name: str, blob: str, header: str, columns: Mapping[int, str]) -> int:
    """Note a file; its number. Safe to repeat: the same file of a sender has one number."""
    number: int = await work.connection.fetchval(
        "insert into exchange_file (sender, name, blob, header, columns, sent_at, sent_by) values ($1, $2, $3, $4, $5, $6, $7)"
        " on conflict (sender, blob) do update set name = excluded.name returning number",
        sender, name, blob, header, json.dumps(columns), work.at, work.principal.subject,
    )  # fmt: skip
    return number


async def count_of_day(work: Work, blob: str) -> int:
    """How many files who acts has sent within the last day, without that one."""
    found: int = await work.connection.fetchval(
        "select count(*) from exchange_file where sent_by = $1 and sent_at > $2::timestamptz - interval '1 day' and blob <> $3",
        work.principal.subject, work.at, blob,
    )  # fmt: skip
    return found


async def one(work: Work, sender: str, number: int) -> Sent:
    """A file of a sender.

    Raises:
        NoSuchFile: there is none of that number.
    """
    row = await work.connection.fetchrow(SELECT + " and number = $2", sender, number)
    if row is None:
        raise NoSuchFile
    return Sent(**{**row, "columns": _columns(row["columns"])})


async def latest(work: Work, sender: str, count: int = 20) -> list[Sent]:
    """The sender's files, the newest first."""
    rows = await work.connection.fetch(SELECT + " order by number desc limit $2", sender, count)
    return [Sent(**{**row, "columns": _columns(row["columns"])}) for row in rows]


async def mean(work: Work, sent: Sent, columns: Mapping[int, str]) -> None:
    """Let a file's columns mean this, now and with the next file of these headers."""
    text = json.dumps(columns)
    await work.connection.execute("update exchange_file set columns = $2 where number = $1", sent.number, text)
    await work.connection.execute(
        "insert into exchange_columns (sender, header, columns) values ($1, $2, $3)"
        " on conflict (sender, header) do update set columns = excluded.columns",
        sent.sender, sent.header, text,
    )  # fmt: skip


async def begun(work: Work, number: int) -> None:
    """Forget what was not taken the last time."""
    await work.connection.execute("delete from exchange_file_line where file = $1", number)


async def rejected(work: Work, number: int, lines: Sequence[tuple[int, Problem]]) -> None:
    """Note lines that were not taken, and why. Safe to repeat."""
    await work.connection.executemany(
        "insert into exchange_file_line (file, line, reason, reason_vi) values ($1, $2, $3, $4)"
        " on conflict (file, line) do update set reason = excluded.reason, reason_vi = excluded.reason_vi",
        [(number, line, problem.text, messages.in_vietnamese(problem) or problem.text) for line, problem in lines],
    )


async def recognised(work: Work, number: int, lines: Mapping[int, str]) -> None:
    """Note what became of lines without a number: "found" or "temporary". Safe to repeat."""
    await work.connection.executemany(
        "insert into exchange_file_line (file, line, reason, reason_vi, outcome) values ($1, $2, '', '', $3)"
        " on conflict (file, line) do update set outcome = excluded.outcome",
        [(number, line, outcome) for line, outcome in sorted(lines.items())],
    )


async def without_number(work: Work, number: int) -> list[tuple[int, str]]:
    """Lines without a number that were taken, in their order, and what became of them: "found" or "temporary"."""
    rows = await work.connection.fetch(
        "select line, outcome from exchange_file_line where file = $1 and outcome <> 'refused' order by line", number
    )
    return [(row["line"], row["outcome"]) for row in rows]


async def done(work: Work, number: int, taken: int, refused: int) -> None:
    """Note that a file was imported."""
    await work.connection.execute(
        "update exchange_file set imported_at = $2, taken = $3, rejected = $4 where number = $1",
        number, work.at, taken, refused,
    )  # fmt: skip


async def reasons(work: Work, number: int) -> list[tuple[int, str, str]]:
    """Line, reason in English and in Vietnamese, of lines that were not taken, in their order."""
    rows = await work.connection.fetch(
        "select line, reason, reason_vi from exchange_file_line where file = $1 and outcome = 'refused' order by line",
        number,
    )
    return [(row["line"], row["reason"], row["reason_vi"]) for row in rows]


def _columns(text: str) -> dict[int, str]:
    return {int(at): str(name) for at, name in json.loads(text).items()}
