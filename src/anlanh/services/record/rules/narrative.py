"""XHTML of another system made safe: kept are words, lists and tables; nothing that runs, loads, links, hides or styles.

FHIR: Narrative
Source: https://hl7.org/fhir/R4/narrative.html#security
"""

from __future__ import annotations

import re
from html import escape
from html.parser import HTMLParser

KEPT = frozenset(
    ("p", "br", "div", "span", "b", "i", "em", "strong", "small", "sub", "sup", "ul", "ol", "li", "dl", "dt", "dd", "table",
     "caption", "thead", "tbody", "tfoot", "tr", "th", "td", "blockquote", "pre", "code", "hr")
)  # fmt: skip
"""Elements that stay; of others their words stay."""

HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
"""Told apart by weight: the headings of the page are the page's own."""

SILENT = frozenset(
    ("script", "style", "head", "title", "iframe", "object", "embed", "svg", "math", "template", "noscript", "textarea",
     "select", "audio", "video", "canvas")
)  # fmt: skip
"""Elements whose content is left out too."""

VOID = frozenset(("br", "hr"))
ROWS = frozenset(("table", "thead", "tbody", "tfoot"))
WITHIN = {
    "li": frozenset(("ul", "ol")), "dt": frozenset(("dl",)), "dd": frozenset(("dl",)), "td": frozenset(("tr",)),
    "th": frozenset(("tr",)), "tr": ROWS, "thead": frozenset(("table",)), "tbody": frozenset(("table",)),
    "tfoot": frozenset(("table",)), "caption": frozenset(("table",)),
}  # fmt: skip
"""Elements that stand in these alone: elsewhere a browser would close what is open around them, our page included."""
FRAMES = ROWS | {"tr"}
"""Elements that hold only those of WITHIN."""

SPANS = ("colspan", "rowspan")
MOST_SPANNED = 100
DEEPEST = 100
LONGEST = 200_000

_MARKUP = re.compile(r"""<[!?][^<>]*>|(</?[A-Za-z](?:[^<>"']|"[^"<]*"|'[^'<]*')*>)|<""")


def safe(text: str) -> str:
    """The text as HTML that may stand in a page of ours: balanced, without attributes but spans of cells. Empty where it
    holds no words.

    >>> safe('<div onclick="x()"><a href="javascript:y()">Ho</a><script>z()</script> &lt;b&gt;</div>')
    '<div>Ho &lt;b&gt;</div>'
    """
    reader = _Reader()
    reader.feed(_whole_tags(text[:LONGEST]))
    reader.close()
    return reader.whole() if reader.has_words else ""


def _whole_tags(text: str) -> str:
    """The text without comments and declarations, a `<` that begins no whole tag as a letter. What is never closed would
    cost the parser the square of its length."""
    first, *others = text.split("<!--")
    shown = first + "".join(each.partition("-->")[2] for each in others)
    return _MARKUP.sub(lambda found: found[1] or ("&lt;" if found[0] == "<" else ""), shown)


class _Reader(HTMLParser):
    """Reads markup, and writes anew what is known of it."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.has_words = False
        self._out: list[str] = []
        self._open: list[str] = []
        self._silent: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element begins."""
        if tag in SILENT or self._silent:
            self._silent += [tag] * (tag in SILENT)
            return
        name = "p" if tag in HEADINGS else tag
        if name not in KEPT or len(self._open) >= DEEPEST or not self._fits(name):
            return
        if name in VOID:
            self._out.append(f"<{name}>")
            return
        more = ' class="strong"' if tag in HEADINGS else "".join(_span(*each) for each in attrs)
        self._out.append(f"<{name}{more}>")
        self._open.append(name)

    def handle_endtag(self, tag: str) -> None:
        """An element ends; what was left open in it ends too."""
        if self._silent:
            if tag == self._silent[-1]:
                self._silent.pop()
            return
        name = "p" if tag in HEADINGS else tag
        if name in self._open:
            self._close(len(self._open) - 1 - self._open[::-1].index(name))

    def handle_data(self, data: str) -> None:
        """Words."""
        if not self._silent:
            self.has_words = self.has_words or bool(data.strip())
            self._out.append(escape(data, quote=False))

    def _fits(self, name: str) -> bool:
        """Whether the element may stand here; a line or cell before it that was not closed is closed."""
        if name not in WITHIN:
            return not self._open or self._open[-1] not in FRAMES
        depth = len(self._open)
        while depth and self._open[depth - 1] in WITHIN and self._open[depth - 1] not in WITHIN[name]:
            depth -= 1
        if not depth or self._open[depth - 1] not in WITHIN[name]:
            return False
        self._close(depth)
        return True

    def _close(self, depth: int) -> None:
        self._out += [f"</{each}>" for each in reversed(self._open[depth:])]
        del self._open[depth:]

    def whole(self) -> str:
        """All of it, with what is still open closed."""
        self._close(0)
        return "".join(self._out)


def _span(name: str, value: str | None) -> str:
    digits = (value or "").strip()
    if name not in SPANS or not (digits.isascii() and digits.isdigit()) or not 1 <= int(digits[:4]) <= MOST_SPANNED:
        return ""
    return f' {name}="{int(digits[:4])}"'
