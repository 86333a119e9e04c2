"""What operators ask of access control: which rule decides, and whether the log is whole."""

from __future__ import annotations

from collections.abc import Callable

from anlanh.access.accounts import vault
from anlanh.access.audit import seal
from anlanh.access.audit.seal import Fault
from anlanh.access.policy import explain as explaining
from anlanh.access.policy.explain import Verdict
from anlanh.fhir.store.problems import NotFound
from anlanh.fhir.store.sight import Action
from anlanh.kernel.settings import Settings
from anlanh.platform import work as works
from anlanh.platform.work import Principal
from anlanh.tenant import open_tenant

OPERATOR = Principal("system:operator", "system")


async def explain(settings: Settings, url: str, who: Principal, what: str, action: Action) -> list[Verdict]:
    """The verdict of every rule on `what` ("Type/id").

    Raises:
        NotFound: there is no such resource.
    """
    resource_type, _, resource_id = what.partition("/")
    database, own = await open_tenant(settings, url, connections=1)
    try:
        if resource_type not in own.known.resource_types:
            raise NotFound(type=resource_type[:40])
        async with works.begin(database, OPERATOR, works.OPERATIONS, transaction=False) as work:
            return await explaining.explain(work, own, who, who.purpose, resource_type, resource_id, action)
    finally:
        await database.close()


async def verify(settings: Settings, url: str, progress: Callable[[int, int], None]) -> tuple[int, list[Fault]]:
    """Rows sealed, and the faults found. `progress(rows done, rows sealed)`."""
    database, _ = await open_tenant(settings, url, connections=1)
    try:
        async with works.begin(database, OPERATOR, works.OPERATIONS, transaction=False) as work:
            return await seal.verify(work, settings.data / "audit", progress)
    finally:
        await database.close()


async def change_key(settings: Settings, url: str) -> tuple[int, str]:
    """Change the key of the vault: how many secrets were encrypted anew, and the file of the key before."""
    older = vault.change_key(settings.data, works.instant())
    database, _ = await open_tenant(settings, url, connections=1)
    try:
        async with works.begin(database, OPERATOR, works.OPERATIONS) as work:
            return await vault.close_anew(work, vault.Vault.of(settings.data)), older.name
    finally:
        await database.close()
