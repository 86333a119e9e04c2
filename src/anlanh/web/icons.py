"""Icons as part of the page: no request of their own, and in the colour of the text beside them.

Source: https://lucide.dev (ISC), fetched from npm when the program is built
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

from markupsafe import Markup

_INSIDE = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)


@cache
def icon(name: str) -> Markup:
    """The drawing of that name, hidden from screen readers: it stands beside a text that says the same.

    Raises:
        FileNotFoundError: vendor.json does not list it.
    """
    drawing = _INSIDE.search((files("anlanh.web") / "static" / "vendor" / "icons" / f"{name}.svg").read_text())
    inside = "".join(line.strip() for line in drawing[1].splitlines()) if drawing else ""
    return Markup('<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">{}</svg>').format(
        Markup(inside)  # noqa: S704  # from the package, not from anybody's input
    )
