"""What citizens see and do about their privacy. Each is part of one unit of work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from anlanh.access.accounts import attempts
from anlanh.access.accounts.signing_in import Accounts
from anlanh.access.audit import looks, relatives
from anlanh.access.audit.inquiry import NoSuchAccess
from anlanh.access.audit.looks import Wanted
from anlanh.access.rights import choices, consents, copy, kin, oversight
from anlanh.access.rights.choices import Choice, Kind, Resource
from anlanh.access.rights.receipts import How
from anlanh.fhir.model import json
from anlanh.fhir.search import query as queries
from anlanh.fhir.store import find, read
from anlanh.fhir.store.problems import NotFound
from anlanh.fhir.store.record import Record
from anlanh.platform.work import Work
from anlanh.services.privacy import rules
from anlanh.services.privacy.model import Found, Item, Line, Listed, Whose

MOST_FOUND = 20
ORGANIZATION_TYPE = "http://terminology.hl7.org/CodeSystem/organization-type"
PRINTED = 100
"""Items of each kind on the printed page; the copy as a file has all."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What of the list is wanted. `place`: a mark of `rules.mark` and a page."""

    role: str = ""
    people_only: bool = False
    own: bool = False
    period: str = "tat-ca"
    place: str = ""


async def whose(work: Work, record: Record, patient_id: str = "") -> Whose:
    """Whose record is meant: one's own, or that of somebody entrusted.

    Raises:
        NotEntrusted: of nobody who is entrusted.
    """
    others = tuple(await kin.entrusted(work, record))
    myself = work.principal.subject
    if patient_id and f"Patient/{patient_id}" != myself:
        chosen = await kin.chosen(work, record, patient_id)
        return Whose(chosen.reference, chosen.name, chosen.born, chosen.kind, others)
    person = json.decode((await read.read(work, record, "Patient", myself.partition("/")[2])).content)
    return Whose(myself, kin.called(person), str(person.get("birthDate", "")), "self", others)


async def seen(work: Work, record: Record, of: Whose, asked: Asked) -> Listed:
    """A page of the list; that somebody else's was opened is noted on it."""
    place, page = rules.unmark(asked.place) if asked.place else (None, 0)
    wanted = Wanted(place, asked.role, not asked.people_only, asked.own, rules.since(asked.period, work.at))
    if of.own:
        found = await looks.of(work, record, of.reference, wanted)
    else:
        found = await relatives.of(work, record, of.reference, wanted, of.kind)
    return rules.paged(found.looks, found.before, page, place)


async def line(work: Work, record: Record, of: Whose, seq: int) -> Line:
    """One line of the list of a person.

    Raises:
        NoSuchAccess: it is not on it, or is not shown to who acts.
    """
    found = await oversight.look_of(work, record, of.reference, seq)
    if of.own:
        return rules.line(found)
    page = await relatives.of(work, record, of.reference, Wanted(before=(found.last_at, seq + 1)), of.kind)
    for each in page.looks:
        if each.seq == seq:
            return rules.line(each)
    raise NoSuchAccess


async def basis(work: Work, record: Record, reference: str) -> dict[str, Any]:
    """A resource on which a look rests, as who acts may see it, and the name of its facility.

    Raises:
        NotFound: there is none that they may see.
    """
    resource_type, _, resource_id = reference.partition("/")
    if resource_type not in rules.BASES or not resource_id:
        raise NotFound(type="basis")
    resource: Resource = json.decode((await read.read(work, record, resource_type, resource_id)).content)
    keeper: Resource = resource.get("serviceProvider") or resource.get("managingOrganization") or {}
    place = str(keeper.get("reference", ""))
    name = ""
    if place.startswith("Organization/"):
        name = looks.called(
            json.decode((await read.read(work, record, "Organization", place.partition("/")[2])).content)
        )
    return {"item": rules.item(resource), "place": name, "status": str(resource.get("status", "")),
            "says": choices.text_of(resource) if resource_type == "Consent" else ""}  # fmt: skip


async def parties(work: Work, record: Record, name: str, kind: str) -> list[tuple[str, str]]:
    """Facilities (`Organization`) or professionals (`Practitioner`) whose name holds the words: reference, name."""
    if kind not in ("Organization", "Practitioner") or not name.strip():
        return []
    criteria = record.criteria("", record.sight(work))
    pairs = [("name:contains", name.strip()), ("_count", str(MOST_FOUND))]
    if kind == "Organization":
        pairs.append(("type:not", f"{ORGANIZATION_TYPE}|dept"))
    page = await find.find(work, record, criteria, queries.read(criteria, (kind,), pairs))
    found = [json.decode_fast(each.content) for each in page.matches]
    return [(f"{kind}/{each['id']}", looks.called(each)) for each in found]


async def party(work: Work, record: Record, reference: str) -> str:
    """The name of a facility or professional.

    Raises:
        NotFound: there is none.
    """
    kind, _, party_id = reference.partition("/")
    if kind not in ("Organization", "Practitioner") or not party_id:
        raise NotFound(type="Organization")
    return looks.called(json.decode((await read.read(work, record, kind, party_id)).content))


async def count_try(work: Work, accounts: Accounts) -> None:
    """Count one try to find somebody by number and name, outside of any transaction.

    Raises:
        TooManyTries: too many for one day.
    """
    await attempts.count(work, accounts.vault, attempts.OF_ACCOUNT, "entrust", work.principal.subject)


async def entrust(work: Work, record: Record, number: str, name: str, choice: Choice, how: How) -> str:
    """Entrust one's record to the grown-up with that number and name; their name.

    Raises:
        NobodySo, NotToOneself, PeriodWrong: it was not done.
    """
    reference, called = await kin.by_number_and_name(work, record, number, name)
    made = Choice(Kind.DELEGATE, reference, called, choice.until, choice.reason, choice.categories)
    await consents.choose(work, record, made, how)
    return called


async def items(work: Work, record: Record, patient: str, most: int = PRINTED) -> list[Item]:
    """What a record holds, in lines of words."""
    return [rules.item(each) for each in await copy.items(work, record, patient, rules.ITEM_TYPES, most)]


async def item(work: Work, record: Record, reference: str) -> Item:
    """One of them.

    Raises:
        NotFound: there is none that who acts may see.
    """
    resource_type, _, resource_id = reference.partition("/")
    if resource_type not in rules.ITEM_TYPES or not resource_id:
        raise NotFound(type="item")
    return rules.item(json.decode((await read.read(work, record, resource_type, resource_id)).content))


def found(person: Resource) -> Found:
    """Somebody as far as is shown to identify them; the number with its middle left out. Pure."""
    address: Resource = next(iter(person.get("address", ())), {})
    number = next((str(each.get("value", "")) for each in person.get("identifier", ())), "")
    return Found(
        str(person["id"]), kin.called(person), str(person.get("birthDate", "")), str(person.get("gender", "")),
        ", ".join(str(address[each]) for each in ("city", "state") if address.get(each)),
        f"{number[:3]}…{number[-3:]}" if len(number) > 8 else "",
    )  # fmt: skip
