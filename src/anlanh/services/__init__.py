"""The services: vertical slices of one shape. Each has its manifest in `service.py`; the composition root lists them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from anlanh.access.identity.following import Following
from anlanh.fhir.operations.call import Operation
from anlanh.fhir.store.record import Record
from anlanh.fhir.subscriptions.hearing import Hearing
from anlanh.kernel.settings import Settings
from anlanh.platform.database import Database
from anlanh.web.permission import Permission
from anlanh.web.screens import Pages


@dataclass(frozen=True, slots=True)
class Part:
    """Work of a service in the background: `run` goes on for ever, and is started again when it fails."""

    name: str
    run: Callable[[Database, Record, Settings], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Service:
    """What a service is, and what it touches. `needs`: services whose `api` it uses; `reads`, `writes`: FHIR types;
    `operations`: what it adds to the FHIR endpoint; `hears`: of which changes of the record it is told;
    `follows`: its tables whose rows go with a person when two records are merged."""

    name: str
    title_vi: str
    title_en: str
    pages: tuple[Pages, ...] = ()
    permissions: tuple[Permission, ...] = ()
    needs: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    operations: tuple[Operation, ...] = ()
    hears: tuple[Hearing, ...] = ()
    parts: tuple[Part, ...] = ()
    follows: tuple[Following, ...] = ()
