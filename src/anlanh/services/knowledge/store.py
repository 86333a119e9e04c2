"""The tables of this service, the articles that come with the program, and the name of who reviews.

FHIR: Practitioner.name
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

from anlanh.fhir.model import json
from anlanh.fhir.store import read
from anlanh.fhir.store.problems import Gone, NotFound
from anlanh.fhir.store.record import Record
from anlanh.platform.work import Work
from anlanh.services.knowledge.model import Question, Version

FIELDS = "slug, number, state, body, written_by, written_at, decided_by, decided_name, decided_at, review_due"
LOCK = "select pg_advisory_xact_lock(hashtext('knowledge ' || $1))"


@cache
def given() -> dict[str, str]:
    """The files that come with the program, by slug, in order of it."""
    folder = files("anlanh.services.knowledge") / "articles"
    found = {each.name.removesuffix(".md"): each for each in folder.iterdir() if each.name.endswith(".md")}
    return {slug: found[slug].read_text(encoding="utf-8") for slug in sorted(found)}


async def holding(work: Work) -> list[Version]:
    """Of each article that staff changed the version that holds, in order of slug."""
    rows = await work.connection.fetch(
        f"select distinct on (slug) {FIELDS} from knowledge_version where state in ('public', 'withdrawn')"
        " order by slug, number desc"
    )
    return [_version(row) for row in rows]


async def waiting(work: Work) -> list[Version]:
    """Versions that wait for somebody else to decide, the oldest first."""
    rows = await work.connection.fetch(
        f"select {FIELDS} from knowledge_version where state = 'waiting' order by written_at, slug, number"
    )
    return [_version(row) for row in rows]


async def versions(work: Work, slug: str) -> list[Version]:
    """All versions of an article that staff made, the newest first."""
    rows = await work.connection.fetch(
        f"select {FIELDS} from knowledge_version where slug = $1 order by number desc", slug
    )
    return [_version(row) for row in rows]


async def add(
    work: Work, slug: str, state: str, text: str, by: str, decided: tuple[str, str, date | None] | None = None
) -> int:
    """Keep a new version; its number. `decided`: by whom, under which name, due for review when."""
    await work.connection.execute(LOCK, slug)
    decided_by, name, due = decided or (None, "", None)
    number: int = await work.connection.fetchval(
        "insert into knowledge_version (slug, number, state, body, written_by, written_at, decided_by, decided_name,"
        " decided_at, review_due) select $1, coalesce(max(number), 0) + 1, $2, $3, $4, $5, $6, $7, $8, $9"
        " from knowledge_version where slug = $1 returning number",
        slug, state, text, by, work.at, decided_by, name, work.at if decided else None, due,
    )  # fmt: skip
    return number


async def decide(work: Work, of: Version, state: str, text: str, name: str, due: date | None) -> bool:
    """Note the decision of who acts on a version that waits; False: it waits no more."""
    done = await work.connection.fetchval(
        "update knowledge_version set state = $3, body = $4, decided_by = $5, decided_name = $6, decided_at = $7,"
        " review_due = $8 where slug = $1 and number = $2 and state = 'waiting' returning number",
        of.slug, of.number, state, text, work.principal.subject, name, work.at, due,
    )  # fmt: skip
    return done is not None


async def count_question(work: Work, words: str, on: date, most: int) -> None:
    """Count words that found nothing; new ones only while fewer than `most` are kept."""
    await work.connection.execute(
        "insert into knowledge_question (words, last_on) select $1, $2"
        " where (select count(*) from knowledge_question) < $3 or exists (select from knowledge_question where words = $1)"
        " on conflict (words) do update set times = knowledge_question.times + 1, last_on = $2",
        words, on, most,
    )  # fmt: skip


async def forget_questions(work: Work, on: date, days: int) -> None:
    """Forget what was not asked for so many days."""
    await work.connection.execute("delete from knowledge_question where last_on < $1", on - timedelta(days=days))


async def questions(work: Work, least: int, most: int) -> list[Question]:
    """Words that found nothing at least so often, the most frequent first."""
    rows = await work.connection.fetch(
        "select words, times, last_on from knowledge_question where times >= $1 order by times desc, words limit $2",
        least, most,
    )  # fmt: skip
    return [Question(row["words"], row["times"], row["last_on"]) for row in rows]


async def name_of(work: Work, record: Record, reference: str) -> str:
    """The name of a member of staff as the record writes it; the reference's type where it cannot be read."""
    kind, _slash, resource_id = reference.partition("/")
    try:
        resource: dict[str, Any] = json.decode((await read.read(work, record, kind, resource_id)).content)
    except (NotFound, Gone):
        return ""
    name: dict[str, Any] = next(iter(resource.get("name", ())), {})
    return str(name.get("text") or " ".join([name.get("family", ""), *name.get("given", ())]).strip())


def _version(row: Any) -> Version:
    return Version(
        row["slug"], row["number"], row["state"], row["body"], row["written_by"], row["written_at"], row["decided_by"],
        row["decided_name"], row["decided_at"], row["review_due"],
    )  # fmt: skip
