"""Machines see what their rules open too: exports, subscriptions, views, apps with scopes."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from anlanh.access.audit import auditor
from anlanh.fhir.bulk import export, job
from anlanh.fhir.subscriptions import dispatch
from anlanh.fhir.subscriptions.register import Register
from anlanh.kernel import settings as settings_
from anlanh.tenant import open_tenant
from tests.access.stage import AN, BINH, HOSPITAL, Actor, Said, Stage, condition


def run_export(stage: Stage, job_id: str) -> None:
    """Run an export that was asked for, as the background process does."""

    async def run() -> None:
        database, record = await open_tenant(settings_.read({}), stage.url, connections=3)
        try:
            await export.run(database, record, job_id, job.files_in(stage.data, job_id))
        finally:
            await database.close()

    asyncio.run(run())


def exported(stage: Stage, who: Actor, path: str) -> tuple[Said, str]:
    """Ask for an export and run it; the answer to the request, and all lines of its files."""
    asked = who.wire.send(
        "GET",
        f"/{path.partition('?')[0]}",
        path.partition("?")[2],
        {"prefer": "respond-async", "accept": "application/fhir+json"},
    )
    if asked.status != 202:
        return Said(asked.status, None), ""
    job_id = asked.headers["content-location"].rpartition("/")[2]
    run_export(stage, job_id)
    manifest = json.loads(who.wire.send("GET", f"/_bulk/{job_id}").body)
    names = [each["url"].rpartition("/")[2] for each in manifest["output"]]
    lines = [who.wire.send("GET", f"/_bulk/{job_id}/{name}").body.decode() for name in names]
    return Said(asked.status, None), "".join(lines)


def app(stage: Stage, *scopes: str, **facts: Any) -> Actor:
    """A connected system with these scopes."""
    return stage.as_("app", "client:lab", client="lab", scopes=scopes, **facts)


def test_doctors_and_citizens_do_not_export(stage: Stage) -> None:
    assert exported(stage, stage.doctor, "$export")[0].status == 403
    assert exported(stage, stage.as_("citizen", AN), "Patient/$export")[0].status == 403


def test_an_export_holds_what_scopes_and_categories_leave(stage: Stage) -> None:
    _, lines = exported(stage, app(stage, "system/Condition.rs"), "$export?_type=Condition,Encounter")
    assert '"pressure-an"' in lines
    assert '"hiv-an"' not in lines
    assert '"resourceType":"Encounter"' not in lines


def test_an_export_is_on_the_list_of_each_person_in_it(stage: Stage) -> None:
    exported(stage, app(stage, "system/Condition.rs"), "$export?_type=Condition")
    found = stage.as_("citizen", BINH).get("AuditEvent?subtype=export&agent=client:lab")
    assert found.body["entry"][0]["resource"]["agent"][1]["who"]["identifier"]["value"] == "lab"


def test_an_export_for_research_holds_no_names(stage: Stage) -> None:
    stage.put({
        "resourceType": "Consent", "id": "agreed", "status": "active", "scope": {"coding": [{"code": "research"}]},
        "category": [{"text": "x"}], "patient": {"reference": AN}, "policyRule": {"text": "x"}, "provision": {"type": "permit"},
    })  # fmt: skip
    _, lines = exported(stage, stage.as_("researcher", "Practitioner/researcher"), "$export?_type=Patient")
    stage.delete("Consent/agreed")
    assert lines.count("\n") == 1
    assert "Nguyễn" not in lines


def test_scopes_narrow_what_the_role_may(stage: Stage) -> None:
    reader = app(stage, "system/Condition.r")
    assert reader.get("Condition/pressure-an").status == 200
    assert reader.get("Condition").ids == []
    assert reader.get("Encounter/visit-an").status == 404
    assert reader.put(condition("pressure-an", AN, "I11")).status == 403


def test_an_update_that_creates_takes_the_scopes_for_both(stage: Stage) -> None:
    """SMART [123]"""
    for scope in ("system/Condition.u", "system/Condition.c"):
        assert app(stage, scope).put(condition("upsert", AN, "J00")).status == 403
    assert app(stage, "system/Condition.cu").put(condition("upsert", AN, "J00")).status == 201
    stage.delete("Condition/upsert")


def test_an_export_that_fails_says_why(stage: Stage) -> None:
    """Bulk [136 137]"""
    stage.put(
        {
            "resourceType": "Group",
            "id": "short",
            "type": "person",
            "actual": True,
            "member": [{"entity": {"reference": AN}}],
        }
    )
    taker = app(stage, "system/*.rs")
    headers = {"prefer": "respond-async", "accept": "application/fhir+json"}
    asked = taker.wire.send("GET", "/Group/short/$export", "", headers)
    address = asked.headers["content-location"].partition("/fhir/")[2]
    stage.delete("Group/short")
    run_export(stage, address.rpartition("/")[2])
    failed = taker.get(address)
    assert (failed.status, failed.body["resourceType"]) == (500, "OperationOutcome")


def test_files_of_an_export_are_not_for_a_token_without_the_scope(stage: Stage) -> None:
    """Bulk [5]"""
    taker = app(stage, "system/Condition.rs", "system/Encounter.rs")
    asked = taker.wire.send(
        "GET", "/$export", "_type=Condition", {"prefer": "respond-async", "accept": "application/fhir+json"}
    )
    address = asked.headers["content-location"].partition("/fhir")[2]
    run_export(stage, address.rpartition("/")[2])
    assert taker.wire.send("GET", f"{address}/Condition-1.ndjson").status == 200
    assert app(stage, "system/Encounter.rs").wire.send("GET", f"{address}/Condition-1.ndjson").status == 404


def test_scopes_of_one_person_stay_with_that_person(stage: Stage) -> None:
    mine = stage.as_("citizen", AN, client="diary", scopes=("patient/Condition.rs",))
    assert mine.get("Condition/pressure-an").status == 200
    assert mine.get(AN).status == 404
    launched = stage.as_(
        "doctor", "Practitioner/doctor", HOSPITAL, client="chart", scopes=("patient/*.rs",), patient=BINH
    )
    assert launched.get("Condition/pressure-an").status == 404


def test_scopes_may_hold_search_parameters(stage: Stage) -> None:
    coded = "http://hl7.org/fhir/sid/icd-10|I10"
    narrow = app(stage, f"system/Condition.rs?code={coded}")
    assert set(narrow.get("Condition?_count=100").ids) == {"Condition/pressure-an", "Condition/pressure-binh"}
    assert narrow.get("Condition/cold-child").status == 404


def subscription(name: str, criteria: str) -> dict[str, Any]:
    """A Subscription by websocket."""
    return {
        "resourceType": "Subscription", "id": name, "status": "requested", "reason": "x", "criteria": criteria,
        "channel": {"type": "websocket"},
    }  # fmt: skip


def happened(stage: Stage, name: str) -> int:
    """How many events the Subscription has, once everything in the outbox was taken."""

    async def run() -> int:
        database, record = await open_tenant(settings_.read({}), stage.url, connections=4)
        try:
            register = Register(database, record, auditor.take_over)
            await register.load()
            while await dispatch.step(register):
                pass
            async with database.connection() as connection:
                return int(await connection.fetchval("select last_event from subscription where id = $1", name))
        finally:
            await database.close()

    return asyncio.run(run())


def test_a_subscription_is_told_of_what_its_owner_may_see(stage: Stage) -> None:
    wide, narrow = app(stage, "system/*.cruds"), app(stage, "system/Subscription.cruds", "system/Encounter.rs")
    assert wide.put(subscription("wide", "Condition?code=J20")).status == 201
    assert narrow.put(subscription("narrow", "Condition?code=J20")).status == 201
    happened(stage, "wide")
    stage.put(condition("bronchitis", AN, "J20"))
    assert (happened(stage, "wide"), happened(stage, "narrow")) == (1, 0)
    stage.delete("Condition/bronchitis")


def test_subscriptions_are_not_for_those_who_treat_and_not_for_other_apps(stage: Stage) -> None:
    assert stage.doctor.put(subscription("spy", "Condition")).status == 403
    owner = app(stage, "system/*.cruds")
    other = stage.as_("app", "client:other", client="other", scopes=("system/*.cruds",))
    assert owner.put(subscription("mine", "Condition")).status == 201
    assert other.get("Subscription/mine").status == 404
    assert owner.get("Subscription/mine").status == 200


def test_a_view_runs_over_what_may_be_seen(stage: Stage) -> None:
    view = {
        "resourceType": "ViewDefinition", "resource": "Condition", "status": "active",
        "select": [{"column": [{"name": "id", "path": "id"}]}],
    }  # fmt: skip
    body = {
        "resourceType": "Parameters",
        "parameter": [{"name": "viewResource", "resource": view}, {"name": "_format", "valueCode": "json"}],
    }
    ran = stage.doctor.send("POST", "$viewdefinition-run", body)
    assert [row["id"] for row in ran.body] == ["pressure-an"]


def test_only_the_system_imports_and_lists_all_tags(stage: Stage) -> None:
    assert stage.doctor.send("POST", "$import", {"resourceType": "Parameters"}).status == 403
    assert stage.doctor.get("$meta").status == 403
