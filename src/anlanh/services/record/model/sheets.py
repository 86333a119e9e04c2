"""Papers to print: the summary and the health book, block by block; and links that hand a summary on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from anlanh.kernel.problem import Problem
from anlanh.services.record.model.lines import Banner


class LinkWrong(Problem):
    issue = "value"
    says = "A link is good for one, seven or thirty days, and its passcode has six figures or more."
    hint = "Choose one of the days offered, and a longer passcode or none."


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a paper: what is known by name (`facts`), or rows below headings. `empty`: what stands where there is
    nothing."""

    title: str
    facts: tuple[tuple[str, str], ...] = ()
    headings: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    empty: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A paper about a person as the record stood `at`. `law`: on which it rests."""

    title: str
    law: str
    banner: Banner
    at: datetime
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Link:
    """A summary that was handed on. `key` is known only when it is made; `tries`: wrong passcodes still allowed."""

    id: str
    made_at: datetime
    expires_at: datetime
    guarded: bool
    opened: int
    tries: int


@dataclass(frozen=True, slots=True)
class Made:
    """A link just made: the text of its code, and until when it is good."""

    text: str
    expires_at: datetime
    guarded: bool
