"""Whose records are entrusted to somebody: their children's, and those of grown-ups who have delegated.

FHIR: RelatedPerson, Consent
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from anlanh.access.rights import choices
from anlanh.access.rights.problems import NobodySo, NotEntrusted, NotToOneself
from anlanh.fhir.model import json
from anlanh.fhir.search import query as queries
from anlanh.fhir.search.keys import rid_of
from anlanh.fhir.store import find, read
from anlanh.fhir.store.record import Record
from anlanh.fhir.vn.systems import PERSONAL_ID
from anlanh.kernel.vn.fold import fold
from anlanh.platform.work import Principal, Work

KINDS = ("parent", "delegate")
FINDER = Principal("system:rights", "system")
SHARED_FROM = 15
"""From that age on (years) parents and child share the record; what is sensitive is the child's own."""


@dataclass(frozen=True, slots=True)
class Kin:
    """Somebody whose record is entrusted. `kind`: parent or delegate; `source` the id of the Consent of a delegation."""

    reference: str
    name: str
    born: str
    kind: str
    until: datetime
    source: str


@dataclass(frozen=True, slots=True)
class Trusted:
    """Somebody to whom a person's record is open as family. `reference`: Patient/x."""

    reference: str
    name: str
    kind: str
    until: datetime


async def entrusted(work: Work, record: Record) -> list[Kin]:
    """Those whose records are entrusted to who acts, now; by name."""
    rows = await work.connection.fetch(
        "select distinct on (a.patient, a.kind) a.patient, a.kind, a.until, r.type, r.id from relation a"
        " left join resource r on r.rid = a.source where a.party = $1 and a.kind = any($2::text[])"
        " and a.since <= now() and a.until > now() order by a.patient, a.kind, a.until desc",
        rid_of(*work.principal.subject.split("/")), list(KINDS),
    )  # fmt: skip
    people = await read.current(work, record, sorted({row["patient"] for row in rows}))
    found = []
    for row in rows:
        if (stored := people.get(row["patient"])) is not None:
            person = json.decode_fast(stored.content)
            source = row["id"] if row["kind"] == "delegate" else ""
            found.append(
                Kin(
                    f"Patient/{stored.id}",
                    called(person),
                    person.get("birthDate", ""),
                    row["kind"],
                    row["until"],
                    source,
                )
            )
    return sorted(found, key=lambda each: (each.name, each.reference, each.kind))


async def chosen(work: Work, record: Record, patient_id: str) -> Kin:
    """The one of them with that id.

    Raises:
        NotEntrusted: none.
    """
    for each in await entrusted(work, record):
        if each.reference == f"Patient/{patient_id}":
            return each
    raise NotEntrusted


async def trusted(work: Work, record: Record, patient: str) -> list[Trusted]:
    """Those to whom the record of "Patient/x" is open as parent or delegate, now; names as the record has them."""
    rows = await work.connection.fetch(
        "select distinct on (a.party, a.kind) a.party, a.kind, a.until, r.id, r.content from relation a"
        " join resource r on r.rid = a.party where a.patient = $1 and a.kind = any($2::text[])"
        " and a.since <= now() and a.until > now() order by a.party, a.kind, a.until desc",
        rid_of(*patient.split("/")), list(KINDS),
    )  # fmt: skip
    return [
        Trusted(f"Patient/{row['id']}", called(json.decode_fast(row["content"])), row["kind"], row["until"])
        for row in rows
    ]


async def by_number_and_name(work: Work, record: Record, number: str, name: str) -> tuple[str, str]:
    """Reference and name of the grown-up with that personal number and that name, to entrust one's record to.

    The program looks, not who acts: nothing is told of a number whose name was not known.

    Raises:
        NobodySo: nobody, or another name. NotToOneself: it is who acts, or a child.
    """
    actor, work.principal = work.principal, FINDER
    try:
        criteria = record.criteria("", record.sight(work))
        pairs = [("identifier", f"{PERSONAL_ID}|{number.strip()}"), ("_count", "2")]
        page = await find.find(work, record, criteria, queries.read(criteria, ("Patient",), pairs))
    finally:
        work.principal = actor
    people = [json.decode_fast(each.content) for each in page.matches]
    if len(people) != 1 or fold(called(people[0])) != fold(" ".join(name.split())):
        raise NobodySo(expression="number")
    person = people[0]
    born = str(person.get("birthDate", ""))
    grown = bool(born) and work.at.year - int(born[:4]) >= 18
    if f"Patient/{person['id']}" == work.principal.subject or not grown:
        raise NotToOneself(expression="number")
    return f"Patient/{person['id']}", called(person)


def called(person: choices.Resource) -> str:
    """How a person is called."""
    name: choices.Resource = next(iter(person.get("name", ())), {})
    return str(name.get("text") or " ".join([name.get("family", ""), *name.get("given", ())]).strip())


def age(born: str, at: datetime) -> int:
    """Whole years; of a birth date that is not known, as of a grown-up."""
    if not born:
        return 99
    month, day = (int(each) for each in (born[5:7] or "1", born[8:10] or "1"))
    return at.year - int(born[:4]) - ((at.month, at.day) < (month, day))
