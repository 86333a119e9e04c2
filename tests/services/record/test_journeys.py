"""Through the record of a running server, as the made-up people, without JavaScript."""

from __future__ import annotations

import base64
import json
import re
import time
from typing import Any

import httpx
from joserfc import jwe, jws
from joserfc.jwk import KeySet, OctKey

from anlanh.demo import personas
from anlanh.services.record.actions.sharing import canonical
from tests.conftest import Server
from tests.services.people import Visitor, citizen, worker

FARMER = personas.everybody()["farmer"]
SCANNED = f"{FARMER.personal_id}||{FARMER.name}|12041959|Nam|Thôn Pác Nghè, Chợ Rã, Thái Nguyên|12052021"
CHART = f"/ho-so/{FARMER.reference.partition('/')[2]}"
HOSPITAL = "Bệnh viện Bạch Mai"


def shared(visitor: Visitor, passcode: str = "") -> dict[str, Any]:
    """What the code says that somebody makes to hand the farmer's summary on."""
    visitor.see(f"{CHART}/chia-se")
    code = re.findall(r"shlink:/([\w-]+)", visitor.send(f"{CHART}/chia-se", days="7", passcode=passcode))[0]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(code + "=="))
    return found


def opened(link: dict[str, Any], **asked: str) -> httpx.Response:
    """The answer to another hospital that opens it."""
    return httpx.post(link["url"], json=asked, timeout=60)


def is_listed(visitor: Visitor, who: str) -> bool:
    """Whether the list of who looked names them, after a while."""
    until = time.monotonic() + 20
    while time.monotonic() < until:
        if who in visitor.see("/rieng-tu/ai-da-xem"):
            return True
        time.sleep(0.2)
    return False


def jwk_set(address: str) -> KeySet:
    """The keys that the server publishes there."""
    return KeySet.import_key_set(httpx.get(address, timeout=60).json())


def test_a_scanned_card_opens_the_record_of_somebody_in_ones_care(demo_server: Server) -> None:
    station = worker(demo_server, "station-worker")
    station.see("/ho-so")
    page = station.send("/ho-so", who=SCANNED)
    assert station.at == CHART
    assert "Penicillin" in page
    assert "Metformin 850 mg" in page
    assert "Trạm Y tế xã Chợ Rã" in page


def test_the_record_of_somebody_else_is_found_but_closed_and_emergency_access_is_named(demo_server: Server) -> None:
    doctor = worker(demo_server, "doctor")
    doctor.see("/ho-so")
    page = doctor.send("/ho-so", who="nong van thanh 1959")
    assert "chưa mở cho ông/bà" in page
    assert "/truy-cap-khan-cap" in page
    assert FARMER.personal_id not in page
    assert "Penicillin" not in doctor.see(CHART)
    assert doctor.page.status_code == 404


def test_what_says_nobody_is_told_so_beside_the_box(demo_server: Server) -> None:
    station = worker(demo_server, "station-worker")
    station.see("/ho-so")
    assert "Chưa đủ để biết cần tìm ai" in station.send("/ho-so", who="1959")


def test_the_timeline_keeps_its_filters_in_the_address(demo_server: Server) -> None:
    station = worker(demo_server, "station-worker")
    page = station.see(f"{CHART}/dong-thoi-gian?loai=thuoc&co-so=Trạm Y tế xã Chợ Rã")
    assert "Amlodipin 5 mg" in page
    assert "Khám ngoại trú" not in page.partition("</form>")[2]


def test_a_result_has_its_course_and_says_where_it_comes_from(demo_server: Server) -> None:
    station = worker(demo_server, "station-worker")
    page = station.see(f"{CHART}/dien-bien?ma=http://loinc.org|4548-4")
    assert "<svg" in page
    source = re.findall(rf"{CHART}/nguon/Observation/[\w.-]+", page)[0]
    assert "Trạm Y tế xã Chợ Rã" in station.see(source)
    assert "ghi trực tiếp" in station.page.text


def test_a_line_of_somebody_else_is_not_found_under_this_person(demo_server: Server) -> None:
    station = worker(demo_server, "station-worker")
    station.see(f"{CHART}/nguon/Patient/nguoi-000001")
    assert station.page.status_code == 404


def test_somebody_keeps_their_own_summary_and_book_and_nobody_elses(demo_server: Server) -> None:
    farmer = citizen(demo_server, "farmer")
    assert "International Patient Summary" in farmer.see(f"{CHART}/tom-tat")
    assert "B4. Bệnh tật" in farmer.see(f"{CHART}/so-suc-khoe")
    farmer.see(f"{CHART}/so-suc-khoe/pdf")
    assert farmer.page.content.startswith(b"%PDF-")
    other = citizen(demo_server, "mother")
    other.see(f"{CHART}/tom-tat")
    assert other.page.status_code == 404


def test_a_summary_is_handed_on_sealed_and_signed_and_each_opening_is_on_the_list(demo_server: Server) -> None:
    farmer = citizen(demo_server, "farmer")
    link = shared(farmer)
    (file,) = opened(link, recipient=HOSPITAL).json()["files"]
    key = OctKey.import_key(base64.urlsafe_b64decode(link["key"] + "="))
    bundle = json.loads(jwe.decrypt_compact(file["embedded"], key, algorithms=["dir", "A256GCM", "DEF"]).plaintext)
    head, _, mark = base64.b64decode(bundle["signature"]["data"]).decode().split(".")
    content = json.dumps(canonical(bundle), ensure_ascii=False, separators=(",", ":")).encode()
    whole = f"{head}.{base64.urlsafe_b64encode(content).decode().rstrip('=')}.{mark}"
    published = jwk_set(json.loads(base64.urlsafe_b64decode(head + "=="))["jku"])
    assert jws.deserialize_compact(whole, published, algorithms=["RS256"]).payload == content
    assert bundle["type"] == "document"
    assert is_listed(farmer, HOSPITAL)


def test_wrong_passcodes_are_counted_until_the_link_is_locked_and_an_ended_link_is_gone(demo_server: Server) -> None:
    farmer = citizen(demo_server, "farmer")
    link = shared(farmer, "246810")
    assert opened(link, recipient=HOSPITAL, passcode="1").json() == {"remainingAttempts": 9}
    assert opened(link, recipient=HOSPITAL, passcode="246810").status_code == 200
    tries = [opened(link, recipient=HOSPITAL, passcode="1").status_code for _ in range(10)]
    assert tries == [401] * 9 + [404]
    assert opened(link, recipient=HOSPITAL, passcode="246810").status_code == 404
    other = shared(farmer)
    farmer.see(f"{CHART}/chia-se")
    newest = re.findall(r'name="link" value="(\w+)"', farmer.page.text)[0]
    farmer.send(f"{CHART}/chia-se/thu-hoi", link=newest)
    assert opened(other, recipient=HOSPITAL).status_code == 404


def test_the_operation_gives_the_same_summary_by_identifier(demo_server: Server) -> None:
    path = f"/fhir/Patient/$summary?identifier=http://fhir.vn/sid/cccd|{FARMER.personal_id}"
    found = demo_server.client.get(path)
    assert found.status_code == 200
    assert found.json()["entry"][0]["resource"]["type"]["coding"][0]["code"] == "60591-5"
    assert demo_server.client.get("/fhir/Patient/nobody/$summary").status_code == 404


def test_the_operation_is_closed_to_whom_the_record_is_closed(demo_server: Server) -> None:
    token = demo_server.token("--role", "doctor", "--as", "Practitioner/nobody", "--organization", "Organization/bv-a")
    headers = {"authorization": f"Bearer {token}"}
    found = httpx.get(f"{demo_server.url}/fhir/{FARMER.reference}/$summary", headers=headers, timeout=60)
    assert found.status_code == 404
    assert FARMER.name not in found.text


def test_a_name_that_is_a_script_is_shown_as_text(demo_server: Server) -> None:
    nasty = "<script>alert(1)</script> \" onload='x' {{ 7 * 7 }}"
    patient = {
        "resourceType": "Patient", "id": "ten-la-lenh", "name": [{"text": nasty}], "birthDate": "1990-01-01",
        "generalPractitioner": [{"reference": personas.everybody()["station-worker"].facility}],
        "text": {"status": "additional", "div": '<div xmlns="http://www.w3.org/1999/xhtml">x</div>'},
    }  # fmt: skip
    written = demo_server.client.put("/fhir/Patient/ten-la-lenh", json=patient)
    assert written.status_code in (200, 201), written.text
    seen = worker(demo_server, "station-worker").see("/ho-so/ten-la-lenh")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in seen
    assert "<script>alert" not in seen
    assert "49" not in seen.partition("&lt;script&gt;")[2][:60]
