"""Search as run_search.py wants it of an engine, asked of a running server over HTTP.

The server is named by the environment: BASE_VARIABLE is the FHIR base address, TOKEN_VARIABLE a bearer token. (The
harness' own way over HTTP encodes queries in a manner that Python's urlencode refuses.)
"""

from __future__ import annotations

import os
from functools import cache
from typing import Any

import httpx

BASE_VARIABLE, TOKEN_VARIABLE = "ANLANH_CONFORMANCE_BASE", "ANLANH_CONFORMANCE_TOKEN"


@cache
def _client() -> httpx.Client:
    headers = {"authorization": f"Bearer {os.environ[TOKEN_VARIABLE]}"}
    return httpx.Client(base_url=os.environ[BASE_VARIABLE], headers=headers, timeout=60)


_written: set[str] = set()


def search(resources: list[dict[str, Any]], resource_type: str, query: list[list[str]]) -> list[str]:
    """The ids of what matches; the resources are written when they first come. Raises on anything but 200."""
    client = _client()
    for resource in resources:
        ref = f"/{resource['resourceType']}/{resource['id']}"
        if ref not in _written:
            client.put(ref, json=resource)  # a fixture that is refused costs the cases that want it
            _written.add(ref)
    found = client.get(f"/{resource_type}", params=[*map(tuple, query), ("_count", "200")])
    found.raise_for_status()
    entries = found.json().get("entry", [])
    return [each["resource"]["id"] for each in entries if each.get("search", {}).get("mode", "match") == "match"]
