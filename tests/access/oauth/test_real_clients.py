"""Clients that others have written: fhirclient (Python), fhirclient (JavaScript, in Chromium), smart-fetch (bulk).

The JavaScript client comes from npm, into build/; nothing of it is in git.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
import secrets
import shutil
import subprocess
import sys
import tarfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from fhirclient import client as smart
from fhirclient.models.condition import Condition
from fhirclient.models.patient import Patient
from joserfc import jwt
from joserfc.jwk import ECKey
from playwright.sync_api import Browser, Page, sync_playwright

from anlanh.access.oauth import recognising
from anlanh.demo import personas
from anlanh.services.authorisation import demo
from tests.conftest import Server
from tests.services.chromium import PATH
from tests.services.people import TOKEN, Visitor, citizen

ROOT = Path(__file__).parents[3]
PAGE = Path(__file__).parent / "browser_app" / "index.html"
PACKAGE = "fhirclient@2.6.3"
INTEGRITY = "CirZixcwWelbkIXxpxlNQx5+ZdJirl6F1s4y4yvA1X7hHAkr9n99aVHaMi0wX+97nATjKQ65X6NB5as/wZoJzg=="
SCOPES = "launch/patient openid fhirUser offline_access patient/*.rs"
BACK = demo.BACK[0]


@pytest.fixture(scope="module")
def address(demo_server: Server) -> str:
    return demo_server.url.replace("127.0.0.1", "localhost")


def test_fhirclient_for_python_reads_the_record_of_who_allows_it(demo_server: Server, address: str) -> None:
    settings = {"app_id": demo.BROWSER_APP, "api_base": f"{address}/fhir", "redirect_uri": BACK, "scope": SCOPES}
    app = smart.FHIRClient(settings=settings)
    farmer = citizen(demo_server, "farmer")
    app.handle_callback(_allow(farmer, app.authorize_url))
    assert app.ready
    me = personas.everybody()["farmer"]
    assert app.patient.name[0].text == me.name
    assert f"Patient/{app.patient_id}" == me.reference
    found = list(Condition.where({}).perform_resources_iter(app.server))
    assert {each.subject.reference for each in found} <= {me.reference}
    with pytest.raises(Exception, match=r"404|not found|Not Found"):
        Patient.read(personas.everybody()["mother"].reference.removeprefix("Patient/"), app.server)
    before = app.server.auth.access_token
    assert app.reauthorize()
    assert app.server.auth.access_token != before


def _allow(visitor: Visitor, url: str) -> str:
    """Go to the app's authorisation address and allow everything; the address at the app."""
    visitor.see(url.removeprefix(str(visitor.page.url.copy_with(path="/", query=None)).rstrip("/")))
    token = TOKEN.search(visitor.page.text)
    fields = {
        "_token": token[1] if token else "", "ma": visitor.hidden("ma"), "decision": "allow", "days": "30",
        "patient": re.findall(r'name="patient" value="([^"]+)"', visitor.page.text)[0],
        "scopes": re.findall(r'name="scopes" value="([^"]+)"', visitor.page.text),
    }  # fmt: skip
    with httpx.Client(
        base_url=str(visitor.page.url.copy_with(path="/", query=None)), cookies=visitor.cookies
    ) as client:
        return client.post("/cho-phep", data=fields).headers["location"]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the page of the app and the client from npm, as it was when this test was written."""
    kept = ROOT / "build" / "npm-tests" / f"{PACKAGE.replace('@', '-')}.tgz"
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        npm = shutil.which("npm")
        assert npm, "npm is needed to fetch the client of the test (Debian: apt-get install npm)"
        subprocess.run([npm, "pack", PACKAGE, "--silent"], cwd=kept.parent, check=True, capture_output=True)
    digest = base64.b64encode(hashlib.sha512(kept.read_bytes()).digest()).decode()
    assert digest == INTEGRITY
    folder = tmp_path_factory.mktemp("app")
    with tarfile.open(kept) as archive:
        found = archive.extractfile("package/build/fhir-client.pure.min.js")
        assert found is not None
        (folder / "fhir-client.js").write_bytes(found.read())
    shutil.copy(PAGE, folder / "index.html")
    return folder


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The folder on a port of its own."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://localhost:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=PATH, args=["--no-sandbox"])
        yield running
        running.close()


@pytest.fixture(scope="module")
def app(demo_server: Server, site: Path) -> Iterator[tuple[str, str]]:
    """Address and client_id of an app that an operator has added."""
    with served(site) as back:
        done = demo_server.run(
            "access", "add-client", "--name", "Sổ huyết áp", "--redirect-uri", back, "--launch-uri", back,
            *(each for scope in [*SCOPES.split(), "launch", "launch/encounter", "user/*.rs"] for each in ("--scope", scope)),
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        yield back, done.stdout.split()[1]


def _asked(app: tuple[str, str], **facts: str) -> str:
    return f"{app[0]}#{quote(json.dumps({'clientId': app[1], 'scope': SCOPES, **facts}))}"


def _found(page: Page) -> dict[str, Any]:
    page.wait_for_function("['done', 'failed'].includes(document.getElementById('state')?.textContent)")
    text = page.inner_text("#found")
    assert page.inner_text("#state") == "done", text
    return dict(json.loads(text))


@pytest.mark.browser
def test_fhirclient_for_javascript_gets_through_in_a_browser(
    browser: Browser, address: str, app: tuple[str, str]
) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{address}/dang-nhap/qua/vneid?person=mother")
    page.goto(_asked(app, iss=f"{address}/fhir"))
    page.wait_for_url("**/cho-phep?ma=*")
    page.get_by_label("Nguyễn Minh Khang").check()
    page.get_by_role("button", name="Cho phép tất cả").click()
    page.wait_for_url(f"{app[0]}*")
    found = _found(page)
    family = {key: each.reference.removeprefix("Patient/") for key, each in personas.everybody().items()}
    assert found["patient"] == found["again"] == family["child"]
    assert found["user"] == f"Patient/{family['mother']}"
    assert found["read"] == family["mother"]
    assert found["refreshed"] is True
    page.goto(f"{address}/ung-dung")
    assert page.get_by_role("heading", name="Sổ huyết áp").is_visible()
    page.get_by_role("button", name="Ngắt kết nối Sổ huyết áp").click()
    assert page.get_by_role("heading", name="Sổ huyết áp").count() == 0
    context.close()


@pytest.mark.browser
def test_an_app_is_opened_from_here_in_a_browser(browser: Browser, address: str, app: tuple[str, str]) -> None:
    """SMART [349 352]"""
    context = browser.new_context()
    page = context.new_page()
    page.goto(_asked(app, scope="launch openid fhirUser patient/*.rs", iss="http://localhost:1/none"))
    page.goto(f"{address}/dang-nhap/qua/vneid?person=farmer")
    page.goto(f"{address}/ung-dung")
    page.get_by_role("button", name="Mở Sổ huyết áp").click()
    page.wait_for_url("**/cho-phep?ma=*")
    page.get_by_role("button", name="Cho phép tất cả").click()
    page.wait_for_url(f"{app[0]}*")
    assert f"Patient/{_found(page)['patient']}" == personas.everybody()["farmer"].reference
    context.close()


def test_smart_fetch_takes_many_records_as_a_backend_service(demo_server: Server, address: str, tmp_path: Path) -> None:
    key = demo_server.data / "keys" / demo.KEY_FILE
    done = subprocess.run(
        [
            Path(sys.executable).with_name("smart-fetch"), "bulk", "--fhir-url", f"{address}/fhir", "--smart-client-id",
            demo.SERVICE_APP, "--smart-key", key, "--type", "Patient,Condition", tmp_path / "out",
        ],
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    files = sorted((tmp_path / "out").rglob("*.ndjson.gz"))
    rows = [json.loads(line) for file in files for line in gzip.decompress(file.read_bytes()).splitlines()]
    types = {row.get("resourceType") for row in rows}
    assert {"Patient", "Condition"} <= types
    token_of_nobody = demo_server.client.get(f"{address}/fhir/Patient", headers={"authorization": "Bearer x"})
    assert token_of_nobody.status_code == 401


def _token(server: Server, address: str, scope: str) -> dict[str, str]:
    """Headers with a token of the demonstration's backend service."""
    key = json.loads((server.data / "keys" / demo.KEY_FILE).read_text("utf-8"))["keys"][0]
    now = int(time.time())
    claims = {
        "iss": demo.SERVICE_APP, "sub": demo.SERVICE_APP, "aud": f"{address}/oauth/token", "exp": now + 240,
        "jti": secrets.token_urlsafe(9),
    }  # fmt: skip
    signed = jwt.encode({"alg": "ES384", "kid": key["kid"]}, claims, ECKey.import_key(key), algorithms=["ES384"])
    form = {
        "grant_type": "client_credentials", "scope": scope, "client_assertion": signed,
        "client_assertion_type": recognising.ASSERTION,
    }  # fmt: skip
    return {"authorization": f"Bearer {httpx.post(f'{address}/oauth/token', data=form).json()['access_token']}"}


def test_an_export_by_a_service_holds_what_its_scopes_reach(demo_server: Server, address: str) -> None:
    """Bulk [9 13 14 20-25 27 63 223 225-227 229] SMART [247]"""
    headers = _token(demo_server, address, "system/Condition.rs")
    with httpx.Client(base_url=address, headers=headers, timeout=60) as client:
        started = client.get("/fhir/Patient/$export", headers={"prefer": "respond-async"})
        assert started.status_code == 202
        place, answer = started.headers["content-location"], started
        until = time.monotonic() + 60
        while answer.status_code == 202 and time.monotonic() < until:
            time.sleep(0.2)
            answer = client.get(place)
        output = answer.json()["output"]
        assert {each["type"] for each in output} == {"Condition"}
        file = client.get(output[0]["url"])
        assert {json.loads(line)["resourceType"] for line in file.text.splitlines()} == {"Condition"}
        assert httpx.get(output[0]["url"]).status_code == 401
        assert httpx.get(place).status_code == 401


def test_what_is_taken_back_counts_no_more_in_any_process_within_five_seconds(
    demo_server: Server, address: str
) -> None:
    settings = {"app_id": demo.BROWSER_APP, "api_base": f"{address}/fhir", "redirect_uri": BACK, "scope": SCOPES}
    app, elder = smart.FHIRClient(settings=settings), citizen(demo_server, "elder-alone")
    app.handle_callback(_allow(elder, app.authorize_url))
    headers = {"authorization": f"Bearer {app.server.auth.access_token}"}

    def statuses() -> set[int]:
        return {httpx.get(f"{address}/fhir/Patient/{app.patient_id}", headers=headers).status_code for _ in range(24)}

    assert statuses() == {200}
    elder.see("/ung-dung")
    elder.send("/ung-dung/ngat", client=demo.BROWSER_APP)
    until = time.monotonic() + 20
    while (seen := statuses()) != {401} and time.monotonic() < until:
        time.sleep(0.05)
    assert seen == {401}
