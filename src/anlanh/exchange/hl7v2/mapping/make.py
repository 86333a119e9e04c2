"""The Bundle in the making: resources in order, references between them, and what the sender's overlay says.

FHIR: Bundle (message), Reference
Source: https://hl7.org/fhir/R4/bundle.html
"""

from __future__ import annotations

import uuid
from typing import Any
from zoneinfo import ZoneInfo

from anlanh.exchange.hl7v2.codec import Message
from anlanh.exchange.hl7v2.sites import Site

Resource = dict[str, Any]

SEED = uuid.UUID("6d9fd1a0-35a5-5c1c-9d43-8a9b7f2f7c10")


class Make:
    """Resources made so far. The same message makes the same Bundle, with the same urn:uuid in it."""

    def __init__(self, message: Message, site: Site, seed: str) -> None:
        self.message = message
        self.site = site
        self.zone: ZoneInfo = site.zone
        self.entries: list[tuple[str, Resource]] = []
        self._urls: dict[int, str] = {}
        self._linked: dict[int, Resource] = {}
        self._seed = f"urn:uuid:{str(uuid.uuid5(SEED, seed))[:-5]}"

    def new(self, resource_type: str, **content: Any) -> Resource:
        """A resource, in the Bundle from now on."""
        resource: Resource = {"resourceType": resource_type, **content}
        url = f"{self._seed}{len(self.entries):05x}"
        self._urls[id(resource)] = url
        self.entries.append((url, resource))
        return resource

    def reference(self, resource: Resource) -> dict[str, str]:
        """A Reference to a resource of the Bundle."""
        return {"reference": self._urls[id(resource)]}

    def linked(self, reference: Resource, resource_type: str) -> Resource:
        """The resource that a Reference points to; made when it points nowhere yet."""
        found = self._linked.get(id(reference))
        if found is None:
            found = self._linked[id(reference)] = self.new(resource_type)
            reference.update(self.reference(found))
        return found

    def bundle(self, timestamp: str | None) -> Resource:
        """All of it as a Bundle of type message; resources that stayed empty are left out unless they are referred to."""
        found: Resource = {"resourceType": "Bundle", "type": "message"}
        if timestamp:
            found["timestamp"] = timestamp
        found["entry"] = [{"fullUrl": url, "resource": resource} for url, resource in self.entries]
        return found
