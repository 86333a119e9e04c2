"""A section's text: CDA's markup as XHTML, and the words by their ids, to which entries point.

FHIR: Narrative
Source: CDA R2 section 4.3.5 (narrative block); https://hl7.org/fhir/R4/narrative.html#xhtml
"""

from __future__ import annotations

from html import escape

from anlanh.exchange.ccda.codec import Node

ELEMENTS = {
    "paragraph": "p", "list": "ul", "item": "li", "table": "table", "thead": "thead", "tbody": "tbody", "tfoot": "tfoot",
    "tr": "tr", "th": "th", "td": "td", "br": "br", "sub": "sub", "sup": "sup", "content": "span", "linkHtml": "span",
}  # fmt: skip
"""Elements of CDA's text that XHTML has too; of others only what is in them."""
CAPTIONS = {"table": "caption", "list": "li"}
"""What a caption is, by what it stands in; bold elsewhere."""
VOID = ("br",)
SPANS = ("colspan", "rowspan")
XHTML = "http://www.w3.org/1999/xhtml"


def div(node: Node | None, title: str) -> str:
    """The text as a div; the title where there is none. Nothing of it can run."""
    inner = _inside(node).strip() if node is not None else ""
    if not inner.replace("&#160;", "").strip():
        inner = escape(title or "-", quote=False)
    return f'<div xmlns="{XHTML}">{inner}</div>'


def _inside(node: Node) -> str:
    return "".join(
        escape(each, quote=False) if isinstance(each, str) else _element(each, node.name) for each in node.parts
    )


def _element(node: Node, around: str) -> str:
    name = CAPTIONS.get(around, "b") if node.name == "caption" else ELEMENTS.get(node.name)
    if node.name == "list" and node.get("listType") == "ordered":
        name = "ol"
    if name is None:
        return _inside(node)
    if name in VOID:
        return f"<{name}/>"
    kept = "".join(f' {each}="{node.get(each)}"' for each in SPANS if node.get(each).isdigit())
    return f"<{name}{kept}>{_inside(node)}</{name}>"


def by_id(node: Node | None) -> dict[str, str]:
    """Words by the ID of the element that holds them."""
    found: dict[str, str] = {}
    waiting = [node] if node is not None else []
    while waiting:
        each = waiting.pop()
        if name := each.get("ID"):
            found[name] = each.text()
        waiting.extend(each.children())
    return found
