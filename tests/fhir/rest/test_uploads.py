"""Programs and files that are not what they are said to be are not taken; what is taken, no browser runs."""

from __future__ import annotations

import base64
from typing import Any

import httpx
import pytest

from anlanh.fhir.rest import uploads
from anlanh.fhir.rest.uploads import NotTaken


@pytest.mark.parametrize("start", [start for start, _ in uploads.PROGRAMS])
def test_a_program_is_refused_whatever_it_is_called(start: bytes) -> None:
    data = base64.b64encode(start + b"\0" * 40).decode()
    for resource in (
        {"resourceType": "Binary", "contentType": "image/png", "data": data},
        {
            "resourceType": "DocumentReference",
            "content": [{"attachment": {"contentType": "application/pdf", "data": data}}],
        },
        {"resourceType": "Patient", "photo": [{"contentType": "image/jpeg", "data": data}]},
    ):
        with pytest.raises(NotTaken):
            uploads.check(resource)


@pytest.mark.parametrize(
    "resource", [{"resourceType": "Binary", "data": 5}, {"resourceType": "Media", "content": "x"}, {}]
)
def test_odd_shapes_are_left_to_those_who_look_at_shapes(resource: dict[str, Any]) -> None:
    uploads.check(resource)


def test_a_file_has_to_begin_as_its_type_does(api: httpx.Client) -> None:
    wrong = api.post("/fhir/Binary", content=b"no image", headers={"content-type": "image/png"})
    assert wrong.status_code == 422
    right = api.post("/fhir/Binary", content=b"\x89PNG\r\n\x1a\n...", headers={"content-type": "image/png"})
    assert right.status_code == 201


def test_what_is_given_out_is_not_run(api: httpx.Client) -> None:
    made = api.post("/fhir/Binary", content=b"<html><script>alert(1)</script>", headers={"content-type": "text/html"})
    found = api.get(f"/fhir/Binary/{made.json()['id']}", headers={"accept": "text/html"})
    assert found.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in found.headers["content-security-policy"]
