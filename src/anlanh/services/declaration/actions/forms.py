"""Forms: those that are open, publishing a version, what was declared by day and commune."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from anlanh.fhir.model import json
from anlanh.fhir.model.json import MalformedJson
from anlanh.fhir.store.record import Record
from anlanh.platform.work import Work
from anlanh.services.declaration.model import Form, FormNotUsable, NoSuchForm, Rule, VersionTaken
from anlanh.services.declaration.rules import reading
from anlanh.services.declaration.store import entries, forms

COUNTED_DAYS = 30


@dataclass(frozen=True, slots=True)
class Open:
    """A form that is open: as pages show it, as the record holds it, and its rules."""

    form: Form
    resource: dict[str, Any]
    rules: tuple[Rule, ...]


async def listed(work: Work, record: Record) -> list[Form]:
    """The forms that are open, by title."""
    return [reading.form_of(each) for each in await forms.all_active(work, record)]


async def opened(work: Work, record: Record, name: str, version: str = "") -> Open:
    """A form by the end of its url: the version that is open, or the one named.

    Raises:
        NoSuchForm: there is none.
    """
    found = await forms.published(work, record, "Questionnaire", reading.FORM_URL + name, version)
    if found is None or not reading.extension(found, reading.DELETE_AFTER):
        raise NoSuchForm
    plan = await forms.published(
        work, record, "PlanDefinition", reading.RULES_URL + name, str(found.get("version", ""))
    )
    return Open(reading.form_of(found), found, reading.rules_of(plan) if plan else ())


async def versions(work: Work, record: Record, name: str) -> list[Form]:
    """Every version of a form, the newest first."""
    return [reading.form_of(each) for each in await forms.versions(work, record, reading.FORM_URL + name)]


async def publish(work: Work, record: Record, content: bytes) -> Form:
    """Open a new form or a new version of one: a Questionnaire, or a Bundle with it and its PlanDefinition. The version
    before is closed. Safe to repeat.

    Raises:
        FormNotUsable: it cannot be shown, or people would not be told what they must. VersionTaken: with other content.
    """
    questionnaire, plan = _resources(content)
    form = reading.check(questionnaire)
    for resource in filter(None, (questionnaire, plan)):
        issues = [each for each in record.validator.validate(resource) if each.fails]
        if issues:
            raise FormNotUsable(why=f"{resource['resourceType']}: {issues[0].text}")
    for old in await forms.versions(work, record, form.url):
        if old.get("version") == form.version and _content(old) != _content(questionnaire):
            raise VersionTaken(version=form.version)
        if old.get("version") != form.version and old.get("status") == "active":
            await forms.put(work, record, {**old, "status": "retired"})
    mark = form.version.replace(".", "-")
    await forms.put(work, record, {**questionnaire, "id": f"{form.name}-{mark}", "status": "active"})
    if plan is not None:
        named = {"id": f"quy-tac-{form.name}-{mark}", "url": reading.RULES_URL + form.name, "version": form.version}
        await forms.put(work, record, {**plan, **named, "status": "active"})
    return form


async def close(work: Work, record: Record, name: str) -> None:
    """Close a form: nobody fills it in any more. Safe to repeat."""
    for each in await forms.versions(work, record, reading.FORM_URL + name):
        if each.get("status") == "active":
            await forms.put(work, record, {**each, "status": "retired"})


async def enter_shipped(work: Work, record: Record) -> int:
    """Enter the forms that come with the program, where they are not there; how many resources. Safe to repeat."""
    return sum([await enter(work, record, each) for each in forms.shipped()])


async def enter(work: Work, record: Record, resource: dict[str, Any]) -> bool:
    """Enter a Questionnaire or PlanDefinition that comes with the program; False: it is there. Safe to repeat.

    A version that is new opens in the place of an older one. A form that was closed here stays closed, and a version of
    one's own that is newer stays open: then the one that comes with the program is only kept.
    """
    if resource["resourceType"] != "Questionnaire":
        return await forms.put_new(work, record, resource)
    others = [each for each in await forms.versions(work, record, str(resource["url"])) if each["id"] != resource["id"]]
    opens = reading.opens(str(resource["version"]), others)
    if not await forms.put_new(work, record, {**resource, "status": "active" if opens else "retired"}):
        return False
    for old in others:
        if opens and old.get("status") == "active":
            await forms.put(work, record, {**old, "status": "retired"})
    return True


async def counts(work: Work, record: Record, name: str) -> list[tuple[date, str, str, int]]:
    """How many were declared in the last days: day, commune, colour, count."""
    since = work.at.astimezone(record.zone).date() - timedelta(days=COUNTED_DAYS)
    return await entries.counts(work, name, since)


def _resources(content: bytes) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """The Questionnaire and the PlanDefinition in what was sent."""
    try:
        found = json.decode(content)
    except MalformedJson as problem:
        raise FormNotUsable(why=problem.text) from None
    inside = [found] if not isinstance(found, dict) else [found, *(e.get("resource") for e in found.get("entry", ()))]
    by_type = {str(each.get("resourceType")): each for each in inside if isinstance(each, dict)}
    if "Questionnaire" not in by_type:
        raise FormNotUsable(why="there is no Questionnaire in it")
    return by_type["Questionnaire"], by_type.get("PlanDefinition")


def _content(questionnaire: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in questionnaire.items() if name not in ("id", "meta", "status", "text")}
