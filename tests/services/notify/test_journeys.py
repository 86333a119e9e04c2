"""Through the pages of a running server: a result comes, and the inbox tells of it; a call goes out by two."""

from __future__ import annotations

import re
import time

from anlanh.demo import personas
from anlanh.fhir.store.write import instant_text
from anlanh.platform import work as works
from tests.conftest import Server
from tests.services.people import Visitor, citizen, worker

LETTER = re.compile(r"/tin-nhan/thu/[0-9a-f-]{36}")


def seen_within(visitor: Visitor, path: str, words: str, seconds: float) -> bool:
    """Whether a page shows the words within so many seconds."""
    until = time.monotonic() + seconds
    while words not in visitor.see(path):
        if time.monotonic() > until:
            return False
        time.sleep(0.1)
    return True


def test_a_result_is_in_the_inbox_of_the_mother_within_seconds(demo_server: Server) -> None:
    mother = citizen(demo_server, "mother")
    child = personas.everybody()["child"]
    report = {
        "resourceType": "DiagnosticReport", "status": "final", "code": {"text": "Tổng phân tích tế bào máu"},
        "subject": {"reference": child.reference}, "issued": instant_text(works.instant()),
    }  # fmt: skip
    demo_server.client.post("/fhir/DiagnosticReport", json=report).raise_for_status()
    assert seen_within(mother, "/tin-nhan", child.name, 5)
    letter = LETTER.search(mother.page.text)
    assert letter
    page = mother.see(letter[0])
    link = f"/cua-toi/ket-qua?nguoi={child.reference.partition('/')[2]}"
    assert link in page
    assert child.name in mother.see(link)
    assert "Tổng phân tích" not in page
    assert "tin mới" not in mother.see("/tin-nhan").partition(letter[0])[2].partition("</li>")[0]
    assert child.name not in citizen(demo_server, "farmer").see("/tin-nhan")


def test_what_is_switched_off_stays_so(demo_server: Server) -> None:
    farmer = citizen(demo_server, "farmer")
    farmer.see("/tin-nhan/cai-dat")
    farmer.send("/tin-nhan/cai-dat", on="result.push")
    assert re.findall(r'value="([a-z.]+)" checked', farmer.see("/tin-nhan/cai-dat")) == ["result.push"]


def test_who_wrote_a_call_does_not_approve_it(demo_server: Server) -> None:
    officer = worker(demo_server, "surveillance-officer")
    officer.see("/phat-tin")
    page = officer.send("/phat-tin", title="Mưa lũ", text="Ở nơi cao.", age_from="0", age_to="130", urgent="no")
    assert "Ông/bà soạn tin này" in page
    call = officer.at.rpartition("/")[2]
    officer.see("/phat-tin")
    refused = officer.send("/phat-tin/quyet-dinh", call=call, approved="yes")
    assert "Người soạn tin không được tự duyệt" in refused
