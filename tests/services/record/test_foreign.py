"""Documents that other systems hand over: shown in their own words, and nothing of them runs."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

import pytest

from anlanh.services.record.rules import foreign, narrative
from tests.conftest import Server
from tests.services.people import worker
from tests.services.record.test_journeys import CHART, FARMER

MEDIA = "application/fhir+json"
XHTML = 'xmlns="http://www.w3.org/1999/xhtml"'


def bundle(*sections: dict[str, Any]) -> dict[str, Any]:
    """A summary of a hospital elsewhere."""
    resources = [
        {
            "resourceType": "Composition", "id": "c", "status": "final", "title": "Tóm tắt hồ sơ", "date": "2026-06-01",
            "type": {"text": "IPS"}, "subject": {"reference": "Patient/p"}, "author": [{"reference": "urn:uuid:doctor"}],
            "custodian": {"display": "Bệnh viện Bạch Mai"}, "section": list(sections),
        },
        {"resourceType": "Patient", "id": "p", "name": [{"text": "Nông Văn Thành"}], "birthDate": "1959-04-12"},
        {"resourceType": "Practitioner", "id": "d", "name": [{"family": "Trần", "given": ["Bình"]}]},
        {
            "resourceType": "MedicationStatement", "id": "m", "status": "active", "subject": {"reference": "Patient/p"},
            "medicationCodeableConcept": {"text": "Amlodipin"},
        },
        {
            "resourceType": "Observation", "id": "o", "status": "final", "code": {"text": "Kali"}, "effectiveDateTime": "2026-05-30",
            "valueQuantity": {"value": 4.1, "unit": "mmol/L"},
        },
    ]  # fmt: skip
    base = "https://bv.example/fhir"
    entries = [{"fullUrl": f"{base}/{each['resourceType']}/{each['id']}", "resource": each} for each in resources]
    entries[2]["fullUrl"] = "urn:uuid:doctor"
    return {"resourceType": "Bundle", "type": "document", "entry": entries}


def section(title: str, html: str = "", **more: Any) -> dict[str, Any]:
    """A section with a text, or without."""
    text = {"text": {"status": "generated", "div": f"<div {XHTML}>{html}</div>"}} if html else {}
    return {"title": title, **text, **more}


def shown(*sections: dict[str, Any]) -> Any:
    """The document as it is shown."""
    return foreign.document(json.dumps(bundle(*sections)).encode(), MEDIA)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("<p>Ho <b>khan</b></p>", "<p>Ho <b>khan</b></p>"),
        ("<p onclick='x()' style='display:none' class='a' id='b'>Ho</p>", "<p>Ho</p>"),
        ("<a href='javascript:x()'>Ho</a><img src='http://x/y.png' onerror='x()'/>", "Ho"),
        ("Ho<script>x()</script><style>p{}</style><svg><script>x()</script>y</svg>!", "Ho!"),
        ("Ho<script>x()", "Ho"),
        ("&lt;script&gt;x()&lt;/script&gt;", "&lt;script&gt;x()&lt;/script&gt;"),
        ("<scr<script>ipt>Ho</scr</script>ipt>", "&lt;script&gt;"),
        ("<h2>Thuốc</h2>", '<p class="strong">Thuốc</p>'),
        ("<ul><li>Một<li>Hai</ul></p>", "<ul><li>Một</li><li>Hai</li></ul>"),
        ("<table><tr><td>A<td>B<tr><td>C</table>", "<table><tr><td>A</td><td>B</td></tr><tr><td>C</td></tr></table>"),
        ("<table><tr><td colspan='2' rowspan='9999' width='5'>Ho</td></tr>", '<table><tr><td colspan="2">Ho</td></tr></table>'),
        ("<iframe src='https://x'>y</iframe><object>z</object><!-- c --><?php d ?>", ""),
        ("<br/>Ho<hr>", "<br>Ho<hr>"),
        ("a < b <p>c <", "a &lt; b <p>c &lt;</p>"),
        ("<base href='//x'><meta http-equiv='refresh' content='0'><form action='//x'><input><button>Ho</button></form>", "Ho"),
        ("<math><mtext><table><mglyph><style><img src=x onerror=x()></style></mglyph></table></mtext></math>Ho", "Ho"),
        ("<p title=\"</p><script>x()</script>\">Ho</p>", "&lt;p title=\"\"&gt;Ho"),
    ],
)  # fmt: skip
def test_of_a_narrative_words_lists_and_tables_stay(given: str, kept: str) -> None:
    assert narrative.safe(given) == kept


def test_a_narrative_is_cut_where_it_has_no_end() -> None:
    assert narrative.safe("<div>" * 5000 + "Ho").count("<div>") == narrative.DEEPEST
    assert len(narrative.safe("a" * (narrative.LONGEST + 10))) == narrative.LONGEST


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("<li><div><li>Ho</li></div></li>!", "<div>Ho</div>!"),
        ("<ul><li><div><li>Ho</li></div></li></ul>", "<ul><li><div>Ho</div></li></ul>"),
        ("<table><div><table></table></div>Ho</table>", "<table></table>Ho"),
        ("<td>Ho</td></table></div></section>", "Ho"),
    ],
)
def test_a_narrative_closes_nothing_of_the_page_around_it(given: str, kept: str) -> None:
    assert narrative.safe(given) == kept


@pytest.mark.parametrize("again", ["<!--", "</", "<a ", "<a b='", '<a b="', "<p><div>", "<?", "<![if ", "<svg>", "&#x"])
def test_a_narrative_that_closes_nothing_costs_no_more_than_its_length(again: str) -> None:
    started = time.process_time()
    narrative.safe(again * (narrative.LONGEST // len(again)))
    assert time.process_time() - started < 5  # it was minutes, the square of it


def test_a_document_says_who_wrote_it_of_whom_and_what() -> None:
    found = shown(section("Thuốc", "<p>Amlodipin</p>", section=[section("Liều", "<p>5 mg</p>")]))
    assert (found.title, found.keeper, found.authors) == ("Tóm tắt hồ sơ", "Bệnh viện Bạch Mai", ("Trần Bình",))
    assert (found.name, found.born) == ("Nông Văn Thành", "1959-04-12")
    assert [(each.title, each.level) for each in found.chapters] == [("Thuốc", 2), ("Liều", 3)]


def test_a_section_without_words_says_what_its_entries_say() -> None:
    entries = [{"reference": f"https://bv.example/fhir/{each}"} for each in ("MedicationStatement/m", "Observation/o", "X/y")]  # fmt: skip
    (chapter,) = shown(section("Kết quả", "<script>x()</script>", entry=entries)).chapters
    assert (chapter.html, chapter.lines) == ("", ("Amlodipin", "Kali · 4.1 mmol/L · 2026-05-30"))


def test_whom_it_says_it_is_about_is_held_against_the_record() -> None:
    found = shown(section("Thuốc", "<p>Amlodipin</p>"))
    assert foreign.fits(found, "NÔNG VĂN THÀNH", "1959-04-12")
    assert foreign.fits(found, "Thành Nông Văn", "1959")
    assert not foreign.fits(found, "Nông Văn Thanh Hà", "1959-04-12")
    assert not foreign.fits(found, "Nông Văn Thành", "1960-04-12")


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"{", b'{"resourceType": "Patient"}', b'{"resourceType": "Bundle", "type": "document"}',
     b'{"resourceType": "Bundle", "type": "document", "entry": [{"resource": {"resourceType": "Composition", "section": 3}}]}'],
)  # fmt: skip
def test_what_is_no_document_is_left_a_file(content: bytes) -> None:
    assert foreign.document(content, MEDIA) is None
    assert foreign.document(json.dumps(bundle()).encode(), "application/pdf") is None


def test_a_handed_over_summary_opens_as_a_page_marked_as_from_outside(demo_server: Server) -> None:
    data = json.dumps(bundle(section("Thuốc", "<p>Amlodipin <script>x()</script></p>"))).encode()
    attachment = {"contentType": MEDIA, "data": base64.b64encode(data).decode()}
    paper = {
        "resourceType": "DocumentReference", "id": "tu-ngoai", "status": "current", "type": {"text": "Tóm tắt từ ngoài"},
        "subject": {"reference": FARMER.reference}, "content": [{"attachment": attachment}],
    }  # fmt: skip
    demo_server.client.put("/fhir/DocumentReference/tu-ngoai", json=paper).raise_for_status()
    station = worker(demo_server, "station-worker")
    page = station.see(f"{CHART}/giay-to/tu-ngoai")
    assert "Từ bên ngoài" in page
    assert "<p>Amlodipin </p>" in page
    assert "Bệnh viện Bạch Mai" in page
    assert "Có đúng người này không?" not in page
    station.see(f"{CHART}/giay-to/tu-ngoai?goc=1")
    assert station.page.content == data
    assert "attachment" in station.page.headers["content-disposition"]
