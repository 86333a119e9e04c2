"""What one screen leaves for the next to say: a text of the program and its facts, in a cookie of a minute.

A cookie may be written by others than this program, so only texts that the program knows are shown.
"""

from __future__ import annotations

import base64
import binascii
import json

from anlanh.kernel import messages
from anlanh.web.texts import Text

KEPT_S = 60
LONGEST = 1500


def pack(text: Text) -> str:
    """The text as the value of a cookie."""
    facts = {name: str(value) for name, value in text.facts.items()}
    return base64.urlsafe_b64encode(json.dumps([text.english, facts]).encode()).decode()


def unpack(cookie: str | None) -> Text | None:
    """The text in a cookie; None where it holds none of the program's."""
    if not cookie or len(cookie) > LONGEST:
        return None
    try:
        english, facts = json.loads(base64.urlsafe_b64decode(cookie))
        text = Text(english, **{str(name): str(value) for name, value in facts.items()})
        if english not in messages.catalogue():
            return None
        text.into("vi")
    except (binascii.Error, ValueError, TypeError, AttributeError, KeyError, IndexError):
        return None
    return text
