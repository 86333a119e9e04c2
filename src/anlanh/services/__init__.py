"""The services: vertical slices of one shape. Each has its manifest in `service.py`; the composition root lists them."""

from __future__ import annotations

from dataclasses import dataclass

from anlanh.web.permission import Permission
from anlanh.web.screens import Pages


@dataclass(frozen=True, slots=True)
class Service:
    """What a service is, and what it touches. `needs`: services whose `api` it uses; `reads`, `writes`: FHIR types."""

    name: str
    title_vi: str
    title_en: str
    pages: tuple[Pages, ...] = ()
    permissions: tuple[Permission, ...] = ()
    needs: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
