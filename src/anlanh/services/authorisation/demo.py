"""This service's part of the made-up province: an app for the browser and a backend service, ready to connect.

The service's private key lies in the data folder, where whoever tries the demonstration finds it.

Source: invented
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from joserfc.jwk import ECKey

from anlanh.access.oauth import clients
from anlanh.access.oauth.model import Client, Kind, State
from anlanh.platform.work import Work

BROWSER_APP, SERVICE_APP = "demo-trinh-duyet", "demo-dich-vu"
KEY_FILE = "demo-dich-vu.jwks"
BACK = tuple(f"http://localhost:{port}/" for port in (8001, 3000, 5173))
"""Where an app under development usually runs."""

SCOPES = (
    "openid", "fhirUser", "profile", "launch", "launch/patient", "launch/encounter", "offline_access", "online_access",
    "patient/*.cruds", "user/*.cruds",
)  # fmt: skip


async def fill(work: Work, data: Path) -> None:
    """The two apps. Safe to repeat; the key, a JWK Set with the private part, stays."""
    keys = json.dumps({"keys": [_key(data / "keys" / KEY_FILE).as_dict(private=False) | {"key_ops": ["verify"]}]})
    for client in (
        Client(
            BROWSER_APP, "Sổ sức khỏe mẫu", Kind.PUBLIC, BACK, SCOPES, "demo@anlanh.example", launch_uri=BACK[0],
            state=State.APPROVED,
        ),
        Client(
            SERVICE_APP, "Kho phân tích mẫu", Kind.ASYMMETRIC, (), ("system/*.rs",), "demo@anlanh.example",
            jwks=keys, state=State.APPROVED,
        ),
    ):  # fmt: skip
        await clients.keep(work, client)


def _key(path: Path) -> ECKey:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        made = ECKey.generate_key("P-384", {"kid": "demo", "alg": "ES384"}, private=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w") as stream:
            json.dump({"keys": [made.as_dict(private=True) | {"key_ops": ["sign"]}]}, stream)
    return ECKey.import_key(json.loads(path.read_text("utf-8"))["keys"][0])
