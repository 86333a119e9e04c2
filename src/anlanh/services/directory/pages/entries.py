"""One entry: a facility, somebody who practises, a service with its prices."""

from __future__ import annotations

from starlette.responses import Response

from anlanh.kernel.vn import boundaries
from anlanh.services.directory import actions
from anlanh.services.directory.model import CONFIRM_ENTRY, Facility
from anlanh.services.directory.pages.registry import DAYS, KINDS, STANDINGS, looking, page, record_of
from anlanh.services.directory.rules import hours, licences, prices, ways
from anlanh.web.maps import Pin
from anlanh.web.permission import PUBLIC
from anlanh.web.request import Request


@page.get("/danh-ba/co-so/{facility_id}", needs=PUBLIC)
async def facility(request: Request) -> Response:
    """A facility: open or closed, how to reach it, who practises there, what it costs."""
    record = record_of(request)
    async with looking(request) as work:
        found = await actions.facility(work, record, request.path_params["facility_id"])
        people = await actions.practitioners_of(work, record, found.id)
        held = await actions.catalogue(work, record)
        confirmed = await actions.confirmation(work, record, found.id)
    now = request.now.astimezone(record.zone)
    departments = {each.id: each.name for each in found.departments}
    pins = [Pin(*found.at, found.name, f"/danh-ba/co-so/{found.id}", found.kind)] if found.at else []
    return page.show(
        request, "facility.html", facility=found, people=people, departments=departments, now=now, pins=pins,
        open=hours.is_open(found.hours, now), always=hours.is_always_open(found.hours),
        changes=hours.changes_at(found.hours, now), week=hours.by_day(found.hours), days=DAYS, kinds=KINDS,
        charges=prices.at_level(held.charges.values(), prices.level_of(found.kind)), payers=prices.PAYERS,
        standing=licences.standing, bookable=licences.is_bookable, standings=STANDINGS,
        ways=ways.to(found),
        commune=boundaries.commune_names().get(found.commune, ""), confirmed=confirmed, mine=_is_mine(request, found),
    )  # fmt: skip


def _is_mine(request: Request, found: Facility) -> bool:
    """Whether whoever is signed in may confirm the entry."""
    who = request.principal
    return who.role in (CONFIRM_ENTRY.roles or ()) and found.reference in who.organizations


@page.get("/danh-ba/nguoi-hanh-nghe/{practitioner_id}", needs=PUBLIC)
async def practitioner(request: Request) -> Response:
    """Somebody who practises: where, as what, and whether the licence is valid."""
    record = record_of(request)
    async with looking(request) as work:
        found = await actions.practitioner(work, record, request.path_params["practitioner_id"])
        held = await actions.catalogue(work, record)
    today = request.now.astimezone(record.zone).date()
    return page.show(
        request, "practitioner.html", who=found, facilities=held.facilities, today=today, standings=STANDINGS,
        standing=licences.standing(found.licence, today), bookable=licences.is_bookable,
    )  # fmt: skip


@page.get("/danh-ba/dich-vu/{charge_id}", needs=PUBLIC)
async def service(request: Request) -> Response:
    """A service: its prices side by side, by level of facility and by payer."""
    record = record_of(request)
    async with looking(request) as work:
        found = await actions.charge(work, record, request.path_params["charge_id"])
    return page.show(request, "service.html", charge=found, rows=prices.compared(found), payers=prices.PAYERS)
