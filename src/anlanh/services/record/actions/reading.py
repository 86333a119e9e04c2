"""Opening a record: find the person, read the parts asked for, put them into lines. Reading only, each look in the log.

FHIR: Patient and its compartment
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from anlanh.fhir.store.problems import NotFound
from anlanh.fhir.store.record import Record
from anlanh.platform.work import Work
from anlanh.services.record import store
from anlanh.services.record.model import (
    Banner,
    Chart,
    Found,
    Origin,
    Paper,
    ResultLine,
    Section,
    Series,
    Timeline,
)
from anlanh.services.record.rules import finding, immunizations, lines, medicines, origins, results, timeline, words
from anlanh.services.record.rules.words import Resource
from anlanh.services.record.store import Listed

MOST = 30
"""Lines of a part on the first screen."""

MOST_DOSES = 100
MOST_ACTIVE = 60
MOST_FOUND = 10
MOST_EVENTS = 40
MOST_POINTS = 200
EVERY_SECTION = frozenset(Section)

VITAL_SIGNS = "vital-signs"
NO_RESULTS = f"{VITAL_SIGNS},social-history,survey,exam,therapy,activity"
"""Categories of observations that are no results. Many systems send results without any category."""

Asked = tuple[str, str, tuple[tuple[str, str], ...], int]
"""Name within the chart, type, further parameters, how many."""

ASKED: dict[Section, tuple[Asked, ...]] = {
    Section.PROBLEMS: (
        ("listed", "Condition", (("category", "problem-list-item"),), MOST),
        ("diagnosed", "Condition", (("category:not", "problem-list-item"),), MOST),
    ),
    Section.MEDICINES: (
        ("active", "MedicationRequest", (("status", "active,on-hold"),), MOST_ACTIVE),
        ("ended", "MedicationRequest", (("status:not", "active,on-hold"),), MOST),
        ("taken", "MedicationStatement", (), MOST_ACTIVE),
    ),
    Section.IMMUNIZATIONS: (("given", "Immunization", (), MOST_DOSES),),
    Section.RESULTS: (("tested", "Observation", (("category:not", NO_RESULTS),), 2 * MOST),),
    Section.MEASUREMENTS: (("measured", "Observation", (("category", VITAL_SIGNS),), MOST),),
    Section.REPORTS: (("reported", "DiagnosticReport", (), MOST),),
    Section.ENCOUNTERS: (("visited", "Encounter", (), MOST),),
    Section.PROCEDURES: (("done", "Procedure", (), MOST),),
    Section.DOCUMENTS: (("filed", "DocumentReference", (), MOST), ("composed", "Composition", (), MOST)),
    Section.CARE_TEAM: (("teams", "CareTeam", (), MOST), ("episodes", "EpisodeOfCare", (), MOST)),
}
"""What each part of a chart is searched for. Allergies and warnings are always read: the banner shows them."""

ALWAYS: tuple[Asked, ...] = (("allergies", "AllergyIntolerance", (), MOST_ACTIVE), ("flags", "Flag", (), MOST))


async def find_people(work: Work, record: Record, text: str) -> list[Found]:
    """People by what was scanned or typed, as far as identifying them needs.

    Raises:
        NothingToFindBy: it does not say whom.
    """
    wanted = finding.wanted(text)
    people = await store.people(work, record, wanted.pairs, MOST_FOUND)
    opened = await store.open_among(work, record, (str(each["id"]) for each in people))
    return [finding.found(each, opened=each["id"] in opened) for each in people]


async def origin_of(work: Work, record: Record, patient_id: str, reference: str) -> Origin:
    """All that is known of where a line comes from.

    Raises:
        NoSuchPerson: the record is not open to whoever acts.
        NotFound: the line is not in it, or not for them.
    """
    person = await store.person(work, record, patient_id)
    resource_type, _, resource_id = reference.partition("/")
    if resource_type not in origins.TYPES:
        raise NotFound(type="Resource")
    resource = await store.one(work, record, resource_type, resource_id)
    if not origins.is_about(resource, str(person["id"])):
        raise NotFound(type=resource_type)
    trail = await store.provenances(work, record, reference)
    return origins.of(resource, trail, await store.names(work, record, [resource, *trail]))


async def paper_of(work: Work, record: Record, patient_id: str, document_id: str) -> Paper:
    """A paper of the record with its content.

    Raises:
        NoSuchPerson: the record is not open to whoever acts.
        NotFound: there is no such paper in it, or none with content kept here.
    """
    person = await store.person(work, record, patient_id)
    resource = await store.one(work, record, "DocumentReference", document_id)
    attachment: Resource = next((each.get("attachment", {}) for each in resource.get("content", ())), {})
    if not origins.is_about(resource, str(person["id"])):
        raise NotFound(type="DocumentReference")
    kept = str(attachment.get("url", ""))
    if "data" not in attachment and kept.startswith("Binary/"):
        attachment = {**attachment, **await store.one(work, record, "Binary", kept.removeprefix("Binary/"))}
    if "data" not in attachment:
        raise NotFound(type="Binary")
    return origins.paper(resource, attachment, await store.names(work, record, [resource]))


async def open_banner(work: Work, record: Record, patient_id: str) -> Banner:
    """Who somebody is, and what everybody has to know first.

    Raises:
        NoSuchPerson: there is none, or none that is open to whoever acts.
    """
    return (await open_chart(work, record, patient_id, frozenset())).banner


async def open_chart(
    work: Work, record: Record, patient_id: str, sections: Collection[Section] = EVERY_SECTION, *, more: int = 1
) -> Chart:
    """The record of a person as whoever acts may see it: the parts asked for, each the latest first, `more` times as many
    lines as on the first screen. What the rules hide is not there, and nothing says that it is hidden.

    Raises:
        NoSuchPerson: there is none, or none that is open to whoever acts.
    """
    person = await store.person(work, record, patient_id)
    asked = [*ALWAYS, *(each for section in Section if section in sections for each in ASKED.get(section, ()))]
    found: dict[str, Listed] = {}
    for name, resource_type, pairs, most in asked:
        found[name] = await store.newest(work, record, resource_type, patient_id, most * more, pairs)
    visits = found.get("visited", Listed()).resources
    diagnoses = await _diagnoses(work, record, visits)
    everything = [person, *(each for listed in found.values() for each in listed.resources)]
    return _chart(work, person, found, await store.names(work, record, everything), diagnoses)


def _chart(
    work: Work, person: Resource, found: dict[str, Listed], names: dict[str, str], diagnoses: dict[str, str]
) -> Chart:
    def of(*searches: str) -> list[Resource]:
        return [each for name in searches for each in found.get(name, Listed()).resources]

    allergies = lines.allergies(of("allergies"), names)
    given = immunizations.given(of("given"), names)
    banner = lines.banner(person, allergies, of("flags"), names)
    due = (
        immunizations.due(given, banner.born, banner.gender, work.at.date())
        if "given" in found and not banner.died
        else ()
    )
    return Chart(
        banner,
        problems=lines.problems(of("listed", "diagnosed"), names),
        allergies=allergies,
        medicines=medicines.reconciled(of("active", "ended", "taken"), names, work.at.date()),
        immunizations=given,
        due=due,
        results=results.latest(results.of(of("tested"), names)),
        measurements=results.latest(results.of(of("measured"), names)),
        reports=lines.reports(of("reported"), names),
        encounters=lines.encounters(of("visited"), diagnoses, names),
        procedures=lines.procedures(of("done"), names),
        documents=lines.documents(of("filed", "composed"), names),
        care_team=lines.care_team(person, of("teams"), of("episodes"), names) if "teams" in found else (),
        more=frozenset(
            section for section, asked in ASKED.items() if any(found[each[0]].next for each in asked if each[0] in found)
        ),
    )  # fmt: skip


async def _diagnoses(work: Work, record: Record, visits: Iterable[Resource]) -> dict[str, str]:
    wanted = {
        str(part["condition"]["reference"])
        for each in visits
        for part in each.get("diagnosis", ())
        if part.get("condition", {}).get("reference")
    }
    found = await store.referred(work, record, wanted) if wanted else {}
    return {reference: words.concept(each.get("code")) for reference, each in found.items()}


async def results_of(
    work: Work, record: Record, patient_id: str, *, code: str = "", place: str = ""
) -> tuple[tuple[ResultLine, ...], str]:
    """Results, the latest first, and where the next page begins (empty: nowhere). `code`: of one thing, as `system|code`;
    `place`: where a page before ended.

    Raises:
        BadCursor: a place that none of these pages gave.
    """
    pairs = [("code", code)] if code else [("category:not", NO_RESULTS)]
    listed = await store.newest(work, record, "Observation", patient_id, 2 * MOST, pairs, place)
    names = await store.names(work, record, listed.resources)
    return results.of(listed.resources, names), listed.next


async def series_of(work: Work, record: Record, patient_id: str, code: str) -> tuple[Series, ...]:
    """The courses of what is measured under a code (`system|code`): one, or one for each component; the oldest first."""
    listed = await store.newest(work, record, "Observation", patient_id, MOST_POINTS, [("code", code)])
    return results.course(listed.resources, await store.names(work, record, listed.resources))


async def open_timeline(
    work: Work, record: Record, patient_id: str, *, kinds: Collection[Section] = (), before: str = "", since: str = "",
    facility: str = "", language: str = "vi",
) -> Timeline:  # fmt: skip
    """What happened, the latest first. `kinds`: of timeline.KINDS, none for all; `before`, `since`: days; `facility`: a name."""
    wanted = [each for each in timeline.KINDS if each in kinds or not kinds]
    days = [*([f"lt{before}"] if before else []), *([f"ge{since}"] if since else [])]
    found: dict[Section, Listed] = {}
    for kind in wanted:
        resource_type = timeline.KINDS[kind][0]
        by = store.NEWEST[resource_type].removeprefix("-")
        found[kind] = await store.newest(
            work, record, resource_type, patient_id, MOST_EVENTS, [(by, each) for each in days]
        )
    resources = [each for listed in found.values() for each in listed.resources]
    names = await store.names(work, record, resources)
    diagnoses = await _diagnoses(work, record, found.get(Section.ENCOUNTERS, Listed()).resources)
    events = [
        event
        for kind, listed in found.items()
        for event in timeline.events(kind, listed.resources, diagnoses, names, language)
    ]
    ends = [words.on(listed.resources[-1]) for listed in found.values() if listed.next]
    return timeline.together(events, ends, facility, MOST_EVENTS, record.zone)
