"""Which rule decides for anybody, anything and any reason: the same conditions that searches use, one by one."""

from __future__ import annotations

from dataclasses import dataclass

from anlanh.access.policy import rules
from anlanh.access.policy.sight import Decisions
from anlanh.fhir.search.keys import rid_of
from anlanh.fhir.search.sql import Writer
from anlanh.fhir.store.problems import NotFound
from anlanh.fhir.store.record import Record
from anlanh.fhir.store.sight import Action
from anlanh.platform.work import Principal, Work


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one rule says. `opens`: it allows it for this resource; `mask`: only part of it is shown."""

    rule: str
    title: str
    opens: bool
    mask: str
    law: str


async def explain(
    work: Work, record: Record, who: Principal, purpose: str, resource_type: str, resource_id: str, action: Action = "r"
) -> list[Verdict]:
    """Every rule that speaks of the role, action and type, the deciding one first; none opens: it is denied.

    Raises:
        NotFound: there is no such resource.
    """
    policy = rules.load()
    grants = Decisions(record, policy)(who, purpose).grants(action, resource_type)
    writer = Writer(record.type_number)
    tests = [f"coalesce({writer.test(grant.rows, 'r')}, false)" for grant in grants] or ["false"]
    rid = writer.param(rid_of(resource_type, resource_id), "bigint")
    row = await work.connection.fetchrow(
        f"select {', '.join(tests)} from resource r where r.rid = {rid}", *writer.values
    )
    if row is None:
        raise NotFound(type=resource_type)
    found = []
    for grant, opens in zip(grants, row, strict=False):
        rule = policy.rule(grant.rule)
        title, law = (rule.en, rule.law) if rule else (grant.rule, "")
        found.append(Verdict(grant.rule, title, bool(opens), grant.mask.name if grant.mask else "", law))
    return sorted(found, key=lambda each: not each.opens)
