"""Every form of every service, sent by every made-up person and by nobody: without the token of a page, with the ids of
somebody else, with nonsense, with nothing. No answer is a breakdown; whoever sees a mark of the person, or changes what is
kept of them, is somebody whom a rule allows it, and stands in the log with it. Generated of the tables of pages and
people, so that what is added later is walked too.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, get_args, get_origin, get_type_hints

import httpx
import pytest

from anlanh.demo import personas
from anlanh.fhir.search.keys import rid_of
from anlanh.portal import SERVICES
from anlanh.web import forgery
from anlanh.web.cookies import SESSION, VISITOR
from anlanh.web.permission import PUBLIC
from anlanh.web.screens import Screen
from anlanh.web.site import CHOOSE_ROLE, OWN_PAGES, SIGN_IN, STEP_UP
from tests.conftest import Server, demonstration
from tests.services import marks
from tests.services.marks import ID, MARK, PERSON, RID, WHO
from tests.services.people import Visitor

FORMS = [
    screen
    for pages in (*OWN_PAGES, *(page for service in SERVICES for page in service.pages))
    for screen in pages.screens
    if screen.method != "GET"
]
FOR_PROGRAMS = frozenset(each.name for each in FORMS if each.for_programs)
NOBODY = "nobody"
DOORS = (SIGN_IN, STEP_UP, CHOOSE_ROLE)
"""Where those are led who may not use a form, or not yet."""

CONSENT = {
    "resourceType": "Consent", "id": "dau-consent", "status": "active", "patient": {"reference": PERSON.reference},
    "scope": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/consentscope", "code": "patient-privacy"}]},
    "category": [{"coding": [{"system": "http://loinc.org", "code": "59284-0"}]}],
    "policyRule": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "OPTOUT"}]},
    "provision": {"type": "deny", "purpose": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "HRESCH"}]},
}  # fmt: skip
WORDS = {
    "name": PERSON.name, "who": PERSON.name, "number": PERSON.personal_id, "document": PERSON.personal_id,
    "phone": PERSON.phone, "born": PERSON.born, "year": PERSON.born[:4], "item": "Condition/dau-condition",
    "consent": CONSENT["id"], "reason": "Bất tỉnh, cần biết bệnh nền và thuốc", "says": "Xin xem lại giúp tôi việc này",
    "question": "Vì sao người này xem hồ sơ của tôi?", "answer": "Đã xem xét và trả lời", "sure": "yes", "next": "/ho-so",
    "purpose": "research", "what": "mental-health", "deed": "hide", "party": "Organization/bv-a", "days": "7",
    "outcome": "done", "verdict": "justified", "approved": "yes", "decision": "allow", "until": "2099-01-01",
    "since": "2026-01-01", "kind": "restrict",
}  # fmt: skip
"""What fields are filled with by their names; others with the id or the key of the person."""

FOUND = {
    "inquiry": "select id::text from inquiry where patient = $1 order by id",
    "demand": "select id::text from rights_request where patient = $1 order by id",
    "emergency": "select id::text from emergency where patient = $1 order by id",
    "link": "select id from record_link where person = $1 order by id",
    "device": "select s.id::text from account_session s join account a on a.id = s.account_id"
    f" where a.person_ref = '{PERSON.reference}' and $1::bigint <> 0 order by s.id",
}
"""Fields that are filled with what the database holds of the person."""

MAY_SEE = frozenset((WHO, "doctor", "nurse", "emergency-doctor", "pharmacist", "laboratory"))
"""As for pages."""

CHANGES = frozenset((WHO, "privacy-officer", "doctor", "nurse", "emergency-doctor", "station-worker"))
"""Who changes something: the person; who answers the person's questions; who opens a record in an emergency."""

NOT_KEPT = ("access_log", "access_journal", "access_seal", "outbox", "notify_message",
            "procrastinate_jobs", "procrastinate_events")  # fmt: skip
"""What follows from the rest: the logs, and what the background makes when it comes to it. Neither are the indexes of the
record (tables by `rid`) looked through."""

OF_EACH_KIND = frozenset((NOBODY, WHO, "doctor"))
OF_EACH_ROLE = frozenset(
    (NOBODY, WHO, *(key for key, each in personas.everybody().items() if each.role and key != "emergency-doctor"))
)
"""One of each role: these send nonsense too, which is refused or not whoever sends it."""

OF_SIGNING_IN = frozenset(("account", "account_session"))

ODD = "'\";--<b>\u202e%00{{7*7}}\u0000\ufffe" + "9" * 300


@dataclass(frozen=True, slots=True)
class Way:
    """A way to send a form: what stands in a field, and whether with the token of a page."""

    name: str
    fill: Callable[[str, Any], str | list[str]]
    token: bool = True


def _theirs(name: str, kind: Any) -> str | list[str]:
    if get_origin(kind) is list:
        return [str(_theirs(name, get_args(kind)[0]))]
    return WORDS.get(name) or str(RID if kind is int else ID)


def _nonsense(name: str, kind: Any) -> str | list[str]:
    """Signs that mean something somewhere; numbers and days as far away as they can be written."""
    if get_origin(kind) is list:
        return [ODD, ODD]
    return {int: str(-(2**63)), datetime.date: "0001-01-01", float: "nan"}.get(kind, ODD)


def _nothing(name: str, kind: Any) -> str | list[str]:
    return []


FORGED = Way("forged", _theirs, token=False)
THEIRS = Way("theirs", _theirs)
WAYS = (THEIRS, Way("nonsense", _nonsense), Way("nothing", _nothing))


def _forms(key: str) -> list[Screen]:
    """What somebody is sent: all forms; those for everyone by one of each kind of people, for they go by nothing else."""
    return [each for each in FORMS if each.needs is not PUBLIC or key in OF_EACH_KIND]


def _fields(screen: Screen, way: Way, found: dict[str, str]) -> dict[str, str | list[str]]:
    """A screen without a struct reads its fields itself: it is sent those that WORDS names."""
    kinds = get_type_hints(screen.form) if screen.form else dict.fromkeys(WORDS, str)
    return {name: way.fill(name, kind) for name, kind in kinds.items()} | (
        {name: found[name] for name in kinds if name in found and way.fill is _theirs}
    )


def _address(screen: Screen, found: dict[str, str]) -> str:
    places = {
        "patient_id": ID,
        "facility_id": "bv-a",
        "form_name": "sot-ho-hap",
        "token": found.get("link", ID),
        "alert": ID,
    }
    return screen.path.format_map(places)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a form sent in a way."""

    screen: Screen
    way: str
    status: int
    shows: bool
    inside: bool


def _sent(
    server: Server, key: str, screens: Sequence[Screen], ways: Sequence[Way], found: dict[str, str]
) -> Iterator[Answer]:
    """Forms sent in ways; who has been signed out by one signs in again. Where no whole page is looked at, only a part of
    it is asked for."""
    visitor = _signed_in(server, key)
    with httpx.Client(base_url=visitor.address, timeout=60) as client:
        for screen in screens:
            for way in ways:
                client.cookies = visitor.cookies
                secret = visitor.cookies.get(SESSION) or visitor.cookies.get(VISITOR) or ""
                token = {forgery.FIELD: forgery.token(secret)} if way.token else {}
                part = {} if way.token else {"hx-request": "true"}
                answer = client.post(_address(screen, found), data=_fields(screen, way, found) | token, headers=part)
                goes = answer.headers.get("location") or answer.headers.get("hx-redirect", "")
                led_away = answer.status_code == 404 or goes.startswith(DOORS)
                yield Answer(screen, way.name, answer.status_code, MARK in answer.text, not led_away)
                if SESSION in answer.headers.get("set-cookie", ""):
                    visitor = _signed_in(server, key)
                    break


def _signed_in(server: Server, key: str) -> Visitor:
    visitor = Visitor(server) if key == NOBODY else marks.visitor(server, key)
    assert (SESSION in visitor.cookies) == (key != NOBODY), visitor.page.text
    return visitor


def _kept(server: Server) -> dict[str, list[str]]:
    """What the database keeps of the person: the versions of what the record holds, but for messages that the program itself
    writes when it comes to it, and the rows of all other tables that name them by id or key."""
    tables = marks.asked(
        server,
        "select t.table_name::text as name from information_schema.tables t where t.table_schema = $1"
        " and t.table_type = 'BASE TABLE' and t.table_name <> all($2) and not exists (select from"
        " information_schema.columns c where c.table_schema = $1 and c.table_name = t.table_name and c.column_name = 'rid')"
        " order by 1",
        marks.TENANT, list(NOT_KEPT),
    )  # fmt: skip
    rows = " union all ".join(
        f"select '{each['name']}', t::text from {each['name']} t where t::text ~ $1" for each in tables
    )
    resources = (
        "select 'resource', rid || '/' || version from resource where (rid = $2 or patients @> array[$2])"
        " and (rid = $3 or type <> (select type from resource where rid = $3))"
    )
    message = rid_of("Communication", "dau-communication")
    found = marks.asked(server, f"{rows} union all {resources} order by 1, 2", f"({ID}|{RID})", RID, message)
    kept: dict[str, list[str]] = {}
    for table, row in found:
        kept.setdefault(table, []).append(row)
    return kept


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server of these tests' own, for some of them lock people out."""
    with demonstration() as running:
        marks.plant(running)
        assert running.client.put("/fhir/Consent/dau-consent", json=CONSENT).status_code == 201
        yield running


@pytest.fixture(scope="module")
def found(server: Server) -> dict[str, str]:
    """What the person has open: an emergency access, a request, a link to their summary, a question about a look."""
    doctor = marks.visitor(server, "emergency-doctor")
    doctor.send("/truy-cap-khan-cap/mo", person=ID, reason=WORDS["reason"], sure="yes")
    person = marks.visitor(server, WHO)
    person.send("/rieng-tu/du-lieu/yeu-cau", kind="restrict", says=WORDS["says"])
    person.send(f"/ho-so/{ID}/chia-se", days="7", passcode="khong-ai-doan-ra")
    person.see_in_time("/rieng-tu/ai-da-xem", WORDS["reason"])
    (line, *_) = re.findall(r"/rieng-tu/thac-mac\?line=(\d+)", person.page.text)
    person.see(f"/rieng-tu/thac-mac?line={line}")
    person.send("/rieng-tu/thac-mac", line=line, question=WORDS["question"])
    return {"line": line} | {name: _first(server, sql) for name, sql in FOUND.items()}


def _first(server: Server, sql: str) -> str:
    return str(marks.asked(server, sql, RID)[0][0])


@pytest.mark.parametrize("key", [NOBODY, *marks.SIGNING_IN])
def test_a_form_does_only_what_who_sends_it_may_and_it_is_on_the_list(
    server: Server, found: dict[str, str], key: str
) -> None:
    before, forms = _kept(server), _forms(key)
    forged = list(_sent(server, key, forms, [FORGED] if key in OF_EACH_ROLE else [], found))
    assert {each.screen.name for each in forged if each.inside and each.status < 400} <= FOR_PROGRAMS
    assert _differing(before, _kept(server)) <= OF_SIGNING_IN
    refused = {each.screen.name for each in forged if not each.inside}
    inside = [each for each in forms if each.name not in refused]
    sent = list(_sent(server, key, inside, WAYS if key in OF_EACH_ROLE else [THEIRS], found))
    assert {(each.screen.name, each.way) for each in (*forged, *sent) if each.status >= 500} == set()
    shown = {each.screen.name for each in sent if each.shows}
    changed = _differing(before, _kept(server)) - OF_SIGNING_IN
    assert not shown or key in MAY_SEE, shown
    marks.on_the_list_in_time(server, key, shown)
    assert bool(changed) == (key in CHANGES), changed
    assert not changed or marks.logged(server, key, "CUD"), changed


def _differing(before: dict[str, list[str]], after: dict[str, list[str]]) -> set[str]:
    return {name for name in before | after if before.get(name) != after.get(name)}
