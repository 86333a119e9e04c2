"""Texts of pages. The English text in the code is the key; each package keeps its `messages/vi.po`.

In Python `_("Bed {bed} is ready.", bed=7)` is a text that is put into a language when it is shown; in a template
`_("Sign in")` is shown at once. Both are found by a test that asks for their Vietnamese.
"""

from __future__ import annotations

from typing import Any

from anlanh.kernel import messages

LANGUAGES = ("vi", "en")
"""The first one is what people get who have chosen none."""


class Text:
    """A text of the program, not yet in a language."""

    __slots__ = ("english", "facts")

    def __init__(self, english: str, /, **facts: Any) -> None:
        self.english = english
        self.facts = facts

    def into(self, language: str) -> str:
        """The text in `vi` or `en`."""
        return messages.translate(self.english, language, **self.facts)


_ = Text
"""The short name under which pages write their texts."""


def shown(text: Text | str, language: str, **facts: Any) -> str:
    """What a template shows for `_(text)`."""
    return text.into(language) if isinstance(text, Text) else messages.translate(text, language, **facts)
