"""Which questions that found nothing are counted, so that the editors see what is missing and nobody is known by it."""

from __future__ import annotations

from anlanh.kernel.vn import fold

MOST_WORDS = 5
LONGEST = 40
KEPT_DAYS = 90
SHOWN_FROM = 3
"""How often something is asked before the editors see it: a name that was typed once stays unseen and goes with age."""

MOST_KEPT = 2_000


def countable(text: str) -> str:
    """The words as they are counted, folded; empty: they are not kept, as they hold digits or signs of an address, or are long.

    >>> countable("Đau  Mắt Hột"), countable("0912 345 678"), countable("ai@example.vn"), countable("một hai ba bốn năm sáu")
    ('dau mat hot', '', '', '')
    """
    words = fold.words(text)
    folded = " ".join(words)
    private = "@" in text or any(each.isdigit() for each in text) or len(words) > MOST_WORDS or len(folded) > LONGEST
    return "" if private else folded
